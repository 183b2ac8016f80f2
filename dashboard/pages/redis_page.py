"""The page of Redis: what fills it, what it holds of Celery, how it is, and what would be lost.

Keys are counted while the page is open, the seldomer the longer it takes, or when somebody asks; leaving ends it.
"""

from __future__ import annotations

import time
from itertools import pairwise

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from broker_client.insight.redis_outlook import outlook
from broker_client.redis_condition import RedisCondition
from broker_client.tasks.forget_results import ForgetPlan
from broker_client.tasks.records import TaskQuery, WorkerRow
from broker_client.tasks.results import task_id_of
from dashboard.dialogs.forget_dialog import ForgetDialog
from dashboard.models.key_family_table import DEFAULT_ORDER as FAMILY_ORDER
from dashboard.models.key_family_table import family_table, family_text
from dashboard.models.redis_server_tables import (
    CLIENT_ORDER,
    SLOW_ORDER,
    client_table,
    client_text,
    slow_table,
    slow_text,
)
from dashboard.models.result_type_table import DEFAULT_ORDER as RESULT_ORDER
from dashboard.models.result_type_table import name_of, result_table
from dashboard.models.transport_table import HELD_ORDER, held_table, held_text
from dashboard.pages import freshness, redis_kpis
from dashboard.pages.census_desk import CensusDesk
from dashboard.pages.context import PageContext
from dashboard.pages.overview_kpis import KpiHistory, thinned
from dashboard.pages.page import Page
from dashboard.pages.redis_fields import server_fields
from dashboard.pages.redis_side import RedisSide
from dashboard.pages.table_layer import TableLayer
from dashboard.pages.waiting_tasks import WaitingTasks
from dashboard.store.app_state import AppState
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.filters import Filter
from dashboard.widgets.kpi_card import KpiCard
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

KEYS, RESULTS, QUEUES, HELD, SLOW, CLIENTS = "keys", "results", "queues", "held", "slow", "clients"
_VIEWS = (
    (KEYS, "What fills it"),
    (RESULTS, "Task results"),
    (QUEUES, "Celery queues"),
    (HELD, "Held tasks"),
    (SLOW, "Slow log"),
    (CLIENTS, "Clients"),
)
_TICK_MS = 500
_ROOMY = 1_050
_GAP = 12
_MOST_NOTED = 200
_FORGOTTEN = "Its result was forgotten, unless it was written again at that moment"
_NOT_COUNTED = ("Nothing was counted yet", "Count walks over the keys in small steps with rests between them.")
_NO_RESULTS = (
    "No results of tasks",
    "No key is named celery-task-meta-…: Celery keeps no results here, they have expired, or lie in another database.",
)


