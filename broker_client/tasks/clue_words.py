"""PURE: the clues as lines of evidence: each source, what it said, and when that was true."""

from __future__ import annotations

from collections.abc import Iterator

from broker_client.tasks.clues import NO_LIST, BoardWord, Clues, Evidence, QueueSaid, StoreSaid, WorkersSaid
from broker_client.tasks.plain_text import cut
from broker_client.tasks.result_value import UNREADABLE
from broker_client.tasks.task_record import EVENT, SOURCES, TaskRecord, moments

EVENTS, BACKEND, WORKERS, BROKER = "events", "result backend", "workers", "broker"
_SAID_BY = dict(zip(SOURCES, (EVENTS, BACKEND, WORKERS), strict=True))
_MOST_STEPS = 4
_MOST_CHARS = 200
_MOST_NAMES = 4
_MOST_QUEUES = 10
_HOLDS_NOTHING = frozenset({"deleted", NO_LIST})


def evidence_of(clues: Clues) -> tuple[Evidence, ...]:
    """In the order in which a person asks: who holds it, what is stored, what was told, what waits."""
    lines: list[Evidence] = []
    if clues.workers is not None:
        lines += _workers(clues.workers)
    if clues.store is not None:
        lines += _store(clues.store, clues.board is None or clues.board.record is None)
    if clues.board is not None:
        lines += _board(clues.board)
    if clues.queue is not None:
        lines.append(_queue(clues.queue))
    lines += _others(tuple(queue for queue in clues.others if queue.ready or queue.missing))
    if clues.others and not any(queue.ready for queue in clues.others):
        names = name_list(tuple(queue.name for queue in clues.others))
        lines.append(Evidence(BROKER, f"nothing is ready in {names}", clues.others[0].asked_at))
    if clues.trouble:
        lines.append(Evidence(BROKER, f"could not be asked for its queues: {clues.trouble}", clues.at))
    if clues.unlisted:
        lines.append(Evidence(BROKER, f"could not be asked for all its queues: {clues.unlisted}", clues.at))
    return tuple(lines)


def may_wait(clues: Clues) -> str:
    """Why a task that nobody knows may still wait in a queue; empty = it waits in none."""
    asked = tuple(queue for queue in (clues.queue, *clues.others) if queue is not None)
    waiting = tuple(queue for queue in asked if queue.ready and not queue.searched)
    if waiting:
        told = clues.board is not None and clues.board.sent_events
        why = "if it was sent before Warren began to listen" if told else "nobody told what was sent"
        one = _count(waiting) == 1
        least = "At least " if clues.unlisted else ""
        return f"{least}{_where(waiting)}; it may be {'this one' if one else 'among them'}{' ' if told else ', '}{why}."
    if clues.trouble:
        return f"The broker's queues could not be asked: {clues.trouble}."
    dark = next((queue for queue in asked if queue.missing and queue.missing not in _HOLDS_NOTHING), None)
    if dark is not None:
        return f"The queue {dark.name} could not be asked: {dark.missing}."
    return f"Not all queues could be looked at: {clues.unlisted}." if clues.unlisted else ""


def _where(waiting: tuple[QueueSaid, ...]) -> str:
    """How many messages wait, and where; queues without consumers are called so."""
    left = tuple(queue for queue in waiting if queue.consumers == 0)
    others = tuple(queue for queue in waiting if queue.consumers != 0)
    parts = [(_count(others), name_list(_names(others)))] if others else []
    if left:
        what = "a queue" if len(left) == 1 else "queues"
        parts.append((_count(left), f"{what} that nobody consumes ({name_list(_names(left))})"))
    (first, place), *rest = parts
    said = f"{first:,} {'message waits' if first == 1 else 'messages wait'} in {place}"
    return said + "".join(f" and {count:,} in {place}" for count, place in rest)


def _count(queues: tuple[QueueSaid, ...]) -> int:
    return sum(queue.ready or 0 for queue in queues)


def _names(queues: tuple[QueueSaid, ...]) -> tuple[str, ...]:
    return tuple(queue.name for queue in queues)


