"""The exchanges as a live table in a card: filter, columns, built-ins on demand, and what could not be routed."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from broker_client.rabbit.entities import ExchangeKey, Overview
from dashboard.look import wording
from dashboard.models.exchange_table import DEFAULT_ORDER, ExchangeRow, exchange_table
from dashboard.pages import freshness
from dashboard.pages.context import PageContext
from dashboard.pages.vhost_column import mind_vhost_column
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.filters import Filter
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

LAYOUT = "exchanges/table"
_FILTER_WIDTH, _NARROW_FILTER_WIDTH = 240, 176
_TUCKED_COLUMNS = ("features", "policy", "count_in", "count_out", "arriving", "note")
"""What a narrow table leaves out: the detail beside it says it."""
_MOST_OF_THE_ROOM = 20
_HOW_TO_MAKE_ONE = (
    "Press “Declare exchange”, or let an application declare one. With pika: "
    'channel.exchange_declare("orders", "topic", durable=True).'
)
_HIDDEN = "Those of RabbitMQ and Celery themselves are hidden now: press “Built-in” to see them."
_UNROUTABLE_HELP = (
    "Messages a second, on the whole broker, that no binding took. Mandatory ones are returned to their publisher, the "
    "others are dropped. RabbitMQ does not count them by exchange."
)


class ExchangeList(Card):
    """``key_activated``, ``key_clicked`` and ``current_changed`` carry an :class:`ExchangeKey`."""

    key_activated = Signal(object)
    key_clicked = Signal(object)
    current_changed = Signal(object)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__("Exchanges", parent=parent)
        self._context = context
        self._filter = Filter()
        self._tucked: tuple[str, ...] = ()
        self._narrow = False
        self._build()
        self._connect()
        state = context.settings.layout(LAYOUT)
        if not (state and self.table.restore_state(state)):
            self.table.sort_by(DEFAULT_ORDER)

    def _build(self) -> None:
        self.model = exchange_table()
        self.table = DataTable(self.model, "Exchanges")
        self.count = PlainLabel("", "small", "quiet")
        self.filter_box = FilterBox("Filter exchanges", slash=False)
        self.filter_box.set_room(_FILTER_WIDTH)
        self.ages = PlainLabel("", "small", "muted", elide="right")
        self.ages.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.unroutable_mark = StateMark("idle")
        self.unroutable = PlainLabel("", "small", "quiet", elide="right")
        self.built_in = Button("Built-in", help="Show the exchanges that RabbitMQ and Celery make for themselves.")
        self.built_in.setCheckable(True)
        self.built_in.setAccessibleName("Show built-in exchanges")
        self.columns_button = Button("Columns", "columns")
        self.declare_button = Button("Declare exchange", "plus")
        self.empty = EmptyState("", "", icon="exchange")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        for place, widget in enumerate((self.count, self.filter_box, self.ages), 1):
            self.header.insertWidget(place, widget)
        self.header.setStretchFactor(self.ages, _MOST_OF_THE_ROOM)
        buttons = (self.built_in, self.columns_button, self.declare_button)
        for widget in (self.unroutable_mark, self.unroutable, *buttons):
            self.header.addWidget(widget)
        self.body.addWidget(self._stack, 1)

    def _connect(self) -> None:
        settings, view = self._context.settings, self._context.view
        self.built_in.setChecked(settings.flag("exchanges.show_built_in"))
        self.built_in.clicked.connect(lambda on: settings.put("exchanges.show_built_in", on))
        settings.changed.connect(self._setting_changed)
        view.vhost_changed.connect(self._apply_filter)
        self.filter_box.pattern_changed.connect(self._filter_changed)
        self.filter_box.down_pressed.connect(self._enter_table)
        self.columns_button.clicked.connect(lambda: self.table.choose_columns(self.columns_button))
        self.model.counts_changed.connect(self._show_what_fits)
        self.table.row_activated.connect(self.key_activated)
        self.table.current_key_changed.connect(self.current_changed)
        self.table.clicked.connect(lambda index: self.key_clicked.emit(self.model.key_at(index.row())))
        self._apply_filter()

    # ---- what is shown -------------------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[ExchangeRow]) -> None:
        self.model.apply(rows)
        mind_vhost_column(self.table, self._context)
        self._show_what_fits()

    def row(self, key: ExchangeKey) -> ExchangeRow | None:
        """The newest row, also of one that is not shown."""
        row = self.model.row_of(key)
        return row if isinstance(row, ExchangeRow) else None

    def select(self, key: ExchangeKey) -> bool:
        """Select and scroll to ``key``, taking off what hides it. ``False`` = no such exchange."""
        row = self.row(key)
        if row is None:
            return False
        if self.model.place_of(key) < 0:
            self.filter_box.clear()
            if row.built_in:
                self._context.settings.put("exchanges.show_built_in", True)
            if self._context.view.vhost not in (None, key.vhost):
                self._context.view.choose_vhost(None)
        self.table.select_key(key)
        return True

    def show_unroutable(self, overview: Overview | None) -> None:
        """What could not be routed on the whole broker."""
        rates = overview.rates if overview is not None else None
        told = [] if rates is None else [("returned", rates.returned), ("dropped", rates.dropped)]
        lost = [(words, rate) for words, rate in told if rate]
        words = " · ".join(f"{wording.rate(rate)} /s {words}" for words, rate in lost)
        self.unroutable.setText(f"Unroutable: {words}" if lost else "Nothing unroutable" if told else "")
        self.unroutable.set_tone("warn" if lost else "muted")
        self.unroutable.setToolTip(wording.tip(_UNROUTABLE_HELP))
        self.unroutable.setAccessibleDescription(_UNROUTABLE_HELP)
        self.unroutable_mark.set_tone("warn" if lost else "ok", self.unroutable.text())
        for widget in (self.unroutable, self.unroutable_mark):
            widget.setVisible(bool(told) and (not self._narrow or bool(lost)))

    def set_narrow(self, narrow: bool) -> None:
        """Make do with less width: leave out some columns, for as long as it lasts."""
        self._narrow = narrow
        self.filter_box.set_room(_NARROW_FILTER_WIDTH if narrow else _FILTER_WIDTH)
        self.columns_button.setHidden(narrow)
        self.declare_button.set_text("Declare" if narrow else "Declare exchange")
        if narrow and not self._tucked:
            self._tucked = tuple(name for name in _TUCKED_COLUMNS if self.table.layout_of_columns.is_shown(name))
            for name in self._tucked:
                self.table.show_column(name, False)
        elif not narrow:
            for name in self._tucked:
                self.table.show_column(name, True)
            self._tucked = ()

    def keep_layout(self) -> None:
        """A column that is left out for want of room counts as shown."""
        narrow = self._narrow
        self.set_narrow(False)
        self._context.settings.keep_layout(LAYOUT, self.table.save_state())
        self.set_narrow(narrow)

    def tick(self, now: float) -> None:
        """Ages grow even when nothing arrives."""
        state = self._context.store.state
        stamp = state.topology.stamp if state.topology else None
        self.set_stale(freshness.stale_reason(state.health_of("topology"), stamp, now))
        self.ages.setText(freshness.source_words(stamp, now))
        self.ages.setVisible(self.stale_reason is None)
        if self._stack.currentWidget() is self.empty:
            self._show_what_fits()

    # ---- filter --------------------------------------------------------------------------------------------------

    def _filter_changed(self, chosen: Filter) -> None:
        self._filter = chosen
        self._apply_filter()

    def _setting_changed(self, key: str) -> None:
        if key == "exchanges.show_built_in":
            self.built_in.setChecked(self._context.settings.flag(key))
            self._apply_filter()

    def _apply_filter(self) -> None:
        vhost, chosen = self._context.view.vhost, self._filter
        with_built_in = self._context.settings.flag("exchanges.show_built_in")

        def passes(row: ExchangeRow) -> bool:
            if row.built_in and not with_built_in:
                return False
            searched = f"{row.exchange.name} {row.kind}"
            return (vhost is None or row.exchange.vhost == vhost) and (chosen.empty or chosen.matches(searched))

        self.model.set_filter(passes)
        mind_vhost_column(self.table, self._context)
        self._show_what_fits()

    def _show_what_fits(self) -> None:
        shown, total = self.model.shown, self.model.total
        self.count.setText(f"{wording.count(shown)} of {wording.count(total)}" if total else "")
        if shown:
            self._stack.setCurrentWidget(self.table)
            return
        self.empty.say(*self._why_empty())
        self._stack.setCurrentWidget(self.empty)

    def _why_empty(self) -> freshness.Waiting:
        state = self._context.store.state
        if state.topology is None:
            leg = "topology" if state.overview is not None else "management"
            return freshness.waiting(state.health_of(leg), time.monotonic())
        if not self._filter.empty:
            words = f"None of {wording.count(self.model.total)} exchanges matches “{self._filter.text}”."
            return freshness.Waiting("No exchange matches", words)
        return freshness.Waiting("No exchange of yours here", f"{_HOW_TO_MAKE_ONE} {_HIDDEN}")

    def _enter_table(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.table.current_key() is None and self.model.shown:
            self.table.select_key(self.model.key_at(0))
