"""The tasks as a live table in a card: chips for states, a text filter, and the rows that the eye is on.

Sorting and filtering are questions to the collector. While the mouse is over the rows, or they are scrolled away from
the top, nothing moves: newer tasks are counted on a button that jumps to them.
"""

from __future__ import annotations

import time
from itertools import pairwise

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from broker_client.tasks.records import KNOWN_STATES, TaskQuery, TaskRow, TaskSummary
from dashboard.look import wording
from dashboard.models.task_columns import task_columns
from dashboard.models.task_table import TaskTable
from dashboard.models.task_wording import state_tone, state_word
from dashboard.pages import freshness
from dashboard.pages.code_line import LessonPanel
from dashboard.pages.context import PageContext
from dashboard.pages.source_marks import SourceMarks
from dashboard.pages.task_sources import TASK_LESSONS, source_lines
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.chips import ChipCount, ChipRow
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.filters import Filter
from dashboard.widgets.plain_label import PlainLabel

_FILTER_WIDTH, _NARROW_FILTER_WIDTH = 260, 190
_FILTER_HELP = "Part of a name, id, argument, worker or exception; !text leaves out what has it"
_TUCKED_COLUMNS = ("id", "args", "queue", "worker", "retries", "exception")
"""What a narrow table leaves out: the detail beside it says it."""
_ALWAYS_SHOWN = ("RECEIVED", "STARTED", "RETRY", "SUCCESS", "FAILURE")
_MOST_OWN = 6
"""Chips for so many of the application's own states, those with most tasks."""
_LAYOUT = "tasks/table"


