"""One time axis for one queue: the broker's own samples and what we saw ourselves, gaps left as gaps. Pure."""

from __future__ import annotations

import bisect
import itertools
import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from broker_client.rabbit.entities import SampleSeries

LINES = ("ready", "unacked", "publish", "deliver_get", "ack")
OWN_SPAN_S = 3600.0
OWN_STEP_S = 1.0
SILENCE_S = 10.0
"""A pause between two samples longer than this is a gap, unless the broker itself samples more slowly."""


class Timeline(NamedTuple):
    """``times`` are seconds since the epoch, ascending; ``values`` has a list per line, NaN where nothing is known."""

    times: list[float]
    values: dict[str, list[float]]


class QueueTimeline:
    """Collects our own observations of one queue and joins them with the broker's history on demand."""

    def __init__(self) -> None:
        self._own: deque[tuple[float, dict[str, float]]] = deque()
        self._latest: dict[str, float] = dict.fromkeys(LINES, math.nan)

    def observe(self, at: float, figures: Mapping[str, float | None]) -> None:
        """Note figures of the moment ``at``; lines not named keep their last value. Thinned to one a second."""
        self._latest = {**self._latest, **{name: _number(value) for name, value in figures.items()}}
        if self._own and at - self._own[-1][0] < OWN_STEP_S:
            self._own[-1] = (self._own[-1][0], self._latest)
            return
        self._own.append((at, self._latest))
        while self._own[0][0] < at - OWN_SPAN_S:
            self._own.popleft()

    def join(self, history: Sequence[SampleSeries], now: float, span_s: float) -> Timeline:
        """The last ``span_s`` seconds. The broker's samples fill the time in which we did not look."""
        since = now - span_s
        own = [(at, figures) for at, figures in self._own if at >= since]
        broker = _by_time(history, since, now)
        step = _usual_step([at for at, _ in broker])
        own_times = [at for at, _ in own]
        points = sorted([*own, *_outside(broker, own_times, step)], key=lambda point: point[0])
        return _with_gaps(points, max(SILENCE_S, 3 * step))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _by_time(history: Iterable[SampleSeries], since: float, until: float) -> list[tuple[float, dict[str, float]]]:
    """Points in ascending time. A line that the broker samples at other moments holds its last value."""
    told: dict[float, dict[str, float]] = {}
    for series in history:
        if series.name not in LINES:
            continue
        for sample in series.samples:
            if since <= sample.at <= until:
                told.setdefault(sample.at, {})[series.name] = _number(sample.value)
    held: dict[str, float] = {}
    points = []
    for at in sorted(told):
        held = {**held, **told[at]}
        points.append((at, held))
    return points


def _usual_step(times: Sequence[float]) -> float:
    """The median distance of neighbours in seconds; 0 when there are too few to tell."""
    steps = sorted(after - before for before, after in itertools.pairwise(times))
    return steps[len(steps) // 2] if steps else 0.0


def _outside(
    broker: Sequence[tuple[float, dict[str, float]]], own_times: Sequence[float], step: float
) -> list[tuple[float, dict[str, float]]]:
    """The broker's points that have none of ours nearby."""
    reach = max(step, OWN_STEP_S)
    kept = []
    for at, figures in broker:
        nearest = bisect.bisect_left(own_times, at - reach)
        if nearest == len(own_times) or own_times[nearest] > at + reach:
            kept.append((at, figures))
    return kept


def _with_gaps(points: Sequence[tuple[float, dict[str, float]]], silence_s: float) -> Timeline:
    times: list[float] = []
    values: dict[str, list[float]] = {name: [] for name in LINES}
    for at, figures in points:
        if times and at - times[-1] > silence_s:
            times.append((times[-1] + at) / 2)
            for column in values.values():
                column.append(math.nan)
        times.append(at)
        for name, column in values.items():
            column.append(figures.get(name, math.nan))
    return Timeline(times, values)
