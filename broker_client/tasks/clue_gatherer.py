"""Asks every source of a profile where one task is: the workers, the result backend, its queue. Changes nothing.

No message is taken or peeked at: see :mod:`queue_looks`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from broker_client.errors import BrokerError, NotFound, Unreachable
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import ExchangeKey
from broker_client.rabbit.management import ManagementClient
from broker_client.tasks.asking import Mailbox
from broker_client.tasks.clues import BoardWord, Clues, QueueSaid, StoreSaid, WorkersSaid
from broker_client.tasks.inspection import RESERVED, SCHEDULED, HeldTask, held_in, held_of
from broker_client.tasks.mailbox import open_mailbox
from broker_client.tasks.pidbox import EXCHANGE, Answers, mailbox_queue
from broker_client.tasks.queue_looks import Looked, queue_looks
from broker_client.tasks.records import TERMINAL_STATES
from broker_client.tasks.result_value import ResultFact, decode_value
from broker_client.tasks.results import ResultReader

WORKERS_WAIT_S = 0.15
"""How long workers may take to answer a round; those that are idle take some milliseconds."""
_MOST_WORKERS = 200
_MOST_QUEUES = 50
_MANAGEMENT_S = 1.0
_MANY_REVOKED, _REVOKED_REST_S = 1_000, 30.0


class ClueGatherer:
    """Keeps its connections between questions. Used by one thread; trouble of a source is told in its clue."""

    def __init__(self, profile: Profile, secrets: Secrets, workers_wait_s: float = WORKERS_WAIT_S) -> None:
        self._profile = profile
        self._secrets = secrets
        self._wait_s = workers_wait_s
        self._queues = queue_looks(profile, secrets)
        self._mailbox: Mailbox | None = None
        self._results: ResultReader | None = None
        self._told_revoked: tuple[str, float, tuple[str, ...]] = ("", 0.0, ())

    def gather(
        self,
        task_id: str,
        board: BoardWord | None = None,
        prefixes: Sequence[bytes] = (b"",),
        queue: str | None = None,
    ) -> Clues:
        """Ask everybody. ``board`` is what the collector knows; without it workers are found by the management API.

        ``queue`` is where it was sent to, when the person who asks knows that.
        """
        record = board.record if board is not None else None
        known = queue or (record.queue if record is not None else None)
        expected, gone, (depths, trouble) = self._connected(task_id, board, known)
        said, consumed = self._ask_workers(task_id, board, expected)
        store = self._ask_store(task_id, prefixes) if self._profile.redis_url else None
        fact = store.fact if store is not None else None
        said = unless_ended(said, fact, board)
        known = known or (fact.queue if fact is not None else None)
        unlisted = ""
        if not trouble:
            unseen = record is None and said.held is None and fact is None
            wanted = consumed[:_MOST_QUEUES] if unseen or not known else ()
            names = [name for name in (known, *wanted) if name and name not in depths]
            answers, trouble = self._queues.look(names, task_id)
            depths |= answers
            if unseen and not trouble:
                more, unlisted = self._queues.look_for_more(depths.keys(), task_id)
                depths |= more
        known = known or next((one.name for one in depths.values() if one.place is not None), None)
        depths = _with_consumers(depths, said, consumed)
        others = tuple(one for name, one in depths.items() if name != known)
        workers = msgspec.structs.replace(said, gone=gone)
        return Clues(task_id, time.time(), board, workers, store, depths.get(known or ""), others, trouble, unlisted)

    def close(self) -> None:
        """Leave the broker and the result backend; the next question connects again."""
        self._queues.close()
        for connection in (self._mailbox, self._results):
            if connection is not None:
                connection.close()
        self._mailbox, self._results = None, None

    # ---- the broker and its workers ----------------------------------------------------------------------------------

    def _connected(
        self, task_id: str, board: BoardWord | None, queue: str | None
    ) -> tuple[frozenset[str], tuple[str, ...], Looked]:
        """Workers that should answer, those that have lost their mailbox, and what was said of the task's queue."""
        names = self._heard_of(board)
        if not self._profile.has_rabbitmq:
            # In Redis a mailbox outlives its worker: it tells nothing.
            return frozenset(names), (), self._queues.look((queue,) if queue else (), task_id)
        mailboxes = {name: mailbox_queue(name) for name in names}
        answers, trouble = self._queues.look((*((queue,) if queue else ()), *mailboxes.values()), task_id)
        gone = tuple(name for name, mailbox in mailboxes.items() if _is_gone(answers.get(mailbox)))
        depths = {name: said for name, said in answers.items() if name == queue}
        return frozenset(names) - set(gone), gone, (depths, trouble)

    def _heard_of(self, board: BoardWord | None) -> tuple[str, ...]:
        """Workers to expect an answer from. Without a board, whoever has bound a mailbox."""
        if board is not None:
            named = (board.record.worker,) if board.record is not None and board.record.worker else ()
            return tuple(dict.fromkeys((*named, *board.workers)))[:_MOST_WORKERS]
        if not (self._profile.has_rabbitmq and self._profile.management_url):
            return ()
        try:
            return self._bound_mailboxes()[:_MOST_WORKERS]
        except BrokerError:
            return ()

    def _bound_mailboxes(self) -> tuple[str, ...]:
        management = ManagementClient(self._profile, self._secrets, deadline_s=_MANAGEMENT_S)
        try:
            bindings = management.bindings_from(ExchangeKey(vhost_of(self._profile), EXCHANGE))
        except NotFound:
            return ()
        finally:
            management.close()
        end = f".{EXCHANGE}"
        return tuple(binding.destination.removesuffix(end) for binding in bindings if binding.destination.endswith(end))

    def _ask_workers(
        self, task_id: str, board: BoardWord | None, expected: frozenset[str]
    ) -> tuple[WorkersSaid, tuple[str, ...]]:
        asked_at = time.time()
        first: dict[str, dict[str, Any]] = {"query_task": {"ids": [task_id]}}
        if board is None:
            first["active_queues"] = {}
        try:
            answers = self._answers(first, expected)
            there = frozenset(answers["query_task"]) or expected
            held, held_at = _queried(answers, task_id), None
            if held is None:
                held, held_at = _inspected(board, there)
            if held_at is None and (held is None or held.phase == SCHEDULED) and answers["query_task"]:
                held = self._scheduled(task_id, board, there, held)
            revoked = self._revoked(task_id, there) if held is None else ()
        except BrokerError as problem:
            self._drop_mailbox()
            return WorkersSaid(asked_at, trouble=str(problem)), board.queues if board is not None else ()
        answered = tuple(sorted(answers["query_task"]))
        silent = tuple(sorted(expected - set(answered)))
        consumed = board.queues if board is not None else _consumed(answers)
        return WorkersSaid(asked_at, held, answered, silent, revoked_by=revoked, held_at=held_at), consumed

    def _scheduled(
        self, task_id: str, board: BoardWord | None, workers: frozenset[str], held: HeldTask | None
    ) -> HeldTask | None:
        """Who holds it for its ETA, and until when."""
        if board is not None and not may_be_scheduled(board, held):
            return held
        answers = self._answers({"scheduled": {}}, workers)
        return next((one for one in held_in(answers["scheduled"], SCHEDULED) if one.id == task_id), held)

    def _revoked(self, task_id: str, workers: frozenset[str]) -> tuple[str, ...]:
        """Workers may list 50,000 ids each: then they are asked of one task once in a while only."""
        asked_for, until, told = self._told_revoked
        if asked_for != task_id or time.monotonic() > until:
            answers = self._answers({"revoked": {}}, workers)["revoked"]
            lists = {worker: ids for worker, ids in answers.items() if isinstance(ids, list)}
            told = tuple(sorted(worker for worker, ids in lists.items() if task_id in ids))
            rest_s = _REVOKED_REST_S if sum(map(len, lists.values())) > _MANY_REVOKED else 0.0
            self._told_revoked = (task_id, time.monotonic() + rest_s, told)
        return told

    def _answers(self, questions: dict[str, dict[str, Any]], expected: frozenset[str]) -> Answers:
        """A connection that was kept may have died since it was last used: then the question is asked once more."""
        if self._mailbox is not None:
            try:
                return self._mailbox.ask(questions, expected, self._wait_s)
            except Unreachable:
                self._drop_mailbox()
        self._mailbox = open_mailbox(self._profile, self._secrets, "warren whereabouts")
        return self._mailbox.ask(questions, expected, self._wait_s)

    def _drop_mailbox(self) -> None:
        if self._mailbox is not None:
            self._mailbox.close()
            self._mailbox = None

    # ---- the result backend ------------------------------------------------------------------------------------------

    def _ask_store(self, task_id: str, prefixes: Sequence[bytes]) -> StoreSaid:
        """Asked after the workers: what ends between the two questions is seen as ended."""
        asked_at = time.time()
        try:
            if self._results is None:
                self._results = ResultReader(self._profile, self._secrets)
            found, ttl_s = self._results.one(task_id, prefixes)
            odd = found is None and bool(self._results.present([task_id], prefixes))
            if odd:  # or it was stored just now
                found, ttl_s = self._results.one(task_id, prefixes)
        except BrokerError as problem:
            self._results = None
            return StoreSaid(asked_at, trouble=str(problem))
        fact = decode_value(task_id, found.value) if found is not None else None
        return StoreSaid(asked_at, fact, ttl_s, odd=odd and found is None)


