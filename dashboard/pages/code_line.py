"""A line to copy: monospaced on its own ground, with a button that puts it on the clipboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from dashboard.pages.task_sources import Lesson
from dashboard.widgets.button import IconButton
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.scrolled import Scrolled


class CodeLine(QFrame):
    """``text`` is ours, never a broker's."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "code")
        self.text = text
        label = PlainLabel(text, "mono", selectable=True)
        copy = IconButton("copy", f"Copy {text}", side=24)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 2, 4, 2)
        row.addWidget(label, 1)
        row.addWidget(copy)


class LessonPanel(Scrolled):
    """A heading, what it is about, and the lines to write, in the middle of an empty page."""

    def __init__(self, title: str, words: str, lessons: Sequence[Lesson]) -> None:
        super().__init__(title or "How to begin", aside=True)
        column = QWidget()
        column.setMaximumWidth(620)
        column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        outer = QHBoxLayout()
        self.column.addLayout(outer)
        outer.addStretch(1)
        outer.addWidget(column, 4, Qt.AlignmentFlag.AlignVCenter)
        outer.addStretch(1)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(16, 24, 16, 24)
        inner.setSpacing(6)
        self._title = PlainLabel(title, "title")
        self._words = PlainLabel(words, "body", "quiet", wrap=True)
        inner.addWidget(self._title)
        inner.addWidget(self._words)
        inner.addSpacing(8)
        self.lines = tuple(lesson.line for lesson in lessons)
        for lesson in lessons:
            inner.addWidget(PlainLabel(lesson.why, "small", "quiet"))
            inner.addWidget(CodeLine(lesson.line))
            inner.addSpacing(4)

    @property
    def words(self) -> str:
        return self._words.text()

    def say(self, title: str, words: str) -> None:
        self._title.setText(title)
        self._words.setText(words)
