"""The line above the tasks: what is searched for, in which time, and searches with a name. Below it, what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from broker_client.tasks.query_values import ValueCount
from broker_client.tasks.records import KNOWN_STATES
from dashboard.actions.jobs import Ok, Outcome
from dashboard.actions.saved_searches import SavedSearch, SavedSearches
from dashboard.pages.context import PageContext
from dashboard.pages.query_box import QueryBox
from dashboard.pages.saved_search_menu import SavedSearchMenu
from dashboard.pages.time_range import ANY_TIME, TimeRange, Times
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark
from dashboard.widgets.wrapping_row import WrappingRow

_VALUES_HOLD_S = 10.0


class TaskSearchBar(QWidget):
    """``changed``: another search, or another time. ``search_taken`` carries a :class:`SavedSearch`."""

    changed = Signal()
    search_taken = Signal(object)

    def __init__(self, context: PageContext, present: Callable[[], SavedSearch], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._asked_at: dict[str, float] = {}
        self._asking = self._wanted = ""
        """Of which field the values are asked, and of which they are asked next."""
        self._turn = 0
        self.box = QueryBox()
        self.box.offer_values("state", tuple(ValueCount(state) for state in KNOWN_STATES))
        self.range = TimeRange()
        self.saved = SavedSearchMenu(self._searches, present)
        self.mark = StateMark("crit")
        self.problem = PlainLabel("", "small", "crit", wrap=True)
        self._lay_out()
        self.box.pattern_changed.connect(lambda _pattern: self.changed.emit())
        self.box.problem_shown.connect(self._show_problem)
        self.box.values_wanted.connect(self._ask_values)
        self.range.times_changed.connect(lambda _times: self.changed.emit())
        self.saved.taken.connect(self.search_taken)
        context.store.session_changed.connect(self._start_over)
        self._show_problem("")

    def _lay_out(self) -> None:
        self.line = WrappingRow()
        self.line.addWidget(self.box, 1)
        self.line.addWidget(self.range)
        self.line.addWidget(self.saved)
        told = QHBoxLayout()
        told.setContentsMargins(2, 0, 0, 0)
        told.setSpacing(6)
        told.addWidget(self.mark)
        told.addWidget(self.problem, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        column.addLayout(self.line)
        column.addLayout(told)

    @property
    def times(self) -> Times:
        return self.range.times

    @property
    def readable(self) -> bool:
        """Whether the search that stands in the line can be read."""
        return not self.box.pattern.error

    def put(self, text: str, times: Times = ANY_TIME) -> None:
        """Show a search; ``changed`` is told when it is another one."""
        self.range.put(times)
        self.box.setText(text)
        self.box.flush()

    def _show_problem(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.mark.setVisible(bool(words))
        self.mark.set_tone("crit", words)

    # ---- values on offer -----------------------------------------------------------------------------------------

    def _ask_values(self, field: str) -> None:
        now = time.monotonic()
        if now - self._asked_at.get(field, -_VALUES_HOLD_S) < _VALUES_HOLD_S:
            return
        if self._asking:
            self._wanted = field
            return
        self._asking, self._asked_at[field] = field, now
        ask, turn = self._context.ask_tasks, self._turn
        self._context.jobs.run(
            "Ask which values there are",
            lambda _pulse: ask(lambda client: client.values(field)),
            lambda outcome: self._take_values(turn, field, outcome),
        )

    def _take_values(self, turn: int, field: str, outcome: Outcome) -> None:
        """Values are a help: without them one goes on typing."""
        wanted, self._asking, self._wanted = self._wanted, "", ""
        if wanted:
            self._ask_values(wanted)
        if turn != self._turn:
            return
        if isinstance(outcome, Ok):
            values: tuple[ValueCount, ...] = outcome.value
            if field == "state":
                told = {value.value for value in values}
                values = (*values, *(ValueCount(state) for state in KNOWN_STATES if state not in told))
            self.box.offer_values(field, values)
        else:
            self._asked_at.pop(field, None)

    def _start_over(self) -> None:
        self._asked_at.clear()
        self._turn += 1
        self.box.forget_values()

    def _searches(self) -> SavedSearches:
        return SavedSearches(self._context.settings, self._context.store.state.session.profile)
