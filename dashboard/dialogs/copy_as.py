"""The code that does what a dialog would do: in four languages, to read and to copy. It changes while one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from broker_client.rabbit.action_code import LANGUAGES, ActionCode, action_code
from broker_client.rabbit.changes import Change, Publish
from broker_client.rabbit.code_place import CodePlace
from dashboard.widgets.button import IconButton
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented
from dashboard.widgets.text_view import TextView
from dashboard.widgets.wrapping_row import WrappingRow

Placed = tuple[Any, CodePlace]
"""Something that can be written as code, and where it is to work."""
Writer = Callable[[Any, str, CodePlace], ActionCode]

LEAST_WIDTH = 400
_NOTHING = "The code appears here as soon as the form can be read."


class CopyAs(QWidget):
    """Holds no password: the copied code takes it from the environment."""

    def __init__(
        self, languages: Sequence[str] = LANGUAGES, write: Writer = action_code, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._code_of = write
        self._placed: tuple[Placed, ...] = ()
        self.setMinimumWidth(LEAST_WIDTH)
        self.language = Segmented(languages, languages[0], name="Copy as")
        self.copy_button = IconButton("copy", "Copy the code")
        self.view = TextView("The same as code")
        self.notes = PlainLabel("", "small", "quiet", wrap=True)
        head = WrappingRow()
        head.addWidget(PlainLabel("Copy as", "strong"))
        head.addWidget(self.language)
        head.addStretch(1)
        head.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        column.addWidget(self.notes)
        self.language.chosen.connect(self._write)
        self.copy_button.clicked.connect(self.copy)
        self.copy_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._write()

    @property
    def text(self) -> str:
        """What would be copied."""
        return "\n\n".join(code.text.rstrip("\n") for code in self._codes())

    def show_actions(self, actions: Sequence[Change | Publish], place: CodePlace) -> None:
        """The code of ``actions`` one after the other; none = the form cannot be read yet."""
        self.show_placed([(action, place) for action in actions])

    def show_placed(self, placed: Sequence[Placed]) -> None:
        """The same, where each action has a place of its own."""
        if tuple(placed) != self._placed:
            self._placed = tuple(placed)
            self._write()

    def copy(self) -> None:
        """Put the code on the clipboard."""
        QGuiApplication.clipboard().setText(self.text)

    def _codes(self) -> tuple[ActionCode, ...]:
        return tuple(self._code_of(action, self.language.current, place) for action, place in self._placed)

    def _write(self, _language: str = "") -> None:
        codes = self._codes()
        self.view.show_text(self.text or _NOTHING)
        self.copy_button.setEnabled(bool(codes))
        notes = dict.fromkeys(note for code in codes for note in code.notes)
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))
