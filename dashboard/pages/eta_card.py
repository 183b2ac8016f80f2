"""Tasks that wait for their time, with the time left: sent with a countdown or an ETA, or to be tried again."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from broker_client.errors import BrokerError
from broker_client.tasks.eta_book import Etas
from broker_client.tasks.records import TaskRow
from dashboard.look.wording import count
from dashboard.models.eta_table import DEFAULT_ORDER, eta_table
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.filters import Filter
from dashboard.widgets.plain_label import PlainLabel

_FILTER_WIDTH = 200
_NOTHING = (
    "No task waits for its time",
    "Tasks that are sent with a countdown or an ETA, and retries, are listed here.",
)


class EtaCard(Card):
    """``task_requested`` carries an id."""

    task_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Later: waiting for their time", parent=parent)
        self._total: int | None = None
        self.model = eta_table(time.time)
        self.table = DataTable(self.model, "Tasks that wait for their time")
        self.count = PlainLabel("", "small", "quiet")
        self.filter_box = FilterBox("Filter tasks", slash=False)
        self.filter_box.set_room(_FILTER_WIDTH)
        self.columns_button = Button("Columns", "columns")
        self.empty = EmptyState("", "")
        self._stack = QStackedWidget()
        for layer in (self.empty, self.table):
            self._stack.addWidget(layer)
        for place, widget in enumerate((self.count, self.filter_box), 1):
            self.header.insertWidget(place, widget)
        self.header.addWidget(self.columns_button)
        self.body.addWidget(self._stack, 1)
        self.filter_box.pattern_changed.connect(self._filter_changed)
        self.filter_box.down_pressed.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.columns_button.clicked.connect(lambda: self.table.choose_columns(self.columns_button))
        self.table.row_activated.connect(lambda key: self.task_requested.emit(str(key)))
        self.table.sort_by(DEFAULT_ORDER)

    def start_over(self, title: str, words: str) -> None:
        """Nothing is known yet: say why."""
        self._total = None
        self.model.apply(())
        self.empty.say(title, words)
        self._stack.setCurrentWidget(self.empty)
        self.count.setText("")

    @property
    def waiting(self) -> bool:
        """Whether nothing was told yet."""
        return self._total is None

    def show_etas(self, etas: Etas) -> None:
        self._total = etas.total
        self.model.apply(etas.rows)
        self._show_what_fits()

    def show_trouble(self, error: BrokerError) -> None:
        if self._total is None:
            self.empty.say(error.what, error.why or error.remedy)

    def tick(self) -> None:
        self.table.viewport().update()

    def _filter_changed(self, chosen: Filter) -> None:
        def passes(row: TaskRow) -> bool:
            return chosen.matches(" ".join((row.id, row.name or "", row.args or "", row.worker or "", row.queue or "")))

        self.model.set_filter(None if chosen.empty else passes)
        self._show_what_fits()

    def _show_what_fits(self) -> None:
        total = self._total or 0
        self.count.setText(f"{count(self.model.shown)} of {count(total)}" if total else "")
        if self.model.shown:
            self._stack.setCurrentWidget(self.table)
        else:
            filtered = ("No task matches", f"None of {count(self.model.total)} tasks fits the filter.")
            self.empty.say(*(filtered if self.model.total else _NOTHING))
            self._stack.setCurrentWidget(self.empty)
