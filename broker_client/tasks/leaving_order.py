"""PURE: who leaves a full board first: the oldest that finished, and a failed one only when nothing else has."""

from __future__ import annotations

from collections import deque

from broker_client.tasks.kind_indexes import KindIndexes
from broker_client.tasks.resting_tasks import RestingTasks
from broker_client.tasks.task_record import TaskRecord

_AT_ONCE = 4096


class LeavingOrder:
    """Of the records on ``indexes`` and of the tasks in ``resting``; states in ``first`` go before all others."""

    def __init__(self, indexes: KindIndexes, resting: RestingTasks, first: tuple[str, ...]) -> None:
        self._indexes = indexes
        self._resting = resting
        self._first = first
        self._records: dict[str, deque[tuple[TaskRecord, int]]] = {}
        self._numbers: dict[str, deque[int]] = {}
        self._known_numbers = 0

    def next(self) -> TaskRecord | int | None:
        """The record, or the number of the resting task, to forget; ``None`` when there is none at all."""
        for state in (*self._first, *self._indexes.counts()):
            record, number = self._oldest_record(state), self._oldest_number(state)
            if number is not None and (record is None or self._resting.ended(number) < record.updated):
                return self._numbers[state].popleft()
            if record is not None:
                return self._records[state].popleft()[0]
        return None

    def oldest_end(self, state: str) -> float:
        """When the first of ``state`` changed last; 0 when there is none."""
        record, number = self._oldest_record(state), self._oldest_number(state)
        ends = [record.updated] if record is not None else []
        return min([*ends, *([self._resting.ended(number)] if number is not None else [])], default=0.0)

    def _oldest_record(self, state: str) -> TaskRecord | None:
        waiting = self._records.setdefault(state, deque())
        while self._indexes.count_of(state):
            while waiting:
                record, revision = waiting[0]
                if record.revision == revision:
                    return record
                waiting.popleft()
            waiting.extend((record, record.revision) for record in self._indexes.oldest_of(state))
        return None

    def _oldest_number(self, state: str) -> int | None:
        if self._known_numbers != self._resting.size:
            self._known_numbers = self._resting.size
            self._numbers.clear()
        waiting = self._numbers.setdefault(state, deque())
        while self._resting.counts().get(state):
            while waiting:
                if self._resting.rests(waiting[0]):
                    return waiting[0]
                waiting.popleft()
            waiting.extend(self._resting.oldest(state, _AT_ONCE))
        return None