class TaskList(Card):
    """``task_activated`` and ``task_clicked`` carry an id, ``current_changed`` an id or ``None``."""

    task_activated = Signal(object)
    task_clicked = Signal(object)
    current_changed = Signal(object)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__("Tasks", parent=parent)
        self._context = context
        self._active = False
        self._tucked: tuple[str, ...] = ()
        self._build()
        self._connect()
        self.table.restore_state(context.settings.layout(_LAYOUT))

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.model = TaskTable(task_columns())
        self.table = DataTable(self.model, "Tasks")
        self.count = PlainLabel("", "small", "quiet")
        self.sources = SourceMarks()
        self.filter_box = FilterBox("Filter tasks", slash=False, parse=as_typed, help=_FILTER_HELP)
        self.filter_box.setFixedWidth(_FILTER_WIDTH)
        self.columns_button = Button("Columns", "columns")
        self.chips = ChipRow("States")
        self.newer_button = Button("", kind="link", help="New tasks wait above so that the rows you look at stay still")
        self.newer_button.hide()
        self.lessons = LessonPanel("", "", TASK_LESSONS)
        self.empty = EmptyState("", "")
        self._stack = QStackedWidget()
        for layer in (self.table, self.empty, self.lessons):
            self._stack.addWidget(layer)
        for place, widget in enumerate((self.count, self.filter_box), 1):
            self.header.insertWidget(place, widget)
        self.header.addWidget(self.newer_button)
        self.header.addWidget(self.sources)
        self.header.addWidget(self.columns_button)
        self.body.addWidget(self.chips)
        self.body.addWidget(self._stack, 1)
        for before, after in pairwise((self.filter_box, self.columns_button, self.newer_button, self.table)):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        store = self._context.store
        store.tasks_changed.connect(self._take_snapshot)
        store.session_changed.connect(self._start_over)
        store.health_changed.connect(self._show_what_fits)
        self.model.query_changed.connect(self._ask)
        self.model.newer_changed.connect(self._show_newer)
        self.model.counts_changed.connect(self._show_what_fits)
        self.filter_box.pattern_changed.connect(lambda _filter: self._choose())
        self.filter_box.down_pressed.connect(self._enter_table)
        self.chips.chosen_changed.connect(lambda _states: self._choose())
        self.empty.action_requested.connect(self.show_all)
        self.newer_button.clicked.connect(self.jump_to_newest)
        self.columns_button.clicked.connect(lambda: self.table.choose_columns(self.columns_button))
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.table.visible_keys_changed.connect(lambda _keys: self._look())
        self.table.held_changed.connect(self._held_changed)
        self.table.row_activated.connect(self.task_activated)
        self.table.current_key_changed.connect(self.current_changed)
        self.table.clicked.connect(self._clicked)

    # ---- on and off the screen -----------------------------------------------------------------------------------

    def activate(self) -> None:
        self._active = True
        self._ask(self.model.query)
        self._take_snapshot()

    def deactivate(self) -> None:
        self._active = False
        self._context.settings.keep_layout(_LAYOUT, self.table.save_state())

    def set_narrow(self, narrow: bool) -> None:
        """Make do with less width: leave out some columns, for as long as it lasts."""
        self.filter_box.setFixedWidth(_NARROW_FILTER_WIDTH if narrow else _FILTER_WIDTH)
        self.sources.set_terse(narrow)
        if narrow and not self._tucked:
            self._tucked = tuple(name for name in _TUCKED_COLUMNS if self.table.layout_of_columns.is_shown(name))
        for name in self._tucked:
            self.table.show_column(name, not narrow)
        if not narrow:
            self._tucked = ()

    def row(self, task_id: str) -> TaskRow | None:
        """The row as it is shown, when it is near the screen."""
        return self.model.row_of(task_id)

    def select(self, task_id: str) -> None:
        """Make the task current now, or when it comes near the screen."""
        self.table.select_key(task_id)

    def filter_for(self, text: str, states: tuple[str, ...] = ()) -> None:
        """Show the tasks that contain ``text``; no ``states`` = of every state."""
        arrived = self._context.store.state.tasks
        self.chips.set_counts(chip_counts(arrived.snapshot.summary if arrived else TaskSummary(), states))
        self.chips.set_chosen(states)
        self.filter_box.setText(text)
        self.filter_box.flush()
        self._choose()

    def show_all(self) -> None:
        """Take every filter off."""
        self.filter_for("")

    def jump_to_newest(self) -> None:
        """To the top, and follow the stream again."""
        self.model.release()
        self.table.scrollToTop()
        self._look()

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _take_snapshot(self) -> None:
        arrived = self._context.store.state.tasks
        if not self._active or arrived is None:
            self._show_what_fits()
            return
        snapshot = arrived.snapshot
        self.model.show_window(snapshot.window)
        self.chips.set_counts(chip_counts(snapshot.summary, self.chips.chosen))
        self.sources.show_lines(source_lines(snapshot.streams, time.time()))
        self._show_what_fits()

    def _start_over(self) -> None:
        self.model.clear()
        self._show_what_fits()

    def tick(self, now: float) -> None:
        """Ages grow and deadlines pass even when nothing arrives."""
        state = self._context.store.state
        self.set_stale(
            freshness.stale_reason(state.health_of("celery"), state.tasks.stamp if state.tasks else None, now)
        )
        if self._stack.currentWidget() is not self.table:
            self._show_what_fits()

    # ---- what is shown -------------------------------------------------------------------------------------------

    def _show_what_fits(self) -> None:
        state = self._context.store.state
        total = state.tasks.snapshot.summary.total if state.tasks else 0
        order = ", latest change first" if self.model.query == _usual_order(self.model.query) else ""
        self.count.setText(f"{wording.count(self.model.shown)} of {wording.count(total)}{order}" if total else "")
        self.chips.setVisible(bool(total))
        if self.model.shown:
            self._stack.setCurrentWidget(self.table)
        elif state.tasks is None:
            self.empty.say(*freshness.waiting(state.health_of("celery"), time.monotonic()))
            self._stack.setCurrentWidget(self.empty)
        elif total:
            self.empty.say(
                "No task matches", f"None of {wording.count(total)} tasks fits the filter.", "Show all tasks"
            )
            self._stack.setCurrentWidget(self.empty)
        else:
            lines = source_lines(state.tasks.snapshot.streams, time.time())
            self.lessons.say("No tasks seen yet", " ".join(line.words for line in lines if line.tone != "ok"))
            self._stack.setCurrentWidget(self.lessons)

    def _show_newer(self, newer: int) -> None:
        self.newer_button.setVisible(newer > 0)
        self.newer_button.set_text(f"{wording.count(newer)} newer ↑")

    # ---- wishes --------------------------------------------------------------------------------------------------

    def _ask(self, query: object) -> None:
        if self._active:
            self._context.show_tasks(self.model.query)

    def _choose(self) -> None:
        self.table.scrollToTop()
        self.model.choose(self.filter_box.pattern.text, self.chips.chosen)

    def _scrolled(self, value: int) -> None:
        self.model.hold(value > 0, "scroll")
        self._look()
        if not self.model.held and self.model.newer:
            self.model.release()

    def _look(self) -> None:
        """Tell the model which lines are on the screen."""
        if self.table.isVisible():
            height = self.table.viewport().height()
            first = max(0, self.table.rowAt(0))
            last = self.table.rowAt(height - 1)
            self.model.see(first, last if last >= 0 else first + height // 24)

    def _held_changed(self, held: bool) -> None:
        if not self.model.held and self.model.newer:
            self.model.release()

    def _clicked(self, index: object) -> None:
        key = self.table.current_key()
        if isinstance(key, str):
            self.task_clicked.emit(key)

    def _enter_table(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.table.current_key() is None and self.model.shown:
            self.table.selectRow(0)


def _usual_order(query: TaskQuery) -> TaskQuery:
    return msgspec.structs.replace(query, sort="updated", descending=True)


def as_typed(text: str) -> Filter:
    """The collector has a filter language of its own: one text, ``!`` in front negates it."""
    return Filter(text.strip())


def chip_counts(summary: TaskSummary, chosen: tuple[str, ...]) -> tuple[ChipCount, ...]:
    """Celery's states in their order, then the application's own; a state without tasks only when it is usual."""
    counts = summary.by_state
    known = [state for state in KNOWN_STATES if counts.get(state) or state in chosen or state in _ALWAYS_SHOWN]
    own = sorted(counts.keys() - set(KNOWN_STATES), key=lambda state: (-counts[state], state))[:_MOST_OWN]
    own += [state for state in chosen if state not in KNOWN_STATES]
    return tuple(
        (state, state_word(state), state_tone(state), counts.get(state, 0)) for state in dict.fromkeys((*known, *own))
    )
