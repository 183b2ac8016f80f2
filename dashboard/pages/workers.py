"""The worker page: who is there, how busy, and when it was last heard from. "No answer" is never called dead."""

from __future__ import annotations

import time
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from broker_client.rabbit.entities import QueueKey
from broker_client.tasks.query_language import quoted
from broker_client.tasks.records import TaskQuery, WorkerRow
from dashboard.look import wording
from dashboard.look.wardrobe import dress_apart
from dashboard.models.worker_table import DEFAULT_ORDER, worker_table
from dashboard.pages import freshness
from dashboard.pages.code_line import LessonPanel
from dashboard.pages.context import PageContext
from dashboard.pages.page import Page
from dashboard.pages.source_marks import SourceMarks
from dashboard.pages.task_sources import WORKER_LESSONS, source_lines
from dashboard.pages.worker_changes import WorkerChanges
from dashboard.pages.worker_panel import WorkerPanel
from dashboard.pages.worker_sheet import WorkerSheet
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.filters import Filter
from dashboard.widgets.list_and_panel import ListAndPanel
from dashboard.widgets.plain_label import PlainLabel

_TICK_MS = 500
_CROWD, _CROWD_PAUSE_S = 1_000, 1.0
"""More workers than this are looked through once a second only."""
_FILTER_WIDTH = 220
_TUCKED_COLUMNS = ("pool", "free", "reserved", "load", "events", "pid", "version")
_LAYOUT, _TABLE_LAYOUT = "workers/splitter", "workers/table"
_FIRST_SIZES = (780, 408)
_LEAST_LIST_WIDTH = 400


