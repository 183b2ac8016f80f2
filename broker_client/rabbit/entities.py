"""Frozen records of what a RabbitMQ broker holds. They own no behaviour beyond reading themselves.

Every figure that a broker may leave out is ``None`` when it did: *unknown* is never 0. Counts are messages, sizes are
bytes, rates are per second, times are seconds since the epoch (UTC) unless the name says otherwise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec


class QueueKey(NamedTuple):
    """Identity of a queue."""

    vhost: str
    name: str


class ExchangeKey(NamedTuple):
    """Identity of an exchange. The default exchange has the empty name."""

    vhost: str
    name: str


class Rates(msgspec.Struct, frozen=True, gc=False):
    """Message rates per second; ``None`` where the broker keeps no statistics."""

    publish: float | None = None
    confirm: float | None = None
    deliver_get: float | None = None
    """Deliveries and gets together: RabbitMQ's ``deliver_get``."""
    ack: float | None = None
    redeliver: float | None = None
    returned: float | None = None
    """Messages returned as unroutable (``return_unroutable``)."""
    dropped: float | None = None
    """Messages dropped as unroutable (``drop_unroutable``)."""


class Counters(msgspec.Struct, frozen=True):
    """How many messages so far, since the broker began to count; rates are made from two of these."""

    publish: int | None = None
    deliver_get: int | None = None
    ack: int | None = None
    redeliver: int | None = None


class Queue(msgspec.Struct, frozen=True, gc=False):
    """One queue as the management API tells it. Absent statistics are ``None``."""

    vhost: str
    name: str
    type: str = "classic"
    node: str | None = None
    state: str | None = None
    durable: bool | None = None
    auto_delete: bool | None = None
    exclusive: bool | None = None
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)
    policy: str | None = None
    operator_policy: str | None = None
    effective_policy: dict[str, Any] = msgspec.field(default_factory=dict)
    ready: int | None = None
    unacked: int | None = None
    total: int | None = None
    in_memory: int | None = None
    persistent: int | None = None
    ready_bytes: int | None = None
    unacked_bytes: int | None = None
    total_bytes: int | None = None
    in_memory_bytes: int | None = None
    persistent_bytes: int | None = None
    consumers: int | None = None
    consumer_capacity: float | None = None
    """Share of time (0 to 1) in which the queue could deliver at once."""
    memory_bytes: int | None = None
    rates: Rates = Rates()
    counters: Counters = Counters()
    idle_since: float | None = None
    head_timestamp: float | None = None
    """Timestamp property of the message at the head, if the publisher set one."""
    single_active_consumer: str | None = None
    leader: str | None = None
    members: tuple[str, ...] = ()
    online: tuple[str, ...] = ()

    @property
    def key(self) -> QueueKey:
        return QueueKey(self.vhost, self.name)


class Depth(msgspec.Struct, frozen=True, gc=False):
    """What a passive declare said of one queue. ``missing``: why there is no answer ("deleted", "locked" ...)."""

    key: QueueKey
    ready: int | None
    consumers: int | None
    missing: str = ""


class Exchange(msgspec.Struct, frozen=True):
    """One exchange. ``name`` is empty for the default exchange."""

    vhost: str
    name: str
    type: str
    durable: bool | None = None
    auto_delete: bool | None = None
    internal: bool | None = None
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)
    policy: str | None = None
    effective_policy: dict[str, Any] = msgspec.field(default_factory=dict)
    """What the policy sets, when the policies were asked for too."""
    rate_in: float | None = None
    rate_out: float | None = None
    count_in: int | None = None
    """Messages published to it, since the broker began to count."""
    count_out: int | None = None
    """Messages it put into queues and exchanges."""

    @property
    def key(self) -> ExchangeKey:
        return ExchangeKey(self.vhost, self.name)


class Binding(msgspec.Struct, frozen=True):
    """A binding from an exchange to a queue or an exchange (``destination_type``: ``queue`` or ``exchange``)."""

    vhost: str
    source: str
    destination: str
    destination_type: str
    routing_key: str
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)
    properties_key: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """Tells it from every other binding."""
        return (
            self.vhost,
            self.source,
            self.destination,
            self.destination_type,
            self.routing_key,
            self.properties_key,
        )


class Consumer(msgspec.Struct, frozen=True):
    """One consumer of a queue, with the connection that holds it."""

    queue: QueueKey
    tag: str
    connection: str | None = None
    channel: str | None = None
    peer: str | None = None
    user: str | None = None
    ack_required: bool | None = None
    exclusive: bool | None = None
    prefetch: int | None = None
    active: bool | None = None
    activity: str | None = None
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)
    application: str | None = None
    """The name that the client gave its connection."""


class Policy(msgspec.Struct, frozen=True):
    """What is set for all queues or exchanges whose name fits a pattern (a regular expression, found anywhere)."""

    vhost: str
    name: str
    definition: dict[str, Any] = msgspec.field(default_factory=dict)
    pattern: str = ""
    apply_to: str = "all"
    """``all``, ``queues``, ``exchanges``; since 3.12 also ``classic_queues``, ``quorum_queues``, ``streams``."""
    priority: int = 0


class Node(msgspec.Struct, frozen=True):
    """One broker node with what it uses and what limits it."""

    name: str
    running: bool | None = None
    memory_bytes: int | None = None
    memory_limit_bytes: int | None = None
    memory_alarm: bool | None = None
    disk_free_bytes: int | None = None
    disk_limit_bytes: int | None = None
    disk_alarm: bool | None = None
    files_used: int | None = None
    files_limit: int | None = None
    sockets_used: int | None = None
    processes_used: int | None = None
    processes_limit: int | None = None
    uptime_s: float | None = None


class Overview(msgspec.Struct, frozen=True):
    """Totals of the whole broker."""

    rabbitmq_version: str
    erlang_version: str = ""
    cluster_name: str = ""
    node: str = ""
    ready: int | None = None
    unacked: int | None = None
    total: int | None = None
    rates: Rates = Rates()
    counters: Counters = Counters()
    queues: int | None = None
    exchanges: int | None = None
    connections: int | None = None
    channels: int | None = None
    consumers: int | None = None
    exchange_types: tuple[str, ...] = ()


class Sample(NamedTuple):
    """One point of the broker's own history: seconds since the epoch, value (``None`` = a gap)."""

    at: float
    value: float | None


class SampleSeries(msgspec.Struct, frozen=True):
    """A named series of the broker's own history, oldest first. Rates are per second, lengths are messages."""

    name: str
    """``ready``, ``unacked``, ``publish``, ``deliver_get``, ``ack``, ``redeliver``, ``confirm``."""
    samples: tuple[Sample, ...]


class QueueDetail(msgspec.Struct, frozen=True):
    """Everything the detail panel of one queue shows."""

    queue: Queue
    consumers: tuple[Consumer, ...]
    bindings: tuple[Binding, ...]
    history: tuple[SampleSeries, ...]
    policy_definition: dict[str, Any] = msgspec.field(default_factory=dict)


class Whoami(msgspec.Struct, frozen=True):
    """The user we are logged in as."""

    name: str
    tags: tuple[str, ...] = ()
