"""PURE: records in the order of their last change, kept while they change.

Records lie in slots of time. Moving one costs two dictionary operations; the newest hundred of a million are found by
sorting one slot; a page far down skips whole slots. Slots double their width when they hold too little.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from heapq import nlargest, nsmallest
from itertools import chain
from operator import attrgetter
from typing import Protocol

from broker_client.tasks.task_record import TaskRecord

by_update: Callable[[TaskRecord], tuple[float, int]] = attrgetter("updated", "revision")
"""The order of records by their last change."""
_NEAR = 8


class TimeIndex:
    """Records by the slot of their last change. The owner names the second a record had when it takes it out."""

    __slots__ = ("_order", "_slots", "_width", "count")

    def __init__(self, width: int = 0) -> None:
        self._slots: dict[int, dict[TaskRecord, None]] = {}
        self._order: list[int] = []
        self._width = width
        self.count = 0

    def add(self, record: TaskRecord) -> bool:
        """Whether it was not here yet."""
        place = int(record.updated) >> self._width
        slot = self._slots.get(place)
        if slot is None:
            slot = self._slots[place] = {}
            if self._order and place < self._order[-1]:
                insort(self._order, place)
            else:
                self._order.append(place)
        elif record in slot:
            return False
        slot[record] = None
        self.count += 1
        return True

    def add_all(self, records: Iterable[TaskRecord]) -> int:
        """How many were not here yet."""
        return sum(map(self.add, records))

    def remove(self, record: TaskRecord, second: int) -> bool:
        """Take ``record`` out; ``False`` = it was not here."""
        place = second >> self._width
        slot = self._slots.get(place)
        if slot is None or record not in slot:
            return False
        del slot[record]
        self.count -= 1
        if not slot:
            del self._slots[place]
            del self._order[bisect_left(self._order, place)]
        return True

    @property
    def slots(self) -> int:
        return len(self._order)

    @property
    def width(self) -> int:
        return self._width

    @property
    def oldest_second(self) -> int:
        """Where the oldest slot begins; 0 when there is none."""
        return self._order[0] << self._width if self._order else 0

    def holds(self, record: TaskRecord) -> bool:
        return record in self._slots.get(int(record.updated) >> self._width, ())

    def slot(self, second: int) -> Collection[TaskRecord]:
        """The records of the slot that ``second`` belongs to. Not to be changed, nor kept."""
        return self._slots.get(second >> self._width, ())

    def seconds(self, since: float = 0.0, until: float = float("inf")) -> list[int]:
        """The second at which each slot begins that may hold a change from ``since`` to ``until``, newest first."""
        return [place << self._width for place in reversed(self.places(since, until))]

    def places(self, since: float = 0.0, until: float = float("inf")) -> list[int]:
        """Such slots by their number, oldest first."""
        if since <= 0.0 and until == float("inf"):
            return self._order
        low = bisect_left(self._order, int(max(0.0, since)) >> self._width)
        high = len(self._order) if until == float("inf") else bisect_right(self._order, int(until) >> self._width)
        return self._order[low:high]

    def at(self, place: int) -> Collection[TaskRecord]:
        """The records of one slot. Not to be changed, nor kept."""
        return self._slots.get(place, ())

    def first_at(self, place: int, most: int, newest_first: bool, span: Span) -> list[TaskRecord]:
        """The first ``most`` records of one slot that lie within ``span``."""
        records = filter(span.holds, self.at(place))
        return (nlargest if newest_first else nsmallest)(most, records, key=by_update)

    def count_between(self, since: float, until: float) -> int:
        """How many changed last from ``since`` up to ``until``."""
        places = self.places(since, until)
        found = sum(map(len, map(self._slots.__getitem__, places[1:-1])))
        for place in {*places[:1], *places[-1:]}:
            found += sum(since <= record.updated < until for record in self._slots[place])
        return found

    def widen(self) -> None:
        """Slots twice as wide."""
        self._width += 1
        old, self._slots = self._slots, {}
        for place in self._order:
            slot = self._slots.get(place >> 1)
            self._slots[place >> 1] = old[place] if slot is None else {**slot, **old[place]}
        self._order = list(self._slots)


class Shelf(Protocol):
    """Tasks in the order of their last change: records, or those that rest."""

    @property
    def count(self) -> int: ...
    @property
    def width(self) -> int: ...
    def places(self, since: float = ..., until: float = ...) -> list[int]: ...
    def at(self, place: int) -> Collection[TaskRecord]: ...
    def first_at(self, place: int, most: int, newest_first: bool, span: Span) -> list[TaskRecord]: ...
    def count_between(self, since: float, until: float) -> int: ...


class Span:
    """A stretch of time: from ``since`` up to ``until``, epoch seconds."""

    __slots__ = ("since", "until")

    def __init__(self, since: float | None = None, until: float | None = None) -> None:
        self.since = since if since is not None else 0.0
        self.until = until if until is not None else float("inf")

    @property
    def everything(self) -> bool:
        return self.since <= 0.0 and self.until == float("inf")

    def holds(self, record: TaskRecord) -> bool:
        return self.since <= record.updated < self.until

    def count(self, index: Shelf) -> int:
        return index.count if self.everything else index.count_between(self.since, self.until)


def pieces(indexes: Iterable[Shelf], span: Span, most: int = 1000) -> Iterator[list[TaskRecord]]:
    """All records of ``indexes`` within ``span``, newest slots of each first, in lists of at most ``most``. One
    that moves meanwhile may come twice or not at all."""
    gathered: list[TaskRecord] = []
    for index in indexes:
        width = index.width
        for place in reversed(index.places(span.since, span.until)):
            if index.width != width:
                break
            slot: Iterable[TaskRecord] = index.at(place)
            gathered.extend(slot if span.everything else filter(span.holds, slot))
            while len(gathered) >= most:
                yield gathered[:most]
                del gathered[:most]
    if gathered:
        yield gathered


def page(
    indexes: Iterable[Shelf], offset: int, count: int, newest_first: bool = True, span: Span | None = None
) -> list[TaskRecord]:
    """``count`` records of all ``indexes`` together, from ``offset`` on, by the time of their last change. All of them
    have slots of one width."""
    used = list(indexes)
    span = span or Span()
    found: list[TaskRecord] = []
    for place in _in_order([index.places(span.since, span.until) for index in used], newest_first):
        first_second, width = place << used[0].width, 1 << used[0].width
        whole = span.everything or (span.since <= first_second and first_second + width <= span.until)
        if whole and offset >= (size := sum(len(index.at(place)) for index in used)):
            offset -= size
            continue
        end = offset + count - len(found)
        records = [record for index in used for record in index.first_at(place, end, newest_first, span)]
        if offset >= len(records):
            offset -= len(records)
            continue
        records.sort(key=by_update, reverse=newest_first)
        found.extend(records[offset:end])
        offset = 0
        if len(found) >= count:
            break
    return found


def _in_order(orders: Sequence[list[int]], newest_first: bool) -> Iterator[int]:
    """Each place in any of ``orders`` once. The first ones, which are wanted most, cost little."""
    near = [places[-_NEAR:] if newest_first else places[:_NEAR] for places in orders]
    cut = [own for own, places in zip(near, orders, strict=True) if len(own) < len(places)]
    if newest_first:
        edge = max((own[0] for own in cut), default=0)
        sure = {place for place in chain.from_iterable(near) if not cut or place >= edge}
    else:
        edge = min((own[-1] for own in cut), default=0)
        sure = {place for place in chain.from_iterable(near) if not cut or place <= edge}
    yield from sorted(sure, reverse=newest_first)
    if cut:
        yield from sorted(set(chain.from_iterable(orders)) - sure, reverse=newest_first)
