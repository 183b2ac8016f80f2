"""PURE: all rows that match a query, handed out piece by piece as they were at one moment: what an export stands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from broker_client.tasks.records import TaskRow
from broker_client.tasks.task_record import TaskRecord, row_of

MOST_ROWS = 1000
"""In one piece."""
Task = TaskRecord | Callable[[], TaskRecord]
"""A record, or what makes one."""


class RowPiece(msgspec.Struct, frozen=True):
    """Rows from ``offset`` on, of ``total`` of the walk ``number``, with all of each text that the board keeps.
    ``problem`` says why there are none."""

    number: int
    total: int = 0
    offset: int = 0
    rows: tuple[TaskRow, ...] = ()
    problem: str = ""


class RowWalks:
    """At most one walk at a time: a new one ends the one before. Keeps which tasks; their rows are as new as asked."""

    def __init__(self) -> None:
        self._number = 0
        self._tasks: Sequence[Task] = ()
        self._next = 0

    def begin(self, tasks: Sequence[Task]) -> RowPiece:
        """The first piece over ``tasks``."""
        self._number += 1
        self._tasks, self._next = tasks, 0
        return self.go_on(self._number)

    def go_on(self, number: int) -> RowPiece:
        """The next piece; it is empty when the walk is over."""
        if number != self._number:
            return RowPiece(number, problem="another export has begun")
        offset, total = self._next, len(self._tasks)
        rows = tuple(map(_row_of, self._tasks[offset : offset + MOST_ROWS]))
        self._next += len(rows)
        if self._next >= total:
            self._tasks, self._next = (), 0
            self._number += not rows
        return RowPiece(number, total, offset, rows)


def _row_of(task: Task) -> TaskRow:
    return whole_row_of(task if isinstance(task, TaskRecord) else task())


def whole_row_of(record: TaskRecord) -> TaskRow:
    """The record as a line whose texts are as long as the record keeps them."""
    return msgspec.structs.replace(
        row_of(record),
        name=record.name,
        args=record.args,
        kwargs=record.kwargs,
        worker=record.worker,
        queue=record.queue,
        exception=record.exception,
    )
