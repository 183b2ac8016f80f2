"""A few lines of JSON in a form: its name, where to type, and under it what is wrong, with line and column."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSize, Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from dashboard.look.theme import font
from dashboard.widgets.plain_label import PlainLabel

MOST_TYPED_CHARS = 200_000
_LONG_LINE_CHARS = 20_000
_HEIGHT = 58
_TOO_LONG = f"Pasted texts of more than {MOST_TYPED_CHARS:,} characters are not taken in here"


class JsonField(QWidget):
    """``changed`` while one types. ``hint`` stands under the field while nothing is wrong there."""

    changed = Signal()

    def __init__(self, title: str, text: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = hint
        self.input = _Lines()
        self.input.setAccessibleName(title)
        self.input.setPlainText(text)
        self.words = PlainLabel(hint, "small", "muted", wrap=True)
        label = PlainLabel(title, "label")
        label.setBuddy(self.input)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for widget in (label, self.input, self.words):
            column.addWidget(widget)
        self.words.setVisible(bool(hint))
        self.input.textChanged.connect(self.changed)
        self.input.refused.connect(lambda: self.set_trouble(_TOO_LONG))

    @property
    def text(self) -> str:
        return self.input.toPlainText()

    def set_text(self, text: str) -> None:
        if text != self.text:
            self.input.setPlainText(text)

    @property
    def trouble(self) -> str:
        return self.words.text() if self.input.property("wrong") == "true" else ""

    def set_trouble(self, trouble: str) -> None:
        """Say what is wrong here; empty = nothing is."""
        wrong = "true" if trouble else "false"
        if self.input.property("wrong") != wrong:
            self.input.setProperty("wrong", wrong)
            self.input.style().unpolish(self.input)
            self.input.style().polish(self.input)
        self.input.setAccessibleDescription(trouble)
        self.words.setText(trouble or self._hint)
        self.words.set_tone("crit" if trouble else "muted")
        self.words.setVisible(bool(trouble or self._hint))


class _Lines(QPlainTextEdit):
    """Takes plain text alone, and no line so long that wrapping it would hold the window up."""

    refused = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "text")
        self.setFont(font("mono"))
        self.setTabChangesFocus(True)
        self.setFixedHeight(_HEIGHT)

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        longest = max(map(len, text.splitlines()), default=0)
        if len(text) + len(self.toPlainText()) > MOST_TYPED_CHARS or longest > _LONG_LINE_CHARS:
            self.refused.emit()
        else:
            self.insertPlainText(text)
