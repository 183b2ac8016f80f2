"""Where a task is, in one sentence, and below it each source with what it said and how old that is."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from broker_client.errors import BrokerError
from broker_client.tasks.clues import Evidence, Whereabouts
from dashboard.look.theme import font
from dashboard.look.wording import sentences
from dashboard.models.whereabouts_wording import (
    evidence_age,
    reason_words,
    time_words,
    verdict_tone,
    verdict_words,
)
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

TITLE = "Where is my task?"
_ASKING = "Asking the workers, the result backend and the broker …"
_SOURCE_WIDTH = 116
_USUAL_AGE = "9 m 59 s ago"
"""Ages up to this width share a column that does not move; a longer one widens it."""


class WhereaboutsView(QWidget):
    """Takes plain values. ``again_requested`` by its button; the links carry a queue's or a worker's name."""

    again_requested = Signal()
    queue_requested = Signal(str)
    worker_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: Whereabouts | None = None
        self._lines: list[_EvidenceLine] = []
        self.mark = StateMark()
        self.words = PlainLabel("", "label", "plain", wrap=True, selectable=True)
        self.times = PlainLabel("", "small", "quiet", wrap=True, selectable=True)
        self.reason = PlainLabel("", "small", "quiet", wrap=True, selectable=True)
        self.again = IconButton("refresh", "Ask again where it is", side=24)
        self.to_queue, self.to_worker = Button("", kind="link"), Button("", kind="link")
        self._arrange()
        self._connect()
        self.begin()

    def _arrange(self) -> None:
        head, verdict, links = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        head.addWidget(PlainLabel(TITLE, "strong"), 1)
        head.addWidget(self.again)
        verdict.setSpacing(8)
        verdict.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        verdict.addWidget(self.words, 1)
        links.setSpacing(12)
        links.addWidget(self.to_queue)
        links.addWidget(self.to_worker)
        links.addStretch(1)
        self._evidence = QGridLayout()
        self._evidence.setContentsMargins(0, 4, 0, 0)
        self._evidence.setHorizontalSpacing(8)
        self._evidence.setVerticalSpacing(3)
        self._evidence.setColumnStretch(1, 1)
        self._evidence.setColumnMinimumWidth(2, QFontMetrics(font("small")).horizontalAdvance(_USUAL_AGE))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(verdict)
        column.addWidget(self.times)
        column.addWidget(self.reason)
        column.addLayout(links)
        column.addLayout(self._evidence)
        column.addStretch(1)
        self.setAccessibleName(TITLE)

    def _connect(self) -> None:
        self.again.clicked.connect(self.again_requested)
        self.to_queue.clicked.connect(lambda: self.queue_requested.emit((self.found and self.found.queue) or ""))
        self.to_worker.clicked.connect(lambda: self.worker_requested.emit((self.found and self.found.worker) or ""))

    # ---- what is shown -------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Another task: nothing is known yet."""
        self.found = None
        self._say("idle", _ASKING, "", "")
        self._show_links(None)
        self._show_evidence(())

    def show_found(self, found: Whereabouts) -> None:
        self.found = found
        self._show_links(found)
        self._show_evidence(found.evidence)
        self.tick()

    def show_trouble(self, error: BrokerError) -> None:
        """It could not be asked. What was found before stays, with its age."""
        if self.found is None:
            self._say("warn", "Unknown", "", sentences(error.what, error.why, error.remedy))
            return
        self.reason.setText(sentences("It could not be asked again", error.what, error.why))
        self.reason.setVisible(True)

    def tick(self) -> None:
        """Ages grow."""
        found, now = self.found, time.time()
        if found is None:
            return
        self._say(verdict_tone(found), verdict_words(found), time_words(found, now), reason_words(found))
        for line in self._lines:
            line.tick(now)

    @property
    def evidence_texts(self) -> tuple[str, ...]:
        """What stands there, line by line, as it is read out."""
        return tuple(line.said.accessibleName() for line in self._lines if not line.said.isHidden())

    def _say(self, tone: str, words: str, times: str, reason: str) -> None:
        self.mark.set_tone(tone)
        self.words.setText(words)
        for label, text in ((self.times, times), (self.reason, reason)):
            label.setText(text)
            label.setVisible(bool(text))

    def _show_links(self, found: Whereabouts | None) -> None:
        queue, worker = (found.queue, found.worker) if found is not None else (None, None)
        self.to_queue.set_text(f"Queue {queue}" if queue else "")
        self.to_worker.set_text(f"Worker {worker}" if worker else "")
        self.to_queue.setVisible(bool(queue))
        self.to_worker.setVisible(bool(worker))

    def _show_evidence(self, evidence: Sequence[Evidence]) -> None:
        while len(self._lines) < len(evidence):
            self._lines.append(_EvidenceLine(self._evidence, len(self._lines)))
        for place, line in enumerate(self._lines):
            line.show(evidence[place] if place < len(evidence) else None)


class _EvidenceLine:
    """One row of the grid."""

    def __init__(self, grid: QGridLayout, row: int) -> None:
        self._told: Evidence | None = None
        self.source = PlainLabel("", "small", "muted", elide="middle")
        self.source.setFixedWidth(_SOURCE_WIDTH)
        self.said = PlainLabel("", "small", "plain", wrap=True, selectable=True)
        self.age = PlainLabel("", "small", "muted")
        self.age.setAlignment(Qt.AlignmentFlag.AlignRight)
        for column, label in enumerate((self.source, self.said, self.age)):
            grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)

    def show(self, told: Evidence | None) -> None:
        self._told = told
        for label in (self.source, self.said, self.age):
            label.setVisible(told is not None)
        if told is not None:
            self.source.setText(told.source)
            self.said.setText(told.said)
            self.said.setAccessibleName(f"{told.source}: {told.said}")

    def tick(self, now: float) -> None:
        if self._told is not None:
            self.age.setText(evidence_age(self._told, now))
