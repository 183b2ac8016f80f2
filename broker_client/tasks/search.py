"""PURE: which tasks a query matches, and the window of them that the screen shows.

A text is searched once over all tasks, in pieces; from then on each change of a task is tested as it happens. Every
generator here yields after a piece of at most a few milliseconds, so that its driver can fold events in between.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from operator import attrgetter, itemgetter
from typing import Any

import msgspec

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.records import TaskQuery, TaskRow, TaskWindow
from broker_client.tasks.task_record import TaskRecord, row_of
from broker_client.tasks.time_index import StateIndexes, TimeIndex, page

MAX_COUNT = 1000
_PIECE = 1000
_SORTABLE = frozenset(TaskRow.__struct_fields__)
_BY_KEY = itemgetter(0)
_Work = Generator[None, None, TaskWindow]


class TaskSearch:
    """The tasks that contain a text, kept right while the board changes. A leading ``!`` means: do not contain."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._wanted = not text.startswith("!")
        self._needle = text.removeprefix("!").strip().lower()
        self.indexes = StateIndexes()
        self.complete = False

    def matches(self, record: TaskRecord) -> bool:
        needle = self._needle
        found = (
            needle in record.id.lower()
            or (record.name is not None and needle in record.name.lower())
            or (record.args is not None and needle in record.args.lower())
            or (record.worker is not None and needle in record.worker.lower())
            or (record.exception is not None and needle in record.exception.lower())
        )
        return found is self._wanted

    def touch(self, record: TaskRecord, old_state: str, old_second: int) -> None:
        """A record has changed; before, it lay in ``old_state`` at ``old_second`` (empty state = it is new)."""
        self.forget(record, old_state, old_second)
        if self.matches(record):
            self.indexes.add(record)

    def forget(self, record: TaskRecord, old_state: str, old_second: int) -> None:
        if self.indexes.holds(record, old_state, old_second):
            self.indexes.remove(record, old_state, old_second)

    def fill(self, board: TaskBoard) -> Generator[None, None, None]:
        """Search all tasks that the board holds now."""
        for index in board.indexes.of(()):
            for piece in index.pieces():
                for start in range(0, len(piece), _PIECE):
                    for record in piece[start : start + _PIECE]:
                        self._offer(record, board)
                    yield
        self.complete = True

    def _offer(self, record: TaskRecord, board: TaskBoard) -> None:
        still_there = board.record(record.id) is record
        if still_there and self.matches(record) and not self.indexes.holds(record, record.state, int(record.updated)):
            self.indexes.add(record)


class WindowFinder:
    """Answers queries on one board. Keeps the last text's matches and the last order until they are outdated."""

    def __init__(self, board: TaskBoard) -> None:
        self._board = board
        self._search: TaskSearch | None = None
        self._order: _Order | None = None

    def find(self, query: TaskQuery, now: float) -> _Work:
        """Work out the window of ``query``; drive the generator to its end."""
        query = _bounded(query)
        indexes = self._board.indexes
        if query.text.removeprefix("!").strip():
            search = self._searched(query.text)
            if not search.complete:
                yield from search.fill(self._board)
            indexes = search.indexes
        elif self._search is not None:
            self._search = None
            self._board.watch(None)
        chosen = indexes.of(query.states)
        matching = sum(index.count for index in chosen)
        if query.sort == "updated":
            records = page(chosen, query.offset, query.count, query.descending)
        else:
            records = yield from self._sorted(query, chosen, now)
        return TaskWindow(query, tuple(map(row_of, records)), matching)

    def _searched(self, text: str) -> TaskSearch:
        if self._search is None or self._search.text != text:
            self._search = TaskSearch(text)
            self._board.watch(self._search)
        return self._search

    def _sorted(self, query: TaskQuery, chosen: list[TimeIndex], now: float) -> Generator[None, None, list[TaskRecord]]:
        order = self._order
        if order is None or not order.serves(query, now):
            records, pieces = yield from _first_of(chosen, query)
            order = self._order = _Order(query, records, now + min(2.0, 0.1 + pieces * 0.004))
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


def _first_of(chosen: Iterable[TimeIndex], query: TaskQuery) -> Generator[None, None, tuple[list[TaskRecord], int]]:
    """The first ``offset + count`` records in the order of a field; a record without a value comes last."""
    value_of = attrgetter(query.sort)
    wanted = query.offset + query.count
    room = max(4 * wanted, 4 * _PIECE)
    found: list[tuple[Any, TaskRecord]] = []
    without: list[TaskRecord] = []
    pieces = 0
    for index in chosen:
        for piece in index.pieces():
            for start in range(0, len(piece), _PIECE):
                for record in piece[start : start + _PIECE]:
                    value = value_of(record)
                    if value is not None:
                        found.append((value, record))
                    elif len(without) < wanted:
                        without.append(record)
                if len(found) > room:
                    found.sort(key=_BY_KEY, reverse=query.descending)
                    del found[wanted:]
                pieces += 1
                yield
    found.sort(key=_BY_KEY, reverse=query.descending)
    records = [record for _value, record in found[:wanted]]
    return (records + without)[:wanted], pieces


def _bounded(query: TaskQuery) -> TaskQuery:
    """The query with its window and its sort within what can be answered."""
    return msgspec.structs.replace(
        query,
        offset=max(0, query.offset),
        count=min(max(0, query.count), MAX_COUNT),
        sort=query.sort if query.sort in _SORTABLE else "updated",
        text=query.text[:10_000],
    )
