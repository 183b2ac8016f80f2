"""PURE: which tasks wait for their time: sent or received with an ETA, and not started."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from broker_client.tasks.records import TaskRow
from broker_client.tasks.task_record import TaskRecord, row_of

MOST_SHOWN = 1_000
OVERDUE_KEPT_S = 3_600.0
_WAITING = frozenset({"PENDING", "RECEIVED", "RETRY"})


class Etas(msgspec.Struct, frozen=True):
    """The tasks that are due first, and how many there are in all."""

    total: int = 0
    rows: tuple[TaskRow, ...] = ()


class EtaBook:
    """Ids of tasks that wait; the records themselves are the board's."""

    def __init__(self, find: Callable[[str], TaskRecord | None]) -> None:
        self._find = find
        self._due: dict[str, float] = {}

    def note(self, record: TaskRecord) -> None:
        """A record that has an ETA has changed."""
        if record.eta is not None and record.state in _WAITING:
            self._due[record.id] = record.eta
        else:
            self._due.pop(record.id, None)

    def rows(self, now: float) -> Etas:
        """Who waits now, the next one first. One that is long overdue is no longer counted: its worker has gone."""
        for task_id, due in tuple(self._due.items()):
            record = self._find(task_id)
            if record is None or record.state not in _WAITING or due < now - OVERDUE_KEPT_S:
                del self._due[task_id]
        first = sorted(self._due.items(), key=lambda item: item[1])[:MOST_SHOWN]
        records = (self._find(task_id) for task_id, _due in first)
        return Etas(len(self._due), tuple(row_of(record) for record in records if record is not None))