class WorkersPage(Page):
    """A click or Enter opens the panel; while it is open it follows the selection. Esc closes it."""

    page_id = "workers"
    title = "Workers"
    icon_name = "workers"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._active = False
        self._taken_at = 0.0
        self._tucked: tuple[str, ...] = ()
        self._build()
        self._connect()
        if not self.table.restore_state(context.settings.layout(_TABLE_LAYOUT)):
            self.table.sort_by(DEFAULT_ORDER)

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.model = worker_table(time.time)
        self.table = DataTable(self.model, "Workers")
        self.count = PlainLabel("", "small", "quiet")
        self.sources = SourceMarks()
        self.filter_box = FilterBox("Filter workers", slash=False)
        self.filter_box.set_room(_FILTER_WIDTH)
        self.columns_button = Button("Columns", "columns")
        self.empty = EmptyState("", "")
        self.lessons = LessonPanel("", "", WORKER_LESSONS)
        self._stack = QStackedWidget()
        for layer in (self.table, self.empty, self.lessons):
            self._stack.addWidget(layer)
        self.card = Card("Workers")
        self.card.setMinimumWidth(_LEAST_LIST_WIDTH)
        for place, widget in enumerate((self.count, self.filter_box), 1):
            self.card.header.insertWidget(place, widget)
        self.card.header.addWidget(self.sources)
        self.card.header.addWidget(self.columns_button)
        self.card.body.addWidget(self._stack, 1)
        for before, after in pairwise((self.filter_box, self.columns_button, self.table)):
            QWidget.setTabOrder(before, after)
        self.panel = WorkerPanel()
        self.changes = WorkerChanges(self._context, self)
        kept = self._context.settings.layout(_LAYOUT)
        self.splitter = ListAndPanel(self.card, self.panel, _FIRST_SIZES, kept)
        self.sheet = WorkerSheet(self._context)
        self._screens = QStackedWidget()
        for screen in (self.splitter, self.sheet):
            self._screens.addWidget(screen)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(self._screens)
        dress_apart(self, self._screens)

    def _connect(self) -> None:
        store = self._context.store
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        store.tasks_changed.connect(self._take_snapshot)
        store.session_changed.connect(self._start_over)
        store.health_changed.connect(self._show_what_fits)
        self.model.counts_changed.connect(self._show_what_fits)
        self.filter_box.pattern_changed.connect(self._filter_changed)
        self.filter_box.down_pressed.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.columns_button.clicked.connect(lambda: self.table.choose_columns(self.columns_button))
        self.table.row_activated.connect(self.open_panel)
        self.table.clicked.connect(lambda index: self.open_panel(str(self.model.key_at(index.row()))))
        self.table.current_key_changed.connect(self._follow)
        self.panel.close_requested.connect(self.close_panel)
        self.panel.tasks_requested.connect(self._go_to_tasks)
        self.panel.queue_requested.connect(self._go_to_queue)
        self.panel.change_requested.connect(
            lambda: self.changes.change([self.panel.worker] if self.panel.worker else [])
        )
        self.panel.events_requested.connect(lambda: self.changes.change([self.panel.worker or ""], "enable_events"))
        self.panel.details_requested.connect(lambda: self.open_sheet(self.panel.worker or ""))
        self.table.set_menu(self.changes.menu)
        self.sheet.close_requested.connect(self.close_sheet)
        self.sheet.change_requested.connect(lambda: self.changes.change([self.sheet.worker]))
        self.sheet.task_requested.connect(lambda task_id: self._context.go("tasks", task_id))

    # ---- the page's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._active = True
        self._clock.start()
        if self._screens.currentWidget() is self.sheet:
            self.sheet.open(self.sheet.worker)
        self._take_snapshot()
        self._tick()

    def deactivate(self) -> None:
        self._active = False
        self._clock.stop()
        self.sheet.leave()
        self._context.settings.keep_layout(_LAYOUT, self.splitter.saveState())
        self._context.settings.keep_layout(_TABLE_LAYOUT, self.table.save_state())

    def reveal(self, subject: object) -> None:
        """Select and open a worker by its name; one that was not heard of yet is selected when it is."""
        if isinstance(subject, str):
            self.close_sheet()
            if self.model.row_of(subject) is not None and self.model.place_of(subject) < 0:
                self.filter_box.clear()
            self.table.select_key(subject)
            self.open_panel(subject)

    def focus_filter(self) -> None:
        self.filter_box.take_focus()

    def step_back(self) -> bool:
        if self._screens.currentWidget() is self.sheet:
            self.close_sheet()
            return True
        if self.panel.isHidden():
            return False
        self.close_panel()
        return True

    def prepare_for_picture(self) -> None:
        rows = self.model.rows()
        if rows:
            self.reveal(max(rows, key=lambda worker: (worker.status == "online", worker.active or 0)).name)

    # ---- the panel -----------------------------------------------------------------------------------------------

    def open_panel(self, name: str) -> None:
        """Show one worker beside the table."""
        self.panel.open(name)
        self.panel.show_worker(self._worker(name), time.time())
        if self.panel.isHidden():
            self._tucked = tuple(column for column in _TUCKED_COLUMNS if self.table.layout_of_columns.is_shown(column))
            self._show_columns(False)
            self.panel.show()

    def close_panel(self) -> None:
        """The table gets the whole width."""
        if not self.panel.isHidden():
            self.panel.hide()
            self._show_columns(True)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- one worker over the whole page --------------------------------------------------------------------------

    def open_sheet(self, name: str, part: str = "") -> None:
        """Show a worker in detail: one ``part`` after the other, asked when it is looked at."""
        if name:
            self._screens.setCurrentWidget(self.sheet)
            self.sheet.open(name, part)
            self.sheet.show_row(self._worker(name))

    def close_sheet(self) -> None:
        """Back to all workers."""
        if self._screens.currentWidget() is self.sheet:
            self.sheet.leave()
            self._screens.setCurrentWidget(self.splitter)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_columns(self, shown: bool) -> None:
        self.sources.setVisible(shown)
        for column in self._tucked:
            self.table.show_column(column, shown)

    def _follow(self, name: object) -> None:
        if isinstance(name, str) and not self.panel.isHidden():
            self.open_panel(name)

    def _worker(self, name: str) -> WorkerRow | None:
        row = self.model.row_of(name)
        return row if isinstance(row, WorkerRow) else None

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _take_snapshot(self) -> None:
        arrived, now = self._context.store.state.tasks, time.monotonic()
        crowd = arrived is not None and len(arrived.snapshot.workers) > _CROWD
        if crowd and now - self._taken_at < _CROWD_PAUSE_S:
            return
        if self._active and arrived is not None:
            self._taken_at = now
            self.model.apply(arrived.snapshot.workers)
            self.sources.show_lines(source_lines(arrived.snapshot.streams, time.time()))
            self._show_panel()
            self.sheet.show_row(self._worker(self.sheet.worker))
        self._show_what_fits()

    def _start_over(self) -> None:
        self.close_sheet()
        self.close_panel()
        self.model.apply(())
        self._show_what_fits()

    def _show_panel(self) -> None:
        if not self.panel.isHidden() and self.panel.worker is not None:
            self.panel.show_worker(self._worker(self.panel.worker), time.time())

    def _tick(self) -> None:
        now, state = time.monotonic(), self._context.store.state
        health = state.health_of("celery")
        stale = freshness.stale_reason(health, state.tasks.stamp if state.tasks else None, now)
        self.card.set_stale(stale)
        self.panel.set_stale(stale)
        self.table.viewport().update()
        self._show_panel()
        if self._stack.currentWidget() is not self.table:
            self._show_what_fits()

    # ---- what is shown -------------------------------------------------------------------------------------------

    def _filter_changed(self, chosen: Filter) -> None:
        def passes(worker: WorkerRow) -> bool:
            return chosen.matches(" ".join((worker.name, worker.status, worker.pool or "", *(worker.queues or ()))))

        self.model.set_filter(None if chosen.empty else passes)
        self._show_what_fits()

    def _show_what_fits(self) -> None:
        state, shown, total = self._context.store.state, self.model.shown, self.model.total
        self.count.setText(f"{wording.count(shown)} of {wording.count(total)}" if total else "")
        if shown:
            self._stack.setCurrentWidget(self.table)
        elif state.tasks is None:
            self.empty.say(*freshness.waiting(state.health_of("celery"), time.monotonic()))
            self._stack.setCurrentWidget(self.empty)
        elif total:
            self.empty.say("No worker matches", f"None of {wording.count(total)} workers fits the filter.")
            self._stack.setCurrentWidget(self.empty)
        else:
            lines = source_lines(state.tasks.snapshot.streams, time.time())
            self.lessons.say("No worker was heard of", " ".join(line.words for line in lines if line.tone != "ok"))
            self._stack.setCurrentWidget(self.lessons)

    # ---- wishes --------------------------------------------------------------------------------------------------

    def _go_to_tasks(self, running: bool) -> None:
        if self.panel.worker is not None:
            states = ("STARTED",) if running else ()
            self._context.go("tasks", TaskQuery(text=quoted(self.panel.worker), states=states))

    def _go_to_queue(self, name: str) -> None:
        """The worker told the queue's name alone: take the one queue of that name that the broker has."""
        arrived = self._context.store.state.queues
        keys = [row.key for row in arrived.rows if row.queue.name == name] if arrived else []
        self._context.go("queues", keys[0] if keys else QueueKey("/", name))
