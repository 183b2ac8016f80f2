"""The page of task types: how the tasks of each name fare in the last minute, five minutes or hour, worst first."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from broker_client.errors import BrokerError
from broker_client.tasks.like_this import Likeness
from broker_client.tasks.query_language import quoted
from broker_client.tasks.records import TaskQuery
from broker_client.tasks.task_types import WINDOWS_S, TaskTypeRow, TaskTypes
from dashboard.actions.jobs import Outcome
from dashboard.actions.repeated_question import RepeatedQuestion
from dashboard.look import wording
from dashboard.models.task_type_table import DEFAULT_ORDER, task_type_table
from dashboard.models.task_type_wording import WINDOW_WORDS
from dashboard.pages import freshness
from dashboard.pages.code_line import LessonPanel
from dashboard.pages.context import PageContext
from dashboard.pages.page import Page
from dashboard.pages.task_sending import TaskSending
from dashboard.pages.task_sources import TASK_LESSONS
from dashboard.pages.task_type_panel import TaskTypePanel
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.filters import Filter
from dashboard.widgets.list_and_panel import ListAndPanel
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

EVERY_S = 1.0
_TICK_MS = 500
_FILTER_WIDTH = 200
_FIRST_WINDOW_S = 300
_TUCKED_COLUMNS = (
    "rate",
    "failed",
    "wait_p50",
    "run_p50",
    "wait_p99",
    "run_p99",
    "last",
    "retried",
    "revoked",
    "exception",
)
_LAYOUT, _TABLE_LAYOUT = "task_types/splitter", "task_types/table"
_FIRST_SIZES = (760, 428)
_LEAST_LIST_WIDTH = 400


class TaskTypesPage(Page):
    """A click or Enter opens the panel; while it is open it follows the selection. Esc closes it."""

    page_id = "task_types"
    title = "Task types"
    icon_name = "task-types"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._tucked: tuple[str, ...] = ()
        self._answer: TaskTypes | None = None
        self._trouble = ""
        self.window_s = _FIRST_WINDOW_S
        self._build()
        self._connect()
        if not self.table.restore_state(context.settings.layout(_TABLE_LAYOUT)):
            self.table.sort_by(DEFAULT_ORDER)

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.window_choice = Segmented(
            [(str(window), WINDOW_WORDS[window]) for window in WINDOWS_S], str(_FIRST_WINDOW_S), name="Window"
        )
        self.model = task_type_table(time.time, lambda: self.window_s)
        self.table = DataTable(self.model, "Task types")
        self.count = PlainLabel("", "small", "quiet")
        self.filter_box = FilterBox("Filter names", slash=False)
        self.filter_box.set_room(_FILTER_WIDTH)
        self.columns_button = Button("Columns", "columns")
        self.send_button = Button("Send a task …", "plus")
        self.empty = EmptyState("", "")
        self.lessons = LessonPanel("", "", TASK_LESSONS)
        self._stack = QStackedWidget()
        for layer in (self.table, self.empty, self.lessons):
            self._stack.addWidget(layer)
        self.card = Card("Task types")
        self.card.setMinimumWidth(_LEAST_LIST_WIDTH)
        for place, widget in enumerate((self.count, self.filter_box), 1):
            self.card.header.insertWidget(place, widget)
        for widget in (self.window_choice, self.columns_button, self.send_button):
            self.card.header.addWidget(widget)
        self.card.body.addWidget(self._stack, 1)
        order = (self.filter_box, self.window_choice, self.columns_button, self.send_button, self.table)
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)
        self.panel = TaskTypePanel()
        self.sending = TaskSending(self._context, self)
        kept = self._context.settings.layout(_LAYOUT)
        self.splitter = ListAndPanel(self.card, self.panel, _FIRST_SIZES, kept)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(self.splitter)

    def _connect(self) -> None:
        context = self._context
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        self._question = RepeatedQuestion(self._ask, EVERY_S, self)
        self._question.answered.connect(self.show_types)
        self._question.failed.connect(self._hear_failure)
        context.store.session_changed.connect(self._start_over)
        self.model.counts_changed.connect(self._show_what_fits)
        self.window_choice.chosen.connect(lambda window: self.choose_window(int(window)))
        self.filter_box.pattern_changed.connect(self._filter_changed)
        self.filter_box.down_pressed.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.columns_button.clicked.connect(lambda: self.table.choose_columns(self.columns_button))
        self.send_button.clicked.connect(lambda _checked: self.send_task())
        self.table.row_activated.connect(self.open_panel)
        self.table.clicked.connect(lambda index: self.open_panel(str(self.model.key_at(index.row()))))
        self.table.current_key_changed.connect(self._follow)
        self.panel.close_requested.connect(self.close_panel)
        self.panel.tasks_requested.connect(self._go_to_tasks)
        self.panel.send_requested.connect(self._send_one)

    def choose_window(self, window_s: int) -> None:
        """Count over the last minute, five minutes or hour."""
        self.window_s = window_s
        self.window_choice.set_current(str(window_s))
        self._question.ask_now()

    # ---- the page's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._clock.start()
        self._question.start()
        self._tick()

    def deactivate(self) -> None:
        self._clock.stop()
        self._question.stop()
        self._context.settings.keep_layout(_LAYOUT, self.splitter.saveState())
        self._context.settings.keep_layout(_TABLE_LAYOUT, self.table.save_state())

    def reveal(self, subject: object) -> None:
        """Open a name."""
        if isinstance(subject, str):
            self.table.select_key(subject)
            self.open_panel(subject)

    def focus_filter(self) -> None:
        self.filter_box.take_focus()

    def step_back(self) -> bool:
        if self.panel.isHidden():
            return False
        self.close_panel()
        return True

    def prepare_for_picture(self) -> None:
        if self.model.rows():
            self.reveal(self.model.rows()[0].name)

    # ---- the panel -----------------------------------------------------------------------------------------------

    def open_panel(self, name: str) -> None:
        """Show one name beside the table."""
        row = self.model.row_of(name)
        if row is None:
            return
        self.panel.show_type(row, self.window_s, time.time())
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

    def _show_columns(self, shown: bool) -> None:
        for column in self._tucked:
            self.table.show_column(column, shown)
        self.send_button.setVisible(shown)

    def _follow(self, name: object) -> None:
        if isinstance(name, str) and not self.panel.isHidden():
            self.open_panel(name)

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _ask(self, done: Callable[[Outcome], None]) -> None:
        window_s, ask_tasks = self.window_s, self._context.ask_tasks
        self._context.jobs.run(
            "Ask how task types fare", lambda _pulse: ask_tasks(lambda client: client.task_types(window_s)), done
        )

    def show_types(self, answer: TaskTypes) -> None:
        """The newest answer; one for another window is left aside."""
        if answer.window_s != self.window_s:
            return
        self._answer, self._trouble = answer, ""
        self.model.apply(answer.rows)
        self._show_panel()
        self._show_what_fits()

    def _hear_failure(self, error: BrokerError) -> None:
        self._trouble = str(error)
        self._show_what_fits()

    def _start_over(self) -> None:
        self.close_panel()
        self._answer, self._trouble = None, ""
        self.model.apply(())
        self._question.ask_now()
        self._show_what_fits()

    def _show_panel(self) -> None:
        row = self.model.row_of(self.panel.row.name) if self.panel.row is not None else None
        if isinstance(row, TaskTypeRow) and not self.panel.isHidden():
            self.panel.show_type(row, self.window_s, time.time())

    def _tick(self) -> None:
        now, state = time.monotonic(), self._context.store.state
        self._question.paused = self._context.view.paused
        stale = freshness.stale_reason(state.health_of("celery"), state.tasks.stamp if state.tasks else None, now)
        self.card.set_stale(stale)
        self.panel.set_stale(stale)
        self.table.viewport().update()
        if self._stack.currentWidget() is not self.table:
            self._show_what_fits()

    # ---- what is shown -------------------------------------------------------------------------------------------

    def _filter_changed(self, chosen: Filter) -> None:
        self.model.set_filter(None if chosen.empty else lambda row: chosen.matches(row.name))
        self._show_what_fits()

    def _show_what_fits(self) -> None:
        state, shown, total = self._context.store.state, self.model.shown, self.model.total
        self.count.setText(self._count_words(shown, total))
        if shown:
            self._stack.setCurrentWidget(self.table)
            return
        self._stack.setCurrentWidget(self.empty)
        if state.tasks is None or self._answer is None:
            title, words = freshness.waiting(state.health_of("celery"), time.monotonic())
            self.empty.say(title, self._trouble or words)
        elif total:
            self.empty.say("No name matches", f"None of {wording.count(total)} names fits the filter.")
        else:
            self.lessons.say("No task has ended yet", "A task is counted two seconds after its end.")
            self._stack.setCurrentWidget(self.lessons)

    def _count_words(self, shown: int, total: int) -> str:
        if not total or self._answer is None:
            return ""
        names = f"{wording.count(shown)} of {wording.count(total)}"
        young = self._answer.watched_s < self._answer.window_s - 1
        return f"{names}, watched for {wording.span(self._answer.watched_s)}" if young else names

    # ---- wishes --------------------------------------------------------------------------------------------------

    def send_task(self, like: Likeness | None = None) -> None:
        """Open the form that sends a task."""
        self.sending.open(like, tuple(row.name for row in self.model.rows()))

    def _send_one(self) -> None:
        if self.panel.row is not None:
            self.send_task(Likeness(self.panel.row.name, self.panel.row.queue or ""))

    def _go_to_tasks(self, failed: bool) -> None:
        if self.panel.row is not None:
            states = ("FAILURE",) if failed else ()
            self._context.go("tasks", TaskQuery(text=f"name={quoted(self.panel.row.name)}", states=states))
