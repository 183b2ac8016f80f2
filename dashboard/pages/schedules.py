"""The page of schedules: what beat is to send and when, and the tasks that wait for their time."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from broker_client.tasks.beat_entries import BeatBook
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.eta_book import Etas
from broker_client.tasks.task_types import WINDOWS_S, TaskTypes
from broker_client.tasks.worker_questions import ask_beat
from dashboard.actions.jobs import Outcome
from dashboard.actions.repeated_question import RepeatedQuestion
from dashboard.pages import freshness
from dashboard.pages.beat_card import BeatCard
from dashboard.pages.context import PageContext
from dashboard.pages.eta_card import EtaCard
from dashboard.pages.page import Page

_TICK_MS = 500
_BEAT_EVERY_S = 60.0
_ETAS_EVERY_S = 1.0
_LAYOUT, _BEAT_LAYOUT, _ETA_LAYOUT = "schedules/splitter", "schedules/beat", "schedules/etas"
_FIRST_SIZES = (300, 380)


class SchedulesPage(Page):
    """Two tables, one above the other; Enter or a double click on a task opens it."""

    page_id = "schedules"
    title = "Schedules"
    icon_name = "schedule"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._expected: tuple[str, ...] = ()
        self.beat, self.etas = BeatCard(), EtaCard()
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(12)
        for card in (self.beat, self.etas):
            self.splitter.addWidget(card)
        if not self.splitter.restoreState(context.settings.layout(_LAYOUT)):
            self.splitter.setSizes(list(_FIRST_SIZES))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(self.splitter)
        self.beat.table.restore_state(context.settings.layout(_BEAT_LAYOUT))
        self.etas.table.restore_state(context.settings.layout(_ETA_LAYOUT))
        self._connect()

    def _connect(self) -> None:
        context = self._context
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        self._beat_question = RepeatedQuestion(self._ask_beat, _BEAT_EVERY_S, self)
        self._eta_question = RepeatedQuestion(self._ask_etas, _ETAS_EVERY_S, self)
        self._beat_question.answered.connect(self._take_beat)
        self._beat_question.failed.connect(self.beat.show_trouble)
        self._eta_question.answered.connect(self._take_etas)
        self._eta_question.failed.connect(self.etas.show_trouble)
        self.beat.asked_again.connect(self._beat_question.ask_now)
        self.etas.task_requested.connect(lambda task_id: context.go("tasks", task_id))
        context.store.session_changed.connect(self._start_over)

    # ---- the page's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._clock.start()
        self._tick()
        self._beat_question.start()
        self._eta_question.start()

    def deactivate(self) -> None:
        self._clock.stop()
        self._beat_question.stop()
        self._eta_question.stop()
        settings = self._context.settings
        settings.keep_layout(_LAYOUT, self.splitter.saveState())
        settings.keep_layout(_BEAT_LAYOUT, self.beat.table.save_state())
        settings.keep_layout(_ETA_LAYOUT, self.etas.table.save_state())

    def focus_filter(self) -> None:
        self.etas.filter_box.take_focus()

    # ---- questions -----------------------------------------------------------------------------------------------

    def _ask_beat(self, done: Callable[[Outcome], None]) -> None:
        expected = self._expected
        self._context.desk.ask(
            "Ask for beat's schedule", lambda clients: ask_beat(clients.profile, clients.secrets, expected), done
        )

    def _ask_etas(self, done: Callable[[Outcome], None]) -> None:
        ask_tasks = self._context.ask_tasks
        self._context.jobs.run("Ask what waits", lambda _pulse: ask_tasks(_waiting_and_seen), done)

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _take_beat(self, book: BeatBook) -> None:
        self.beat.show_book(book)

    def _take_etas(self, answer: tuple[Etas, TaskTypes]) -> None:
        etas, types = answer
        self.etas.show_etas(etas)
        self.beat.show_seen({row.name: row.last_at for row in types.rows if row.last_at is not None})

    def _start_over(self) -> None:
        self.beat.start_over()
        self._say_waiting()
        self._beat_question.ask_now()
        self._eta_question.ask_now()

    def _say_waiting(self) -> None:
        state = self._context.store.state
        self.etas.start_over(*freshness.waiting(state.health_of("celery"), time.monotonic()))

    def _tick(self) -> None:
        now, state = time.monotonic(), self._context.store.state
        paused = self._context.view.paused
        self._beat_question.paused = self._eta_question.paused = paused
        workers = state.tasks.snapshot.workers if state.tasks is not None else ()
        self._expected = tuple(worker.name for worker in workers if worker.status == "online")
        stale = freshness.stale_reason(state.health_of("celery"), state.tasks.stamp if state.tasks else None, now)
        self.etas.set_stale(stale)
        if self.etas.waiting:
            self._say_waiting()
        self.etas.tick()
        self.beat.tick(time.time())


def _waiting_and_seen(client: CollectorClient) -> tuple[Etas, TaskTypes]:
    """Runs on a job's thread."""
    return client.etas(), client.task_types(WINDOWS_S[-1])