def _is_gone(said: QueueSaid | None) -> bool:
    return said is not None and said.missing == "deleted"


def _inspected(board: BoardWord | None, workers: frozenset[str]) -> tuple[HeldTask | None, float | None]:
    """Who held it for its ETA when the collector last asked for all that is held, and when that was."""
    held = board.scheduled if board is not None else None
    if board is None or held is None or held.worker not in workers:
        return None, None
    return held, board.inspected_at


def may_be_scheduled(board: BoardWord, held: HeldTask | None) -> bool:
    """Whether workers are to be asked for what they hold for an ETA, which may be long lists: when one of them has it,
    nobody knows until when; or when it has begun to wait since they were asked for all they hold."""
    record = board.record
    if held is not None:
        return record is None or record.eta is None
    if record is None or record.state not in ("PENDING", "RECEIVED", "RETRY"):
        return False
    waits = record.state == "RETRY" or record.eta is not None
    return waits and (board.inspected_at is None or record.state_at > board.inspected_at)


def unless_ended(said: WorkersSaid, fact: ResultFact | None, board: BoardWord | None) -> WorkersSaid:
    """Without what a worker said to hold before the end was stored."""
    since, done_at = said.held_at, fact.done_at if fact is not None else None
    if since is None or fact is None or done_at is None or fact.state not in TERMINAL_STATES:
        return said
    done_at += board.clocks_off.get(fact.worker or "", 0.0) if board is not None else 0.0
    return msgspec.structs.replace(said, held=None, held_at=None) if since < done_at <= time.time() else said


