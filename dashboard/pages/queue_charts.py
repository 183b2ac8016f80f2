"""Depth and rates of one queue over a minute, ten minutes or an hour: the broker's history with our own live tail."""

from __future__ import annotations

import time
from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from broker_client.rabbit.entities import SampleSeries
from dashboard.pages.queue_timeline import QueueTimeline
from dashboard.widgets.line_chart import Line, LineChart
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

SPANS = (("60", "1 min"), ("600", "10 min"), ("3600", "1 h"))
_DEPTH_LINES = {"Ready": "ready", "Unacked": "unacked"}
_RATE_LINES = {"In": "publish", "Out": "deliver_get", "Ack": "ack"}
_CHART_HEIGHT = 168


class QueueCharts(QWidget):
    """``span_chosen`` carries seconds. Feed it with :meth:`observe` and :meth:`show_history`."""

    span_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline = QueueTimeline()
        self._history: tuple[SampleSeries, ...] = ()
        self.span = Segmented(SPANS, current="600", name="Time range of the charts")
        self.source = PlainLabel("", "micro", elide="right")
        self.depth_chart = LineChart("Depth", "", _lines(_DEPTH_LINES))
        self.rate_chart = LineChart("Rates", "per s", _lines(_RATE_LINES))
        top = QHBoxLayout()
        top.addWidget(self.span)
        top.addWidget(self.source, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        for chart in (self.depth_chart, self.rate_chart):
            chart.setFixedHeight(_CHART_HEIGHT)
            chart.set_span(self.span_s)
            column.addWidget(chart)
        self.span.chosen.connect(self._choose_span)

    @property
    def span_s(self) -> int:
        """The chosen width of the charts in seconds."""
        return int(self.span.current)

    @property
    def redraw_every_s(self) -> float:
        """How often a new drawing differs by as much as a pixel, twice a second at most."""
        return max(0.5, self.span_s / 1200)

    def show_span(self, span_s: int) -> None:
        """Choose one of :data:`SPANS`, as a click would."""
        self.span.set_current(str(span_s))
        self._choose_span(self.span.current)

    def start_over(self) -> None:
        """Another queue: forget the lines of the one before."""
        self._timeline = QueueTimeline()
        self._history = ()
        self.draw()

    def observe(self, at: float, figures: Mapping[str, float | None]) -> None:
        """Our own figures of the moment ``at`` (epoch seconds); see :data:`queue_timeline.LINES`."""
        self._timeline.observe(at, figures)

    def show_history(self, history: tuple[SampleSeries, ...]) -> None:
        """The broker's own samples."""
        self._history = history
        self.draw()

    def draw(self) -> None:
        """Bring the charts up to now."""
        joined = self._timeline.join(self._history, time.time(), self.span_s)
        for chart, lines in ((self.depth_chart, _DEPTH_LINES), (self.rate_chart, _RATE_LINES)):
            chart.set_data(joined.times, {name: joined.values[series] for name, series in lines.items()})

    def _choose_span(self, _value: str) -> None:
        for chart in (self.depth_chart, self.rate_chart):
            chart.set_span(self.span_s)
        self.draw()
        self.span_chosen.emit(self.span_s)


def _lines(names: Mapping[str, str]) -> tuple[Line, ...]:
    return tuple(Line(name, place) for place, name in enumerate(names))
