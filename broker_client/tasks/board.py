"""PURE: one record per task, folded from events, results and inspections; bounded.

The board knows no clock: every fact comes with ``at``, the moment of its arrival in epoch seconds. ``revision`` grows
with each fact that changed something.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Set
from functools import partial
from itertools import compress
from typing import NamedTuple, Protocol

from broker_client.tasks.attempt_book import AttemptBook
from broker_client.tasks.eta_book import EtaBook
from broker_client.tasks.events import MAX_ID_CHARS, Event
from broker_client.tasks.failure_tally import FailureTally, RecentCount, failure_of
from broker_client.tasks.found_results import FoundResults, note_failures, young_enough
from broker_client.tasks.inspection import Inspection
from broker_client.tasks.kept_texts import KeptTexts
from broker_client.tasks.kin_index import KinIndex
from broker_client.tasks.kind_indexes import Kind, KindIndexes, kind_of
from broker_client.tasks.leaving_order import LeavingOrder
from broker_client.tasks.plain_text import cut
from broker_client.tasks.record_changes import apply_event, apply_held, apply_result
from broker_client.tasks.records import TERMINAL_STATES, TaskSummary
from broker_client.tasks.resting_tasks import RestingTasks
from broker_client.tasks.result_columns import ResultColumns
from broker_client.tasks.result_value import ResultFact
from broker_client.tasks.task_record import TEXT_CHARS, TaskRecord
from broker_client.tasks.task_types import TaskTypeBook
from broker_client.tasks.text_pages import TextPages
from broker_client.tasks.worker_book import WorkerBook

_MAX_STATES = 100
_OTHER_STATE = "OTHER"
_PUSH_CLOCK_TOLERANCE_S = 5.0
_SETTLE_AT = 2000
_LEAVE_FOR_EACH = 4
"""How many leave for each that comes or changes, after the bound was lowered."""
_TIDY_EVERY = 4096
_EVICT_FIRST = ("SUCCESS", "REVOKED", "REJECTED", "FAILURE")
_TRACEBACK_CHARS = 16 << 10
_KEPT_TRACEBACK_CHARS = 8 << 20
_CALL_CHARS = 4 << 10
_KEPT_CALL_CHARS = 8 << 20


class _Before(NamedTuple):
    """Where a record lies, and the texts that are on its page, until the board has settled."""

    kind: Kind
    second: int
    args: str | None
    kwargs: str | None
    exception: str | None


class ChangeWatcher(Protocol):
    """Who is told of each record that changes or goes: the shelf it lies on, and the kind and second it had before."""

    def touch(self, record: TaskRecord, kind: Kind, old: Kind | None, old_second: int) -> None: ...
    def forget(self, record: TaskRecord, kind: Kind, second: int) -> None: ...


class TaskBoard:
    """What became of each task. Not thread-safe: one thread owns it."""

    def __init__(self, max_tasks: int = 200_000) -> None:
        self.max_tasks = max(1, max_tasks)
        self.revision = 0
        self.events_seen = 0
        self.unreadable = 0
        self.sent_heard = 0
        self.received_heard = 0
        self.evicted = 0
        self._indexes = KindIndexes()
        self.texts = TextPages()
        self.workers = WorkerBook()
        self.tracebacks = KeptTexts(_KEPT_TRACEBACK_CHARS)
        self.long_calls = KeptTexts(_KEPT_CALL_CHARS)
        """Arguments and keyword arguments as events told them, parted by ``NUL``, where a record keeps only a part."""
        self._records: dict[str, TaskRecord] = {}
        self.resting = RestingTasks()
        self.types = TaskTypeBook(self._records.get)
        self.etas = EtaBook(self._records.get)
        self.kin = KinIndex()
        self.attempts = AttemptBook()
        self._failures = FailureTally()
        self._finishes = RecentCount()
        self._leaving = LeavingOrder(self._indexes, self.resting, _EVICT_FIRST)
        self._watchers: tuple[ChangeWatcher, ...] = ()
        self._moved: dict[TaskRecord, _Before | None] = {}
        self._settled = 0
        self._pushed: set[str] | None = None

    def __len__(self) -> int:
        self.settle()
        return self._held

    @property
    def indexes(self) -> KindIndexes:
        """Every record on its shelf, as of now. Tasks that rest have none."""
        self.settle()
        return self._indexes

    @property
    def _held(self) -> int:
        return len(self._records) + self.resting.count

    def record(self, task_id: str) -> TaskRecord | None:
        """What is known of a task. Of one that rests it is a record made for this question."""
        record = self._records.get(task_id)
        if record is None and (number := self.resting.find(task_id)) is not None:
            return self.resting.record(number)
        return record

    def watch(self, watcher: ChangeWatcher) -> None:
        """Tell ``watcher`` of every change from now on."""
        self._watchers = (*self._watchers, watcher)

    def unwatch(self, watcher: ChangeWatcher) -> None:
        self._watchers = tuple(one for one in self._watchers if one is not watcher)

    def resize(self, max_tasks: int) -> None:
        """Hold at most ``max_tasks`` from now on; :meth:`let_go` of what is too many."""
        self.max_tasks = max(1, max_tasks)

    @property
    def tells_what_is_sent(self) -> bool | None:
        """Whether producers tell what they send (``task_send_sent_event``); ``None`` = nobody has sent anything yet."""
        return True if self.sent_heard else False if self.received_heard else None

    @property
    def is_crowded(self) -> bool:
        """Whether far more is held than there should be, because the bound was lowered."""
        return self._held > self.max_tasks + 2 * _SETTLE_AT

    @property
    def is_behind(self) -> bool:
        """Whether something is left to do that nobody waits for."""
        return self.texts.is_behind or self.resting.is_behind or self.types.is_behind or self.kin.is_behind

    def catch_up(self) -> None:
        """Do a piece of it, of some milliseconds."""
        if self.texts.is_behind:
            self.texts.write_one()
        elif self.resting.is_behind:
            self.resting.write_one()
        elif self.types.is_behind:
            self.types.count_some()
        elif self.kin.is_behind:
            self.kin.catch_up()

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
        self._change(fact.id, lambda record: apply_result(record, fact, happened, at, pushed), happened or 0.0)

    def take_in(self, columns: ResultColumns, at: float) -> None:
        """Fold results that a scan has found. Tasks never heard of come in together, and rest."""
        found = FoundResults(columns)
        if not self._are_new(found):
            found = FoundResults(self._fresh(found, at))
        if not found:
            return
        self.settle()
        ended = self.workers.ends_of_stored(found.columns, at)
        self._finishes.add_all(ended, at)
        self.types.note_found(found.columns, ended)
        if self._held >= self.max_tasks:
            kept = young_enough(found.columns, ended, _EVICT_FIRST[0], self._leaving.oldest_end(_EVICT_FIRST[0]))
            self.evicted += kept.count(False)
            found, ended = FoundResults(found.columns.only(kept)), array("d", compress(ended, kept))
        if found:
            note_failures(found.columns, ended, self._failures)
            self.kin.note_found(found.columns, ended)
            self.resting.add(found, ended, self.revision + 1)
            self.revision += len(found)
            self._tidy(len(found))

    def _are_new(self, found: FoundResults) -> bool:
        """Whether all of ``found`` may rest, as nearly always: they are heard of here for the first time."""
        is_pushed = self._pushed and not self._pushed.isdisjoint(found.ids)
        is_known = is_pushed or not self._records.keys().isdisjoint(found.ids)
        return not is_known and self._may_rest(found) and self.resting.has_none_of(found)

    def _may_rest(self, found: FoundResults) -> bool:
        return self._indexes.states < _MAX_STATES and self.resting.has_room_for(found.columns)

    def _fresh(self, found: FoundResults, at: float) -> ResultColumns:
        """Those of ``found`` that may rest: heard of here for the first time. The others are folded one by one."""
        pushed: Set[str] = self._pushed or frozenset()
        may_rest, times, rest = self._may_rest(found), Counter(found.ids), []
        for fact in found.columns.facts():
            number = self.resting.find(fact.id)
            known = number is not None or fact.id in self._records or fact.id in pushed or times[fact.id] > 1
            rest.append(may_rest and not known)
            if not rest[-1] and (number is None or not self.resting.says(number, fact)):
                self.fold_result(fact, at, pushed=False)
        return found.columns.only(rest)

    def begin_scan(self) -> None:
        """From now on a pushed value outdates what the scan finds under the same key."""
        self._pushed = set()

    def end_scan(self) -> None:
        self._pushed = None

    def fold_inspection(self, inspection: Inspection, at: float) -> None:
        """Fold what the workers hold. An inspection never moves a task that has finished."""
        self.workers.fold_inspection(inspection, at)
        for held in inspection.held:
            self._change(held.id, partial(apply_held, held=held, asked_at=inspection.asked_at), 0.0)

    def counts(self) -> dict[str, int]:
        """How many tasks there are of each state."""
        return dict(Counter(self.indexes.counts()) + Counter(self.resting.counts()))

    # ---- answers ------------------------------------------------------------------------------------------------

    def summary(self, now: float) -> TaskSummary:
        """Counts over all tasks, and what failed lately."""
        failed, failing = self._failures.last_hour(now)
        ends = (self.indexes.oldest_second(), self.resting.oldest_end())
        oldest = min((end for end in ends if end is not None), default=None)
        return TaskSummary(
            self._held,
            self.counts(),
            failed,
            self._finishes.total(now),
            failing,
            self.events_seen,
            self.evicted,
            float(int(oldest)) if oldest else None,
            self.tells_what_is_sent,
        )

    # ---- inside -------------------------------------------------------------------------------------------------

    def _fold_task_event(self, event: Event, at: float) -> None:
        happened = self.workers.local_time(event.hostname, event.timestamp, at)
        if event.type == "task-sent":
            self.sent_heard += 1
        else:
            self.received_heard += event.type == "task-received"
            self.workers.saw_task_event(event.hostname, at, event.type == "task-started")
        args, kwargs = event.args or "", event.kwargs or ""
        if len(args) > TEXT_CHARS or len(kwargs) > TEXT_CHARS:
            self.long_calls.put(event.uuid, f"{cut(args, _CALL_CHARS)}\0{cut(kwargs, _CALL_CHARS)}")
        if event.traceback:
            self.tracebacks.put(event.uuid, cut(event.traceback, _TRACEBACK_CHARS))
        self._change(event.uuid, lambda record: apply_event(record, event, happened), happened)

    def _time_of_result(self, fact: ResultFact, at: float, pushed: bool) -> float | None:
        """When the stored state came about, by our clock; ``None`` when a scanned value does not tell."""
        done_at = fact.done_at
        if pushed:
            near = done_at is not None and abs(at - done_at) <= _PUSH_CLOCK_TOLERANCE_S
            return min(done_at, at) if near and done_at is not None else at
        if done_at is None:
            return None
        return self.workers.end_of_stored(fact.worker or "", done_at, at)

    def _change(self, task_id: str, apply: Callable[[TaskRecord], None], at: float) -> None:
        """Apply one fact to one record and keep every index right."""
        record = self._records.get(task_id) or self._woken(task_id)
        if record is None:
            record = self._records[task_id] = TaskRecord(task_id)
            self._moved[record] = None
            old_state, old_failure = "", None
            root_id = parent_id = group_id = None
        else:
            if record not in self._moved:
                self._moved[record] = _Before(
                    kind_of(record), int(record.updated), record.args, record.kwargs, record.exception
                )
            old_state = record.state
            root_id, parent_id, group_id = record.root_id, record.parent_id, record.group_id
            old_failure = failure_of(record) if old_state == "FAILURE" else None
        apply(record)
        if at > record.updated:
            record.updated = at
        self.revision += 1
        record.revision = self.revision
        state = record.state
        if state == "FAILURE" or old_failure:
            self._failures.change(old_failure, failure_of(record) if state == "FAILURE" else None)
        if state in TERMINAL_STATES and old_state not in TERMINAL_STATES:
            self._finishes.add(record.finished or at)
            self.types.note(record, at)
        elif state == "RETRY" and old_state != "RETRY":
            self.types.note(record, at)
        if record.eta is not None:
            self.etas.note(record)
        if record.root_id is not root_id or record.parent_id is not parent_id or record.group_id is not group_id:
            self.kin.note(record)
        if state == "FAILURE":
            self.kin.note_failure(record.id, record.state_at, record.exception or "")
        elif state == "RETRY":
            self.attempts.note(record)
        if len(self._moved) >= _SETTLE_AT:
            self.settle()

    def _woken(self, task_id: str) -> TaskRecord | None:
        """A task that has rested until now."""
        number = self.resting.find(task_id)
        if number is None:
            return None
        record = self._records[task_id] = self.resting.record(number)
        self.resting.leave(number)
        self._moved[record] = None
        return record

    def settle(self) -> None:
        """Put what has changed where it belongs now. A task that runs through several states at once moves once."""
        if not self._moved:
            return
        moved, self._moved = self._moved, {}
        indexes = self._indexes
        for record, before in moved.items():
            if not indexes.has_state(record.state) and indexes.states >= _MAX_STATES:
                record.state = _OTHER_STATE
            kind = kind_of(record)
            if before is None:
                indexes.add(record, kind)
                self.texts.put(record)
            else:
                if kind != before.kind or int(record.updated) != before.second:
                    indexes.remove(record, before.kind, before.second)
                    indexes.add(record, kind)
                if (record.args, record.kwargs, record.exception) != before[2:]:
                    self.texts.put(record)
            for watcher in self._watchers:
                old, second = (None, 0) if before is None else (before.kind, before.second)
                watcher.touch(record, indexes.shelf_of(record, kind), old, second)
        self._tidy(len(moved))

    def _tidy(self, changed: int) -> None:
        """Let go of what is too many, and keep the slots of time as wide as what they hold asks for."""
        self.let_go(_LEAVE_FOR_EACH * changed)
        self._settled += changed
        if self._settled >= _TIDY_EVERY:
            self._settled = 0
            self._indexes.widen_as_needed()

    def let_go(self, most: int) -> None:
        """Forget the oldest finished tasks beyond the bound, ``most`` of them at once."""
        self.settle()
        for _ in range(min(most, self._held - self.max_tasks)):
            leaving = self._leaving.next()
            if leaving is None:
                break
            self.evicted += 1
            if isinstance(leaving, TaskRecord):
                self._forget(leaving)
            else:
                self.kin.forget(self.resting.record(leaving))
                self.resting.leave(leaving)
        self.resting.tidy()

    def _forget(self, record: TaskRecord) -> None:
        kind, second = kind_of(record), int(record.updated)
        for watcher in self._watchers:
            watcher.forget(record, kind, second)
        self._indexes.remove(record, kind, second)
        self.texts.drop(record)
        del self._records[record.id]
        self.tracebacks.drop(record.id)
        self.long_calls.drop(record.id)
        self.attempts.drop(record.id)
        self.kin.forget(record)
