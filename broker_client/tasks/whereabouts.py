"""PURE: "where is my task?" One verdict from all the clues, with the evidence it rests on.

The workers' own answer counts most, then the stored result, then what events told, then the queue. A source that was
not asked or did not answer never counts as "no": the verdict is *unknown* then, with the reason.
"""

from __future__ import annotations

from typing import Any

import msgspec

from broker_client.tasks.clue_words import evidence_of, may_wait, name_list
from broker_client.tasks.clues import Clues, QueueSaid, StoreSaid, Whereabouts, WorkersSaid
from broker_client.tasks.inspection import ACTIVE, SCHEDULED, HeldTask
from broker_client.tasks.records import TERMINAL_STATES
from broker_client.tasks.result_value import UNREADABLE, ResultFact
from broker_client.tasks.task_record import TaskRecord

JUST_NOW_S = 2.0
"""Facts that lie so near together may have overtaken each other."""
DEFAULT_EXPIRY_S = 86_400.0
"""Celery keeps results for a day unless the application says otherwise."""

_NO_ANSWER = "no answer is not death: a solo worker is silent while it runs a task"


def whereabouts(clues: Clues) -> Whereabouts:
    """The verdict. Never raises."""
    clues = _by_our_clock(clues)
    found = _Judge(clues).verdict()
    return msgspec.structs.replace(found, evidence=evidence_of(clues))


