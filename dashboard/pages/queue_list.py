"""The queues as a live table in a card: filter, columns, and the newest depths of the rows on the screen.

The overview and the queue page each show one. It reads the store and utters one wish: which depths to watch.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from broker_client.insight.delayed_queues import delay_number
from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import QueueKey
from dashboard.look import wording
from dashboard.models.keyed_table import Column
from dashboard.models.live_queues import LIVE_FOR_S, LiveQueues
from dashboard.models.queue_table import DEFAULT_ORDER, queue_table
from dashboard.pages import freshness
from dashboard.pages.context import PageContext
from dashboard.pages.vhost_column import mind_vhost_column
from dashboard.store.app_state import AppState
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.filters import Filter
from dashboard.widgets.plain_label import PlainLabel

_FILTER_WIDTH, _NARROW_FILTER_WIDTH, _LEAST_FILTER_WIDTH = 260, 190, 100
_TUCKED_COLUMNS = ("type", "unacked", "consumers", "memory")
"""What a narrow table leaves out: the detail beside it says it."""
_AFTER_TITLE = 1
_MOST_OF_THE_ROOM = 20
_HOW_TO_MAKE_ONE = (
    "A queue appears here as soon as an application declares one. With pika: "
    'channel.queue_declare("orders", durable=True). A Celery worker declares its queues when it starts.'
)
_HIDDEN = "The virtual host you chose has none, or they are system queues, which are hidden now."


class QueueList(Card):
    """``key_activated``, ``key_clicked`` and ``current_changed`` carry a :class:`QueueKey`, the last also ``None``."""

    key_activated = Signal(object)
    current_changed = Signal(object)
    key_clicked = Signal(object)

    def __init__(
        self, context: PageContext, name: str, columns: Sequence[Column], parent: QWidget | None = None
    ) -> None:
        super().__init__("Queues", parent=parent)
        self._context = context
        self._layout_name = name
        self._live = LiveQueues()
        self._active = False
        self._caught_up = False
        self._watched: tuple[QueueKey, ...] = ()
        self._also: QueueKey | None = None
        self._narrow = False
        self._tucked: tuple[str, ...] = ()
        self._filter = Filter()
        self._delays = False
        self._build(columns)
        self._connect()
        self._restore_layout()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self, columns: Sequence[Column]) -> None:
        self.model = queue_table(tuple(columns))
        self.table = DataTable(self.model, "Queues")
        self.count = PlainLabel("", "small", "quiet")
        self.ages = PlainLabel("", "small", "muted", elide="right")
        self.ages.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.filter_box = FilterBox("Filter queues", slash=False)
        self.filter_box.set_room(_FILTER_WIDTH)
        self.columns_button = Button("Columns", "columns")
        self.empty = EmptyState("", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        for place, widget in enumerate((self.count, self.filter_box, self.ages), _AFTER_TITLE):
            self.header.insertWidget(place, widget)
        self.header.setStretchFactor(self.ages, _MOST_OF_THE_ROOM)
        self.header.addWidget(self.columns_button)
        self.body.addWidget(self._stack, 1)

    def _connect(self) -> None:
        store, view = self._context.store, self._context.view
        store.queues_changed.connect(self._take_rows)
        store.depths_changed.connect(self._take_depths)
        store.session_changed.connect(self._start_over)
        store.health_changed.connect(self._show_what_fits)
        view.vhost_changed.connect(self._apply_filter)
        self._context.settings.changed.connect(self._setting_changed)
        self.filter_box.pattern_changed.connect(self._filter_changed)
        self.model.counts_changed.connect(self._show_what_fits)
        self.table.row_activated.connect(self.key_activated)
        self.table.current_key_changed.connect(self.current_changed)
        self.table.visible_keys_changed.connect(self._visible_changed)
        self.table.clicked.connect(lambda index: self.key_clicked.emit(self.model.key_at(index.row())))
        self.filter_box.down_pressed.connect(self._enter_table)
        self.columns_button.clicked.connect(self._choose_columns)

    # ---- on and off the screen -----------------------------------------------------------------------------------

    def activate(self) -> None:
        """On screen: catch up with the store and watch the rows that can be seen."""
        self._active = True
        self._caught_up = False
        self._take_rows()
        self._apply_filter()
        self._watch()

    def deactivate(self) -> None:
        """Off screen: nothing is applied and nothing is watched."""
        self._active = False
        self._context.watch_depths(())
        self._keep_layout()

    def watch_also(self, key: QueueKey | None) -> None:
        """Watch a queue that may have been scrolled out of sight, too."""
        if key != self._also:
            self._also = key
            self._watch()

    def add_control(self, control: QWidget) -> None:
        """Put a control of the page beside the column chooser."""
        self.header.insertWidget(self.header.indexOf(self.columns_button), control)

    def add_action(self, control: QWidget) -> None:
        """Put a button of the page at the end of the header."""
        self.header.addWidget(control)

    def set_narrow(self, narrow: bool) -> None:
        """Make do with less width: leave out some columns, for as long as it lasts."""
        self._narrow = narrow
        self.filter_box.set_room(_NARROW_FILTER_WIDTH if narrow else _FILTER_WIDTH, _LEAST_FILTER_WIDTH)
        if narrow and not self._tucked:
            self._tucked = tuple(name for name in _TUCKED_COLUMNS if self.table.layout_of_columns.is_shown(name))
            self._show_columns(self._tucked, False)
        elif not narrow:
            self._show_columns(self._tucked, True)
            self._tucked = ()

    def _show_columns(self, names: Sequence[str], shown: bool) -> None:
        for name in names:
            self.table.show_column(name, shown)

    def show_delays(self, shown: bool) -> None:
        """Whether the queues with which Celery delays tasks have lines of their own."""
        if shown != self._delays:
            self._delays = shown
            self._apply_filter()

    def shown_rows(self) -> Sequence[QueueRow]:
        """The rows that pass the filter, in their order."""
        return self.model.rows()

    def row(self, key: QueueKey) -> QueueRow | None:
        """The row as it is shown now."""
        return self._live.row(key)

    def select(self, key: QueueKey) -> bool:
        """Select and scroll to ``key``, taking the filters off when they hide it. ``False`` = no such queue."""
        row = self._live.row(key)
        if row is None:
            return False
        if self.model.place_of(key) < 0:
            self.filter_box.clear()
            if delay_number(key.name) is not None:
                self.show_delays(True)
            elif row.system:
                self._context.settings.put("queues.show_system", True)
            if self._context.view.vhost not in (None, key.vhost):
                self._context.view.choose_vhost(None)
        self.table.select_key(key)
        return True

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _take_rows(self) -> None:
        arrived = self._context.store.state.queues
        if not self._active or arrived is None:
            self._show_what_fits()
            return
        changed = arrived.changed if self._caught_up else None
        change = self._live.take_rows(arrived.rows, changed, arrived.stamp.at, arrived.keys)
        self._caught_up = True
        if change.differing is not None:
            self.model.patch(change.differing)
        else:
            self.model.apply(change.rows, change.changed, change.keys)
        mind_vhost_column(self.table, self._context)
        self._show_what_fits()

    def _take_depths(self) -> None:
        arrived = self._context.store.state.depths
        if self._active and arrived is not None:
            self.model.patch(self._live.take_depths(arrived.depths, arrived.stamp.at))

    def _start_over(self) -> None:
        self._live = LiveQueues()
        self._caught_up = False
        self.model.apply(())
        self._show_what_fits()

    def tick(self, now: float) -> None:
        """Ages grow and deadlines pass even when nothing arrives."""
        state = self._context.store.state
        stamp = state.queues.stamp if state.queues else None
        self.set_stale(freshness.stale_reason(state.health_of("management"), stamp, now))
        self.ages.setText(depth_words(state, now, short=self._narrow))
        self.ages.setVisible(self.stale_reason is None)
        if self._stack.currentWidget() is self.empty:
            self._show_what_fits()

    # ---- what is shown -------------------------------------------------------------------------------------------

    def _filter_changed(self, chosen: Filter) -> None:
        self._filter = chosen
        self._apply_filter()

    def _setting_changed(self, key: str) -> None:
        if key == "queues.show_system":
            self._apply_filter()

    def _apply_filter(self) -> None:
        vhost, chosen = self._context.view.vhost, self._filter
        with_system = self._context.settings.flag("queues.show_system")

        def passes(row: QueueRow) -> bool:
            if row.system and delay_number(row.queue.name) is not None:
                if not self._delays:
                    return False
            elif row.system and not with_system:
                return False
            return (vhost is None or row.queue.vhost == vhost) and (chosen.empty or chosen.matches(row.queue.name))

        everything = with_system and self._delays and vhost is None and chosen.empty
        self.model.set_filter(None if everything else passes)
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
        if state.queues is None:
            return freshness.waiting(state.health_of("management"), time.monotonic())
        if not self.model.total:
            return freshness.Waiting("No queues yet", _HOW_TO_MAKE_ONE)
        if not self._filter.empty:
            return freshness.Waiting(
                "No queue matches", f"None of {wording.count(self.model.total)} queues matches “{self._filter.text}”."
            )
        return freshness.Waiting("No queue of yours here", _HIDDEN)

    # ---- wishes --------------------------------------------------------------------------------------------------

    def _visible_changed(self, keys: tuple[QueueKey, ...]) -> None:
        self._watched = keys
        self._watch()

    def _watch(self) -> None:
        if self._active:
            also = () if self._also is None or self._also in self._watched else (self._also,)
            self._context.watch_depths((*self._watched, *also))

    def _enter_table(self) -> None:
        """From the filter into its result."""
        self.table.setFocus(Qt.FocusReason.TabFocusReason)
        if self.table.current_key() is None and self.model.shown:
            self.table.select_key(self.model.key_at(0))

    def _choose_columns(self) -> None:
        self.table.choose_columns(self.columns_button)

    # ---- layout --------------------------------------------------------------------------------------------------

    def _restore_layout(self) -> None:
        state = self._context.settings.layout(self._layout_name)
        if not (state and self.table.restore_state(state)):
            self.table.sort_by(DEFAULT_ORDER, Qt.SortOrder.DescendingOrder)

    def _keep_layout(self) -> None:
        """A column that is left out for want of room counts as shown."""
        hidden = [name for name in self._tucked if not self.table.layout_of_columns.is_shown(name)]
        self._show_columns(hidden, True)
        self._context.settings.keep_layout(self._layout_name, self.table.save_state())
        self._show_columns(hidden, False)


def depth_words(state: AppState, now: float, short: bool = False) -> str:
    """``Depth live 0.3 s ago by AMQP · rates 2 s ago from the management API``; ``short`` leaves the sources out."""
    if state.queues is None:
        return ""
    told = freshness.age_words(state.queues.stamp.at, now)
    live = state.depths
    if live is None or now - live.stamp.at > LIVE_FOR_S:
        return f"All {told}" if short else f"Depth and rates {told} from the management API"
    probed = freshness.age_words(live.stamp.at, now)
    if short:
        return f"Depth {probed} · rates {told}"
    return f"Depth live {probed} by AMQP · rates {told} from the management API"
