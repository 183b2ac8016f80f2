"""PURE: tasks whose sources disagree, as the board and the workers' answers show them. Facts, not judgements."""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterable, Iterator
from heapq import nsmallest
from itertools import islice

import msgspec

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.inspection import ACTIVE, Inspection
from broker_client.tasks.records import TERMINAL_STATES
from broker_client.tasks.registered_tasks import RegisteredTasks
from broker_client.tasks.task_record import TaskRecord

SETTLED_S = 5.0
"""Facts younger than this may still be on their way."""
RESULT_WINDOW_S = 600.0
MOST_TOLD = 20
MOST_SUSPECTS = 200
MOST_LOOKED_AT = 5_000
_NOT_RUNNING = TERMINAL_STATES | {"PENDING", "RECEIVED", "RETRY", "UNKNOWN", "OTHER"}


class StrayTask(msgspec.Struct, frozen=True, array_like=True):
    """One task; ``since`` epoch seconds."""

    id: str
    name: str | None = None
    worker: str | None = None
    since: float | None = None
    state: str = "STARTED"


class StrayGroup(msgspec.Struct, frozen=True, array_like=True):
    """``count`` tasks that share a task name or a queue, one of them by its id, and the oldest time."""

    subject: str
    count: int
    task_id: str
    queue: str | None = None
    since: float | None = None


class HeldCount(msgspec.Struct, frozen=True, array_like=True):
    """How many tasks a worker said it holds."""

    worker: str
    active: int
    reserved: int
    """Reserved and scheduled together."""


class Strays(msgspec.Struct, frozen=True):
    """What does not fit together. ``inspected_at``: when the workers were asked; ``None`` = they were not."""

    at: float
    inspected_at: float | None = None
    held: tuple[HeldCount, ...] = ()
    """One entry for each worker that answered."""
    ghosts: tuple[StrayTask, ...] = ()
    """Running by what was told, and their workers, which answer or have left, have them no more."""
    ghost_count: int = 0
    resultless: tuple[StrayGroup, ...] = ()
    """By task name: succeeded by an event, and the result backend has never told a result."""
    unregistered: tuple[StrayGroup, ...] = ()
    """By task name: sent or refused, and no worker knows the name."""
    waiting: tuple[StrayGroup, ...] = ()
    """By queue: sent and not yet received."""


class Suspect(msgspec.Struct, frozen=True):
    """A task that succeeded by an event, and nothing was ever told to be stored of it."""

    id: str
    name: str
    at: float


def find_strays(
    board: TaskBoard, inspection: Inspection | None, registered: RegisteredTasks, now: float
) -> Generator[None, None, Strays]:
    """Look through the tasks that have not ended and those that failed lately; at most some thousands of each. Yields
    after each piece of a few milliseconds."""
    ghosts: list[TaskRecord] = []
    if inspection is not None:
        is_ghost = _ghost_test(board, inspection, now)
        for state in set(board.indexes.counts()) - _NOT_RUNNING:
            ghosts.extend(filter(is_ghost, latest(board, state)))
            yield
    oldest = nsmallest(MOST_TOLD, ghosts, key=lambda record: record.started or record.state_at)
    pending = [record for record in latest(board, "PENDING") if now - record.updated > SETTLED_S]
    yield
    unregistered = _unregistered(board, pending, registered, now)
    yield
    return Strays(
        now,
        inspection.asked_at if inspection is not None else None,
        _held(inspection) if inspection is not None else (),
        tuple(
            StrayTask(one.id, one.name, one.worker, one.started or one.state_at or None, one.state) for one in oldest
        ),
        len(ghosts),
        (),
        unregistered,
        _grouped((record.queue, record) for record in pending),
    )


