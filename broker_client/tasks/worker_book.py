"""PURE: one entry per worker, from its heartbeats and its answers; and how far its clock is from ours."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator

from broker_client.tasks.events import Event
from broker_client.tasks.inspection import Inspection, WorkerFacts
from broker_client.tasks.records import WorkerRow
from broker_client.tasks.result_columns import ResultColumns

MAX_WORKERS = 10_000
DEFAULT_HEARTBEAT_S = 2.0
_SILENT_AFTER_BEATS = 3
_ANSWER_COUNTS_S = 30.0
_CLOCK_TOLERANCE_S = 5.0
_BELIEVABLE_AGE_S = 7 * 86400.0
_EVENTS_OFF_AFTER_S = 6.0
_SETTLES_S = 4.0
"""A heartbeat so soon after an event still counts what events have told."""
_UNTOLD_TASKS = 3
"""So many tasks that nobody told of mean that events were turned off."""


class _Worker:
    """What is known of one worker. ``heard_at`` is our own clock at its last heartbeat."""

    __slots__ = (
        "active",
        "answered_at",
        "facts",
        "freq",
        "heard_at",
        "heard_first",
        "lags",
        "load",
        "name",
        "offline",
        "pid",
        "processed",
        "processed_first",
        "processed_told",
        "runs_heard",
        "since",
        "skew",
        "task_event_at",
        "version",
    )

    def __init__(self, name: str, at: float) -> None:
        self.name = name
        self.since = at
        self.offline = False
        self.heard_at: float | None = None
        self.answered_at: float | None = None
        self.task_event_at: float | None = None
        self.freq = DEFAULT_HEARTBEAT_S
        self.lags: deque[float] = deque(maxlen=5)
        self.skew = 0.0
        self.active: int | None = None
        self.processed: int | None = None
        self.processed_first: tuple[float, int] | None = None
        self.processed_told: int | None = None
        self.runs_heard = 0
        self.heard_first = 0
        self.pid: int | None = None
        self.version: str | None = None
        self.load: tuple[float, ...] | None = None
        self.facts: WorkerFacts | None = None


class WorkerBook:
    """All workers ever heard of in this session, at most ``MAX_WORKERS``."""

    def __init__(self) -> None:
        self._workers: dict[str, _Worker] = {}
        self.revision = 0
        self.online: frozenset[str] = frozenset()
        """Names of the workers that were online when the rows were last asked for; any thread may read it."""

    def local_time(self, worker: str, timestamp: float, at: float) -> float:
        """``timestamp`` of a worker's clock in ours. Never later than ``at``; an unbelievable one becomes ``at``."""
        timestamp += self._skew_of(worker)
        return timestamp if at - _BELIEVABLE_AGE_S <= timestamp <= at else at

    def end_of_stored(self, worker: str, done_at: float, at: float) -> float:
        """The same for what a stored result tells, which may lie there for years."""
        done_at += self._skew_of(worker)
        return done_at if 0 < done_at <= at else at

    def ends_of_stored(self, found: ResultColumns, at: float) -> array[float]:
        """The same for each of ``found``."""
        times, skews = array("d", found.done_at), [self._skew_of(shared.worker) for shared in found.kinds]
        if any(skews):
            times = array("d", (when + skews[kind] for when, kind in zip(times, found.each_kind(), strict=True)))
        if times and min(times) > 0 and max(times) <= at:
            return times
        return array("d", (when if 0 < when <= at else at for when in times))

    def clocks_off(self) -> dict[str, float]:
        """How many seconds the clock of each worker is behind ours, of those that are off."""
        return {name: worker.skew for name, worker in self._workers.items() if worker.skew}

    def _skew_of(self, worker: str | None) -> float:
        known = self._workers.get(worker or "")
        return known.skew if known is not None else 0.0

    def saw_task_event(self, name: str, at: float, began: bool = False) -> None:
        """Note that worker ``name`` sends task events; ``began``: it told that it runs a task."""
        worker = self._workers.get(name)
        if worker is not None:
            worker.task_event_at = at
            worker.runs_heard += began

    def fold_event(self, event: Event, at: float) -> None:
        """Fold ``worker-online``, ``worker-heartbeat`` or ``worker-offline``."""
        if not event.hostname or len(event.hostname) > 255:
            return
        worker = self._entry(event.hostname, at)
        self.revision += 1
        if event.type == "worker-offline":
            worker.offline = True
            return
        if event.type == "worker-online" or worker.offline or (event.pid is not None and event.pid != worker.pid):
            worker.since, worker.processed_first, worker.facts = at, None, None
        worker.offline = False
        worker.heard_at = at
        self._measure_clock(worker, event.timestamp, at)
        if event.freq is not None and 0.1 <= event.freq <= 3600:
            worker.freq = event.freq
        worker.active, worker.processed = event.active, event.processed
        if worker.task_event_at is not None and at - worker.task_event_at <= max(_SETTLES_S, 2 * worker.freq):
            worker.processed_told = event.processed
        if worker.processed_first is None and event.processed is not None:
            worker.processed_first = (at, event.processed)
            worker.heard_first = worker.runs_heard
        worker.pid = event.pid
        worker.version = event.sw_ver and event.sw_ver[:40]
        worker.load = event.loadavg

    def fold_inspection(self, inspection: Inspection, at: float) -> None:
        self.revision += 1
        for facts in inspection.workers:
            worker = self._entry(facts.name, at)
            worker.answered_at = at
            worker.offline = False
            worker.facts = facts

    def rows(self, now: float) -> tuple[WorkerRow, ...]:
        """All workers by name."""
        rows = tuple(_row(worker, now) for _name, worker in sorted(self._workers.items()))
        self.online = frozenset(row.name for row in rows if row.status == "online")
        return rows

    def statuses(self, now: float) -> tuple[str, ...]:
        """The status of each worker; changes by the mere passing of time."""
        return tuple(_status(worker, now) for worker in self._workers.values())

    def status(self, name: str, now: float) -> str | None:
        """The status of worker ``name``; ``None`` = nobody has heard of it."""
        worker = self._workers.get(name)
        return _status(worker, now) if worker is not None else None

    def present(self) -> tuple[str, ...]:
        """Names of the workers that have not said good-bye."""
        return tuple(name for name, worker in self._workers.items() if not worker.offline)

    def consumed(self) -> tuple[str, ...]:
        """The queues that workers said they consume."""
        facts = (worker.facts for worker in self._workers.values() if worker.facts is not None and not worker.offline)
        return tuple(dict.fromkeys(queue for known in facts for queue in known.queues or ()))

    def by_name(self, now: float) -> Iterator[tuple[str, str]]:
        """Name and status of each worker."""
        return ((name, _status(worker, now)) for name, worker in self._workers.items())

    def answered_since(self, name: str, moment: float) -> bool:
        """Whether worker ``name`` answered an inspection after ``moment``."""
        worker = self._workers.get(name)
        return worker is not None and worker.answered_at is not None and worker.answered_at > moment

    def _entry(self, name: str, at: float) -> _Worker:
        worker = self._workers.get(name)
        if worker is None:
            if len(self._workers) >= MAX_WORKERS:
                del self._workers[min(self._workers.values(), key=_last_sign).name]
            worker = self._workers[name] = _Worker(name, at)
        return worker

    def _measure_clock(self, worker: _Worker, timestamp: float, at: float) -> None:
        worker.lags.append(at - timestamp)
        least = min(worker.lags, key=abs)
        worker.skew = least if abs(least) > _CLOCK_TOLERANCE_S else 0.0