def _with_consumers(told: dict[str, QueueSaid], said: WorkersSaid, consumed: tuple[str, ...]) -> dict[str, QueueSaid]:
    """Redis counts no consumers: when all workers have answered, queues that none of them consumes have none."""
    if said.trouble or said.silent or (said.answered and not consumed):
        return told
    left = {name for name, one in told.items() if one.consumers is None and one.ready is not None} - set(consumed)
    return told | {name: msgspec.structs.replace(told[name], consumers=0) for name in left}


def _queried(answers: Answers, task_id: str) -> HeldTask | None:
    """Who has it, by ``query_task``: ``{worker: {id: [phase, request]}}``."""
    for worker, answer in answers["query_task"].items():
        entry = answer.get(task_id) if isinstance(answer, dict) else None
        if isinstance(entry, list | tuple) and len(entry) == 2 and isinstance(entry[0], str):
            # A worker says "ready" of what it has taken and neither runs nor queues.
            return held_of(entry[1], worker, entry[0] if entry[0] != "ready" else RESERVED)
    return None


def _consumed(answers: Answers) -> tuple[str, ...]:
    """The names of all queues that the workers consume."""
    names: dict[str, None] = {}
    for answer in answers["active_queues"].values():
        for entry in answer if isinstance(answer, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                names[entry["name"]] = None
    return tuple(names)
