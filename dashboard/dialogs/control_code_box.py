"""The remote control command of a dialog as code, to read and to copy."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from broker_client.tasks.control_code import CONTROL_LANGUAGES, control_code
from broker_client.tasks.control_effect import Control
from dashboard.widgets.button import IconButton
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented
from dashboard.widgets.text_view import TextView

_HEIGHT = 76
_NOTHING = "The code appears here as soon as the form can be read."


class ControlCodeBox(QWidget):
    """``show_command`` as often as something changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._command: Control | None = None
        self._workers: tuple[str, ...] = ()
        self.language = Segmented(CONTROL_LANGUAGES, CONTROL_LANGUAGES[0], name="Copy as")
        self.copy_button = IconButton("copy", "Copy the code")
        self.view = TextView("The same as code")
        self.view.setFixedHeight(_HEIGHT)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(PlainLabel("Copy as", "strong"))
        head.addWidget(self.language)
        head.addStretch(1)
        head.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.view)
        self.language.chosen.connect(self._write)
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        self._write()

    @property
    def text(self) -> str:
        """What would be copied; empty = the form cannot be read."""
        return control_code(self._command, self._workers, self.language.current) if self._command else ""

    def show_command(self, command: Control | None, workers: Sequence[str]) -> None:
        self._command, self._workers = command, tuple(workers)
        self._write()

    def _write(self, _language: str = "") -> None:
        self.view.show_text(self.text or _NOTHING)
        self.copy_button.setEnabled(bool(self.text))
