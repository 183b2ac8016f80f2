"""The overview: five figures, two charts, what needs attention, and the queues with the worst on top."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from broker_client.insight.findings import Finding
from broker_client.rabbit.entities import QueueKey
from broker_client.tasks.query_language import quoted
from broker_client.tasks.records import TaskQuery
from dashboard.look import wording
from dashboard.look.wording import tip
from dashboard.models.queue_table import overview_columns
from dashboard.pages import freshness, overview_kpis
from dashboard.pages.attention_panel import AttentionPanel
from dashboard.pages.context import PageContext
from dashboard.pages.overview_kpis import Kpi, KpiHistory
from dashboard.pages.page import Page
from dashboard.pages.queue_list import QueueList
from dashboard.store.app_state import AppState
from dashboard.store.throttle import Throttle
from dashboard.widgets.button import Button
from dashboard.widgets.kpi_card import KpiCard
from dashboard.widgets.line_chart import Line, LineChart

_TICK_MS = 500
_FIGURES_MS = 250
_GAP = 12
_ATTENTION_WIDTH, _NARROW_ATTENTION_WIDTH = 312, 272
_LEAST_WIDTH = 660
_ROOM_FOR_BOTH_CHARTS = 960
"""A narrower page leaves the chart of ready messages to the card that has its sparkline."""
_ROOM_FOR_FAILING = 540
"""A lower page leaves the tasks that fail most to their own page, for the sake of the queues."""
_LEAST_SPAN_S = 60.0
_RATE_LINES = {"Publish": "publish", "Deliver": "deliver_get", "Ack": "ack"}


class OverviewPage(Page):
    """Reads every slice; jumps to queues, workers and tasks through its context."""

    page_id = "overview"
    title = "Overview"
    icon_name = "overview"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._active = False
        self._build()
        self._connect()
        self._show_everything()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        titles = ("Ready messages", "Unacknowledged", "Published", "Failed tasks", "Workers online")
        self.ready, self.unacked, self.published, self.failed, self.workers = (KpiCard(title) for title in titles)
        self.rate_chart = LineChart(
            "Message rates", "per s", tuple(Line(name, place) for place, name in enumerate(_RATE_LINES))
        )
        self.depth_chart = LineChart("Ready messages", "all queues", (Line("Ready", 0),))
        self.attention = AttentionPanel()
        self.attention.setFixedWidth(_ATTENTION_WIDTH)
        self.queues = QueueList(self._context, "overview/queues", overview_columns())
        self.all_queues = Button("All queues", kind="link")
        self.queues.header.addWidget(self.all_queues)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(_GAP)
        column.addLayout(
            _row((self.ready, 1), (self.unacked, 1), (self.published, 1), (self.failed, 1), (self.workers, 1))
        )
        column.addLayout(_row((self.rate_chart, 5), (self.depth_chart, 4), (self.attention, 0)), 4)
        column.addWidget(self.queues, 5)
        self.setMinimumWidth(_LEAST_WIDTH)

    def _connect(self) -> None:
        store, view, history = self._context.store, self._context.view, self._context.history
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        self._figures_due = Throttle(_FIGURES_MS, self)
        self._figures_due.due.connect(self._show_figures)
        changes = (store.overview_changed, store.tasks_changed, store.session_changed, store.health_changed)
        for signal in (*changes, view.vhost_changed):
            signal.connect(self._figures_changed)
        for signal in (store.findings_changed, store.queues_changed, store.tasks_changed, store.session_changed):
            signal.connect(self._findings_changed)
        history.history_changed.connect(self._history_changed)
        view.span_changed.connect(self._span_changed)
        self.attention.finding_chosen.connect(self._go_to_finding)
        self.attention.task_chosen.connect(self._go_to_failures)
        self.queues.key_activated.connect(lambda key: self._context.go("queues", key))
        self.all_queues.clicked.connect(lambda: self._context.go("queues", None))

    # ---- the page's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._active = True
        self._clock.start()
        self.queues.activate()
        self._show_everything()

    def deactivate(self) -> None:
        self._active = False
        self._clock.stop()
        self.queues.deactivate()

    def reveal(self, subject: object) -> None:
        if isinstance(subject, QueueKey):
            self.queues.select(subject)

    def focus_filter(self) -> None:
        self.queues.filter_box.take_focus()

    # ---- what is shown -------------------------------------------------------------------------------------------

    def _show_everything(self) -> None:
        self._span_changed(self._context.view.span_s)
        self._show_figures()
        self._show_findings()
        self._tick()

    def _span_changed(self, _span_s: int) -> None:
        self._show_history()

    def _figures_changed(self) -> None:
        if self._active:
            self._figures_due.ask()

    def _findings_changed(self) -> None:
        if self._active:
            self._show_findings()

    def _history_changed(self) -> None:
        if self._active and not self._context.view.paused:
            self._show_history()
            self._figures_due.ask()

    def _show_history(self) -> None:
        span_s, history = self._context.view.span_s, self._context.history
        times, values = history.windows((*_RATE_LINES.values(), "ready"), span_s)
        known_s = _known_s(times, values["ready"])
        for chart in (self.rate_chart, self.depth_chart):
            chart.set_span(min(span_s, max(_LEAST_SPAN_S, known_s)))
        self.rate_chart.set_data(times, {name: values[series] for name, series in _RATE_LINES.items()})
        self.depth_chart.set_data(times, {"Ready": values["ready"]})

    def _show_figures(self) -> None:
        state, vhost = self._context.store.state, self._context.view.vhost
        _show(self.ready, overview_kpis.ready_kpi(state, self._thinned("ready"), vhost))
        _show(self.unacked, overview_kpis.unacked_kpi(state, self._thinned("unacked"), vhost))
        _show(self.published, overview_kpis.published_kpi(state, self._thinned("publish"), vhost))
        _show(self.failed, overview_kpis.failed_kpi(state, self._thinned("failed")))
        _show(self.workers, overview_kpis.workers_kpi(state, self._thinned("workers")))

    def _thinned(self, series: str) -> KpiHistory:
        return overview_kpis.thinned(*self._context.history.window(series, self._context.view.span_s))

    def _show_findings(self) -> None:
        state = self._context.store.state
        self.attention.show_findings(state.findings if state.findings or _has_looked(state) else None)
        self.attention.show_failing(state.tasks.snapshot.summary.failing if state.tasks else None)

    def _tick(self) -> None:
        """Ages grow and deadlines pass even when nothing arrives."""
        now, state = time.monotonic(), self._context.store.state
        self.queues.tick(now)
        stamp = state.overview.stamp if state.overview else None
        health = state.health_of("management")
        stale = freshness.stale_reason(health, stamp, now)
        age = wording.age(now - stamp.at) if stamp else ""
        source = tip(f"Source: {freshness.source_words(stamp, now)}") if stamp else ""
        for chart, unit in ((self.rate_chart, "per s"), (self.depth_chart, "all queues")):
            chart.set_stale(stale)
            chart.set_subtitle(" · ".join(part for part in (unit, age) if part))
            chart.setToolTip(source)
        self.attention.set_stale(stale)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        roomy = self.width() >= _ROOM_FOR_BOTH_CHARTS
        self.depth_chart.setVisible(roomy)
        self.attention.setFixedWidth(_ATTENTION_WIDTH if roomy else _NARROW_ATTENTION_WIDTH)
        self.attention.set_low(self.height() < _ROOM_FOR_FAILING)
        self.queues.set_narrow(not roomy)

    # ---- wishes --------------------------------------------------------------------------------------------------

    def _go_to_finding(self, finding: Finding) -> None:
        if finding.task is not None and finding.queue is None:
            self._context.go("tasks", finding.task)
        elif finding.tasks is not None:
            self._context.go("tasks", finding.tasks)
        elif finding.queue is not None:
            self._context.go("queues", finding.queue)
        elif finding.worker is not None:
            self._context.go("workers", finding.worker)
        elif finding.rule == "redis-near-maxmemory":
            self._context.go("redis", None)

    def _go_to_failures(self, task_name: str) -> None:
        self._context.go("tasks", TaskQuery(text=quoted(task_name) if task_name else "", states=("FAILURE",)))


def _has_looked(state: AppState) -> bool:
    """Whether "all clear" may be said: the queues were seen, or there is no RabbitMQ and the rest was."""
    if state.health_of("management").state == "off" and state.queues is None:
        return state.redis is not None or state.tasks is not None
    return state.queues is not None


def _known_s(times: Sequence[float], values: Sequence[float]) -> float:
    """How far back the first known value lies."""
    first = next((at for at, value in zip(times, values, strict=True) if not math.isnan(value)), None)
    return 0.0 if first is None else times[-1] - first


def _show(card: KpiCard, kpi: Kpi) -> None:
    card.show_value(*kpi)


def _row(*parts: tuple[QWidget, int]) -> QHBoxLayout:
    """Widgets side by side with their stretch."""
    row = QHBoxLayout()
    row.setSpacing(_GAP)
    for widget, stretch in parts:
        row.addWidget(widget, stretch)
    return row
