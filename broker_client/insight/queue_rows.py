"""Rows of the queue table: what the broker said of a queue, joined with its recent depths and what they mean. PURE."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from broker_client.insight.forecast import drain
from broker_client.insight.rates import GrowthWatch, RateMeter
from broker_client.rabbit.entities import Counters, Queue, QueueKey, Rates

TREND_SAMPLES = 60
TREND_SPACING_S = 15.0
"""The final distance of trend samples: 60 of them span 15 minutes. A young trend is finer."""

STUCK_AFTER_S = 300.0
FAR_BEHIND_S = 1_800.0

_SYSTEM_NAMES = re.compile(
    r"amq\.|celeryev\.|celery_delayed_\d+$|.*\.celery\.pidbox$|.*\.reply\.celery\.pidbox$|warren\."
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
)
_DOWN_STATES = frozenset({"down", "crashed", "stopped", "terminated", "minority", "failed"})
_MOVING = ("publish", "deliver_get", "ack")
_BREATH = 200


class QueueRow(msgspec.Struct, frozen=True, gc=False):
    """``status``: ``running``, ``idle``, ``backlog`` (growing or far behind), ``no_consumer`` (messages wait, nobody
    consumes), ``stuck`` (unacked, nothing acknowledged), ``flow``, ``down`` (minority, down, crashed) or ``unknown``.

    ``drain``: ``empty``, ``steady``, ``growing``, ``never``, ``unknown`` or ``draining`` (``drain_s`` says how long).
    ``trend``: at most ``TREND_SAMPLES`` total depths, oldest first, ``trend_interval_s`` apart; ``None`` is a gap. A
    depth that never moved is two equal samples.
    """

    queue: Queue
    status: str
    drain: str
    drain_s: float | None = None
    trend: tuple[int | None, ...] = ()
    system: bool = False
    """Queues that Celery or RabbitMQ make for themselves (pidbox, celeryev, reply queues, ``amq.gen-*``)."""
    trend_interval_s: float = TREND_SPACING_S
    growth: float | None = None
    """Messages per second over the last minute, while the depth keeps rising."""
    since: float = 0.0
    """When the status became what it is, by the clock that ``QueueBook.fold`` is given."""

    @property
    def key(self) -> QueueKey:
        return self.queue.key


def is_system(queue: Queue) -> bool:
    """Whether Celery or RabbitMQ made the queue for themselves."""
    return _SYSTEM_NAMES.match(queue.name) is not None


class QueueBook:
    """Remembers every queue between polls: rates by its counters, trend, growth, and since when its status holds."""

    def __init__(self) -> None:
        self._tracks: dict[QueueKey, _Track] = {}
        self._axis = _TrendAxis()
        self.keys: tuple[QueueKey, ...] = ()
        """One per row of the last fold; the very tuple of the fold before while these are the same queues in order."""

    def fold(
        self,
        queues: Sequence[Queue],
        at: float,
        *,
        light: bool = False,
        breathe: Callable[[], object] | None = None,
    ) -> tuple[tuple[QueueRow, ...], frozenset[QueueKey]]:
        """Rows of all ``queues`` in their order, and the keys whose row is not what it was.

        ``at`` is monotonic seconds. ``light`` says that the answer holds depths only: the rest is kept from before.
        ``breathe`` is called every few milliseconds of work, to let other threads run. A queue that is absent is
        forgotten, so one fold must hold all of them.
        """
        step = self._axis.advance(at)
        if step.halved:
            for track in self._tracks.values():
                track.halve_trend()
        rows: list[QueueRow] = []
        changed: set[QueueKey] = set()
        tracks: dict[QueueKey, _Track] = {}
        for index, queue in enumerate(queues):
            if breathe is not None and index % _BREATH == _BREATH - 1:
                breathe()
            key = queue.key
            track = self._tracks.get(key) or _Track(queue)
            before = track.row
            row = track.fold(queue, at, light, step)
            if row is not before:
                changed.add(key)
            tracks[key] = track
            rows.append(row)
        changed.update(self._tracks.keys() - tracks.keys())
        self._tracks = tracks
        keys = tuple(tracks)
        if keys != self.keys:
            self.keys = keys
        return tuple(rows), frozenset(changed)


class _Step(msgspec.Struct, frozen=True):
    """What this fold means for every trend: how many gaps and whether a sample are added, after halving or not."""

    sample: bool = False
    gaps: int = 0
    halved: bool = False
    spacing_s: float = TREND_SPACING_S


class _TrendAxis:
    """The time axis that all trends share. It starts with a sample per fold, so that a sparkline is useful within
    seconds, and drops every second sample when it is full, until samples are ``TREND_SPACING_S`` apart."""

    def __init__(self) -> None:
        self._spacing_s = 2.0
        self._usual_s = 0.0
        self._folded: float | None = None
        self._sampled = 0.0
        self._length = 0

    def advance(self, at: float) -> _Step:
        gaps = self._gaps(at)
        if self._length and at - self._sampled < self._spacing_s * 0.9:
            return _Step(spacing_s=self._spacing_s)
        self._spacing_s = max(self._spacing_s, self._usual_s)
        halved = self._length >= TREND_SAMPLES and self._spacing_s < TREND_SPACING_S
        if halved:
            self._spacing_s = min(TREND_SPACING_S, self._spacing_s * 2)
            self._length = TREND_SAMPLES // 2
        self._sampled = at
        self._length = min(TREND_SAMPLES, self._length + gaps + 1)
        return _Step(True, gaps, halved, self._spacing_s)

    def _gaps(self, at: float) -> int:
        """Samples that are missing because nothing was folded for much longer than usual."""
        before, self._folded = self._folded, at
        if before is None:
            return 0
        elapsed = at - before
        if self._usual_s and elapsed > 3 * max(self._usual_s, self._spacing_s):
            return min(TREND_SAMPLES, round(elapsed / self._spacing_s) - 1)
        self._usual_s = elapsed
        return 0


class _Track:
    """What is remembered of one queue."""

    __slots__ = (
        "_asked_at",
        "_depth",
        "_growth",
        "_meters",
        "_newest",
        "_progress_at",
        "_queue",
        "_quiet",
        "_raw",
        "_samples",
        "_system",
        "_trend",
        "row",
    )

    def __init__(self, queue: Queue) -> None:
        self._raw = queue
        self._queue = queue
        self._quiet = False
        self._asked_at: float | None = None
        self._system = is_system(queue)
        self._meters: dict[str, RateMeter] | None = None
        self._growth: GrowthWatch | None = None
        self._progress_at: float | None = None
        self._trend: tuple[int | None, ...] | None = None
        self._samples = 0
        self._depth: int | None = None
        self._newest: int | None = None
        self.row: QueueRow | None = None

    def fold(self, queue: Queue, at: float, light: bool, step: _Step) -> QueueRow:
        """The row now; the very row of before when nothing of it changed."""
        if light and self.row is not None:
            queue = _with_depths(self._raw, queue)
        depth = queue.total if queue.total is not None else queue.ready
        self._newest = depth
        if step.sample:
            self._sample(depth, step)
        row = self.row
        redrawn = step.sample and self._trend is not None
        if row is not None and self._quiet and not redrawn and queue == self._raw:
            if queue.counters is not self._raw.counters:
                self._raw, self._asked_at = queue, at
            return row
        self._queue = self._measured(queue, at)
        self._raw = queue
        growth = self._watched(depth, at)
        fresh = self._row(at, growth, step)
        self._quiet = self._is_quiet()
        if row is not None and fresh == row:
            return row
        self.row = fresh
        return fresh

    def _is_quiet(self) -> bool:
        """True when time alone cannot change the row: nothing moves, nothing is unacknowledged, no depth was rising."""
        rates = self._queue.rates
        moving = rates.publish or rates.deliver_get or rates.ack or rates.redeliver
        return not moving and self._progress_at is None and (self._growth is None or self._growth.resting)

    def halve_trend(self) -> None:
        self._samples //= 2
        if self._trend is not None:
            self._trend = self._trend[::-2][::-1]

    # ---- trend: kept only once the depth has moved -----------------------------------------------------------------

    def _sample(self, depth: int | None, step: _Step) -> None:
        flat = self._trend is None
        if flat and self._samples and depth != self._depth:
            self._trend = (self._depth,) * min(self._samples, TREND_SAMPLES)
        self._samples = min(TREND_SAMPLES, self._samples + step.gaps + 1)
        self._depth = depth
        if self._trend is not None:
            self._trend = (*self._trend, *(None,) * step.gaps, depth)[-TREND_SAMPLES:]
            if self._trend.count(depth) == TREND_SAMPLES:
                self._trend = None

    def _shown_trend(self) -> tuple[int | None, ...]:
        if self._trend is not None:
            return self._trend
        depth = self._depth if self._samples else self._newest
        return () if depth is None else (depth, depth)

    # ---- rates ------------------------------------------------------------------------------------------------------

    def _measured(self, queue: Queue, at: float) -> Queue:
        """``queue`` with rates from its counters; the broker's own rate stands in until two readings exist."""
        counters = queue.counters
        if counters == _NOTHING_COUNTED:
            self._meters = None
            return queue
        if counters is self._raw.counters and self._meters is not None:
            # The same answer again with newer depths: the counters were not asked for.
            return msgspec.structs.replace(queue, rates=self._queue.rates)
        if self._meters is None:
            self._meters = {name: RateMeter() for name in Counters.__struct_fields__}
        measured = {
            name: meter.shown(at, getattr(counters, name), getattr(queue.rates, name), self._asked_at)
            for name, meter in self._meters.items()
        }
        self._asked_at = at
        if measured["ack"] or not queue.unacked:
            self._progress_at = at if queue.unacked else None
        rates = Rates(confirm=queue.rates.confirm, **measured)
        return queue if rates == queue.rates else msgspec.structs.replace(queue, rates=rates)

    def _watched(self, depth: int | None, at: float) -> float | None:
        if depth is None:
            self._growth = None
            return None
        if self._growth is None:
            self._growth = GrowthWatch()
        return self._growth.read(at, depth)

    # ---- what it means ----------------------------------------------------------------------------------------------

    def _row(self, at: float, growth: float | None, step: _Step) -> QueueRow:
        queue = self._queue
        word, seconds = self._drain(growth)
        status = self._status(at, growth, seconds)
        since = self.row.since if self.row is not None and self.row.status == status else at
        return QueueRow(
            queue=queue,
            status=status,
            drain=word,
            drain_s=seconds,
            trend=self._shown_trend(),
            system=self._system,
            trend_interval_s=step.spacing_s,
            growth=growth,
            since=since,
        )

    def _drain(self, growth: float | None) -> tuple[str, float | None]:
        queue = self._queue
        if queue.type == "stream":
            # A stream keeps its messages: it never drains, and that is no fault.
            return "unknown", None
        word, seconds = drain(queue.ready, queue.rates.publish, queue.rates.deliver_get)
        if growth is not None and word != "never":
            return "growing", None
        return ("steady", None) if word == "growing" else (word, seconds)

    def _status(self, at: float, growth: float | None, drain_s: float | None) -> str:
        queue = self._queue
        if queue.state in _DOWN_STATES:
            return "down"
        if queue.ready is None and queue.total is None:
            return "unknown"
        waiting = bool(queue.ready) and queue.type != "stream"
        if waiting and queue.consumers == 0 and not self._system:
            return "no_consumer"
        if self._is_stuck(at):
            return "stuck"
        if waiting and not self._system and (growth is not None or (drain_s or 0.0) >= FAR_BEHIND_S):
            return "backlog"
        if queue.state == "flow":
            return "flow"
        moving = any(getattr(queue.rates, name) for name in _MOVING)
        return "running" if moving or queue.unacked or (waiting and queue.consumers) else "idle"

    def _is_stuck(self, at: float) -> bool:
        if not self._queue.unacked:
            self._progress_at = None
            return False
        if self._progress_at is None:
            self._progress_at = at
        return at - self._progress_at >= STUCK_AFTER_S


_NOTHING_COUNTED = Counters()


def _with_depths(known: Queue, light: Queue) -> Queue:
    """``known`` with the depths and the state of a light answer."""
    return msgspec.structs.replace(
        known,
        ready=light.ready if light.ready is not None else known.ready,
        unacked=light.unacked if light.unacked is not None else known.unacked,
        total=light.total if light.total is not None else known.total,
        state=light.state or known.state,
    )
