"""PURE: which values a field has on the board, and how many tasks have each: what completion offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, islice

import msgspec

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.call_text import keys_of, value_at
from broker_client.tasks.query_fields import FIELDS
from broker_client.tasks.task_record import TaskRecord, exception_type

MOST_VALUES = 200
_SAMPLE = 400
"""So many of the newest tasks of each state are looked at for what tasks do not share."""


class ValueCount(msgspec.Struct, frozen=True, array_like=True):
    """A value, and how many tasks have it. ``count`` ``None`` = only some of the newest were looked at."""

    value: str
    count: int | None = None


def values_of(board: TaskBoard, field: str) -> tuple[ValueCount, ...]:
    """The most frequent values of ``field``; ``kwargs.`` = the names of arguments, ``kwargs.user`` = its values."""
    name, _, path = field.partition(".")
    known = FIELDS.get(name)
    if known is not None and known.shared:
        counts: Counter[str] = Counter()
        shelves = ((kind, shelf.count) for kind, shelf in board.indexes.shelves())
        for kind, count in chain(shelves, board.resting.kind_counts()):
            value = getattr(kind, name)
            if value is not None:
                counts[value] += count
        return tuple(ValueCount(value, count) for value, count in counts.most_common(MOST_VALUES))
    if field == "exception":
        return _sampled(board, lambda record: (exception_type(record.exception) or "",))
    if field == "kwargs.":
        return _sampled(board, lambda record: keys_of(record.kwargs or ""))
    if name == "kwargs" and path:
        return _sampled(board, lambda record: (value_at(record.kwargs or "", path) or "",))
    return ()


def _sampled(board: TaskBoard, values_in: Callable[[TaskRecord], tuple[str, ...]]) -> tuple[ValueCount, ...]:
    counts = Counter(value for record in _newest(board) for value in values_in(record) if value)
    return tuple(ValueCount(value) for value, _count in counts.most_common(MOST_VALUES))


def _newest(board: TaskBoard) -> Iterator[TaskRecord]:
    for state in board.counts():
        yield from islice(board.indexes.newest(state), _SAMPLE)
        yield from board.resting.newest(state, _SAMPLE)