class _Judge:
    """Looks at the clues in the order of their weight."""

    def __init__(self, clues: Clues) -> None:
        self._clues = clues
        self._board = clues.board
        self._record: TaskRecord | None = clues.board.record if clues.board else None
        self._workers = clues.workers or WorkersSaid(clues.at, trouble="they were not asked")
        self._store = clues.store or StoreSaid(clues.at)
        self._fact: ResultFact | None = self._store.fact

    def verdict(self) -> Whereabouts:
        held, stored, told = self._workers.held, self._stored_end(), self._told_end()
        if held is not None and not self._let_go(held, stored, told):
            return self._held(held)
        if stored is not None:
            return self._ended(stored.state)
        if told is not None:
            return self._ended_unstored(told)
        return self._unfinished()

    # ---- a worker has it ---------------------------------------------------------------------------------------------

    def _let_go(self, held: HeldTask, stored: ResultFact | None, told: TaskRecord | None) -> bool:
        """Whether it ended in spite of the hold. A revoked task stays in its worker until its turn or its ETA comes."""
        if held.phase != ACTIVE and "REVOKED" in (stored and stored.state, told and told.state):
            return True
        return stored is not None and _ended_within(stored, self._workers.asked_at, self._clues.at)

    def _held(self, held: HeldTask) -> Whereabouts:
        again = f" (attempt {self._retries + 1})" if self._retries else ""
        if held.phase == ACTIVE:
            since = held.started or (self._record.started if self._record else None)
            return self._say("running", f"Running on {held.worker}{again}", worker=held.worker, since=since)
        if held.phase == SCHEDULED:
            eta = held.eta or (self._record.eta if self._record else None)
            if self._is_retry:
                words = f"Waiting for its retry{again} on {held.worker}"
                return self._say("retrying", words, worker=held.worker, until=eta)
            return self._say("scheduled", f"Waiting for its ETA on {held.worker}", worker=held.worker, until=eta)
        received = self._record.received if self._record else None
        words = f"Held by {held.worker}, not started: it waits there for a free slot"
        return self._say("held", words, worker=held.worker, since=received)

    # ---- it has ended ------------------------------------------------------------------------------------------------

    def _stored_end(self) -> ResultFact | None:
        """The stored result, when it tells how the task ended and no newer run is known."""
        fact, record = self._fact, self._record
        if fact is None or fact.state not in TERMINAL_STATES:
            return None
        if record is None or record.state in TERMINAL_STATES or fact.done_at is None:
            return fact
        return fact if record.state_at <= fact.done_at + JUST_NOW_S else None

    def _told_end(self) -> TaskRecord | None:
        record = self._record
        return record if record is not None and record.state in TERMINAL_STATES else None

    def _ended(self, state: str) -> Whereabouts:
        fact = self._fact
        assert fact is not None
        left_s = self._store.time_to_live_s
        until = None if left_s is None else self._store.asked_at + left_s
        known: dict[str, Any] = {"worker": self._worker, "since": fact.done_at, "until": until}
        if fact.never_run:
            return self._say("not_run", "Not run: an earlier step of its chain failed", **known)
        if state == "REVOKED":
            return self._say("revoked", f"Revoked{_bracketed(fact.exception)}", self._thrown_away, **known)
        if state == "SUCCESS":
            return self._say("finished", "Finished; its result is there", **known)
        return self._say("finished", f"Failed{_with(fact.exception)}; the failure is stored", **known)

    def _ended_unstored(self, record: TaskRecord) -> Whereabouts:
        """An event or an earlier look told the end, and the result backend holds nothing now."""
        known: dict[str, Any] = {"worker": self._worker, "since": record.finished or record.state_at or None}
        if record.state == "REVOKED":
            return self._say("revoked", "Revoked", self._thrown_away, **known)
        if record.never_run:
            return self._say("not_run", "Not run: an earlier step of its chain failed", **known)
        ended = "Finished" if record.state == "SUCCESS" else f"Failed{_with(record.exception)}"
        if record.state == "REJECTED":
            ended = "Rejected by its worker: the broker dropped it or made it a dead letter"
        if self._clues.store is None:
            return self._say("finished", ended, "This profile names no result backend.", **known)
        if self._store.trouble:
            return self._say("finished", ended, f"Its result could not be read: {self._store.trouble}.", **known)
        if self._fact is not None and self._fact.state == UNREADABLE:
            return self._say("finished", ended, self._unreadable, **known)
        if self._board is not None and self._board.keeps_no_result:
            return self._say("finished", f"{ended}; tasks of this name keep no result", **known)
        if record.stored or self._clues.at - (record.finished or record.state_at) > DEFAULT_EXPIRY_S:
            return self._say("expired", f"{ended}; its result has expired or was forgotten", **known)
        reason = "No result of it was ever seen: the task may ignore it, or the application stores it elsewhere."
        return self._say("finished", f"{ended}; there is no result", reason, **known)

    # ---- it has not ended --------------------------------------------------------------------------------------------

    def _unfinished(self) -> Whereabouts:
        record = self._record
        state = self._unfinished_state
        if not state:
            return self._unseen()
        if state in ("PENDING", "RECEIVED"):
            return self._waiting(record)
        if state == "RETRY":
            return self._retrying()
        if state == UNREADABLE:
            return self._say("unknown", "Unknown: its stored result cannot be read", self._unreadable)
        return self._said_to_run()

    @property
    def _unfinished_state(self) -> str:
        """What the newest of the board and the store says; empty = neither knows it."""
        record, fact = self._record, self._fact
        if record is None:
            return fact.state if fact is not None else ""
        if fact is not None and record.state in ("PENDING", UNREADABLE) and fact.state not in TERMINAL_STATES:
            return fact.state
        return record.state

    def _said_to_run(self) -> Whereabouts:
        """Started, by what was stored or told; none of the workers that answered has it."""
        worker, workers = self._worker, self._workers
        started = (self._record.started or self._record.state_at or None) if self._record else None
        known: dict[str, Any] = {"worker": worker, "since": started}
        where = f" on {worker}" if worker else ""
        if started is not None and started > workers.asked_at - JUST_NOW_S:
            return self._say("running", f"Running{where}: it has just begun", **known)
        if workers.trouble:
            reason = f"The workers could not be asked whether they still have it: {workers.trouble}."
            return self._say("unknown", f"It was running{where} when it was last heard of", reason, **known)
        if worker is None:
            return self._said_to_run_somewhere(known)
        if worker in workers.answered:
            reason = "It ended without a result (Ignore), or the process that ran it was lost."
            return self._say("worker_lost", f"{worker} answers and no longer has it", reason, **known)
        if worker in workers.gone or self._status == "offline":
            reason = "If the task acknowledges late, the broker puts it back into its queue; else it is lost."
            return self._say("worker_lost", f"{worker} ran it and is not connected any more", reason, **known)
        reason = f"{worker} did not answer in time; {_NO_ANSWER}."
        return self._say("running", f"Running{where}, by the last that was heard of it", reason, **known)

    def _said_to_run_somewhere(self, known: dict[str, Any]) -> Whereabouts:
        workers = self._workers
        if workers.silent:
            reason = f"{name_list(workers.silent)} did not answer in time; {_NO_ANSWER}."
            return self._say("unknown", "It has started, nobody says where", reason, **known)
        reason = "It ended without a result (Ignore), or the process that ran it was lost."
        return self._say("worker_lost", "It has started, and no worker that answers has it", reason, **known)

    def _retrying(self) -> Whereabouts:
        eta = self._record.eta if self._record else None
        if self._workers.trouble:
            reason = f"The workers could not be asked: {self._workers.trouble}."
        elif self._workers.silent:
            reason = f"{name_list(self._workers.silent)} did not answer in time and may hold it."
        else:
            reason = "No worker holds it: its message waits in its queue, or for its time at the broker."
        return self._say("retrying", "Waiting for its retry", reason, until=eta, worker=self._worker)

    def _waiting(self, record: TaskRecord | None) -> Whereabouts:
        """Sent or received, and held by none of the workers that answered."""
        queue, workers = self._clues.queue, self._workers
        name = queue.name if queue is not None else record.queue if record is not None else None
        since = record.sent or record.received if record is not None else None
        known: dict[str, Any] = {"queue": name, "since": since}
        if workers.revoked_by:
            words = f"Revoked on {name_list(workers.revoked_by)}: it is thrown away when its turn comes"
            return self._say("revoked", words, **known)
        eta = record.eta if record is not None else None
        if queue is None or queue.ready is None:
            return self._lost_sight(name, queue, known)
        if eta is not None and eta > self._clues.at and not queue.ready:
            return self._say("scheduled", "Waiting for its ETA at the broker", until=eta, **known)
        if queue.ready and (queue.place is not None or not queue.searched):
            return self._in_queue(queue, known)
        if since is not None and since > self._clues.at - JUST_NOW_S:
            return self._say("waiting", f"Just sent to {queue.name}", ahead=0, **known)
        return self._left_its_queue(queue, known)

    def _in_queue(self, queue: QueueSaid, known: dict[str, Any]) -> Whereabouts:
        ready = queue.ready or 0
        board = self._board
        earlier = board.sent_earlier if board is not None else None
        waiting = board.sent_waiting if board is not None else None
        sure = queue.place is not None or (earlier is not None and waiting is not None and waiting >= ready)
        ahead = min(earlier or 0, ready - 1) if sure else ready - 1
        ahead = queue.place if queue.place is not None else ahead
        back = " again: the worker that took it has given it back" if self._was_received else ""
        reason = "Nobody consumes this queue." if queue.consumers == 0 else ""
        if not sure and ready > 1:
            reason = f"{reason} Not everything in the queue was seen when it was sent.".strip()
        words = f"Waiting in queue {queue.name}{back}"
        return self._say("waiting", words, reason, ahead=ahead, ahead_at_most=not sure and ready > 1, **known)

    def _left_its_queue(self, queue: QueueSaid, known: dict[str, Any]) -> Whereabouts:
        """Its queue holds nothing that is ready."""
        workers, worker = self._workers, self._worker
        if workers.trouble:
            reason = f"The workers could not be asked: {workers.trouble}."
        elif worker is not None and worker in workers.silent:
            reason = f"{worker} did not answer in time; {_NO_ANSWER}."
            return self._say("held", f"Held by {worker}, by the last that was heard of it", reason, worker=worker)
        elif workers.silent:
            reason = f"{name_list(workers.silent)} did not answer in time and may hold it."
        elif not workers.answered and queue.consumers:
            reason = f"The queue has {queue.consumers:,} consumers and none answered as a Celery worker."
        else:
            reason = "It was taken by a consumer that is no Celery worker, removed, or it ended and kept no result."
        return self._say("unknown", f"No longer in queue {queue.name}, and no worker has it", reason, **known)

    def _lost_sight(self, name: str | None, queue: QueueSaid | None, known: dict[str, Any]) -> Whereabouts:
        if name is None:
            reason = "No event told which queue it was sent to (task_send_sent_event is off), and no worker has it."
            return self._say("unknown", "It has not begun, as far as anybody knows", reason, **known)
        if queue is not None and queue.missing == "deleted":
            return self._say("unknown", f"It was sent to {name}", "There is no queue of that name any more.", **known)
        why = queue.missing if queue is not None and queue.missing else self._clues.trouble or "nobody told"
        return self._say("unknown", f"It was sent to {name}", f"The queue could not be asked: {why}.", **known)

    def _unseen(self) -> Whereabouts:
        """Neither the board nor the result backend knows the id, and no worker that answered has it."""
        workers, queue = self._workers, self._clues.queue
        if queue is not None and queue.place is not None:
            return self._in_queue(queue, {"queue": queue.name})
        if workers.revoked_by:
            return self._say("revoked", f"Revoked on {name_list(workers.revoked_by)} before it was seen anywhere")
        if self._store.trouble:
            return self._not_known(f"The result backend could not be asked: {self._store.trouble}.")
        if workers.trouble:
            return self._not_known(f"The workers could not be asked: {workers.trouble}.")
        if workers.silent:
            return self._not_known(f"{name_list(workers.silent)} did not answer in time and may hold it.")
        if self._store.odd:
            return self._not_known("What lies under its key in the result backend is no result.")
        waiting = may_wait(self._clues)
        if waiting:
            return self._not_known(waiting)
        reason = "It was never sent here, or it ended before anybody looked and its result is gone."
        return self._say("never_seen", "Never seen", reason)

    def _not_known(self, reason: str) -> Whereabouts:
        return self._say("unknown", "Unknown", reason)

    # ---- what is known of it -----------------------------------------------------------------------------------------

    @property
    def _worker(self) -> str | None:
        told = self._record.worker if self._record is not None else None
        return told or (self._fact.worker if self._fact is not None else None)

    @property
    def _status(self) -> str | None:
        return self._board.worker_status if self._board is not None else None

    @property
    def _retries(self) -> int:
        """The most that is told; 0 when nobody tells. A stored RETRY has the count of the run that failed."""
        told = (self._record.retries if self._record else None) or 0
        fact = self._fact
        if fact is None or fact.retries is None:
            return told
        return max(told, fact.retries + (fact.state == "RETRY"))

    @property
    def _is_retry(self) -> bool:
        return self._retries > 0 or self._unfinished_state == "RETRY"

    @property
    def _thrown_away(self) -> str:
        queue, held = self._clues.queue, self._workers.held
        if held is not None and held.phase != ACTIVE:
            return f"{held.worker} still keeps it and throws it away when its turn comes."
        waits = bool(queue is not None and queue.ready and self._workers.revoked_by)
        return "A message of it that still waits is thrown away when its turn comes." if waits else ""

    @property
    def _unreadable(self) -> str:
        """Why nobody can tell what was stored."""
        if self._fact is None:
            return "It could not be read when it was seen, and the result backend does not show it now."
        return f"What the result backend holds cannot be read: {self._fact.exception or 'it names no state'}."

    @property
    def _was_received(self) -> bool:
        return self._record is not None and self._record.state == "RECEIVED"

    def _say(self, verdict: str, words: str, reason: str = "", **known: Any) -> Whereabouts:
        record, fact, held = self._record, self._fact, self._workers.held
        names = (one.name for one in (record, fact, held) if one is not None)
        known.setdefault("queue", next((q for q in (record and record.queue, held and held.queue) if q), None))
        name = next((name for name in names if name), None)
        nobody_tells = (record is None and fact is None) or (self._is_retry and not self._retries)
        retries = None if nobody_tells else self._retries
        return Whereabouts(self._clues.task_id, self._clues.at, verdict, words, reason, name, retries=retries, **known)


def _by_our_clock(clues: Clues) -> Clues:
    """The stored end moved into our time, where the clock of its worker is known to be off."""
    board, store = clues.board, clues.store
    fact = store.fact if store is not None else None
    behind_s = board.clocks_off.get(fact.worker or "") if board is not None and fact is not None else None
    if store is None or fact is None or fact.done_at is None or behind_s is None:
        return clues
    fact = msgspec.structs.replace(fact, done_at=fact.done_at + behind_s)
    return msgspec.structs.replace(clues, store=msgspec.structs.replace(store, fact=fact))


def _ended_within(fact: ResultFact, asked_at: float, now: float) -> bool:
    """The end was stored after the worker had said that it holds the task. An end that is yet to come, by a clock
    that nobody has measured, says nothing against the hold."""
    return fact.done_at is not None and asked_at - JUST_NOW_S < fact.done_at <= now + JUST_NOW_S


def _with(exception: str | None) -> str:
    return f" with {exception}" if exception else ""


def _bracketed(exception: str | None) -> str:
    """Why it was revoked, as the backend tells it: ``(expired)``."""
    inner = (exception or "").partition("(")[2].rpartition(")")[0].strip("'\"")
    return f" ({inner})" if inner and inner != "revoked" else ""
