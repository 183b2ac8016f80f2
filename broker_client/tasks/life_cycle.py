"""PURE: which facts may change the state of a task.

Facts come late, twice and from clocks that differ. A terminal state is never undone by an older fact of the same run;
a newer run of the same id (a retry, a redelivery, a task sent again) starts the record anew.
"""

from __future__ import annotations

from broker_client.tasks.records import TERMINAL_STATES
from broker_client.tasks.task_record import TaskRecord

_RANK = {"PENDING": 0, "RECEIVED": 1, "STARTED": 2, "RETRY": 4}
_CUSTOM_RANK = 3
_LATE_S = 2.0
"""How far two sources of one run may lie apart."""


def rank(state: str) -> int:
    """How far along a run the state is; a user's own state counts as running."""
    return 5 if state in TERMINAL_STATES else _RANK.get(state, _CUSTOM_RANK)


def moves(record: TaskRecord, state: str, at: float, retries: int | None = None) -> bool:
    """Whether a fact "``state`` at ``at``" about the task becomes its present state."""
    if state in TERMINAL_STATES:
        return _finishes(record, at)
    if record.state in TERMINAL_STATES:
        return at > record.state_at
    if at > record.state_at:
        return state != "PENDING"
    if retries is not None and retries > (record.retries or 0):
        return True
    return rank(state) > rank(record.state) and at > record.state_at - _LATE_S


def _finishes(record: TaskRecord, at: float) -> bool:
    if record.state in TERMINAL_STATES:
        return at >= record.state_at
    begun = record.started or record.received
    return begun is None or at > begun - _LATE_S


def begin_run(record: TaskRecord) -> None:
    """Forget how the run before ended: a new run of the same id has begun."""
    record.started = None
    record.finished = None
    record.runtime_s = None
    record.exception = None
    record.result = None
    record.stored = False
    record.never_run = False
