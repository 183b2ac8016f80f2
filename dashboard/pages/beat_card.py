"""Beat's entries as the workers' configurations have them: when each is due next, and when its task was last seen."""

from __future__ import annotations

import time
from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from broker_client.errors import BrokerError
from broker_client.tasks.beat_entries import BeatBook
from dashboard.models.beat_table import DEFAULT_ORDER, BeatRow, beat_row, beat_table
from dashboard.pages.code_line import LessonPanel
from dashboard.pages.task_sources import Lesson
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.plain_label import PlainLabel

LESSONS = (
    Lesson(
        "In the application: what is to be sent, and when",
        "app.add_periodic_task(crontab(hour=4, minute=0), report.s(), name='report')",
    ),
    Lesson("Beside the workers, once", "celery -A yourapp beat"),
)
_PROMISE = "As the workers are configured. Whether a beat runs, nobody tells: see when its tasks were last seen."
_NONE = "No entries in what the workers told"
_ELSEWHERE = (
    "What is kept elsewhere is not known here: the entries of django-celery-beat stand in Django's database, those of "
    "RedBeat in Redis, and a beat with another application or another scheduler has its own."
)
_SILENT = "No worker told its configuration"
_SILENT_WORDS = "A busy worker answers later; without an answer nothing is known of a schedule."


class BeatCard(Card):
    """``asked_again``: a person wants it anew."""

    asked_again = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Beat: sent again and again", parent=parent)
        self._book: BeatBook | None = None
        self._seen: Mapping[str, float] = {}
        self.model = beat_table(time.time)
        self.table = DataTable(self.model, "Beat entries")
        self.words = PlainLabel(_PROMISE, "small", "quiet", wrap=True)
        self.again_button = Button("Ask again", "refresh", help="Ask the workers for their configuration")
        self.columns_button = Button("Columns", "columns")
        self.notes = PlainLabel("", "small", "warn", wrap=True)
        self.notes.hide()
        self.empty = EmptyState("Asking the workers for their configuration …", "")
        self.lessons = LessonPanel(_NONE, "", LESSONS)
        self._stack = QStackedWidget()
        for layer in (self.empty, self.table, self.lessons):
            self._stack.addWidget(layer)
        for button in (self.again_button, self.columns_button):
            self.header.addWidget(button)
        self.body.addWidget(self.words)
        self.body.addWidget(self.notes)
        self.body.addWidget(self._stack, 1)
        self.again_button.clicked.connect(self.asked_again)
        self.columns_button.clicked.connect(lambda: self.table.choose_columns(self.columns_button))
        self.table.sort_by(DEFAULT_ORDER)

    def start_over(self) -> None:
        """Another profile: nothing is known."""
        self._book = None
        self.model.apply(())
        self.notes.hide()
        self.empty.say("Asking the workers for their configuration …", "")
        self._stack.setCurrentWidget(self.empty)

    def show_book(self, book: BeatBook) -> None:
        """What the workers told."""
        self._book = book
        self.notes.setText(" ".join(book.notes))
        self.notes.setVisible(bool(book.notes))
        self._apply(time.time())
        if book.entries:
            self._stack.setCurrentWidget(self.table)
        elif not book.answered:
            self.empty.say(_SILENT, _SILENT_WORDS)
            self._stack.setCurrentWidget(self.empty)
        else:
            self.lessons.say(_NONE, f"{_told(book.answered)} {_ELSEWHERE}")
            self._stack.setCurrentWidget(self.lessons)

    def show_trouble(self, error: BrokerError) -> None:
        """The workers could not be asked: what was told before stays."""
        if self._book is None:
            self.empty.say(error.what, error.why or error.remedy)

    def show_seen(self, seen: Mapping[str, float]) -> None:
        """When a task of each name last ended, in epoch seconds."""
        self._seen = seen
        self._apply(time.time())

    def tick(self, now: float) -> None:
        """Time passes: what was due is due anew."""
        if any(isinstance(row, BeatRow) and row.runs and row.runs[0] <= now for row in self.model.rows()):
            self._apply(now)
        self.table.viewport().update()

    def _apply(self, now: float) -> None:
        entries = self._book.entries if self._book is not None else ()
        known = {row.entry.key: row for row in self.model.rows()}
        rows = []
        for entry in entries:
            old, seen_at = known.get(entry.key), self._seen.get(entry.task)
            if isinstance(old, BeatRow) and old.entry == entry and (not old.runs or old.runs[0] > now):
                rows.append(old._replace(seen_at=seen_at))
            else:
                rows.append(beat_row(entry, now, seen_at))
        self.model.apply(rows)


def _told(answered: tuple[str, ...]) -> str:
    who = f"The configurations of {len(answered)} workers have" if len(answered) > 1 else f"{answered[0]} has"
    return f"{who} no entry, neither in beat_schedule nor by add_periodic_task."
