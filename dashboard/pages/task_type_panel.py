"""How the tasks of one name fare, beside the table: why it hurts, how long they wait and run, where to go from here."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from broker_client.tasks.task_types import TaskTypeRow
from dashboard.look.wording import count, rate, span
from dashboard.models.task_type_wording import NO_WAIT, fate, fate_words, share_text
from dashboard.models.task_wording import ago
from dashboard.pages.figure_grid import Figure, FigureGrid
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card, Rule
from dashboard.widgets.field_list import Field, FieldList
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.scrolled import Scrolled
from dashboard.widgets.state_mark import StateMark
from dashboard.widgets.wrapping_row import WrappingRow

LEAST_WIDTH = 330


class TaskTypePanel(Card):
    """Shows what :meth:`show_type` is given; every button is a wish."""

    close_requested = Signal()
    tasks_requested = Signal(bool)
    """Its tasks; ``True`` = only those that failed."""
    send_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Task type", parent=parent)
        self.setMinimumWidth(LEAST_WIDTH)
        self.row: TaskTypeRow | None = None
        self.close_button = IconButton("close", "Close the details (Esc)")
        self.close_button.clicked.connect(self.close_requested)
        self.header.addWidget(self.close_button)
        self.name = PlainLabel("", "title", elide="middle", selectable=True)
        self.mark = StateMark("idle")
        self.fate = PlainLabel("", "label")
        self.words = PlainLabel("", "small", wrap=True, selectable=True)
        self.counts, self.waits, self.runs = FigureGrid(3), FigureGrid(3), FigureGrid(3)
        self.no_wait = PlainLabel(NO_WAIT, "small", "muted", wrap=True)
        self.fields = FieldList(110)
        self.tasks_button = Button("Its tasks", "tasks")
        self.failed_button = Button("Those that failed", kind="link")
        self.send_button = Button("Send one …", "plus")
        self.tasks_button.clicked.connect(lambda: self.tasks_requested.emit(False))
        self.failed_button.clicked.connect(lambda: self.tasks_requested.emit(True))
        self.send_button.clicked.connect(self.send_requested)
        self._lay_out()

    def _lay_out(self) -> None:
        state, buttons = QHBoxLayout(), WrappingRow(10)
        state.setSpacing(6)
        for widget in (self.mark, self.fate):
            state.addWidget(widget)
        state.addStretch(1)
        for button in (self.tasks_button, self.send_button, self.failed_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        area = Scrolled("Details of the task type")
        self.body.addWidget(area, 1)
        column = area.column
        column.setSpacing(10)
        column.addWidget(self.name)
        column.addLayout(state)
        column.addWidget(self.words)
        column.addLayout(buttons)
        waiting = (Rule(), PlainLabel("From the sending to the start", "strong"), self.waits, self.no_wait)
        running = (Rule(), PlainLabel("Run time", "strong"), self.runs, Rule(), self.fields)
        for part in (self.counts, *waiting, *running):
            column.addWidget(part)
        column.addStretch(1)

    def show_type(self, row: TaskTypeRow, window_s: int, now: float) -> None:
        """The newest facts of one name at ``now`` (epoch seconds)."""
        self.row = row
        self.setAccessibleName(f"Task type {row.name}")
        self.name.setText(row.name)
        word, tone = fate(row)
        self.mark.set_tone(tone, word)
        self.fate.setText(word)
        self.fate.set_tone(tone)
        self.words.setText(fate_words(row, window_s))
        self.failed_button.setVisible(bool(row.failed))
        self.counts.show_figures(
            (
                Figure("Ended", count(row.finished)),
                Figure("Per second", rate(row.rate_per_s if row.finished else 0.0)),
                Figure("Failed", share_text(row.failure_share), tone if row.failed else "plain"),
            )
        )
        self.waits.show_figures(_times(row.wait))
        self.no_wait.setVisible(bool(row.finished) and row.wait[0] is None)
        self.runs.show_figures(_times(row.run))
        self.fields.show_fields(
            (
                Field("Last end", ago(row.last_at, now)),
                Field("Queue", row.queue or ""),
                Field("Last exception", row.exception or "", "crit" if row.exception else "plain"),
                Field("To be retried", count(row.retried)),
                Field("Revoked", count(row.revoked)),
            )
        )


def _times(times: tuple[float | None, ...]) -> tuple[Figure, ...]:
    names = (("Half within", "p50"), ("95 % within", "p95"), ("99 % within", "p99"))
    return tuple(Figure(name, span(value), "plain", help) for (name, help), value in zip(names, times, strict=True))
