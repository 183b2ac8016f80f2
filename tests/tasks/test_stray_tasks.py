"""Tasks that run by what was told, and that no worker has any more."""

from __future__ import annotations

from typing import Any

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.events import Event
from broker_client.tasks.inspection import Inspection, WorkerFacts
from broker_client.tasks.registered_tasks import RegisteredTasks
from broker_client.tasks.result_value import ResultFact
from broker_client.tasks.stray_tasks import Strays, find_strays

T0, WORKER = 1_790_000_000.0, "w1@h"


def strays_of(board: TaskBoard, asked_at: float) -> Strays:
    """What is found when the worker says that it runs nothing."""
    looking = find_strays(board, Inspection(asked_at, (WorkerFacts(WORKER, active=0),)), RegisteredTasks(), asked_at)
    while True:
        try:
            next(looking)
        except StopIteration as found:
            strays: Strays = found.value
            return strays


def event(kind: str, task_id: str, at: float, **fields: Any) -> Event:
    return Event(f"task-{kind}", uuid=task_id, hostname=WORKER, timestamp=at, **fields)


def test_a_ghost_keeps_the_state_that_it_was_last_told_to_be_in() -> None:
    board = TaskBoard()
    board.fold_events([event("started", "a", T0), event("started", "b", T0 + 1)], T0 + 1)
    board.fold_result(ResultFact("b", "PROGRESS"), T0 + 2, pushed=True)
    strays = strays_of(board, T0 + 60)
    assert [(ghost.id, ghost.state) for ghost in strays.ghosts] == [("a", "STARTED"), ("b", "PROGRESS")]
    assert strays.ghost_count == 2
