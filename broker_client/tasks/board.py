"""PURE: one record per task, folded from events, results and inspections; bounded.

The board knows no clock: every fact comes with ``at``, the moment of its arrival in epoch seconds. ``revision`` grows
with each fact that changed something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from sys import intern
from typing import Protocol

from broker_client.tasks.events import MAX_ID_CHARS, Event
from broker_client.tasks.failure_tally import FailureTally, RecentCount
from broker_client.tasks.inspection import ACTIVE, SCHEDULED, HeldTask, Inspection
from broker_client.tasks.kept_texts import KeptTexts
from broker_client.tasks.life_cycle import begin_run, moves, rank
from broker_client.tasks.plain_text import cut
from broker_client.tasks.records import TERMINAL_STATES, TaskSummary
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
    exception_type,
    with_moment,
)
from broker_client.tasks.time_index import StateIndexes
from broker_client.tasks.worker_book import WorkerBook

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
_STATE_STEPS = {state: step for state, step in _EVENT_STATES.values() if step != STEP_CODE["cancelled"]}
_REPORTED = STEP_CODE["reported"]
_MAX_STATES = 100
_OTHER_STATE = "OTHER"
_PUSH_CLOCK_TOLERANCE_S = 5.0
_SAME_RUN_S = 2.0
_EVICT_FIRST = ("SUCCESS", "REVOKED", "REJECTED", "FAILURE")
_TRACEBACK_CHARS = 16 << 10
_Failure = tuple[float, str | None, str | None]
_KEPT_TRACEBACK_CHARS = 8 << 20


class ChangeWatcher(Protocol):
    """Who is told of each record that changes or goes, with the state and the second in which it lay before."""

    def touch(self, record: TaskRecord, old_state: str, old_second: int) -> None: ...
    def forget(self, record: TaskRecord, old_state: str, old_second: int) -> None: ...


class TaskBoard:
    """What became of each task. Not thread-safe: one thread owns it."""

    def __init__(self, max_tasks: int = 200_000) -> None:
        self.max_tasks = max(1, max_tasks)
        self.revision = 0
        self.events_seen = 0
        self.unreadable = 0
        self.evicted = 0
        self.indexes = StateIndexes()
        self.workers = WorkerBook()
        self.tracebacks = KeptTexts(_KEPT_TRACEBACK_CHARS)
        self._records: dict[str, TaskRecord] = {}
        self._failures = FailureTally()
        self._finishes = RecentCount()
        self._watcher: ChangeWatcher | None = None
        self._pushed: set[str] | None = None

    def __len__(self) -> int:
        return len(self._records)

    def record(self, task_id: str) -> TaskRecord | None:
        return self._records.get(task_id)

    def watch(self, watcher: ChangeWatcher | None) -> None:
        """Tell ``watcher`` of every change from now on."""
        self._watcher = watcher

    # ---- facts come in ------------------------------------------------------------------------------------------

    def fold_events(self, events: Iterable[Event], at: float) -> None:
        """Fold events in the order in which they came."""
        for event in events:
            self.events_seen += 1
            kind = event.type
            if kind.startswith("task-"):
                if event.uuid and len(event.uuid) <= MAX_ID_CHARS:
                    self._fold_task_event(event, at)
                else:
                    self.unreadable += 1
            elif kind.startswith("worker-"):
                self.workers.fold_event(event, at)

    def fold_result(self, fact: ResultFact, at: float, pushed: bool) -> None:
        """Fold a stored value: ``pushed`` live by the backend, or found by a scan of what it holds."""
        if len(fact.id) > MAX_ID_CHARS:
            self.unreadable += 1
            return
        if self._pushed is not None:
            if pushed:
                self._pushed.add(fact.id)
            elif fact.id in self._pushed:
                return
        happened = self._time_of_result(fact, at, pushed)
        self._change(fact.id, lambda record: _apply_result(record, fact, happened, at, pushed), happened or 0.0)

    def begin_scan(self) -> None:
        """From now on a pushed value outdates what the scan finds under the same key."""
        self._pushed = set()

    def end_scan(self) -> None:
        self._pushed = None

    def fold_inspection(self, inspection: Inspection, at: float) -> None:
        """Fold what the workers hold. An inspection never moves a task that has finished."""
        self.workers.fold_inspection(inspection, at)
        for held in inspection.held:
            self._change(held.id, partial(_apply_held, held=held, asked_at=inspection.asked_at), 0.0)

    # ---- answers ------------------------------------------------------------------------------------------------

    def summary(self, now: float) -> TaskSummary:
        """Counts over all tasks, and what failed lately."""
        failed, failing = self._failures.last_hour(now)
        seconds = (index.oldest_second for index in self.indexes.by_state.values())
        return TaskSummary(
            len(self._records),
            self.indexes.counts(),
            failed,
            self._finishes.total(now),
            failing,
            self.events_seen,
            self.evicted,
            min((float(second) for second in seconds if second), default=None),
        )

    # ---- inside -------------------------------------------------------------------------------------------------

    def _fold_task_event(self, event: Event, at: float) -> None:
        happened = self.workers.local_time(event.hostname, event.timestamp, at)
        if event.type != "task-sent":
            self.workers.saw_task_event(event.hostname, at)
        if event.traceback:
            self.tracebacks.put(event.uuid, cut(event.traceback, _TRACEBACK_CHARS))
        self._change(event.uuid, lambda record: _apply_event(record, event, happened), happened)

    def _time_of_result(self, fact: ResultFact, at: float, pushed: bool) -> float | None:
        """When the stored state came about, by our clock; ``None`` when a scanned value does not tell."""
        done_at = fact.done_at
        if pushed:
            near = done_at is not None and abs(at - done_at) <= _PUSH_CLOCK_TOLERANCE_S
            return min(done_at, at) if near and done_at is not None else at
        if done_at is None:
            return None
        return self.workers.local_time(fact.worker or "", done_at, at)

    def _change(self, task_id: str, apply: Callable[[TaskRecord], None], at: float) -> None:
        """Apply one fact to one record and keep every index right."""
        record = self._records.get(task_id)
        if record is None:
            record = TaskRecord(task_id)
            apply(record)
            self._records[task_id] = record
            old_state, old_second, old_failure = "", 0, None
        else:
            old_state, old_second = record.state, int(record.updated)
            old_failure = _failure_of(record) if old_state == "FAILURE" else None
            apply(record)
        if at > record.updated:
            record.updated = at
        self.revision += 1
        record.revision = self.revision
        state = record.state
        if state != old_state and state not in self.indexes.by_state and len(self.indexes.by_state) >= _MAX_STATES:
            state = record.state = _OTHER_STATE
        if state != old_state or int(record.updated) != old_second:
            if old_state:
                self.indexes.remove(record, old_state, old_second)
            self.indexes.add(record)
        if state == "FAILURE" or old_failure:
            self._tally_failure(record, old_failure)
        if state in TERMINAL_STATES and old_state not in TERMINAL_STATES:
            self._finishes.add(record.finished or at)
        if self._watcher is not None:
            self._watcher.touch(record, old_state, old_second)
        if len(self._records) > self.max_tasks:
            self._evict()

    def _tally_failure(self, record: TaskRecord, before: _Failure | None) -> None:
        after = _failure_of(record) if record.state == "FAILURE" else None
        if after == before:
            return
        if before is not None and after is not None and before[0] == after[0]:
            self._failures.discard(*before)
        if after is not None:
            self._failures.add(*after)

    def _evict(self) -> None:
        """Forget the oldest finished task, a failed one only when nothing else has finished."""
        by_state = self.indexes.by_state
        for state in (*_EVICT_FIRST, *by_state):
            index = by_state.get(state)
            record = index.pop_oldest() if index is not None else None
            if record is not None:
                if self._watcher is not None:
                    self._watcher.forget(record, state, int(record.updated))
                del self._records[record.id]
                self.tracebacks.drop(record.id)
                self.evicted += 1
                return


def _failure_of(record: TaskRecord) -> _Failure:
    return (record.finished or record.state_at, record.name, exception_type(record.exception))


def _apply_event(record: TaskRecord, event: Event, happened: float) -> None:
    state, step = _EVENT_STATES.get(event.type, ("", _REPORTED))
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


def _apply_result(record: TaskRecord, fact: ResultFact, happened: float | None, at: float, pushed: bool) -> None:
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
            record.timeline = with_moment(record.timeline, happened, _STATE_STEPS.get(state, _REPORTED), BACKEND)
            _note_times(record, state, happened)
    record.stored = True
    record.never_run = fact.never_run
    record.retries = fact.retries if fact.retries is not None else record.retries
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


def _apply_held(record: TaskRecord, held: HeldTask, asked_at: float) -> None:
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
    """Fill the run time from the two ends where no event told it."""
    if record.runtime_s is None and record.started is not None and record.finished is not None:
        record.runtime_s = max(0.0, record.finished - record.started)
