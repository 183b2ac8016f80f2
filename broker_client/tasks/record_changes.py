"""PURE: how one fact changes one record: an event, a stored result, or a worker's word that it holds the task."""

from __future__ import annotations

from sys import intern

from broker_client.tasks.events import MAX_ID_CHARS, Event
from broker_client.tasks.inspection import ACTIVE, SCHEDULED, HeldTask
from broker_client.tasks.life_cycle import begin_run, moves, rank
from broker_client.tasks.plain_text import cut
from broker_client.tasks.records import TERMINAL_STATES
from broker_client.tasks.result_value import ResultFact, epoch_of
from broker_client.tasks.task_record import (
    BACKEND,
    EVENT,
    EXCEPTION_CHARS,
    INSPECTION,
    RESULT_CHARS,
    STEP_CODE,
    TEXT_CHARS,
    TaskRecord,
    with_moment,
)

_SAME_RUN_S = 2.0
_EVENT_STATES = {
    "task-sent": ("PENDING", STEP_CODE["sent"]),
    "task-received": ("RECEIVED", STEP_CODE["received"]),
    "task-started": ("STARTED", STEP_CODE["started"]),
    "task-succeeded": ("SUCCESS", STEP_CODE["succeeded"]),
    "task-failed": ("FAILURE", STEP_CODE["failed"]),
    "task-retried": ("RETRY", STEP_CODE["retried"]),
    "task-revoked": ("REVOKED", STEP_CODE["revoked"]),
    "task-rejected": ("REJECTED", STEP_CODE["rejected"]),
    "task-cancelled": ("RETRY", STEP_CODE["cancelled"]),
}
STATE_STEPS = {state: step for state, step in _EVENT_STATES.values() if step != STEP_CODE["cancelled"]}
REPORTED = STEP_CODE["reported"]


def apply_event(record: TaskRecord, event: Event, happened: float) -> None:
    """Apply a task event that ``happened`` then, by our clock."""
    state, step = _EVENT_STATES.get(event.type, ("", REPORTED))
    if not state:
        state = cut(event.type[5:].upper(), 64) or "PENDING"
    elif state == "REJECTED":
        if event.requeue:
            state, step = "PENDING", STEP_CODE["requeued"]
        elif record.state == "FAILURE":
            state = "FAILURE"
    elif state == "RECEIVED" and event.retries and event.eta is not None:
        state = "RETRY"  # its worker holds it until the time of the retry; the result backend says the same
    record.timeline = with_moment(record.timeline, happened, step, EVENT)
    if step == STEP_CODE["received"]:
        record.received = max(record.received or 0.0, happened)
    _fill_from_event(record, event, state != "PENDING")
    if step == STEP_CODE["sent"]:
        record.sent = happened
        record.queue = intern(event.queue) if event.queue else record.queue
        return
    if state == "PENDING":
        if happened > record.state_at and record.state not in TERMINAL_STATES:
            _enter(record, state, happened)
        return
    if not moves(record, state, happened, event.retries):
        _note_times(record, state, happened)
        if record.state == state and event.runtime is not None:
            record.runtime_s = event.runtime
        return
    if record.state in TERMINAL_STATES and state not in TERMINAL_STATES:
        begin_run(record)
    elif step == STEP_CODE["received"] and record.state != "PENDING":
        record.started = None
    _enter(record, state, happened)
    _note_times(record, state, happened)
    if event.retries is not None:
        record.retries = event.retries
    if state in TERMINAL_STATES:
        record.finished = happened
        record.runtime_s = event.runtime
        _measure_runtime(record)
    if event.exception and not (record.stored and record.exception):
        record.exception = cut(event.exception, EXCEPTION_CHARS)
    elif state == "SUCCESS":
        record.exception = None
    if event.result is not None:
        record.result = cut(event.result, RESULT_CHARS)


def _fill_from_event(record: TaskRecord, event: Event, ran: bool) -> None:
    if event.name is not None:
        record.name = intern(event.name[:TEXT_CHARS])
        record.root_id = record.id if event.root_id == record.id else event.root_id
        record.parent_id = event.parent_id
        if event.args is not None:
            record.args = cut(event.args, TEXT_CHARS)
        if event.kwargs is not None:
            record.kwargs = intern("{}") if event.kwargs == "{}" else cut(event.kwargs, TEXT_CHARS)
        if event.eta is not None:
            record.eta = epoch_of(event.eta)
        if record.retries is None:
            record.retries = event.retries
    if ran and event.hostname and len(event.hostname) <= MAX_ID_CHARS:
        record.worker = intern(event.hostname)


