"""The tasks as a live table in a card: a search, chips for states, and the rows that the eye is on.

Sorting and filtering are questions to the collector. While the mouse is over the rows, or they are scrolled away from
the top, nothing moves: newer tasks are counted on a button that jumps to them.
"""

from __future__ import annotations

import time
from itertools import pairwise

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from broker_client.tasks.query_hint import hint_on
from broker_client.tasks.records import KNOWN_STATES, TaskQuery, TaskRow, TaskSummary
from broker_client.tasks.task_record import EXCEPTION_CHARS, TEXT_CHARS
from dashboard.actions.saved_searches import SavedSearch
from dashboard.actions.task_rows_file import CSV, JSON, ExportColumn
from dashboard.look import wording
from dashboard.models.task_columns import task_columns
from dashboard.models.task_table import TaskTable
from dashboard.models.task_wording import state_tone, state_word
from dashboard.pages import freshness
from dashboard.pages.code_line import LessonPanel
from dashboard.pages.context import PageContext
from dashboard.pages.source_marks import SourceMarks
from dashboard.pages.task_export import TaskExport
from dashboard.pages.task_search_bar import TaskSearchBar
from dashboard.pages.task_sources import TASK_LESSONS, source_lines
from dashboard.pages.time_range import ANY_TIME, Times
from dashboard.settings import MOST_TASKS
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card
from dashboard.widgets.chips import ChipCount, ChipRow
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.tucked_columns import TuckedColumns

_TUCKED_COLUMNS = ("retries", "queue", "worker", "id", "args", "exception")
"""What a table without room for all leaves out, the first of these first: the detail beside it says them."""
_ROOMY, _SLIM = 900, 560
"""From the first width on nothing of the head is left out, below the second Saved and Export are."""
_ALWAYS_SHOWN = ("RECEIVED", "STARTED", "RETRY", "SUCCESS", "FAILURE")
_MOST_OWN = 6
"""Chips for so many of the application's own states, those with most tasks."""
_LAYOUT = "tasks/table"
_EXPORT_HELP = (
    "Write all tasks that match, with the columns shown; "
    f"texts as they are kept: arguments up to {TEXT_CHARS} characters, exceptions up to {EXCEPTION_CHARS}"
)


