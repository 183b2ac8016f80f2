"""PURE: the window of the tasks that a query matches: what the screen shows.

Every generator here yields after a piece of at most a few milliseconds, so that its driver can fold events in between.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any

import msgspec

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.query_language import MAX_CHARS, Node, QueryError, parse_query
from broker_client.tasks.query_match import without_ages
from broker_client.tasks.records import TaskQuery, TaskRow, TaskWindow
from broker_client.tasks.resting_index import RestingIndex
from broker_client.tasks.row_walk import Task
from broker_client.tasks.sliced_sort import sorted_in_turns
from broker_client.tasks.task_record import TaskRecord, row_of
from broker_client.tasks.task_search import TaskSearch
from broker_client.tasks.time_index import Shelf, Span, by_update, page, pieces

MAX_COUNT = 1000
_PIECE = 1000
_SORTABLE = frozenset(TaskRow.__struct_fields__)
_BY_KEY = itemgetter(0)
_Work = Generator[None, None, TaskWindow]


class WindowFinder:
    """Answers queries on one board. Keeps the last search and the last order until they are outdated."""

    def __init__(self, board: TaskBoard) -> None:
        self._board = board
        self._search: TaskSearch | None = None
        self._order: _Order | None = None

    def find(self, query: TaskQuery, now: float, enough: Callable[[], bool] = lambda: False) -> _Work:
        """Work out the window of ``query``; drive the generator to its end. A search that cannot be read finds
        nothing, and the window says why. When ``enough`` says so, the window holds what was found up to then; the
        search goes on where it was with the next question."""
        query = _bounded(query)
        try:
            node, span = _asked(query, now)
        except QueryError as problem:
            return TaskWindow(query, problem=f"{problem.why} (at character {problem.start + 1})")
        chosen = yield from self._chosen(query, node, now, enough)
        searched = 1.0 if node is None or self._search is None else self._search.searched
        matching = sum(map(span.count, chosen))
        if query.sort == "updated":
            records = page(chosen, query.offset, query.count, query.descending, span)
        else:
            records = yield from self._sorted(query, chosen, span, now)
        return TaskWindow(query, tuple(map(row_of, records)), matching, searched=searched)

    def all_of(self, query: TaskQuery, now: float) -> Generator[None, None, list[Task]]:
        """Every task that ``query`` matches, whatever its offset and count, in its order. Raises QueryError."""
        node, span = _asked(query, now)
        chosen = yield from self._chosen(query, node, now, lambda: False)
        return (yield from _all_in_order(chosen, query, span))

    def _chosen(
        self, query: TaskQuery, node: Node | None, now: float, enough: Callable[[], bool]
    ) -> Generator[None, None, list[Shelf]]:
        """Where the tasks lie that match, apart from the time that is asked for."""
        if node is None:
            self._let_go()
            shelves = [shelf for _kind, shelf in self._board.indexes.shelves(query.states)]
            return [*shelves, *self._board.resting.of_states(query.states, self._board.indexes.width)]
        search = self._search
        if search is None or not search.serves(query.text, now):
            self._let_go()
            search = self._search = TaskSearch(query.text, node, self._board, now)
            self._board.watch(search)
        for _ in search.go_on():
            yield
            if enough():
                break
        return search.indexes(query.states)

    def _let_go(self) -> None:
        if self._search is not None:
            self._board.unwatch(self._search)
            self._search = None

    def _sorted(
        self, query: TaskQuery, chosen: list[Shelf], span: Span, now: float
    ) -> Generator[None, None, list[TaskRecord]]:
        order = self._order
        if order is None or not order.serves(query, now):
            records, count = yield from _first_of(chosen, query, span)
            order = self._order = _Order(query, records, now + min(2.0, 0.1 + count * 0.004))
        return order.records[query.offset : query.offset + query.count]


class _Order(msgspec.Struct):
    """A sorted beginning of all matches; a costly one is used again for a moment."""

    query: TaskQuery
    records: list[TaskRecord]
    until: float

    def serves(self, query: TaskQuery, now: float) -> bool:
        covered = query.offset + query.count <= self.query.offset + self.query.count
        same = msgspec.structs.replace(query, offset=0, count=0) == msgspec.structs.replace(
            self.query, offset=0, count=0
        )
        return covered and same and now < self.until


def _first_of(
    chosen: Iterable[Shelf], query: TaskQuery, span: Span
) -> Generator[None, None, tuple[list[TaskRecord], int]]:
    """The first ``offset + count`` records in the order of a field; a record without a value comes last."""
    value_of = attrgetter(query.sort)
    wanted = query.offset + query.count
    room = max(4 * wanted, 4 * _PIECE)
    found: list[tuple[Any, TaskRecord]] = []
    without: list[TaskRecord] = []
    count = 0
    for piece in pieces(chosen, span, _PIECE):
        known = [(value, record) for record in piece if (value := value_of(record)) is not None]
        found += known
        if len(known) < len(piece) and len(without) < wanted:
            without += (record for record in piece if value_of(record) is None)
        if len(found) > room:
            found.sort(key=_BY_KEY, reverse=query.descending)
            del found[wanted:]
        count += 1
        yield
    found.sort(key=_BY_KEY, reverse=query.descending)
    records = [record for _value, record in found[:wanted]]
    return (records + without)[:wanted], count


def _all_in_order(chosen: Iterable[Shelf], query: TaskQuery, span: Span) -> Generator[None, None, list[Task]]:
    """All tasks in the order of a field; those without a value come last."""
    value_of = by_update if query.sort == "updated" else attrgetter(query.sort)
    known: list[tuple[Any, Task]] = []
    without: list[Task] = []
    for piece in chain.from_iterable(_pairs_of(shelf, span) for shelf in chosen):
        for record, task in piece:
            value = value_of(record)
            if value is None:
                without.append(task)
            else:
                known.append((value, task))
        yield
    ordered = yield from sorted_in_turns(known, _BY_KEY, query.descending)
    return [*(task for _value, task in ordered), *without]


def _pairs_of(shelf: Shelf, span: Span) -> Iterator[Iterable[tuple[TaskRecord, Task]]]:
    """Records of all tasks of a shelf, and what is kept of each: those that rest get records when they are shown."""
    if isinstance(shelf, RestingIndex):
        return shelf.pairs(span, _PIECE)
    return (((record, record) for record in piece) for piece in pieces([shelf], span, _PIECE))


def _asked(query: TaskQuery, now: float) -> tuple[Node | None, Span]:
    """The conditions of ``query`` and the time it asks for. Raises QueryError."""
    node, youngest, oldest = without_ages(parse_query(query.text))
    since = max(query.since or 0.0, now - (query.within_s or float("inf")), now - oldest)
    until = min(query.until or float("inf"), now - youngest if youngest else float("inf"))
    return node, Span(since, until)


def _bounded(query: TaskQuery) -> TaskQuery:
    """The query with its window and its sort within what can be answered."""
    return msgspec.structs.replace(
        query,
        offset=max(0, query.offset),
        count=min(max(0, query.count), MAX_COUNT),
        sort=query.sort if query.sort in _SORTABLE else "updated",
        text=query.text[: MAX_CHARS + 1],
    )