def _workers(said: WorkersSaid) -> Iterator[Evidence]:
    if said.trouble:
        yield Evidence(WORKERS, f"could not be asked: {said.trouble}", said.asked_at)
        return
    held = said.held
    if held is not None:
        state = {"active": "runs it", "reserved": "holds it, not started", "scheduled": "holds it for its ETA"}
        at = said.asked_at if said.held_at is None else said.held_at
        yield Evidence(WORKERS, f"{held.worker} {state.get(held.phase, 'holds it')}", at)
    elif said.answered:
        yield Evidence(WORKERS, f"{name_list(said.answered)} answered: none has it", said.asked_at)
    elif not said.silent:
        yield Evidence(WORKERS, "nobody answered: no worker is connected", said.asked_at)
    if said.silent:
        yield Evidence(WORKERS, f"{name_list(said.silent)} did not answer in time", said.asked_at)
    if said.gone:
        be = "is" if len(said.gone) == 1 else "are"
        yield Evidence(BROKER, f"{name_list(said.gone)} {be} not connected: no mailbox there", said.asked_at)
    if said.revoked_by:
        yield Evidence(WORKERS, f"revoked on {name_list(said.revoked_by)}", said.asked_at)


def _store(said: StoreSaid, alone: bool) -> Iterator[Evidence]:
    """``alone``: nobody else tells when the task ended."""
    if said.trouble:
        yield Evidence(BACKEND, f"could not be asked: {said.trouble}", said.asked_at)
        return
    fact = said.fact
    if fact is None:
        nothing = "its key holds something that is no result" if said.odd else "holds nothing under this id"
        yield Evidence(BACKEND, nothing, said.asked_at)
        return
    parts = ["holds what cannot be read" if fact.state == UNREADABLE else f"says {fact.state}"]
    if fact.never_run:
        parts.append("by no worker")
    elif fact.worker:
        parts.append(f"by {fact.worker}")
    yield Evidence(BACKEND, cut(", ".join(parts), _MOST_CHARS), said.asked_at)
    if fact.done_at is not None and alone:
        yield Evidence(BACKEND, "written when it ended", fact.done_at)


def _board(word: BoardWord) -> Iterator[Evidence]:
    record = word.record
    if record is not None:
        yield from _steps(record)
    steps = moments(record.timeline) if record is not None else []
    if not any(step.source == SOURCES[EVENT] for step in steps):
        yield Evidence(EVENTS, _silence(word), word.listening_since)
    if word.sent_events is False:
        yield Evidence(EVENTS, "producers do not tell what they send (task_send_sent_event is off)", word.asked_at)


def _steps(record: TaskRecord) -> Iterator[Evidence]:
    for moment in moments(record.timeline)[-_MOST_STEPS:]:
        source = _SAID_BY[moment.source]
        where = f" to {record.queue}" if moment.what == "sent" and record.queue else ""
        by = f" by {record.worker}" if moment.what != "sent" and record.worker else ""
        yield Evidence(source, f"{moment.what}{where or by}", moment.at)


def _silence(word: BoardWord) -> str:
    if word.events != "live":
        return f"none are heard: the stream is {word.events}"
    return "nothing told of it since Warren began to listen"


def _others(queues: tuple[QueueSaid, ...]) -> Iterator[Evidence]:
    yield from map(_queue, queues[:_MOST_QUEUES])
    rest = queues[_MOST_QUEUES:]
    if rest:
        what = "more queue" if len(rest) == 1 else "more queues"
        yield Evidence(BROKER, f"{_count(rest):,} ready in {len(rest):,} {what}", rest[0].asked_at)


def _queue(said: QueueSaid) -> Evidence:
    source = f"queue {said.name}"
    if said.ready is None:
        return Evidence(source, f"no figure: {said.missing or 'unknown'}", said.asked_at)
    parts = [f"{said.ready:,} ready"]
    if said.consumers is not None:
        parts.append({0: "no consumer", 1: "1 consumer"}.get(said.consumers, f"{said.consumers:,} consumers"))
    if said.place is not None:
        parts.append(f"it stands at place {said.place + 1:,}")
    elif said.searched and said.ready:
        parts.append("it is not among them")
    return Evidence(source, ", ".join(parts), said.asked_at)


def name_list(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown} and {len(names) - _MOST_NAMES} more"