def apply_result(record: TaskRecord, fact: ResultFact, happened: float | None, at: float, pushed: bool) -> None:
    """Apply a stored value that arrived at ``at``; ``happened`` is ``None`` when a scanned value does not tell."""
    state, known = fact.state, record.state
    _fill_from_result(record, fact)
    moved = _result_moves(record, fact, happened, at, pushed)
    if not moved and known != state:
        return
    if moved and (known != state or happened is None or happened > record.state_at + _SAME_RUN_S):
        if known in TERMINAL_STATES and state not in TERMINAL_STATES:
            begin_run(record)
        elif known == state:
            record.finished = None
        _enter(record, state, at if happened is None and known in TERMINAL_STATES else happened or 0.0)
        if happened is not None:
            record.timeline = with_moment(record.timeline, happened, STATE_STEPS.get(state, REPORTED), BACKEND)
            _note_times(record, state, happened)
    record.stored = True
    record.never_run = fact.never_run
    if fact.retries is not None and not (state == "RETRY" and (record.retries or 0) > fact.retries):
        # The word that a retry is due may come after its message was received.
        record.retries = fact.retries
    if state in TERMINAL_STATES and record.finished is None:
        record.finished = happened
        _measure_runtime(record)
    if fact.exception is not None:
        record.exception = cut(fact.exception, EXCEPTION_CHARS)
    elif state == "SUCCESS":
        record.exception = None
    if fact.result is not None and (record.result is None or known != state):
        record.result = cut(fact.result, RESULT_CHARS)


def _result_moves(record: TaskRecord, fact: ResultFact, happened: float | None, at: float, pushed: bool) -> bool:
    """Whether a stored value becomes the present state. The order of the values is certain, their times are not."""
    state = fact.state
    if state in TERMINAL_STATES:
        return moves(record, state, at if happened is None else happened)
    if record.state in TERMINAL_STATES:
        return record.stored
    if pushed:
        return moves(record, state, at, fact.retries)
    if record.state == "PENDING":
        return True
    return state != "RETRY" and rank(state) > rank(record.state)


def _fill_from_result(record: TaskRecord, fact: ResultFact) -> None:
    if fact.name is not None and record.name is None:
        record.name = intern(fact.name[:TEXT_CHARS])
    if fact.args is not None and record.args is None:
        record.args = cut(fact.args, TEXT_CHARS)
    if fact.kwargs is not None and record.kwargs is None:
        record.kwargs = intern("{}") if fact.kwargs == "{}" else cut(fact.kwargs, TEXT_CHARS)
    if fact.worker and len(fact.worker) <= MAX_ID_CHARS:
        record.worker = intern(fact.worker)
    if fact.queue and record.queue is None:
        record.queue = intern(fact.queue[:MAX_ID_CHARS])
    if fact.parent_id and fact.parent_id != record.id and record.parent_id is None:
        record.parent_id = fact.parent_id
    if fact.group_id and len(fact.group_id) <= MAX_ID_CHARS:
        record.group_id = intern(fact.group_id)


def apply_held(record: TaskRecord, held: HeldTask, asked_at: float) -> None:
    """Apply what a worker said it holds when it was asked at ``asked_at``."""
    record.name = record.name or (intern(held.name) if held.name else None)
    record.args = record.args or (held.args and cut(held.args, TEXT_CHARS))
    record.kwargs = record.kwargs or (held.kwargs and cut(held.kwargs, TEXT_CHARS))
    record.queue = record.queue or (intern(held.queue) if held.queue else None)
    record.eta = record.eta or held.eta
    if record.state in TERMINAL_STATES:
        return
    record.worker = intern(held.worker)
    if held.phase == ACTIVE:
        started = min(held.started or asked_at, asked_at)
        record.started = record.started or started
        if record.state in ("PENDING", "RECEIVED") or (record.state == "RETRY" and started > record.state_at):
            record.timeline = with_moment(record.timeline, started, STEP_CODE["started"], INSPECTION)
            _enter(record, "STARTED", started)
    elif record.state == "PENDING":
        step = STEP_CODE["scheduled" if held.phase == SCHEDULED else "received"]
        record.timeline = with_moment(record.timeline, asked_at, step, INSPECTION)
        _enter(record, "RECEIVED", asked_at)
    record.updated = max(record.updated, record.state_at)


def _enter(record: TaskRecord, state: str, at: float) -> None:
    if state != record.state:
        record.state = intern(state)
        record.stored = False
    record.state_at = at


def _note_times(record: TaskRecord, state: str, at: float) -> None:
    """Keep the newest time of each step, also of a step that does not move the state."""
    if state == "RECEIVED" and (record.received is None or at > record.received):
        record.received = at
    elif state == "STARTED" and (record.started is None or at > record.started):
        record.started = at


def _measure_runtime(record: TaskRecord) -> None:
    """Fill the run time from the two ends where no event told it. A start is never later than the end: the backend
    tells of a start when it hears of it, of an end when it was."""
    if record.started is not None and record.finished is not None:
        record.started = min(record.started, record.finished)
        if record.runtime_s is None:
            record.runtime_s = record.finished - record.started