def _last_sign(worker: _Worker) -> float:
    return max(worker.heard_at or 0.0, worker.answered_at or 0.0)


def _status(worker: _Worker, now: float) -> str:
    if worker.offline:
        return "offline"
    if worker.heard_at is not None and now - worker.heard_at <= _SILENT_AFTER_BEATS * worker.freq:
        return "online"
    if worker.answered_at is not None and now - worker.answered_at <= _ANSWER_COUNTS_S:
        return "online"
    return "unknown" if worker.heard_at is None else "silent"


def _sends_events(worker: _Worker, now: float) -> bool | None:
    """True once a task event came; False when it finishes tasks and none of them is told; else unknown."""
    if worker.task_event_at is not None and worker.task_event_at >= worker.since:
        return not _fell_silent(worker, now)
    if worker.processed_first is None or worker.processed is None:
        return None
    since, first = worker.processed_first
    return False if worker.processed > first and now - since > _EVENTS_OFF_AFTER_S else None


def _fell_silent(worker: _Worker, now: float) -> bool:
    """It has run tasks since its last event, by its own count, and told of none of them."""
    if worker.processed is None or worker.processed_told is None or worker.task_event_at is None:
        return False
    untold = worker.processed - worker.processed_told
    return untold >= _UNTOLD_TASKS and now - worker.task_event_at > max(_EVENTS_OFF_AFTER_S, 3 * worker.freq)


def _coverage(worker: _Worker) -> tuple[int | None, int | None]:
    """How many tasks it ran since its first heartbeat here, and of how many of them an event told."""
    if worker.processed_first is None or worker.processed is None:
        return None, None
    ran = max(0, worker.processed - worker.processed_first[1])
    return ran, min(ran, worker.runs_heard - worker.heard_first)


def _row(worker: _Worker, now: float) -> WorkerRow:
    facts = worker.facts or WorkerFacts(worker.name)
    started = None
    if facts.uptime_s is not None and worker.answered_at is not None:
        started = worker.answered_at - facts.uptime_s
    return WorkerRow(
        worker.name,
        _status(worker, now),
        facts.pool,
        facts.slots,
        worker.active if worker.active is not None else facts.active,
        facts.reserved,
        worker.processed if worker.processed is not None else facts.processed,
        facts.queues,
        worker.heard_at,
        started,
        worker.pid if worker.pid is not None else facts.pid,
        worker.version,
        worker.load,
        _sends_events(worker, now),
        *_coverage(worker),
        worker.skew if worker.lags else None,
    )
