"""One line of a form: its name, where to type, and under it what is wrong or what it means."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from dashboard.look.assets import icon
from dashboard.look.theme import font
from dashboard.widgets.plain_label import PlainLabel

_PASTED_CHARS = 4
"""So many characters at once were not typed."""


class FormField(QWidget):
    """``hint`` stands under the field while nothing is wrong there. ``settled``: pasted into, or left."""

    edited = Signal()
    settled = Signal()

    def __init__(
        self, title: str, placeholder: str = "", hint: str = "", *, secret: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._hint = hint
        self._length = 0
        self.input = QLineEdit()
        self.input.setFont(font("body"))
        self.input.setPlaceholderText(placeholder)
        self.input.setMaxLength(4_000)
        self.input.setAccessibleName(title)
        self.words = PlainLabel(hint, "small", "muted", wrap=True)
        self.label = PlainLabel(title, "label")
        self.label.setBuddy(self.input)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for widget in (self.label, self.input, self.words):
            column.addWidget(widget)
        # Only now: a part without a parent would flash up as a window.
        self.words.setVisible(bool(hint))
        self.input.textEdited.connect(self._typed)
        self.input.editingFinished.connect(self.settled)
        if secret:
            self._add_reveal()

    @property
    def text(self) -> str:
        return self.input.text()

    def set_text(self, text: str) -> None:
        """Show ``text`` as if it had stood there before."""
        if text != self.input.text():
            self.input.setText(text)
            self.input.setCursorPosition(0)
        self._length = len(text)

    def set_hint(self, hint: str) -> None:
        self._hint = hint
        if self.input.property("wrong") != "true":
            self._say(hint, "muted")

    def set_trouble(self, trouble: str) -> None:
        """Say what is wrong here; empty = nothing is."""
        wrong = "true" if trouble else "false"
        if self.input.property("wrong") != wrong:
            self.input.setProperty("wrong", wrong)
            self.input.style().unpolish(self.input)
            self.input.style().polish(self.input)
        self.input.setAccessibleDescription(trouble)
        self._say(trouble or self._hint, "crit" if trouble else "muted")

    def set_warning(self, warning: str) -> None:
        """Say what is unwise here, unless something is wrong; empty = nothing is."""
        if self.input.property("wrong") != "true":
            self._say(warning or self._hint, "warn" if warning else "muted")

    @property
    def trouble(self) -> str:
        return self.words.text() if self.input.property("wrong") == "true" else ""

    def _say(self, words: str, tone: str) -> None:
        self.words.setText(words)
        self.words.set_tone(tone)
        self.words.setVisible(bool(words))

    def _typed(self, text: str) -> None:
        pasted = len(text) - self._length >= _PASTED_CHARS
        self._length = len(text)
        self.edited.emit()
        if pasted:
            self.settled.emit()

    def _add_reveal(self) -> None:
        self.input.setEchoMode(QLineEdit.EchoMode.Password)
        self.reveal = QAction(icon("eye", "text3"), "Show the password", self)
        self.reveal.setCheckable(True)
        self.reveal.toggled.connect(self._show_secret)
        self.input.addAction(self.reveal, QLineEdit.ActionPosition.TrailingPosition)

    def _show_secret(self, shown: bool) -> None:
        self.input.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self.reveal.setText("Hide the password" if shown else "Show the password")
