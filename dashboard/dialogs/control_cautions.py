"""PURE: what speaks against a command before it is sent, by what the broker and the workers told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.tasks.consumable_queues import is_offered, why_not_consumed
from broker_client.tasks.control_effect import Control
from broker_client.tasks.task_controls import KEEP_NO_LIMITS, TimeLimit
from broker_client.tasks.worker_controls import AddConsumer, PoolShrink
from broker_client.tasks.worker_telling import Tellings, WorkerTelling
from dashboard.dialogs.known_broker import KnownBroker
from dashboard.look.wording import full_count, sentences, visible

_REMEDY = "Choose a plain queue, or name this one in the worker's task_queues as it is, and start the worker again"


_STAY = frozenset({"solo", "threads"})
"""Pools that refuse to shrink."""


class Ground(NamedTuple):
    """``vhost`` of the profile; ``None`` = the workers do not talk over RabbitMQ."""

    workers: Sequence[str]
    tellings: Tellings
    known: KnownBroker
    vhost: str | None


def objection(command: Control, ground: Ground) -> str:
    """Why this must not be sent, in sentences; empty = nothing known speaks against it."""
    if not isinstance(command, AddConsumer) or ground.vhost is None or command.queue in _own_of_all(ground):
        return ""
    name, known = command.queue, ground.known
    queue, exchange = (
        known.queues.get(QueueKey(ground.vhost, name)),
        known.exchanges.get(ExchangeKey(ground.vhost, name)),
    )
    why = next((why for most in _priorities(ground) if (why := why_not_consumed(name, queue, exchange, most))), "")
    if not why:
        return ""
    ends = "the worker would declare it otherwise, the broker would refuse that, and the worker would end"
    return sentences(f"“{visible(name)}” cannot be added: {why}", ends, _REMEDY)


def loss(command: Control, ground: Ground) -> str:
    """What is lost at workers as large as these, in sentences; empty = nothing that is known."""
    if not isinstance(command, PoolShrink):
        return ""
    told = [(worker, ground.tellings.get(worker, WorkerTelling())) for worker in ground.workers]
    empty = [
        worker
        for worker, telling in told
        if telling.pool_size is not None and telling.pool_kind not in _STAY and telling.pool_size - command.by < 1
    ]
    if not empty:
        return ""
    who = visible(empty[0]) if len(empty) == 1 else f"{full_count(len(empty))} of these workers"
    runs, pool = ("runs", "its pool grows") if len(empty) == 1 else ("run", "their pools grow")
    return f"No process is left: {who} then {runs} no task at all until {pool} again."


def caution(command: Control, ground: Ground) -> str:
    """What this will not do, in sentences; empty = nothing that is known."""
    if not isinstance(command, TimeLimit):
        return ""
    kinds = [kind for telling in _each(ground) if (kind := telling.pool_kind) in KEEP_NO_LIMITS]
    if not kinds:
        return ""
    names = ", ".join(sorted(set(kinds)))
    if len(ground.workers) == 1:
        return f"Its pool ({names}) does not keep time limits: no task is stopped by them."
    return f"Time limits stop no task at {len(kinds)} of these workers: their pools ({names}) do not keep them."


def consumable(ground: Ground) -> tuple[str, ...]:
    """The queues to offer: those that every worker can declare anew, and those that each has as its own."""
    known, own = ground.known, _own_of_all(ground)
    if ground.vhost is None:
        return tuple(sorted({key.name for key in known.queues} | own))
    priorities = _priorities(ground)
    fit = {
        key.name
        for key, queue in known.queues.items()
        if key.vhost == ground.vhost
        and all(is_offered(queue, known.exchanges.get(ExchangeKey(*key)), most) for most in priorities)
    }
    return tuple(sorted(fit | own))


def _own_of_all(ground: Ground) -> frozenset[str]:
    """The queues that each of the workers declares in its own way."""
    told = [telling.queues for telling in _each(ground)]
    return frozenset.intersection(*told) if told else frozenset()


def _priorities(ground: Ground) -> frozenset[int | None]:
    return frozenset(telling.max_priority for telling in _each(ground))


def _each(ground: Ground) -> Iterable[WorkerTelling]:
    return (ground.tellings.get(worker, WorkerTelling()) for worker in ground.workers)
