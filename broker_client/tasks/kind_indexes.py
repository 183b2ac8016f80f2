"""PURE: records sorted onto shelves by their kind, each shelf in the order of the last change.

A kind is what many tasks share: state, name, worker and queue. A question about these is answered shelf by shelf,
however many tasks lie on one. Shelves are bounded: what is of a kind too many lies on a mixed shelf of its state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from broker_client.tasks.task_record import TaskRecord
from broker_client.tasks.time_index import TimeIndex, by_update

MAX_KINDS = 4096
_FEWEST_SLOTS = 16_384
_RECORDS_A_SLOT = 8
_MOST_WIDENED = 20


class Kind(NamedTuple):
    """What a task shares with others. ``None`` = not known."""

    state: str
    name: str | None
    worker: str | None
    queue: str | None
    mixed: bool = False
    """Whether only the state is meant: names, workers and queues differ."""


_made = tuple.__new__


def kind_of(record: TaskRecord) -> Kind:
    """Made without the detour through the class: it is asked twice for every event."""
    return _made(Kind, (record.state, record.name, record.worker, record.queue, False))


class KindIndexes:
    """One :class:`TimeIndex` (a shelf) for each kind. Whoever takes a record out names the kind and second it had."""

    def __init__(self, width: int = 0) -> None:
        self.by_kind: dict[Kind, TimeIndex] = {}
        self.width = width
        """Slots of time are ``2 ** width`` seconds wide; they widen when they are many and hold little."""
        self.count = 0
        self.is_pure = True
        """Whether there has never been a mixed shelf."""
        self._counts: Counter[str] = Counter()

    def add(self, record: TaskRecord, kind: Kind) -> None:
        shelf = self.by_kind.get(kind) or self._new_shelf(kind)
        if shelf.add(record):
            self._counts[kind.state] += 1
            self.count += 1

    def add_all(self, records: Iterable[TaskRecord], kind: Kind) -> None:
        """Add many of one kind."""
        shelf = self.by_kind.get(kind) or self._new_shelf(kind)
        added = shelf.add_all(records)
        self._counts[kind.state] += added
        self.count += added

    def remove(self, record: TaskRecord, kind: Kind, second: int) -> bool:
        """Take ``record`` out; ``False`` = it was not here."""
        shelf = self.by_kind.get(kind)
        if shelf is None or not shelf.remove(record, second):
            shelf = None if self.is_pure else self.by_kind.get(_mixed(kind))
            if shelf is None or not shelf.remove(record, second):
                return False
        self._counts[kind.state] -= 1
        self.count -= 1
        return True

    def shelf_of(self, record: TaskRecord, kind: Kind) -> Kind:
        """The kind of the shelf on which ``record``, which is here, lies."""
        shelf = self.by_kind.get(kind)
        return kind if self.is_pure or (shelf is not None and shelf.holds(record)) else _mixed(kind)

    def has_state(self, state: str) -> bool:
        return state in self._counts

    @property
    def states(self) -> int:
        """How many states were ever seen."""
        return len(self._counts)

    def count_of(self, state: str) -> int:
        return self._counts.get(state, 0)

    def counts(self) -> dict[str, int]:
        return {state: count for state, count in self._counts.items() if count}

    def shelves(self, states: Iterable[str] = ()) -> Iterator[tuple[Kind, TimeIndex]]:
        """Shelves that hold something, of ``states`` (none = of all)."""
        wanted = frozenset(states)
        for kind, shelf in self.by_kind.items():
            if shelf.count and (not wanted or kind.state in wanted):
                yield kind, shelf

    def oldest_second(self) -> int | None:
        return min((shelf.oldest_second for _kind, shelf in self.shelves()), default=None)

    def oldest_of(self, state: str) -> list[TaskRecord]:
        """The records of ``state`` in its oldest slot of time, oldest first."""
        shelves = [shelf for kind, shelf in self.by_kind.items() if kind.state == state and shelf.count]
        if not shelves:
            return []
        second = min(shelf.oldest_second for shelf in shelves)
        found = [record for shelf in shelves for record in shelf.slot(second)]
        return sorted(found, key=by_update)

    def newest(self, state: str) -> Iterator[TaskRecord]:
        """The records of ``state``, the latest change first; while it runs nothing may change."""
        shelves = [shelf for _kind, shelf in self.shelves((state,))]
        places = set(chain.from_iterable(shelf.places() for shelf in shelves))
        for place in sorted(places, reverse=True):
            found = [record for shelf in shelves for record in shelf.at(place)]
            yield from sorted(found, key=by_update, reverse=True)

    def widen_as_needed(self) -> None:
        """Double the width of slots while there are too many for what they hold."""
        while self.width < _MOST_WIDENED:
            slots = sum(shelf.slots for shelf in self.by_kind.values())
            if slots <= max(_FEWEST_SLOTS, self.count // _RECORDS_A_SLOT):
                return
            self.widen_to(self.width + 1)

    def widen_to(self, width: int) -> None:
        """Make slots ``2 ** width`` seconds wide, if they are narrower."""
        while self.width < width:
            self.width += 1
            for shelf in self.by_kind.values():
                shelf.widen()

    def _new_shelf(self, kind: Kind) -> TimeIndex:
        if len(self.by_kind) >= MAX_KINDS:
            self._drop_empty()
        if len(self.by_kind) >= MAX_KINDS:
            kind, self.is_pure = _mixed(kind), False
        return self.by_kind.setdefault(kind, TimeIndex(self.width))

    def _drop_empty(self) -> None:
        for kind in [kind for kind, shelf in self.by_kind.items() if not shelf.count]:
            del self.by_kind[kind]


def _mixed(kind: Kind) -> Kind:
    return Kind(kind.state, None, None, None, True)
