"""PURE: who holds it: consumer tag to connection to worker to its tasks.

RabbitMQ knows consumers by their connections, Celery knows workers by their names. What joins them is the mailbox: a
worker consumes its own ``NAME.celery.pidbox`` on the connection on which it consumes its queues (not with gevent or
eventlet, whose mailbox has a connection of its own: those stay without a name).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from broker_client.rabbit.entities import Consumer, QueueKey
from broker_client.tasks.inspection import ACTIVE, HeldTask
from broker_client.tasks.pidbox import EXCHANGE

_SUFFIX = f".{EXCHANGE}"
_OWN_QUEUES = (_SUFFIX, ".reply.celery.pidbox")
_EVENT_QUEUES = "celeryev."


class Holder(msgspec.Struct, frozen=True):
    """One consumer. ``worker`` ``None`` = its connection belongs to no worker that we can name."""

    queue: QueueKey
    tag: str
    connection: str | None
    channel: str | None
    peer: str | None = None
    worker: str | None = None
    prefetch: int | None = None
    unacked: int | None = None
    """Messages that its channel was given and has not acknowledged."""
    running: int | None = None
    waiting: int | None = None
    """Tasks of this queue that its worker says it runs, and has but does not run. ``None`` = it did not say, or holds
    some whose queue cannot be told."""
    unplaced: int = 0
    """Tasks of any queue that its worker says it holds, and whose queue cannot be told."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.channel or self.connection or "", self.tag, self.queue.name


def workers_by_connection(consumers: Sequence[Consumer]) -> dict[str, str]:
    """The broker's name of a connection to the name of the worker that listens to its mailbox there."""
    return {
        consumer.connection: consumer.queue.name.removesuffix(_SUFFIX)
        for consumer in consumers
        if consumer.connection and consumer.queue.name.endswith(_SUFFIX)
    }


def is_celerys_own(queue: str) -> bool:
    """Whether the queue serves remote control or events, not tasks."""
    return queue.endswith(_OWN_QUEUES) or queue.startswith(_EVENT_QUEUES)


def holders(
    consumers: Sequence[Consumer], unacked: Mapping[str, int], held: Sequence[HeldTask], told: frozenset[str]
) -> tuple[Holder, ...]:
    """Every consumer of a queue of tasks. ``unacked`` is by channel, ``told`` are the workers that said what they
    hold; of ``held`` each knows the name of its queue, or ``None`` where that cannot be told."""
    workers = workers_by_connection(consumers)
    counts = _Counts(held, told)
    found = []
    for consumer in consumers:
        if is_celerys_own(consumer.queue.name):
            continue
        worker = workers.get(consumer.connection or "")
        found.append(
            Holder(
                consumer.queue,
                consumer.tag,
                consumer.connection,
                consumer.channel,
                consumer.peer,
                worker,
                consumer.prefetch,
                unacked.get(consumer.channel or ""),
                counts.of(worker, consumer.queue.name, running=True),
                counts.of(worker, consumer.queue.name, running=False),
                counts.unplaced(worker),
            )
        )
    return tuple(found)


def unplaced_words(found: Sequence[Holder]) -> str:
    """Why tasks of ``found`` are not counted, in one sentence; empty = all are."""
    number = sum({one.worker: one.unplaced for one in found}.values())
    if not number:
        return ""
    tasks = "one task came: its" if number == 1 else f"{number:,} tasks came: their"
    return (
        f"it is not known from which queue {tasks} exchange and routing key lead to none, or to several, of the queues "
        "that the worker consumes"
    )


class _Counts:
    """Tasks by worker, queue and whether they run."""

    def __init__(self, held: Sequence[HeldTask], told: frozenset[str]) -> None:
        self._told = told
        self._by_place = Counter((task.worker, task.queue, task.phase == ACTIVE) for task in held)

    def of(self, worker: str | None, queue: str, *, running: bool) -> int | None:
        if worker not in self._told or self._by_place[worker, None, running]:
            return None
        return self._by_place[worker, queue, running]

    def unplaced(self, worker: str | None) -> int:
        return sum(self._by_place[worker or "", None, running] for running in (True, False))
