"""A titled part of a detail: a text with the name of its source, how much of it there is, and a copy button."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from broker_client.tasks.records import SourcedText
from dashboard.look.wording import size, visible
from dashboard.widgets.button import IconButton
from dashboard.widgets.json_view import JsonView
from dashboard.widgets.plain_label import PlainLabel

LINE_PX = 17
FRAME_PX, MOST_PX = 20, 240
LINE_CHARS = 54


class SectionHeading(QWidget):
    """Title at the left, source beside it, room for buttons at the right."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = PlainLabel("", "small", "muted", elide="right")
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)
        self.title = PlainLabel(title, "strong")
        self.row.addWidget(self.title)
        self.row.addWidget(self.source, 1)

    def add_copy(self, what: str) -> IconButton:
        button = IconButton("copy", f"Copy {what}", side=24)
        self.row.addWidget(button)
        return button


class SourcedSection(QWidget):
    """``copy_requested`` carries the text as the source gave it, not as it is shown."""

    copy_requested = Signal(str, str)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._told: SourcedText | None = None
        self._heading = SectionHeading(title)
        self._heading.add_copy(f"the {title.lower()}").clicked.connect(self._copy)
        self._view = JsonView()
        self._view.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._heading)
        column.addWidget(self._view)

    def show_text(self, told: SourcedText | None) -> None:
        """Hide when nothing is known; leave the view alone when it shows this already."""
        self.setVisible(told is not None)
        if told is None or told == self._told:
            self._told = told
            return
        self._told = told
        self._heading.source.setText(source_words(told))
        self._view.show_text(told.text)
        self._view.setFixedHeight(min(MOST_PX, FRAME_PX + LINE_PX * _lines(self._view.toPlainText())))

    def set_title(self, title: str) -> None:
        """Another name for the same place, as the state of the task wants it."""
        self._title = title
        self._heading.title.setText(title)
        self._view.setAccessibleName(title)

    @property
    def source_text(self) -> str:
        return self._heading.source.text()

    @property
    def shown_text(self) -> str:
        return self._view.toPlainText()

    def _copy(self) -> None:
        if self._told is not None:
            self.copy_requested.emit(self._title, self._told.text)


def _lines(text: str) -> int:
    """About how many lines ``text`` takes, long ones wrapped; counting stops where the view scrolls."""
    return sum(1 + len(line) // LINE_CHARS for line in text[:2_000].split("\n")[:20])


def source_words(told: SourcedText) -> str:
    """``from the result backend``; a cut text says so, with the size of the whole where it is known."""
    words = f"from the {visible(told.source)}"
    if not told.complete:
        of = f" of {size(told.size_bytes)}" if told.size_bytes else ""
        return f"{words}, cut at {len(told.text):,} characters{of}"
    return f"{words} · {size(told.size_bytes)}" if told.size_bytes and told.size_bytes > 1000 else words
