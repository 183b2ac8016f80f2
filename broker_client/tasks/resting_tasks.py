"""PURE: all tasks that rest: of which only the stored result is known. Their numbers by id, kind and time.

A number is given once and never again. The board takes a task out when more happens to it than its stored result
tells.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broker_client.tasks.found_results import FoundResults
from broker_client.tasks.id_index import MOST_NUMBERS, IdIndex
from broker_client.tasks.kind_indexes import Kind
from broker_client.tasks.resting_index import Numbers, Records, RestingIndex, Times
from broker_client.tasks.resting_page import RestingPage
from broker_client.tasks.result_columns import ResultColumns
from broker_client.tasks.result_value import ResultFact
from broker_client.tasks.task_record import TaskRecord
from broker_client.tasks.time_index import by_update

Flags = NDArray[np.bool_]
_MOST_KINDS = 1 << 16
_GONE = -1
_FEWEST = 4096
_SPARSE = 4
"""A page of which less than such a part is left is given up."""


class RestingTasks:
    """Not thread-safe: the board owns it."""

    def __init__(self) -> None:
        self.kinds: list[Kind] = []
        self.pages: list[RestingPage | None] = []
        """In the order of their numbers; ``None`` where all have gone."""
        self.count = 0
        self._ids = IdIndex()
        self._numbers: dict[Kind, int] = {}
        self._counts: Counter[Kind] = Counter()
        self._by_state: Counter[str] = Counter()
        self._firsts: list[int] = []
        self._sizes: list[int] = []
        self._alive: list[int] = []
        self._sparse: set[int] = set()
        self._unwritten: deque[RestingPage] = deque()
        self._gone = 0
        self._size = 0
        self._kind = np.empty(0, np.int32)
        self._ended = np.empty(0)
        self._runs: list[_Run] = []
        self._unsorted = 0
        """From this number on they are in no run yet."""

    # ---- coming and going ---------------------------------------------------------------------------------------

    def has_none_of(self, found: FoundResults) -> bool:
        """Whether these are new, and differ from each other. False is said of some that are and do, too."""
        return self._ids.has_none_of(found.hashes)

    def has_room_for(self, columns: ResultColumns) -> bool:
        return self._size + columns.count <= MOST_NUMBERS and len(self.kinds) + len(columns.kinds) <= _MOST_KINDS

    def add(self, found: FoundResults, ended: array[float], revision: int) -> None:
        """Tasks that are not here yet, ``ended`` then by our clock; the first gets ``revision``."""
        columns = found.columns
        page = RestingPage(columns, self._size, revision)
        self.pages.append(page)
        self._firsts.append(page.first)
        self._sizes.append(len(page))
        self._alive.append(len(page))
        self._unwritten.append(page)
        self._ids.add(found.hashes, page.first)
        numbers = np.array([self._number_of(Kind(*shared[:4])) for shared in columns.kinds], np.int32)
        kind = numbers[np.frombuffer(columns.kind, np.uint16)]
        times = np.frombuffer(ended)
        self._kind = _extended(self._kind, self._size, kind)
        self._ended = _extended(self._ended, self._size, times)
        self._size += len(page)
        self.count += len(page)
        for number, times_seen in enumerate(np.bincount(kind).tolist()):
            if times_seen:
                self._counts[self.kinds[number]] += times_seen
                self._by_state[self.kinds[number].state] += times_seen

    def _number_of(self, kind: Kind) -> int:
        number = self._numbers.get(kind)
        if number is None:
            number = self._numbers[kind] = len(self.kinds)
            self.kinds.append(kind)
        return number

    def _ordered(self) -> list[_Run]:
        """All tasks, in runs of which each is longer than the next. What came since it was asked last is sorted now."""
        first, self._unsorted = self._unsorted, self._size
        if first < self._size:
            times = self._ended[first : self._size]
            order = np.argsort(times, kind="stable")
            self._put_in_order(first + order, times[order])
        return self._runs

    def _put_in_order(self, numbers: Numbers, times: Times) -> None:
        while self._runs and len(self._runs[-1].numbers) < 2 * len(numbers):
            before = self._runs.pop()
            numbers = np.concatenate((before.numbers, numbers))
            times = np.concatenate((before.times, times))
            order = np.argsort(times, kind="stable")
            if self._gone:
                order = order[self._kind[numbers[order]] != _GONE]
            numbers, times = numbers[order], times[order]
        self._runs.append(_Run(numbers, times))

    def leave(self, number: int) -> None:
        """The task rests no longer."""
        kind = self.kinds[self._kind[number]]
        self._counts[kind] -= 1
        self._by_state[kind.state] -= 1
        self._kind[number] = _GONE
        self.count -= 1
        self._gone += 1
        place = self._page_place(number)
        self._alive[place] -= 1
        if self._alive[place] < self._sizes[place] // _SPARSE:
            self._sparse.add(place)

    def tidy(self) -> None:
        """Give up pages of which little is left. What is left there gets new numbers."""
        sparse, self._sparse = self._sparse, set()
        for place in sparse:
            page = self.pages[place]
            if page is None:
                continue
            numbers = page.first + np.flatnonzero(self.kinds_on(page) != _GONE)
            columns = page.only((numbers - page.first).tolist())
            if not self.has_room_for(columns):
                continue
            ended = array("d", self._ended[numbers])
            for number in numbers.tolist():
                self.leave(number)
            self.pages[place] = None
            if columns.count:
                self.add(FoundResults(columns), ended, page.revision)

    # ---- one task -----------------------------------------------------------------------------------------------

    def find(self, task_id: str) -> int | None:
        """The number of a task that rests."""
        if not self.count:
            return None
        for number in self._ids.numbers(task_id):
            if self._kind[number] != _GONE:
                page = self._page_of(number)
                if page.id_of(number - page.first) == task_id:
                    return number
        return None

    def record(self, number: int) -> TaskRecord:
        """A new record of the task."""
        page = self._page_of(number)
        return page.record(number - page.first, float(self._ended[number]))

    def maker(self, number: int) -> Callable[[], TaskRecord]:
        """What makes the record, even when the task has left meanwhile."""
        page = self._page_of(number)
        return partial(page.record, number - page.first, float(self._ended[number]))

    def says(self, number: int, fact: ResultFact) -> bool:
        """Whether ``fact`` tells what is known of the task."""
        page = self._page_of(number)
        return page.says(number - page.first, fact)

    def ended(self, number: int) -> float:
        return float(self._ended[number])

    def rests(self, number: int) -> bool:
        """Whether it still does."""
        return bool(self._kind[number] != _GONE)

    def _page_place(self, number: int) -> int:
        return bisect_right(self._firsts, number) - 1

    def _page_of(self, number: int) -> RestingPage:
        page = self.pages[self._page_place(number)]
        assert page is not None
        return page

    # ---- many ---------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many numbers were ever given."""
        return self._size

    def counts(self) -> dict[str, int]:
        """How many there are of each state."""
        return {state: count for state, count in self._by_state.items() if count}

    def kind_counts(self) -> Iterator[tuple[Kind, int]]:
        """How many there are of each kind."""
        return ((kind, count) for kind, count in self._counts.items() if count)

    def kinds_on(self, page: RestingPage) -> NDArray[np.int32]:
        """The numbers of the kinds of all tasks of a page, by their places; -1 = the task rests no longer."""
        return self._kind[page.first : page.first + len(page)]

    def flags_of(self, states: tuple[str, ...]) -> Flags:
        """Which of the kinds are of ``states`` (none = of all)."""
        return np.fromiter((not states or kind.state in states for kind in self.kinds), np.bool_, len(self.kinds))

    def of_states(self, states: tuple[str, ...], width: int) -> list[RestingIndex]:
        """All tasks of ``states`` (none = of all)."""
        return self._chosen((states, width, self._gone), self.flags_of(states), None)

    def indexes(self, whole: Flags, met: Flags, partly: Flags, width: int, key: object) -> list[RestingIndex]:
        """All tasks of some kinds; of others those that have a flag of their own in ``met``. ``key`` tells one choice
        from another: it is asked again and again."""
        return self._chosen((key, width, self._gone), whole, (met, np.append(partly, False)))

    def _chosen(
        self, key: tuple[object, int, int], whole: Flags, more: tuple[Flags, Flags] | None
    ) -> list[RestingIndex]:
        whole = np.append(whole, False)  # the last is that of those who have gone
        return [
            run.known(key) or run.choose(key, self._wanted(run, whole, more), key[1], self) for run in self._ordered()
        ]

    def _wanted(self, run: _Run, whole: Flags, more: tuple[Flags, Flags] | None) -> Flags | None:
        """Which of a run; ``None`` = all."""
        if more is None and not self._gone and whole[:-1].all():
            return None
        kind = self._kind[run.numbers]
        wanted: Flags = whole[kind]
        if more is not None:
            met, partly = more
            wanted |= met[run.numbers] & partly[kind]
        return wanted

    def newest(self, state: str, most: int) -> Iterator[TaskRecord]:
        """The ``most`` of a state that ended last."""
        found = chain.from_iterable(index.newest(most) for index in self.of_states((state,), 0))
        return islice(sorted(found, key=by_update, reverse=True), most)

    def oldest(self, state: str, most: int) -> list[int]:
        """The numbers of the ``most`` of ``state`` that ended first."""
        flags = np.array([kind.state == state for kind in self.kinds] + [False])
        first = [run.numbers[flags[self._kind[run.numbers]]][:most] for run in self._ordered()]
        numbers = np.concatenate(first) if first else np.empty(0, np.int64)
        found: list[int] = numbers[np.argsort(self._ended[numbers], kind="stable")[:most]].tolist()
        return found

    def oldest_end(self) -> float | None:
        """When the first of them ended."""
        return min(filter(None, map(self._oldest_of, self._ordered())), default=None)

    def _oldest_of(self, run: _Run) -> float | None:
        while run.first < len(run.numbers) and self._kind[run.numbers[run.first]] == _GONE:
            run.first += 1
        return float(self._ended[run.numbers[run.first]]) if run.first < len(run.numbers) else None

    # ---- preparing ----------------------------------------------------------------------------------------------

    @property
    def is_behind(self) -> bool:
        """Whether there are pages that no word can be looked for on without preparation."""
        return bool(self._unwritten)

    def write_one(self) -> None:
        """Prepare one page, so that no search has to."""
        page = self._unwritten.popleft()
        if not page.is_written:
            page.write()


class _Run:
    """Numbers in the order of the ends of their tasks, and these; some have gone. Knows what was chosen of it last."""

    __slots__ = ("_index", "_key", "first", "numbers", "times")

    def __init__(self, numbers: Numbers, times: Times) -> None:
        self.numbers = numbers
        self.times = times
        self.first = 0
        self._key: object = None
        self._index: RestingIndex | None = None

    def known(self, key: object) -> RestingIndex | None:
        """What was chosen, if ``key`` is still the same."""
        return self._index if key == self._key else None

    def choose(self, key: object, wanted: Flags | None, width: int, records: Records) -> RestingIndex:
        numbers, times = (self.numbers, self.times) if wanted is None else (self.numbers[wanted], self.times[wanted])
        self._key, self._index = key, RestingIndex(numbers, times, width, records)
        return self._index


def _extended(old: NDArray[Any], size: int, new: NDArray[Any]) -> NDArray[Any]:
    """``old``, of which ``size`` are used, with ``new`` after these."""
    if size + len(new) > len(old):
        grown = np.empty(max(2 * len(old), size + len(new), _FEWEST), old.dtype)
        grown[:size] = old[:size]
        old = grown
    old[size : size + len(new)] = new
    return old
