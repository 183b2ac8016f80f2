"""PURE: who holds it: consumer tag to connection to worker to its tasks.

RabbitMQ knows consumers by their connections, Celery knows workers by their names. What joins them is the mailbox: a
worker consumes its own ``NAME.celery.pidbox`` on the connection on which it consumes its queues (not with gevent or
eventlet, whose mailbox has a connection of its own: those stay without a name).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from broker_client.rabbit.entities import Consumer, QueueKey
from broker_client.tasks.inspection import HeldTask
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
    """Tasks of this queue that its worker says it runs, and has but does not run. ``None`` = it did not say."""

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
    hold."""
    workers = workers_by_connection(consumers)
    counts: dict[tuple[str, str | None, bool], int] = {}
    for task in held:
        place = task.worker, task.queue, task.phase == "active"
        counts[place] = counts.get(place, 0) + 1
    found = []
    for consumer in consumers:
        if is_celerys_own(consumer.queue.name):
            continue
        worker = workers.get(consumer.connection or "")
        knows, name = worker in told, consumer.queue.name
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
                counts.get((worker or "", name, True), 0) if knows else None,
                counts.get((worker or "", name, False), 0) if knows else None,
            )
        )
    return tuple(found)
