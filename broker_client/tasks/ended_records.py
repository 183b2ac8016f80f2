"""PURE: new records of tasks of which only their stored results are known, made by the thousand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, repeat
from sys import intern
from typing import TypeVar

from broker_client.tasks.record_changes import REPORTED, STATE_STEPS
from broker_client.tasks.result_columns import ResultColumns
from broker_client.tasks.task_record import BACKEND, TaskRecord, pack_moment

_NO_KWARGS = intern("{}")
_Thing = TypeVar("_Thing")


def ended_records(found: ResultColumns, done_at: Sequence[float], revision: int) -> list[TaskRecord]:
    """A record for each, ended ``done_at`` by our clock; the first one gets ``revision``, the others the next ones.

    The columns stand in the order of a record's first fields: no step of Python is taken for a field.
    """
    kind = found.kind
    records = list(
        map(
            TaskRecord,
            found.ids,
            _each([intern(shared.state) for shared in found.kinds], kind),
            done_at,
            done_at,
            count(revision),
            _each([_interned(shared.name) for shared in found.kinds], kind),
            found.args,
            [_NO_KWARGS if text == _NO_KWARGS else text for text in found.kwargs],
            _each([_interned(shared.worker) for shared in found.kinds], kind),
            _each([_interned(shared.queue) for shared in found.kinds], kind),
            done_at,
            found.retries,
            found.results,
            map(pack_moment, done_at, _each(_steps(found), kind), repeat(BACKEND)),
            repeat(True),  # stored
        )
    )
    for place, exception in found.exceptions:
        records[place].exception = exception
    for place, parent in found.parents:
        records[place].parent_id = parent
    for place, group in found.groups:
        records[place].group_id = intern(group)
    return records


def _each(things: Sequence[_Thing], places: Iterable[int]) -> Iterator[_Thing]:
    return map(things.__getitem__, places)


def _steps(found: ResultColumns) -> list[int]:
    return [STATE_STEPS.get(shared.state, REPORTED) for shared in found.kinds]


def _interned(text: str | None) -> str | None:
    return text if text is None else intern(text)
