"""PURE: how the tasks of each name fare: how many end and fail, how long they wait and run, over three windows.

A task is counted some seconds after its end: its facts come from several sources, and the last of them may come late.
"""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence

import msgspec

from broker_client.tasks.plain_text import cut
from broker_client.tasks.records import CELL_CHARS
from broker_client.tasks.result_columns import ResultColumns, Shared
from broker_client.tasks.task_record import TaskRecord, exception_type
from broker_client.tasks.time_sketch import TimeSketch, step_of

WINDOWS_S = (60, 300, 3600)
SETTLE_S = 5.0
UNNAMED = "(name unknown)"
OTHERS = "(other tasks)"
MAX_NAMES = 500
_SHORT_S, _LONG_S = 5, 60
_SHORT_SPAN_S = 300
_CLOCK_TOLERANCE_S = 1.0
_SHARES = (0.5, 0.95, 0.99)
_WAIT_HURTS_S = 10.0


class TaskTypeRow(msgspec.Struct, frozen=True, array_like=True):
    """How the tasks of one name fared in a window. Durations are seconds (p50, p95, p99), ``None`` = unknown.

    ``wait`` is from the sending (or the ETA) to the start. ``trend`` says how many ended in each slot of the window,
    oldest first, without the slot that still runs; ``None`` before anything was watched. ``pain`` is 0 to 100: see
    :func:`pain_of`.
    """

    name: str
    finished: int = 0
    failed: int = 0
    retried: int = 0
    revoked: int = 0
    rate_per_s: float | None = None
    failure_share: float | None = None
    wait: tuple[float | None, ...] = (None, None, None)
    run: tuple[float | None, ...] = (None, None, None)
    trend: tuple[int | None, ...] = ()
    pain: float = 0.0
    last_at: float | None = None
    """Epoch seconds of the last end of one, in this window or before."""
    queue: str | None = None
    """Where the last one came from, as far as anybody said."""
    exception: str | None = None
    """What the last failed one ended with."""


class TaskTypes(msgspec.Struct, frozen=True):
    """The collector's answer: every name, over ``window_s``; ``watched_s`` is how much of it was watched."""

    window_s: int
    watched_s: float
    rows: tuple[TaskTypeRow, ...] = ()


class _Slot:
    """What ended in some seconds."""

    __slots__ = ("failed", "finished", "retried", "revoked", "run", "wait")

    def __init__(self) -> None:
        self.finished = self.failed = self.retried = self.revoked = 0
        self.wait = TimeSketch()
        self.run = TimeSketch()

    def add(self, state: str, wait_step: int | None, run_step: int | None) -> None:
        """Count one end in ``state``."""
        if state == "RETRY":
            self.retried += 1
        elif state == "REVOKED":
            self.revoked += 1
        else:
            self.finished += 1
            if state != "SUCCESS":
                self.failed += 1
            if wait_step is not None:
                self.wait.add_step(wait_step)
            if run_step is not None:
                self.run.add_step(run_step)

    def add_ended(self, state: str, times: int) -> None:
        """Count so many ends in ``state`` of which no times are known."""
        self.finished += times
        self.failed += times if state != "SUCCESS" else 0

    def merge(self, other: _Slot) -> None:
        self.finished += other.finished
        self.failed += other.failed
        self.retried += other.retried
        self.revoked += other.revoked
        self.wait.merge(other.wait)
        self.run.merge(other.run)


class _Type:
    __slots__ = ("exception", "last_at", "long", "queue", "short")

    def __init__(self) -> None:
        self.short: dict[int, _Slot] = {}
        self.long: dict[int, _Slot] = {}
        self.last_at: float | None = None
        self.queue: str | None = None
        self.exception: str | None = None


_Ended = tuple[float, str, str, float, str | None]
"""When it is counted, its id, the state it came to, when that was, its name as far as it was known."""


_Found = tuple[Sequence[Shared], "array[int]", "array[float]", list[tuple[int, str]]]
"""Of results that were found: what they share, which of it each has, when it was done; the exceptions there are."""


