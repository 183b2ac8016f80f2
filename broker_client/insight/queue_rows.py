"""One row of the queue table: what the broker said of a queue, joined with its recent depths and what they mean."""

from __future__ import annotations

import msgspec

from broker_client.rabbit.entities import Queue, QueueKey

TREND_SAMPLES = 60


class QueueRow(msgspec.Struct, frozen=True):
    """``status``: ``running``, ``idle``, ``backlog`` (growing or far behind), ``no_consumer`` (messages wait, nobody
    consumes), ``stuck`` (unacked, nothing acknowledged), ``flow``, ``down`` (minority, down, crashed) or ``unknown``.

    ``drain``: ``empty``, ``steady``, ``growing``, ``never``, ``unknown`` or ``draining`` (then ``drain_s`` says how long).
    ``trend``: at most ``TREND_SAMPLES`` total depths, oldest first, ``trend_interval_s`` apart; ``None`` is a gap.
    """

    queue: Queue
    status: str
    drain: str
    drain_s: float | None = None
    trend: tuple[int | None, ...] = ()
    system: bool = False
    """Queues that Celery or RabbitMQ make for themselves (pidbox, celeryev, reply queues, ``amq.gen-*``)."""

    @property
    def key(self) -> QueueKey:
        return self.queue.key
