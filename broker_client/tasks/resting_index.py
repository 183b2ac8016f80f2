"""PURE: tasks that rest in the order of their ends, to be asked like the shelves on which records lie."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from broker_client.tasks.task_record import TaskRecord

if TYPE_CHECKING:
    from broker_client.tasks.time_index import Span

Numbers = NDArray[np.int64]
Times = NDArray[np.float64]
"""Epoch seconds."""


class Records(Protocol):
    """Makes records of tasks by their numbers. Of those that have left it makes none."""

    def rests(self, number: int) -> bool: ...
    def record(self, number: int) -> TaskRecord: ...
    def maker(self, number: int) -> Callable[[], TaskRecord]:
        """What makes the record, even when the task has left meanwhile."""


class RestingSlot:
    """Tasks that ended in one slot of time, in the order of their ends. Records are made when they are asked for."""

    __slots__ = ("_numbers", "_records", "_times")

    def __init__(self, numbers: Numbers, times: Times, records: Records) -> None:
        self._numbers = numbers
        self._times = times
        self._records = records

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[TaskRecord]:
        return map(self._records.record, filter(self._records.rests, self._numbers.tolist()))

    def __contains__(self, record: object) -> bool:
        """No record that somebody has is one of these: they are made anew each time."""
        return False

    def first(self, most: int, newest_first: bool, span: Span) -> list[TaskRecord]:
        """The first ``most`` records within ``span``."""
        low, high = np.searchsorted(self._times, (span.since, span.until))
        numbers = self._numbers[low:high]
        return list(map(self._records.record, (numbers[-most:] if newest_first else numbers[:most]).tolist()))


class RestingIndex:
    """``numbers`` of tasks and the ``times`` of their ends, in their order."""

    def __init__(self, numbers: Numbers, times: Times, width: int, records: Records) -> None:
        self._numbers = numbers
        self._times = times
        self._records = records
        self.width = width
        """Slots of time are ``2 ** width`` seconds wide."""
        self._order: list[int] = []
        self._starts: list[int] = []

    @property
    def count(self) -> int:
        return len(self._numbers)

    def places(self, since: float = 0.0, until: float = float("inf")) -> list[int]:
        """The numbers of the slots that may hold an end from ``since`` to ``until``, oldest first."""
        self._sort()
        if since <= 0.0 and until == float("inf"):
            return self._order
        low = bisect_left(self._order, int(max(0.0, since)) >> self.width)
        high = len(self._order) if until == float("inf") else bisect_right(self._order, int(until) >> self.width)
        return self._order[low:high]

    def at(self, place: int) -> RestingSlot:
        """The tasks of one slot."""
        self._sort()
        slot = bisect_left(self._order, place)
        if slot == len(self._order) or self._order[slot] != place:
            return RestingSlot(self._numbers[:0], self._times[:0], self._records)
        start, end = self._starts[slot : slot + 2]
        return RestingSlot(self._numbers[start:end], self._times[start:end], self._records)

    def first_at(self, place: int, most: int, newest_first: bool, span: Span) -> list[TaskRecord]:
        """The first ``most`` records of one slot that lie within ``span``."""
        return self.at(place).first(most, newest_first, span)

    def count_between(self, since: float, until: float) -> int:
        """How many ended from ``since`` up to ``until``."""
        low, high = np.searchsorted(self._times, (since, until))
        return int(high - low)

    def newest(self, most: int) -> list[TaskRecord]:
        return list(map(self._records.record, self._numbers[: -most - 1 : -1].tolist()))

    def pairs(self, span: Span, most: int) -> Iterator[list[tuple[TaskRecord, Callable[[], TaskRecord]]]]:
        """The record of each task within ``span``, and what makes it anew; ``most`` at once."""
        low, high = np.searchsorted(self._times, (span.since, span.until))
        for start in range(int(low), int(high), most):
            numbers = filter(self._records.rests, self._numbers[start : min(start + most, int(high))].tolist())
            yield [(self._records.record(number), self._records.maker(number)) for number in numbers]

    def _sort(self) -> None:
        """Find the slots, once they are asked for."""
        if self._starts:
            return
        places = self._times.astype(np.int64) >> self.width
        starts = np.flatnonzero(np.append(True, places[1:] != places[:-1])) if len(places) else places
        self._order = places[starts].tolist()
        self._starts = [*starts.tolist(), len(places)]