def suspects(board: TaskBoard, registered: RegisteredTasks, now: float) -> tuple[Suspect, ...]:
    """Whose results should be looked for; none while nobody said which tasks ignore their results."""
    found: list[Suspect] = []
    if not registered.by_worker:
        return ()
    for record in latest(board, "SUCCESS", now - RESULT_WINDOW_S):
        age_s = now - (record.finished or record.state_at)
        if len(found) >= MOST_SUSPECTS:
            break
        settled = SETTLED_S < age_s < RESULT_WINDOW_S and not record.stored
        if settled and record.name and record.name not in registered.ignoring:
            found.append(Suspect(record.id, record.name, record.finished or record.state_at))
    return tuple(found)


def with_resultless(strays: Strays, suspected: Iterable[Suspect], present: Container[str]) -> Strays:
    """``strays`` with those of the suspects whose results are not ``present``."""
    by_name: dict[str, list[Suspect]] = {}
    for one in suspected:
        if one.id not in present:
            by_name.setdefault(one.name, []).append(one)
    groups = [
        StrayGroup(name, len(found), found[-1].id, None, min(one.at for one in found))
        for name, found in by_name.items()
    ]
    largest = tuple(sorted(groups, key=lambda group: -group.count)[:MOST_TOLD])
    return msgspec.structs.replace(strays, resultless=largest)


def _ghost_test(board: TaskBoard, inspection: Inspection, now: float) -> Callable[[TaskRecord], bool]:
    """Whether a task that runs by what was told is one that no worker has any more."""
    held = {task.id for task in inspection.held if task.phase == ACTIVE}
    answered = {facts.name for facts in inspection.workers if facts.active is not None}
    gone = {worker for worker, status in board.workers.by_name(now) if status == "offline"}
    expected = answered | gone
    told_before = inspection.asked_at - SETTLED_S

    def is_ghost(record: TaskRecord) -> bool:
        return record.state_at <= told_before and record.id not in held and record.worker in expected

    return is_ghost


def _unregistered(
    board: TaskBoard, pending: Iterable[TaskRecord], registered: RegisteredTasks, now: float
) -> tuple[StrayGroup, ...]:
    def named() -> Iterator[tuple[str | None, TaskRecord]]:
        if registered.by_worker:
            for record in pending:
                if record.name and not registered.knows(record.name):
                    yield record.name, record
        for record in latest(board, "FAILURE", now - RESULT_WINDOW_S):
            if (record.exception or "").startswith("NotRegistered"):
                yield record.name or unregistered_name(record.exception), record

    return _grouped(named())


def unregistered_name(exception: str | None) -> str | None:
    """``shop.pay`` of ``NotRegistered('shop.pay')``."""
    inner = (exception or "").partition("(")[2].rpartition(")")[0].rstrip(",").strip("'\"")
    return inner or None


def _held(inspection: Inspection) -> tuple[HeldCount, ...]:
    return tuple(
        HeldCount(facts.name, facts.active, facts.reserved or 0)
        for facts in inspection.workers
        if facts.active is not None
    )


def _grouped(tasks: Iterable[tuple[str | None, TaskRecord]]) -> tuple[StrayGroup, ...]:
    """The largest groups."""
    found: dict[str, list[TaskRecord]] = {}
    for subject, record in tasks:
        if subject:
            found.setdefault(subject, []).append(record)
    groups = (_group(subject, records) for subject, records in found.items())
    return tuple(sorted(groups, key=lambda group: -group.count)[:MOST_TOLD])


def _group(subject: str, records: list[TaskRecord]) -> StrayGroup:
    oldest = min(records, key=lambda record: record.updated)
    return StrayGroup(subject, len(records), oldest.id, oldest.queue, oldest.sent or oldest.updated or None)


def latest(board: TaskBoard, state: str, since: float = 0.0) -> list[TaskRecord]:
    """Tasks of ``state`` that changed after ``since``, in no order: at most so many that folding hardly waits."""
    found: list[TaskRecord] = []
    for _kind, shelf in board.indexes.shelves((state,)):
        for place in reversed(shelf.places(since)):
            found.extend(islice(shelf.at(place), MOST_LOOKED_AT - len(found)))
            if len(found) == MOST_LOOKED_AT:
                return found
    return found
