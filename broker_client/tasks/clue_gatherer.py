"""Asks every source of a profile where one task is: the workers, the result backend, its queue. Changes nothing.

No message is taken or peeked at: of a queue only its depth is asked, which leaves its order alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from broker_client.errors import BrokerError, NotFound
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import DepthProbe, vhost_of
from broker_client.rabbit.entities import Depth, ExchangeKey, QueueKey
from broker_client.rabbit.management import ManagementClient
from broker_client.tasks.clues import BoardWord, Clues, QueueSaid, StoreSaid, WorkersSaid
from broker_client.tasks.inspection import RESERVED, SCHEDULED, HeldTask, held_in, held_of
from broker_client.tasks.pidbox import EXCHANGE, Answers, mailbox_queue
from broker_client.tasks.rabbit_mailbox import RabbitMailbox
from broker_client.tasks.result_value import decode_value
from broker_client.tasks.results import ResultReader

WORKERS_WAIT_S = 0.15
"""How long workers may take to answer a round; those that are idle take some milliseconds."""
_MOST_WORKERS = 200
_MOST_QUEUES = 50
_PROBE_S = 1.0
_MANAGEMENT_S = 1.0
T = TypeVar("T")


class ClueGatherer:
    """Keeps its connections between questions. Used by one thread; trouble of a source is told in its clue."""

    def __init__(self, profile: Profile, secrets: Secrets, workers_wait_s: float = WORKERS_WAIT_S) -> None:
        self._profile = profile
        self._secrets = secrets
        self._wait_s = workers_wait_s
        self._vhost = vhost_of(profile) if profile.has_rabbitmq else ""
        self._mailbox: RabbitMailbox | None = None
        self._probe: DepthProbe | None = None
        self._results: ResultReader | None = None

    def gather(
        self,
        task_id: str,
        board: BoardWord | None = None,
        prefixes: Iterable[bytes] = (b"",),
        queue: str | None = None,
    ) -> Clues:
        """Ask everybody. ``board`` is what the collector knows; without it workers are found by the management API.

        ``queue`` is where it was sent to, when the person who asks knows that.
        """
        record = board.record if board is not None else None
        known = queue or (record.queue if record is not None else None)
        workers, depths, consumed, trouble = self._ask_broker(task_id, board, known)
        store = self._ask_store(task_id, prefixes) if self._profile.redis_url else None
        known = known or (store.fact.queue if store is not None and store.fact is not None else None)
        others: tuple[QueueSaid, ...] = ()
        if workers is not None and known not in depths and not trouble:
            wanted = (known,) if known else consumed
            answers, trouble = self._probed(wanted[:_MOST_QUEUES])
            depths |= answers
            others = () if known else tuple(answers.values())
        return Clues(task_id, time.time(), board, workers, store, depths.get(known) if known else None, others, trouble)

    def close(self) -> None:
        """Leave the broker and the result backend; the next question connects again."""
        for connection in (self._mailbox, self._probe, self._results):
            if connection is not None:
                connection.close()
        self._mailbox, self._probe, self._results = None, None, None

    # ---- the broker and its workers ----------------------------------------------------------------------------------

    def _ask_broker(
        self, task_id: str, board: BoardWord | None, queue: str | None
    ) -> tuple[WorkersSaid | None, dict[str, QueueSaid], tuple[str, ...], str]:
        """What workers said, depths, the queues that workers consume, and why the broker could not be asked."""
        if not self._profile.has_rabbitmq:
            return None, {}, (), ""
        expected, gone, depths, trouble = self._connected(board, queue)
        said, consumed = self._ask_workers(task_id, board, expected)
        return msgspec.structs.replace(said, gone=gone), depths, consumed, trouble

    def _connected(
        self, board: BoardWord | None, queue: str | None
    ) -> tuple[frozenset[str], tuple[str, ...], dict[str, QueueSaid], str]:
        """Workers that have a mailbox now, those that lost theirs, and the depth of the task's queue."""
        names = self._heard_of(board)
        mailboxes = {name: mailbox_queue(name) for name in names}
        answers, trouble = self._probed((*mailboxes.values(), *((queue,) if queue else ())))
        gone = tuple(name for name, mailbox in mailboxes.items() if _is_gone(answers.get(mailbox)))
        depths = {queue: answers[queue]} if queue in answers and queue else {}
        return frozenset(names) - set(gone), gone, depths, trouble

    def _heard_of(self, board: BoardWord | None) -> tuple[str, ...]:
        """Workers to expect an answer from. Without a board, whoever has bound a mailbox."""
        if board is not None:
            named = (board.record.worker,) if board.record is not None and board.record.worker else ()
            return tuple(dict.fromkeys((*named, *board.workers)))[:_MOST_WORKERS]
        try:
            return self._bound_mailboxes()[:_MOST_WORKERS] if self._profile.management_url else ()
        except BrokerError:
            return ()

    def _bound_mailboxes(self) -> tuple[str, ...]:
        management = ManagementClient(self._profile, self._secrets, deadline_s=_MANAGEMENT_S)
        try:
            bindings = management.bindings_from(ExchangeKey(self._vhost, EXCHANGE))
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
            held = _queried(answers, task_id)
            revoked: tuple[str, ...] = ()
            if held is None or held.phase == SCHEDULED:
                more = self._answers({"scheduled": {}, "revoked": {}}, frozenset(answers["query_task"]) or expected)
                held = _scheduled(more, task_id) or held
                revoked = _revoked(more, task_id) if held is None else ()
        except BrokerError as problem:
            self._drop_mailbox()
            return WorkersSaid(asked_at, trouble=str(problem)), board.queues if board is not None else ()
        answered = tuple(sorted(answers["query_task"]))
        silent = tuple(sorted(expected - set(answered)))
        consumed = board.queues if board is not None else _consumed(answers)
        return WorkersSaid(asked_at, held, answered, silent, revoked_by=revoked), consumed

    def _answers(self, questions: dict[str, dict[str, Any]], expected: frozenset[str]) -> Answers:
        if self._mailbox is None:
            self._mailbox = RabbitMailbox(self._profile, self._secrets, "warren whereabouts")
        return self._mailbox.ask(questions, expected, self._wait_s)

    def _drop_mailbox(self) -> None:
        if self._mailbox is not None:
            self._mailbox.close()
            self._mailbox = None

    def _probed(self, names: Sequence[str]) -> tuple[dict[str, QueueSaid], str]:
        """Depths by name, and why there are none."""
        if not names:
            return {}, ""
        if self._probe is None:
            self._probe = DepthProbe(self._profile, self._secrets)
        probe, asked_at = self._probe, time.time()
        keys = [QueueKey(self._vhost, name) for name in dict.fromkeys(names)]
        depths, trouble = _tried(lambda: probe.probe(keys, _PROBE_S))
        return {depth.key.name: _queue_said(depth, asked_at) for depth in depths or ()}, trouble

    # ---- the result backend ------------------------------------------------------------------------------------------

    def _ask_store(self, task_id: str, prefixes: Iterable[bytes]) -> StoreSaid:
        """Asked after the workers: what ends between the two questions is seen as ended."""
        asked_at = time.time()
        try:
            if self._results is None:
                self._results = ResultReader(self._profile, self._secrets)
            found, ttl_s = self._results.one(task_id, prefixes)
        except BrokerError as problem:
            self._results = None
            return StoreSaid(asked_at, trouble=str(problem))
        fact = decode_value(task_id, found.value) if found is not None else None
        return StoreSaid(asked_at, fact, ttl_s)


