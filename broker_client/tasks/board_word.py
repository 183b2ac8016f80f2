"""PURE: what the board can say to the question where one task is."""

from __future__ import annotations

import msgspec

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.clues import BoardWord
from broker_client.tasks.inspection import SCHEDULED, HeldTask
from broker_client.tasks.records import TERMINAL_STATES, StreamHealth
from broker_client.tasks.registered_tasks import RegisteredTasks
from broker_client.tasks.stray_tasks import MOST_LOOKED_AT, latest
from broker_client.tasks.task_record import TaskRecord

_LATE_S = 2.0
"""A worker may take a task up so long after its ETA."""


def board_word(
    board: TaskBoard,
    task_id: str,
    now: float,
    events: StreamHealth,
    registered: RegisteredTasks,
    held: HeldTask | None = None,
    inspected_at: float | None = None,
) -> BoardWord:
    """The board's word on ``task_id``. Its record is copied, so that another thread may read it.

    ``held`` is what the last inspection, at ``inspected_at``, said of it.
    """
    record = board.record(task_id)
    earlier, waiting = _before(board, record) if record is not None else (None, None)
    workers = board.workers
    return BoardWord(
        now,
        msgspec.structs.replace(record) if record is not None else None,
        events.state,
        events.since if events.state == "live" else None,
        board.tells_what_is_sent,
        workers.status(record.worker, now) if record is not None and record.worker else None,
        workers.present(),
        workers.consumed(),
        earlier,
        waiting,
        record is not None and record.name in registered.ignoring,
        held if held is not None and _is_still_scheduled(held, record, inspected_at, now) else None,
        clocks_off=workers.clocks_off(),
        inspected_at=inspected_at,
    )


def _is_still_scheduled(held: HeldTask, record: TaskRecord | None, inspected_at: float | None, now: float) -> bool:
    """Whether nothing has happened to it since, and its time has not come."""
    if held.phase != SCHEDULED or (held.eta is not None and held.eta < now - _LATE_S):
        return False
    if record is None:
        return True
    moved = inspected_at is not None and record.state_at > inspected_at
    return record.state not in TERMINAL_STATES and not moved


def _before(board: TaskBoard, record: TaskRecord) -> tuple[int | None, int | None]:
    """How many of those known to wait in its queue were sent before it, and how many there are; of a crowd nothing."""
    if record.state != "PENDING" or record.sent is None or not record.queue:
        return None, None
    if board.indexes.count_of("PENDING") > MOST_LOOKED_AT:
        return None, None
    earlier = waiting = 0
    for other in latest(board, "PENDING"):
        if other.queue == record.queue:
            waiting += 1
            earlier += other.sent is not None and other.sent < record.sent
    return earlier, waiting
