"""The sources of task facts as small marks with a word each; the whole sentence is the tool tip."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from dashboard.look.wording import tip
from dashboard.pages.task_sources import SourceLine
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark


class SourceMarks(QWidget):
    """Made once per source, changed in place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._terse = False
        self._marks: list[tuple[QWidget, StateMark, PlainLabel]] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(12)

    def show_lines(self, lines: Sequence[SourceLine]) -> None:
        while len(self._marks) < len(lines):
            self._marks.append(self._made())
        for place, (holder, mark, word) in enumerate(self._marks):
            holder.setVisible(place < len(lines))
            if place < len(lines):
                line = lines[place]
                mark.set_tone(line.tone, line.words)
                word.setText(line.short)
                word.set_tone("quiet" if line.tone in ("ok", "idle") else line.tone)
                holder.setToolTip(tip(line.words))

    def set_terse(self, terse: bool) -> None:
        """Marks alone, or with their words."""
        self._terse = terse
        for _holder, _mark, word in self._marks:
            word.setVisible(not terse)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word.text() for holder, _mark, word in self._marks if not holder.isHidden())

    def _made(self) -> tuple[QWidget, StateMark, PlainLabel]:
        holder, mark, word = QWidget(), StateMark(), PlainLabel("", "small", "quiet")
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        row.addWidget(mark)
        row.addWidget(word)
        word.setVisible(not self._terse)
        self._row.addWidget(holder)
        return holder, mark, word
