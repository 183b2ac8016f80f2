"""PURE: records in the order of their last change, kept while they change.

Records lie in buckets of one second. Moving one costs two set operations; the newest hundred of a million are found by
sorting one bucket; a page far down skips whole buckets. Each state has an index of its own.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from heapq import merge, nlargest, nsmallest
from itertools import chain, groupby
from operator import attrgetter, neg

from broker_client.tasks.task_record import TaskRecord

_by_update: Callable[[TaskRecord], tuple[float, int]] = attrgetter("updated", "revision")
_NONE: frozenset[TaskRecord] = frozenset()


class TimeIndex:
    """Records by the second of their last change. The owner names the second a record lay in when it takes it out."""

    __slots__ = ("_buckets", "_seconds", "count")

    def __init__(self) -> None:
        self._buckets: dict[int, set[TaskRecord]] = {}
        self._seconds: list[int] = []
        self.count = 0

    def add(self, record: TaskRecord) -> None:
        second = int(record.updated)
        bucket = self._buckets.get(second)
        if bucket is not None:
            bucket.add(record)
        else:
            self._buckets[second] = {record}
            if self._seconds and second < self._seconds[-1]:
                insort(self._seconds, second)
            else:
                self._seconds.append(second)
        self.count += 1

    def remove(self, record: TaskRecord, second: int) -> None:
        bucket = self._buckets[second]
        bucket.remove(record)
        self.count -= 1
        if not bucket:
            del self._buckets[second]
            del self._seconds[bisect_left(self._seconds, second)]

    def holds(self, record: TaskRecord, second: int) -> bool:
        return record in self._buckets.get(second, _NONE)

    def bucket(self, second: int) -> set[TaskRecord] | frozenset[TaskRecord]:
        return self._buckets.get(second, _NONE)

    def pop_oldest(self) -> TaskRecord | None:
        """Take out a record of the second that lies furthest back."""
        if not self._seconds:
            return None
        bucket = self._buckets[self._seconds[0]]
        record = bucket.pop()
        self.count -= 1
        if not bucket:
            del self._buckets[self._seconds.pop(0)]
        return record

    @property
    def oldest_second(self) -> int | None:
        return self._seconds[0] if self._seconds else None

    def seconds(self, newest_first: bool) -> Iterable[int]:
        return reversed(self._seconds) if newest_first else iter(self._seconds)

    def pieces(self) -> Iterator[list[TaskRecord]]:
        """All records in lists, newest second first. One that moves meanwhile may come twice or not at all."""
        for second in self._seconds[::-1]:
            if records := list(self.bucket(second)):
                yield records


class StateIndexes:
    """One :class:`TimeIndex` for each state."""

    __slots__ = ("by_state",)

    def __init__(self) -> None:
        self.by_state: dict[str, TimeIndex] = {}

    def add(self, record: TaskRecord) -> None:
        index = self.by_state.get(record.state)
        if index is None:
            index = self.by_state[record.state] = TimeIndex()
        index.add(record)

    def remove(self, record: TaskRecord, state: str, second: int) -> None:
        self.by_state[state].remove(record, second)

    def holds(self, record: TaskRecord, state: str, second: int) -> bool:
        index = self.by_state.get(state)
        return index is not None and index.holds(record, second)

    def of(self, states: tuple[str, ...]) -> list[TimeIndex]:
        """The indexes of ``states``; of all states when it is empty."""
        if not states:
            return list(self.by_state.values())
        return [self.by_state[state] for state in dict.fromkeys(states) if state in self.by_state]

    def counts(self) -> dict[str, int]:
        return {state: index.count for state, index in self.by_state.items() if index.count}


def page(indexes: Iterable[TimeIndex], offset: int, count: int, newest_first: bool = True) -> list[TaskRecord]:
    """``count`` records of all ``indexes`` together, from ``offset`` on, by the time of their last change."""
    used = list(indexes)
    ordered = merge(*(index.seconds(newest_first) for index in used), key=neg if newest_first else None)
    found: list[TaskRecord] = []
    for second, _copies in groupby(ordered):
        buckets = [index.bucket(second) for index in used]
        size = sum(map(len, buckets))
        if offset >= size:
            offset -= size
            continue
        end = offset + count - len(found)
        first = nlargest if newest_first else nsmallest
        found.extend(first(end, chain.from_iterable(buckets), key=_by_update)[offset:])
        offset = 0
        if len(found) >= count:
            break
    return found