def _tried(question: Callable[[], T]) -> tuple[T | None, str]:
    try:
        return question(), ""
    except BrokerError as problem:
        return None, str(problem)


def _queue_said(depth: Depth, asked_at: float) -> QueueSaid:
    return QueueSaid(depth.key.name, asked_at, depth.ready, depth.consumers, depth.missing)


def _is_gone(said: QueueSaid | None) -> bool:
    return said is not None and said.missing == "deleted"


def _queried(answers: Answers, task_id: str) -> HeldTask | None:
    """Who has it, by ``query_task``: ``{worker: {id: [phase, request]}}``."""
    for worker, answer in answers["query_task"].items():
        entry = answer.get(task_id) if isinstance(answer, dict) else None
        if isinstance(entry, list | tuple) and len(entry) == 2 and isinstance(entry[0], str):
            # A worker says "ready" of what it has taken and neither runs nor queues.
            return held_of(entry[1], worker, entry[0] if entry[0] != "ready" else RESERVED)
    return None


def _scheduled(answers: Answers, task_id: str) -> HeldTask | None:
    """Older workers do not tell of tasks with an ETA when they are queried."""
    return next((held for held in held_in(answers["scheduled"], SCHEDULED) if held.id == task_id), None)


def _revoked(answers: Answers, task_id: str) -> tuple[str, ...]:
    told = answers["revoked"].items()
    return tuple(sorted(worker for worker, ids in told if isinstance(ids, list) and task_id in ids))


def _consumed(answers: Answers) -> tuple[str, ...]:
    """The names of all queues that the workers consume."""
    names: dict[str, None] = {}
    for answer in answers["active_queues"].values():
        for entry in answer if isinstance(answer, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                names[entry["name"]] = None
    return tuple(names)