class RedisPage(Page):
    """Views of one server behind one row of choices; figures above, remarks and settings beside."""

    page_id = "redis"
    title = "Keys & memory"
    icon_name = "redis"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._active = False
        self.census = CensusDesk(context.desk, self)
        self._build()
        self._connect()
        for name, layer in self.layers.items():
            layer.restore(context.settings.layout(f"redis/{name}"))
        self._choose_view(KEYS)

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        titles = ("Memory", "Reads that found a key", "Operations", "Clients", "Keys")
        self.memory, self.hits, self.operations, self.clients, self.keys = (KpiCard(title) for title in titles)
        self.families = TableLayer(family_table(), "Families of keys", FAMILY_ORDER, family_text)
        self.results = TableLayer(result_table(), "Results by task", RESULT_ORDER, lambda row: row.name or "")
        self.queues = WaitingTasks(self._context.desk)
        self.held = TableLayer(held_table(time.time), "Held tasks", HELD_ORDER, held_text, worst_first=False)
        self.slow = TableLayer(slow_table(), "Slow log", SLOW_ORDER, slow_text)
        self.client_list = TableLayer(client_table(), "Clients", CLIENT_ORDER, client_text, worst_first=False)
        self.layers: dict[str, TableLayer | WaitingTasks] = {
            KEYS: self.families,
            RESULTS: self.results,
            QUEUES: self.queues,
            HELD: self.held,
            SLOW: self.slow,
            CLIENTS: self.client_list,
        }
        self.views = Segmented(_VIEWS, KEYS, name="View")
        self.filter_box = FilterBox("Filter", slash=False)
        self.filter_box.set_room(190)
        self.count_button = Button("Count keys", "refresh", help="Walk over all keys, in small steps with rests")
        self.forget_button = Button("Forget results…", "trash", help="Choose, look what would go, then decide")
        self.told = PlainLabel("", "small", "quiet", elide="right")
        self._stack = QStackedWidget()
        for layer in self.layers.values():
            self._stack.addWidget(layer)
        self.card = Card()
        self.card.header.insertWidget(0, self.views)
        second = QHBoxLayout()
        second.setSpacing(8)
        second.addWidget(self.told, 1)
        second.addWidget(self.forget_button)
        second.addWidget(self.count_button)
        self.card.header.addStretch(1)
        self.card.header.addWidget(self.filter_box)
        self.card.body.addLayout(second)
        self.card.body.addWidget(self._stack, 1)
        self.side = RedisSide()
        top, below = QHBoxLayout(), QHBoxLayout()
        for card in (self.memory, self.hits, self.operations, self.clients, self.keys):
            top.addWidget(card, 1)
        below.addWidget(self.card, 1)
        below.addWidget(self.side)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.addLayout(top)
        column.addLayout(below, 1)
        for layout in (top, below, column):
            layout.setSpacing(_GAP)
        order = (self.views, self.filter_box, self.forget_button, self.count_button, self._stack)
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        store = self._context.store
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        store.redis_changed.connect(self._show_figures)
        store.redis_detail_changed.connect(self._take_details)
        store.session_changed.connect(self._start_over)
        self.census.changed.connect(self._take_census)
        self.views.chosen.connect(self._choose_view)
        self.filter_box.pattern_changed.connect(self._filter_changed)
        self.count_button.clicked.connect(self._count_pressed)
        self.forget_button.clicked.connect(self.ask_to_forget)
        self.results.table.delete_pressed.connect(self.ask_to_forget)
        self.results.table.set_menu(self._result_menu)
        self.results.table.row_activated.connect(lambda key: self._go_to_tasks(name_of(key)))
        self.queues.task_chosen.connect(lambda task_id: self._context.go("tasks", task_id))
        self.held.table.row_activated.connect(self._go_to_held)

    # ---- the page's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._active = True
        self._clock.start()
        self._show_details()
        self._show_figures()
        self._take_census()

    def deactivate(self) -> None:
        self._active = False
        self._clock.stop()
        self.census.leave()
        self._context.watch_redis(None)
        for name, layer in self.layers.items():
            table = layer.queues.table if isinstance(layer, WaitingTasks) else layer.table
            self._context.settings.keep_layout(f"redis/{name}", table.save_state())

    def reveal(self, subject: object) -> None:
        """A view by its name."""
        if isinstance(subject, str) and subject in self.layers:
            self._choose_view(subject)

    def focus_filter(self) -> None:
        self.filter_box.take_focus()

    def _watch(self) -> None:
        """Queues are known from counting; where Redis is the only broker, also from its workers."""
        state, census = self._context.store.state, self.census.census
        names = list(census.queues) if census is not None else []
        if state.session.profile and state.health_of("amqp").state == "off":
            names += [queue for worker in _workers(state) for queue in worker.queues or ()]
        self._context.watch_redis(tuple(sorted(set(names))))

    def _count_when_due(self) -> None:
        live = self._context.store.state.health_of("redis").state == "live"
        if self._active and live and not self._context.view.paused and self.census.is_due(time.time()):
            self.census.begin()

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _start_over(self) -> None:
        self.census.forget()
        self.queues.start_over()
        for layer in (self.held, self.slow, self.client_list):
            layer.show_rows((), "Not asked yet")
        self.queues.show_transport(None)
        self._show_figures()

    def _take_census(self) -> None:
        census, running = self.census.census, self.census.in_sight
        if census is None:
            waiting = ("Counting …", "The first figures arrive in a moment.") if running else _NOT_COUNTED
            self.families.show_rows((), *waiting)
            self.results.show_rows((), *waiting)
        else:
            self.families.show_rows(census.families, "No keys", "This database of Redis is empty.")
            self.results.show_rows(census.results, *_NO_RESULTS)
        self.count_button.set_text("Stop counting" if running else "Count again" if census else "Count keys")
        self.forget_button.setEnabled(bool(census and census.results))
        if self._active:
            self._show_outlook()
            self._tick()

    def _take_details(self) -> None:
        self._show_details()
        self._show_figures()

    def _show_details(self) -> None:
        arrived = self._context.store.state.redis_detail
        if not self._active or arrived is None:
            return
        told = arrived.condition
        calm = "None took so long since the log was emptied."
        self.slow.show_rows(told.slow, "No slow commands", _refusal(told, "slow log") or calm)
        self.client_list.show_rows(told.clients, "No clients", _refusal(told, "clients"))
        self.queues.show_transport(arrived.transport)
        held = arrived.transport.held if arrived.transport is not None else ()
        self.held.show_rows(held, "No task is held", "Workers hold no task of a queue in this Redis unacknowledged.")

    # ---- what is shown -------------------------------------------------------------------------------------------

    def _show_figures(self) -> None:
        if not self._active:
            return
        state, kpis = self._context.store.state, redis_kpis
        facts = state.redis.facts if state.redis else None
        condition = state.redis_detail.condition if state.redis_detail else None
        growth = kpis.growth_of(self._history("redis_bytes"))
        self.memory.show_value(*kpis.memory_kpi(facts, self._thinned("redis_bytes"), growth))
        self.hits.show_value(*kpis.hits_kpi(facts, condition))
        self.operations.show_value(*kpis.operations_kpi(facts, self._thinned("redis_operations")))
        self.clients.show_value(*kpis.clients_kpi(facts, condition, self._thinned("redis_clients")))
        self.keys.show_value(*kpis.keys_kpi(facts, condition, self.census.census))
        self.side.fields.show_fields(server_fields(facts, condition))
        self._show_outlook()

    def _show_outlook(self) -> None:
        state = self._context.store.state
        self.side.remarks.setVisible(state.redis is not None)
        if state.redis is None:
            return
        detail = state.redis_detail
        self.side.remarks.show_remarks(
            outlook(
                state.redis.facts,
                detail.condition if detail else None,
                self.census.census,
                detail.transport if detail else None,
                redis_kpis.growth_of(self._history("redis_bytes")),
                time.time(),
            )
        )

    def _history(self, series: str) -> KpiHistory:
        return KpiHistory(*self._context.history.window(series, self._context.view.span_s))

    def _thinned(self, series: str) -> KpiHistory:
        return thinned(*self._history(series))

    def _tick(self) -> None:
        now, state = time.monotonic(), self._context.store.state
        health = state.health_of("redis")
        self._count_when_due()
        if self._active:
            self._watch()
        stale = freshness.stale_reason(health, state.redis.stamp if state.redis else None, now)
        self.card.set_stale(stale)
        self.side.set_stale(stale)
        if state.redis is None:
            self.told.setText(" · ".join(freshness.waiting(health, now)))
        elif self.views.current in (KEYS, RESULTS):
            self.told.setText(self.census.words(time.time()))
        else:
            self.told.setText(freshness.source_words(state.redis_detail.stamp if state.redis_detail else None, now))
        if self.views.current == HELD:
            self.held.table.viewport().update()

    def _choose_view(self, name: str) -> None:
        self.views.set_current(name)
        self._stack.setCurrentWidget(self.layers[name])
        self.forget_button.setVisible(name == RESULTS)
        self.count_button.setVisible(name in (KEYS, RESULTS, QUEUES))
        self._filter_changed(Filter.parse(self.filter_box.text()))
        self._tick()

    def _filter_changed(self, chosen: Filter) -> None:
        self.layers[self.views.current].set_filter(chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.side.set_narrow(self.width() < _ROOMY)

    # ---- wishes --------------------------------------------------------------------------------------------------

    def _count_pressed(self) -> None:
        if self.census.in_sight:
            self.census.stop()
        else:
            self.census.begin()

    def ask_to_forget(self) -> None:
        """Of the chosen tasks, or of all."""
        census = self.census.census
        if census is None or not census.results:
            return
        names = [name_of(key) for key in self.results.table.selected_keys()]
        states = [state for row in census.results for state, _number in row.states]
        desk = self._context.desk
        dialog = ForgetDialog(desk, self._context.jobs, names or None, states, self.window())
        dialog.forgotten.connect(self._note_forgotten)
        dialog.open()

    def _note_forgotten(self, plan: ForgetPlan) -> None:
        """Tell it to the tasks' own logs, unless there are so many that older notes would be lost; and count again."""
        if len(plan.doomed) <= _MOST_NOTED:
            task_ids = [task_id_of(doomed.key) for doomed in plan.doomed]
            self._context.task_log.note_all(task_ids, time.time(), _FORGOTTEN)
        self.census.begin()

    def _result_menu(self, keys: tuple[object, ...]) -> QMenu:
        menu = QMenu(self)
        menu.addAction("Forget results…", self.ask_to_forget)
        if len(keys) == 1 and name_of(keys[0]) is not None:
            menu.addAction("Show its tasks", lambda: self._go_to_tasks(name_of(keys[0])))
        return menu

    def _go_to_tasks(self, name: str | None) -> None:
        if name is not None:
            self._context.go("tasks", TaskQuery(text=name))

    def _go_to_held(self, key: object) -> None:
        row = self.held.model.row_of(key)
        if row is not None and row.task is not None and row.task.id:
            self._context.go("tasks", row.task.id)


def _workers(state: AppState) -> tuple[WorkerRow, ...]:
    return state.tasks.snapshot.workers if state.tasks is not None else ()


def _refusal(condition: RedisCondition, about: str) -> str:
    """Why there is nothing to show, when Redis would not tell."""
    return next((words for words in condition.refused if about in words), "")
