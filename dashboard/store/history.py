"""What the charts show: every figure of the session over time, recorded even while the view is paused.

The broker's own samples fill the time before the window opened and the time of an outage. A gap is NaN, never a line.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from dashboard.store.app_state import Arrival, OverviewArrived, RedisArrived, SessionChanged, Stamp, TasksArrived
from dashboard.store.series_ring import SeriesRing
from dashboard.store.throttle import Throttle

if TYPE_CHECKING:
    from broker_client.rabbit.entities import SampleSeries

BROKER_SERIES = ("ready", "unacked", "total", "publish", "deliver_get", "ack", "redeliver", "confirm", "consumers")
TASK_SERIES = ("failed", "finished", "workers", "busy", "slots", "known_tasks")
REDIS_SERIES = ("redis_operations", "redis_bytes", "redis_clients")

_CLOCK_SKEW_S = 15.0
"""A broker whose newest sample lies further than this from our clock has another clock: its samples are shifted."""


class History(QObject):
    """``history_changed`` fires at most twice a second, after the first figure at once."""

    history_changed = Signal()

    def __init__(self, keep_s: float = 86_400.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rings = tuple(SeriesRing(names, keep_s) for names in (BROKER_SERIES, TASK_SERIES, REDIS_SERIES))
        self._broker, self._tasks, self._redis = self._rings
        self._ring_of = {name: ring for ring in self._rings for name in ring.names}
        self._throttle = Throttle(500, self)
        self._throttle.due.connect(self.history_changed)

    def window(self, series: str, span_s: float, now: float | None = None) -> tuple[array[float], array[float]]:
        """Times (seconds since the epoch) and values of one series over the last ``span_s``. Unknown name: KeyError."""
        times, values = self.windows((series,), span_s, now)
        return times, values[series]

    def windows(
        self, series: Sequence[str], span_s: float, now: float | None = None
    ) -> tuple[array[float], dict[str, array[float]]]:
        """Several series of one source (they share their times). ``series`` must come from one of ``*_SERIES``."""
        ring = self._ring_of[series[0]]
        return ring.window(series, (time.time() if now is None else now) - span_s)

    @Slot(object)
    def receive(self, arrival: Arrival) -> None:
        """Record what ``arrival`` says, if it says anything that has a history."""
        match arrival:
            case SessionChanged():
                for ring in self._rings:
                    ring.clear()
            case OverviewArrived():
                self._record_overview(arrival)
            case TasksArrived():
                self._record(self._tasks, arrival.stamp, _task_figures(arrival))
            case RedisArrived():
                self._record(self._redis, arrival.stamp, _redis_figures(arrival))
            case _:
                return
        self._throttle.ask()

    def _record_overview(self, arrival: OverviewArrived) -> None:
        at = _epoch(arrival.stamp)
        known_until = self._broker.newest or 0.0
        rows = tuple((t, values) for t, values in _sample_rows(arrival.history, at) if known_until + 1.0 < t < at)
        if rows:
            self._broker.back_fill(rows, _longest_pause(rows))
        self._record(self._broker, arrival.stamp, _broker_figures(arrival))

    @staticmethod
    def _record(ring: SeriesRing, stamp: Stamp, figures: Mapping[str, float | None]) -> None:
        at = _epoch(stamp)
        newest = ring.newest
        if newest is None or at - newest >= 0.9:
            ring.append(at, figures, max(10.0, 4 * stamp.interval_s))


def _epoch(stamp: Stamp) -> float:
    return time.time() - (time.monotonic() - stamp.at)


def _sample_rows(history: Sequence[SampleSeries], now: float) -> Iterator[tuple[float, dict[str, float | None]]]:
    """The broker's samples as rows in ascending time, on our clock."""
    rows: dict[float, dict[str, float | None]] = {}
    for series in history:
        for at, value in series.samples:
            rows.setdefault(at, {})[series.name] = value
    if not rows:
        return
    skew = now - max(rows)
    shift = skew if abs(skew) > _CLOCK_SKEW_S else 0.0
    for at in sorted(rows):
        yield at + shift, rows[at]


def _longest_pause(rows: Sequence[tuple[float, Mapping[str, float | None]]]) -> float:
    """Three times the usual distance of samples: more than that between two of them is a gap."""
    distances = sorted(later[0] - earlier[0] for earlier, later in pairwise(rows))
    usual = distances[len(distances) // 2] if distances else 5.0
    return max(15.0, 3 * usual)


def _broker_figures(arrival: OverviewArrived) -> dict[str, float | None]:
    overview, rates = arrival.overview, arrival.overview.rates
    return {
        "ready": overview.ready,
        "unacked": overview.unacked,
        "total": overview.total,
        "publish": rates.publish,
        "deliver_get": rates.deliver_get,
        "ack": rates.ack,
        "redeliver": rates.redeliver,
        "confirm": rates.confirm,
        "consumers": overview.consumers,
    }


def _task_figures(arrival: TasksArrived) -> dict[str, float | None]:
    summary, workers = arrival.snapshot.summary, arrival.snapshot.workers
    online = [worker for worker in workers if worker.status == "online"]
    return {
        "failed": summary.failed_last_hour,
        "finished": summary.finished_last_minute,
        "workers": len(online),
        "busy": sum(worker.active or 0 for worker in online),
        "slots": sum(worker.slots or 0 for worker in online),
        "known_tasks": summary.total,
    }


def _redis_figures(arrival: RedisArrived) -> dict[str, float | None]:
    facts = arrival.facts
    return {
        "redis_operations": facts.operations_per_s,
        "redis_bytes": facts.used_bytes,
        "redis_clients": facts.clients,
    }
