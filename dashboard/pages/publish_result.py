"""What became of what was published: one message with its queues predicted and proved, or the counts of many."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from dashboard.look.wording import DASH, full_count
from dashboard.pages.figure_grid import FigureGrid
from dashboard.pages.publish_words import QueueLine, Told
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark
from dashboard.widgets.value_bar import Bar

MOST_QUEUES = 30
NOTHING_YET = Told("idle", "Nothing was published yet", "Every message is published mandatory and with a confirm.")
_YES_NO = {True: "yes", False: "no", None: DASH}


class PublishResult(QWidget):
    """Show one :class:`Told` after the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.told = NOTHING_YET
        self.mark = StateMark("idle")
        self.title = PlainLabel("", "title", elide="right")
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.about = PlainLabel("", "small", "muted", elide="middle")
        self.words = PlainLabel("", "body", "quiet", wrap=True, selectable=True)
        self.bar = Bar(0.0, width=320)
        self.figures = FigureGrid(6)
        self.queues = _QueueGrid()
        content = QWidget()
        content.setProperty("kind", "scrolled")
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 8, 0)
        inner.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.mark)
        head.addWidget(self.title, 1)
        inner.addLayout(head)
        for part in (self.about, self.bar, self.figures, self.words, self.queues):
            inner.addWidget(part)
        inner.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)
        self.say_about("")
        self.show_told(NOTHING_YET)

    def say_about(self, words: str) -> None:
        """Which message the outcome is of: the form may hold another one by now."""
        self.about.setText(words)
        self.about.setVisible(bool(words))

    def show_told(self, told: Told) -> None:
        self.told = told
        self.mark.set_tone(told.tone, told.title)
        self.title.setText(told.title)
        self.words.setText(told.words)
        self.words.setVisible(bool(told.words))
        self.bar.setVisible(bool(told.figures))
        self.bar.set_share(told.share, "accent" if told.tone in ("idle", "plain") else told.tone)
        self.figures.setVisible(bool(told.figures))
        self.figures.show_figures(told.figures)
        self.queues.show_lines(told.queues)


class _QueueGrid(QWidget):
    """Queue by queue: predicted, proved."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: list[tuple[StateMark, PlainLabel, PlainLabel, PlainLabel]] = []
        self.rest = PlainLabel("", "small", "muted")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 4, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        for place, title in ((1, "Queue"), (2, "Predicted"), (3, "Proved")):
            self._grid.addWidget(PlainLabel(title, "micro"), 0, place)
        self._grid.addWidget(self.rest, MOST_QUEUES + 1, 1)

    def show_lines(self, lines: Sequence[QueueLine]) -> None:
        self.setVisible(bool(lines))
        shown = lines[:MOST_QUEUES]
        while len(self._cells) < len(shown):
            self._add()
        for place, cells in enumerate(self._cells):
            for cell in cells:
                cell.setVisible(place < len(shown))
            if place < len(shown):
                self._write(cells, shown[place])
        left = len(lines) - len(shown)
        self.rest.setText(f"and {full_count(left)} more")
        self.rest.setVisible(left > 0)

    def _add(self) -> None:
        cells = (
            StateMark("idle"),
            PlainLabel("", "body", elide="middle"),
            PlainLabel("", "body", "quiet"),
            PlainLabel("", "body", "quiet"),
        )
        row = len(self._cells) + 1
        for column, cell in enumerate(cells):
            self._grid.addWidget(cell, row, column)
        self._cells.append(cells)

    def _write(self, cells: tuple[StateMark, PlainLabel, PlainLabel, PlainLabel], line: QueueLine) -> None:
        mark, name, predicted, proved = cells
        differs = None not in (line.predicted, line.proved) and line.predicted != line.proved
        tone = "warn" if differs else "ok" if line.proved else "idle"
        words = "not as predicted" if differs else "proved" if line.proved else "predicted"
        mark.set_tone(tone, words)
        name.setText(line.queue)
        predicted.setText(_YES_NO[line.predicted])
        proved.setText(_YES_NO[line.proved])
        proved.set_tone("warn" if differs else "quiet")
        name.setAccessibleName(
            f"{name.text()}: predicted {_YES_NO[line.predicted]}, proved {_YES_NO[line.proved]}, {words}"
        )