class TaskList(Card):
    """``task_activated`` and ``task_clicked`` carry an id, ``current_changed`` an id or ``None``."""

    task_activated = Signal(object)
    task_clicked = Signal(object)
    current_changed = Signal(object)
    narrow_changed = Signal(bool)
    """A detail beside it leaves it little room, or it has enough again."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__("Tasks", parent=parent)
        self._context = context
        self._active = self._beside = self._narrow = False
        self._searched = 1.0
        self._build()
        self._connect()
        self.table.restore_state(context.settings.layout(_LAYOUT))

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.model = TaskTable(task_columns())
        self.table = DataTable(self.model, "Tasks")
        self._tucked = TuckedColumns(self.table, self.model, _TUCKED_COLUMNS, "name")
        self.count = PlainLabel("", "small", "quiet", elide="right")
        self.sources = SourceMarks()
        self.search = TaskSearchBar(self._context, self._present)
        self.filter_box = self.search.box
        self.export = TaskExport(self._context, self)
        self.export_button = Button("Export", "download", help=_EXPORT_HELP)
        self.columns_button = Button("Columns", "columns")
        self.keep_button = IconButton("more", "How many tasks are kept")
        self.chips = ChipRow("States")
        self.newer_button = Button("", kind="link", help="New tasks wait above so that the rows you look at stay still")
        self.newer_button.hide()
        self.lessons = LessonPanel("", "", TASK_LESSONS)
        self.empty = EmptyState("", "")
        self._stack = QStackedWidget()
        for layer in (self.table, self.empty, self.lessons):
            self._stack.addWidget(layer)
        self.header.insertWidget(1, self.count)
        self.header.addWidget(self.newer_button)
        self.header.addWidget(self.sources)
        self.search.line.addWidget(self.export_button)
        self.header.addWidget(self.columns_button)
        self.header.addWidget(self.keep_button)
        self.body.addWidget(self.search)
        self.body.addWidget(self.chips)
        self.body.addWidget(self._stack, 1)
        line = (self.filter_box, self.search.range, self.search.saved, self.export_button)
        order = (*line, self.newer_button, self.columns_button, self.keep_button, self.table)
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        store = self._context.store
        store.tasks_changed.connect(self._take_snapshot)
        store.session_changed.connect(self._start_over)
        store.health_changed.connect(self._show_what_fits)
        self.model.query_changed.connect(self._ask)
        self.model.newer_changed.connect(self._show_newer)
        self.model.counts_changed.connect(self._show_what_fits)
        self.search.changed.connect(self._choose)
        self.search.search_taken.connect(self.show_saved)
        self.filter_box.down_pressed.connect(self._enter_table)
        self.chips.chosen_changed.connect(lambda _states: self._choose())
        self.empty.action_requested.connect(self.show_all)
        self.newer_button.clicked.connect(self.jump_to_newest)
        self.export_button.clicked.connect(self._choose_export)
        self.keep_button.clicked.connect(self._choose_how_many)
        self.export.running_changed.connect(self._show_export)
        self.export.progressed.connect(self.export_button.set_text)
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
        self._tucked.release()
        self._context.settings.keep_layout(_LAYOUT, self.table.save_state())
        self._share_room()

    def set_beside(self, beside: bool) -> None:
        """A detail stands beside it: leave out what it says, where there is no room for both, as long as it lasts."""
        self._beside = beside
        self._share_room()

    def _share_room(self) -> None:
        if self._beside:
            self._tucked.fit(self._stack.width() - self.table.verticalScrollBar().sizeHint().width())
        else:
            self._tucked.release()
        slim = self._beside and self.width() < _SLIM
        self.search.saved.setHidden(slim)
        self.export_button.setHidden(slim and not self.export.running)
        narrow = self._beside and self.width() < _ROOMY
        if narrow != self._narrow:
            self._narrow = narrow
            self.sources.set_terse(narrow)
            self.narrow_changed.emit(narrow)

    def row(self, task_id: str) -> TaskRow | None:
        """The row as it is shown, when it is near the screen."""
        return self.model.row_of(task_id)

    def select(self, task_id: str) -> None:
        """Make the task current now, or when it comes near the screen."""
        self.table.select_key(task_id)

    def filter_for(self, text: str, states: tuple[str, ...] = (), times: Times = ANY_TIME) -> None:
        """Show the tasks that the search ``text`` means; no ``states`` = of every state."""
        arrived = self._context.store.state.tasks
        self.chips.set_counts(chip_counts(arrived.snapshot.summary if arrived else TaskSummary(), states))
        self.chips.set_chosen(states)
        self.search.put(text, times)
        self._choose()

    def show_saved(self, search: SavedSearch) -> None:
        """Show what a person gave a name to, in its order."""
        order = Qt.SortOrder.DescendingOrder if search.descending else Qt.SortOrder.AscendingOrder
        self.table.sort_by(search.sort, order)
        self.filter_for(search.text, search.states, Times(search.within_s, search.since, search.until))

    def _present(self) -> SavedSearch:
        query, times = self.model.query, self.search.times
        text = self.filter_box.text().strip()
        return SavedSearch("", text, query.states, *times, query.sort, query.descending)

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
        self._searched = snapshot.window.searched
        self.model.show_window(snapshot.window)
        self.chips.set_counts(chip_counts(snapshot.summary, self.chips.chosen))
        self.sources.show_lines(source_lines(snapshot.streams, time.time()))
        self._show_what_fits()

    def _start_over(self) -> None:
        self._searched = 1.0
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
        if self._searched < 1.0:
            order = f", {self._searched:.0%} searched yet"
        self.count.setText(f"{wording.count(self.model.shown)} of {wording.count(total)}{order}" if total else "")
        self.chips.setVisible(bool(total))
        if self.model.shown:
            self._stack.setCurrentWidget(self.table)
        elif state.tasks is None:
            self.empty.say(*freshness.waiting(state.health_of("celery"), time.monotonic()))
            self._stack.setCurrentWidget(self.empty)
        elif total and self._searched < 1.0:
            self.empty.say("Searching …", f"{self._searched:.0%} of {wording.count(total)} tasks were gone through.")
            self._stack.setCurrentWidget(self.empty)
        elif total:
            hint = hint_on(self.model.query.text, (*KNOWN_STATES, *state.tasks.snapshot.summary.by_state))
            words = f"None of {wording.count(total)} tasks fits the filter. {hint}"
            self.empty.say("No task matches", words.rstrip(), "Show all tasks")
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
        """Ask for what is searched; while that cannot be read, the answer to the last search stays."""
        if self.search.readable:
            self.table.scrollToTop()
            self.model.choose(self.filter_box.pattern.text, self.chips.chosen, **self.search.times._asdict())

    def _choose_export(self) -> None:
        if self.export.running:
            self.export.stop()
            return
        menu = QMenu(self)
        for words, ending in (("CSV for spreadsheets…", CSV), ("JSON…", JSON)):
            menu.addAction(words).triggered.connect(
                lambda _on=False, ending=ending: self.export.ask(self.model.query, self.shown_columns(), ending)
            )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.export_button.mapToGlobal(self.export_button.rect().bottomLeft()))

    def _choose_how_many(self) -> None:
        menu = self.made_keep_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.keep_button.mapToGlobal(self.keep_button.rect().bottomLeft()))

    def made_keep_menu(self) -> QMenu:
        """How many tasks may be remembered."""
        settings = self._context.settings
        menu = QMenu(self)
        menu.setAccessibleName("How many tasks are kept")
        menu.addAction("Keep at most, the oldest finished leave first:").setEnabled(False)
        for most, words in MOST_TASKS.choices:
            choice = menu.addAction(f"{words} tasks")
            choice.setCheckable(True)
            choice.setChecked(settings.number(MOST_TASKS.key) == most)
            choice.triggered.connect(lambda _on=False, most=most: settings.put(MOST_TASKS.key, most))
        return menu

    def shown_columns(self) -> tuple[ExportColumn, ...]:
        """The columns on the screen, in their order, and those that only have no room there."""
        layout, header = self.table.layout_of_columns, self.table.horizontalHeader()
        left_out = map(self.model.column_of, self._tucked.names)
        columns = (self.model.columns[place] for place in sorted((*layout.shown(), *left_out), key=header.visualIndex))
        return tuple(ExportColumn(column.id, column.title) for column in columns)

    def _show_export(self, running: bool) -> None:
        self.export_button.set_icon("stop" if running else "download")
        self.export_button.set_text("Exporting …" if running else "Export")

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

    # ---- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()


def _usual_order(query: TaskQuery) -> TaskQuery:
    return msgspec.structs.replace(query, sort="updated", descending=True)


def chip_counts(summary: TaskSummary, chosen: tuple[str, ...]) -> tuple[ChipCount, ...]:
    """Celery's states in their order, then the application's own; a state without tasks only when it is usual."""
    counts = summary.by_state
    known = [state for state in KNOWN_STATES if counts.get(state) or state in chosen or state in _ALWAYS_SHOWN]
    own = sorted(counts.keys() - set(KNOWN_STATES), key=lambda state: (-counts[state], state))[:_MOST_OWN]
    own += [state for state in chosen if state not in KNOWN_STATES]
    return tuple(
        (state, state_word(state), state_tone(state), counts.get(state, 0)) for state in dict.fromkeys((*known, *own))
    )
