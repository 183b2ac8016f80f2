"""PURE: what the result backend holds, in Celery's words: for each task its states, bytes and times to live."""

from __future__ import annotations

from collections import Counter

import msgspec

from broker_client.tasks.lifetimes import Lifetimes
from broker_client.tasks.result_value import ResultFact

MOST_NAMES = 1_000
_REST = "(all other tasks)"


class ResultRow(msgspec.Struct, frozen=True):
    """Stored results of one task. ``name`` ``None`` = the results do not say (``result_extended`` is off).

    ``count``, ``size_bytes`` (of the values alone), ``states`` and ``never_expires`` stand for all results there are:
    they are estimates when not every result was read (``sampled``). ``oldest`` and ``newest`` are epoch seconds.
    """

    name: str | None
    count: float
    size_bytes: float
    read: int
    states: tuple[tuple[str, float], ...] = ()
    never_expires: float = 0.0
    ttl_median_s: float | None = None
    oldest: float | None = None
    newest: float | None = None
    sampled: bool = False


class ResultCensus:
    """``read`` some results, or all of them."""

    def __init__(self) -> None:
        self._tasks: dict[str | None, _Task] = {}
        self.read_count = 0

    def read(self, fact: ResultFact, size_bytes: int, ttl_s: float | None) -> None:
        name = fact.name
        if name not in self._tasks and len(self._tasks) >= MOST_NAMES:
            name = _REST
        self._tasks.setdefault(name, _Task()).add(fact, size_bytes, ttl_s)
        self.read_count += 1

    def rows(self, total: int) -> tuple[ResultRow, ...]:
        """One row per task of ``total`` results, those that take most room first."""
        scale = total / self.read_count if self.read_count else 0.0
        scale = max(1.0, scale)
        rows = [task.row(name, scale) for name, task in self._tasks.items()]
        return tuple(sorted(rows, key=lambda row: (-row.size_bytes, -row.count, row.name or "")))


class _Task:
    def __init__(self) -> None:
        self._read = 0
        self._bytes = 0
        self._states: Counter[str] = Counter()
        self._lifetimes = Lifetimes()
        self._oldest: float | None = None
        self._newest: float | None = None

    def add(self, fact: ResultFact, size_bytes: int, ttl_s: float | None) -> None:
        self._read += 1
        self._bytes += size_bytes
        self._states[fact.state] += 1
        self._lifetimes.add(ttl_s)
        if fact.done_at is not None:
            self._oldest = fact.done_at if self._oldest is None else min(self._oldest, fact.done_at)
            self._newest = fact.done_at if self._newest is None else max(self._newest, fact.done_at)

    def row(self, name: str | None, scale: float) -> ResultRow:
        return ResultRow(
            name,
            self._read * scale,
            self._bytes * scale,
            self._read,
            tuple((state, count * scale) for state, count in self._states.most_common()),
            (self._lifetimes.never_of(self._read) or 0.0) * scale,
            self._lifetimes.median_s,
            self._oldest,
            self._newest,
            scale > 1.0,
        )