class TaskTypeBook:
    """Bounded by ``MAX_NAMES`` names and an hour. ``find`` gives a record by its id as it is when it is counted."""

    def __init__(self, find: Callable[[str], TaskRecord | None]) -> None:
        self._find = find
        self._types: dict[str, _Type] = {}
        self._ended: deque[_Ended] = deque()
        self._found: deque[_Found] = deque()
        self._clock = 0.0
        self._first_at: float | None = None

    def note(self, record: TaskRecord, at: float) -> None:
        """``record`` has come to a terminal state, or is to be retried, ``at`` that time (0 = unknown)."""
        if at > self._clock:
            self._clock = at
        happened = at if record.finished is None else record.finished
        if happened > 0.0 and not record.never_run:
            self._ended.append((self._clock + SETTLE_S, record.id, record.state, happened, record.name))
        self._settle(self._clock)

    def note_found(self, found: ResultColumns, done_at: array[float]) -> None:
        """Tasks have been found ended in the result backend; nobody told when they were sent or began. They are counted
        when there is time, or when somebody asks."""
        self._found.append((found.kinds, found.each_kind(), done_at, found.exceptions))

    @property
    def is_behind(self) -> bool:
        return bool(self._found)

    def count_some(self) -> None:
        """Count some thousands of those that were found."""
        kinds, kind, done_at, exceptions = self._found.popleft()
        newest = [0.0] * len(kinds)
        for at, number in zip(done_at, kind, strict=True):
            if at > newest[number]:
                newest[number] = at
        self._clock = max(self._clock, *newest)
        for shared, last_at in zip(kinds, newest, strict=True):
            if last_at >= self._clock - WINDOWS_S[-1]:
                known = self._type(shared.name)
                if known.last_at is None or last_at > known.last_at:
                    known.last_at, known.queue = last_at, shared.queue or known.queue
        for place, exception in exceptions:
            last = self._types.get(kinds[kind[place]].name or UNNAMED)
            if last is not None and last.last_at == done_at[place]:
                last.exception = exception_type(exception) or last.exception
        groups = dict.fromkeys((shared.name, shared.state) for shared in kinds)
        numbers = {group: number for number, group in enumerate(groups)}
        group_of = [numbers[shared.name, shared.state] for shared in kinds]
        since = self._clock - WINDOWS_S[-1]
        ended = [(group_of[number], at) for number, at in zip(kind, done_at, strict=True) if at >= since]
        self._count_ended(ended, list(groups))

    def _count_ended(self, ended: list[tuple[int, float]], groups: list[tuple[str | None, str]]) -> None:
        """Count ends, each the number of its name and state in ``groups`` and its time."""
        if not ended:
            return
        oldest = min(at for _group, at in ended)
        self._first_at = oldest if self._first_at is None else min(self._first_at, oldest)
        since = self._clock - _SHORT_SPAN_S - _SHORT_S
        minutes = Counter([(group, int(at) // _LONG_S) for group, at in ended])
        parts = Counter([(group, int(at) // _SHORT_S) for group, at in ended if at >= since])
        for (group, number), times in minutes.items():
            name, state = groups[group]
            _slot(self._type(name).long, number).add_ended(state, times)
        for (group, number), times in parts.items():
            name, state = groups[group]
            _slot(self._type(name).short, number).add_ended(state, times)

    def rows(self, window_s: int, now: float) -> Generator[None, None, TaskTypes]:
        """Every name over the last ``window_s`` (one of ``WINDOWS_S``); yields between names."""
        self._clock = max(self._clock, now)
        self._settle(now)
        while self._found:
            self.count_some()
            yield
        self._prune(now)
        since = now - window_s if self._first_at is None else max(now - window_s, self._first_at)
        watched_s = max(1.0, min(float(window_s), now - since))
        found = []
        for name, known in tuple(self._types.items()):
            found.append(_row(name, known, window_s, watched_s, now, self._first_at or now))
            yield
        return TaskTypes(window_s, watched_s, tuple(found))

    # ---- counting -----------------------------------------------------------------------------------------------

    def _settle(self, now: float) -> None:
        ended = self._ended
        while ended and ended[0][0] <= now:
            _due, task_id, state, happened, name = ended.popleft()
            record = self._find(task_id)
            same = record is not None and record.state == state
            self._count(record if same else None, state, happened, (record.name if record else None) or name)

    def _count(self, record: TaskRecord | None, state: str, happened: float, name: str | None) -> None:
        if happened < self._clock - WINDOWS_S[-1]:
            return
        if record is not None and record.never_run:
            return
        known = self._type(name)
        if self._first_at is None or happened < self._first_at:
            self._first_at = happened
        if known.last_at is None or happened > known.last_at:
            known.last_at = happened
        wait_step = run_step = None
        if record is not None:
            wait_s, run_s = _wait_of(record), record.runtime_s
            wait_step = None if wait_s is None else step_of(wait_s)
            run_step = None if run_s is None else step_of(run_s)
            known.queue = record.queue or known.queue
            if state in ("FAILURE", "RETRY"):
                known.exception = exception_type(record.exception) or known.exception
        _slot(known.long, int(happened // _LONG_S)).add(state, wait_step, run_step)
        if happened >= self._clock - _SHORT_SPAN_S - _SHORT_S:
            _slot(known.short, int(happened // _SHORT_S)).add(state, wait_step, run_step)

    def _type(self, name: str | None) -> _Type:
        known = self._types.get(name or UNNAMED)
        if known is None:
            name = cut(name, CELL_CHARS) if name else UNNAMED
            if len(self._types) >= MAX_NAMES:
                name = OTHERS
            known = self._types.setdefault(name, _Type())
        return known

    def _prune(self, now: float) -> None:
        first_short, first_long = int((now - _SHORT_SPAN_S) // _SHORT_S), int((now - WINDOWS_S[-1]) // _LONG_S)
        for name, known in tuple(self._types.items()):
            for slots, first in ((known.short, first_short), (known.long, first_long)):
                for number in [number for number in slots if number < first]:
                    del slots[number]
            if not known.long and len(self._types) >= MAX_NAMES:
                del self._types[name]


def _slot(slots: dict[int, _Slot], number: int) -> _Slot:
    slot = slots.get(number)
    if slot is None:
        slot = slots[number] = _Slot()
    return slot


def _wait_of(record: TaskRecord) -> float | None:
    """From the sending, or from the time it was meant for, to the start."""
    if record.sent is None or record.started is None:
        return None
    wait_s = record.started - max(record.sent, record.eta or 0.0)
    return max(0.0, wait_s) if record.sent <= record.started + _CLOCK_TOLERANCE_S else None


def _row(name: str, known: _Type, window_s: int, watched_s: float, now: float, first_at: float) -> TaskTypeRow:
    slots, step_s = (known.short, _SHORT_S) if window_s <= _SHORT_SPAN_S else (known.long, _LONG_S)
    last = int(now // step_s)
    numbers = range(last - window_s // step_s + 1, last + 1)
    total = _Slot()
    for number in numbers:
        if number in slots:
            total.merge(slots[number])
    first = int(first_at // step_s)
    whole = range(numbers.start - 1, last)
    trend = tuple(slots[number].finished if number in slots else 0 if number >= first else None for number in whole)
    share = total.failed / total.finished if total.finished else None
    wait, run = total.wait.quantiles(_SHARES), total.run.quantiles(_SHARES)
    return TaskTypeRow(
        name,
        total.finished,
        total.failed,
        total.retried,
        total.revoked,
        total.finished / watched_s,
        share,
        wait,
        run,
        trend,
        pain_of(total.finished, total.failed, total.retried, wait[1]),
        known.last_at,
        known.queue,
        known.exception,
    )


def pain_of(finished: int, failed: int, retried: int, wait_p95_s: float | None) -> float:
    """How much a name hurts, 0 to 100: the greater of "runs fail" and "tasks wait", with a little of the other.

    A run that was retried counts as half a failure; one failure alone hurts less than many with the same share.
    """
    runs, lost = finished + retried, failed + retried / 2
    fails = 100.0 * (lost / runs) * (1 - 1 / (1 + lost)) if runs else 0.0
    waits = 100.0 * (1 - 1 / (1 + wait_p95_s / _WAIT_HURTS_S)) if wait_p95_s else 0.0
    return min(100.0, max(fails, waits) + min(fails, waits) / 4)
