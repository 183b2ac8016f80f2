"""The columns of a queue table: what RabbitMQ's own page shows, in a person's words, worst queue first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Queue, QueueKey
from dashboard.look import wording
from dashboard.models import queue_features, queue_wording
from dashboard.models.keyed_table import Column, KeyedTable

OVERVIEW_COLUMNS = frozenset(
    {"status", "name", "type", "ready", "unacked", "rate_in", "rate_out", "trend", "consumers", "memory", "drain"}
)
"""What the overview's short table shows at first."""

DEFAULT_ORDER = "status"


def queue_columns() -> tuple[Column, ...]:
    """All columns in their usual order; those that every operator wants are shown at first."""
    return (*_identity(), *_counts(), *_sizes(), *_rates(), *_outlook())


def overview_columns() -> tuple[Column, ...]:
    """The same columns with the overview's choice of what is shown at first."""
    return tuple(replace(column, shown=column.id in OVERVIEW_COLUMNS) for column in queue_columns())


def queue_key(row: QueueRow) -> QueueKey:
    """The identity of a row."""
    return row.key


def queue_table(columns: tuple[Column, ...]) -> KeyedTable:
    """An empty model of queues."""
    return KeyedTable(columns, queue_key)


def _identity() -> tuple[Column, ...]:
    return (
        Column(
            id="status",
            title="Status",
            kind="pill",
            text=lambda row: queue_wording.status_words(row).word,
            value=queue_wording.severity,
            tone=lambda row: queue_wording.status_words(row).tone,
            width_hint=132,
            help="The worst that can be said of the queue. Sorting by it puts trouble on top.",
        ),
        _word("vhost", "Virtual host", lambda queue: queue.vhost, 110, "The virtual host that holds the queue."),
        Column(
            id="name",
            title="Queue",
            kind="strong",
            text=lambda row: row.queue.name or "(no name)",
            value=lambda row: row.queue.name.casefold(),
            width_hint=200,
            help="The queue's name.",
            stretch=True,
        ),
        _word("type", "Type", lambda queue: queue.type, 74, "classic, quorum or stream.", shown=True),
        Column(
            id="features",
            title="Features",
            kind="text",
            text=lambda row: queue_features.badges(row.queue),
            value=lambda row: queue_features.badges(row.queue),
            tip=lambda row: queue_features.feature_words(row.queue),
            width_hint=120,
            help="D durable, AD auto-delete, Excl exclusive, TTL, limits, dead-lettering, priorities: hover for more.",
            shown=False,
        ),
        _word("policy", "Policy", lambda queue: queue.policy, 110, "The policy that applies to the queue."),
        _word("node", "Node", lambda queue: queue.leader or queue.node, 150, "The node of the queue or of its leader."),
        _word(
            "state",
            "State",
            lambda queue: queue.state,
            84,
            "What the broker itself says: running, flow, minority, down.",
        ),
    )


def _counts() -> tuple[Column, ...]:
    return (
        _count(
            "ready",
            "Ready",
            lambda queue: queue.ready,
            "Messages that wait for a consumer.",
            True,
            queue_wording.ready_tone,
        ),
        _count("unacked", "Unacked", lambda queue: queue.unacked, "Delivered and not yet acknowledged.", True),
        _count("total", "Total", lambda queue: queue.total, "Ready and unacknowledged together."),
        _count("in_memory", "In memory", lambda queue: queue.in_memory, "Messages that the broker keeps in memory."),
        _count(
            "persistent", "Persistent", lambda queue: queue.persistent, "Messages that survive a restart of the broker."
        ),
    )


def _sizes() -> tuple[Column, ...]:
    return (
        _size("ready_bytes", "Ready size", lambda queue: queue.ready_bytes, "Bodies of ready messages."),
        _size("unacked_bytes", "Unacked size", lambda queue: queue.unacked_bytes, "Bodies of unacknowledged messages."),
        _size("total_bytes", "Total size", lambda queue: queue.total_bytes, "Bodies of all messages."),
        _size("in_memory_bytes", "In-memory size", lambda queue: queue.in_memory_bytes, "Bodies kept in memory."),
        _size(
            "persistent_bytes",
            "Persistent size",
            lambda queue: queue.persistent_bytes,
            "Bodies of persistent messages.",
        ),
    )


def _rates() -> tuple[Column, ...]:
    return (
        _rate("rate_in", "In /s", lambda queue: queue.rates.publish, "Messages a second that come in.", True),
        _rate("rate_out", "Out /s", lambda queue: queue.rates.deliver_get, "Deliveries and gets a second.", True),
        _rate(
            "redelivered",
            "Redelivered /s",
            lambda queue: queue.rates.redeliver,
            "Messages a second delivered once more.",
        ),
        _rate("acked", "Ack /s", lambda queue: queue.rates.ack, "Acknowledgements a second."),
    )


def _outlook() -> tuple[Column, ...]:
    return (
        Column(
            id="trend",
            title="Depth trend",
            kind="trend",
            text=lambda row: wording.count(row.queue.total),
            value=lambda row: row.queue.total,
            tone=queue_wording.trend_tone,
            samples=lambda row: row.trend,
            width_hint=132,
            help="All messages of the queue over the last samples. A gap is a time without an answer.",
        ),
        _count(
            "consumers", "Consumers", lambda queue: queue.consumers, "Who consumes.", True, queue_wording.consumers_tone
        ),
        Column(
            id="capacity",
            title="Capacity",
            kind="number",
            text=queue_wording.capacity_text,
            value=lambda row: row.queue.consumer_capacity,
            width_hint=84,
            help="Share of the time in which the queue could deliver at once; low means consumers are the bottleneck.",
            shown=False,
        ),
        _size("memory", "Memory", lambda queue: queue.memory_bytes, "Memory of the queue's process.", shown=True),
        Column(
            id="idle_since",
            title="Idle since",
            kind="time",
            text=lambda row: wording.clock(row.queue.idle_since),
            value=lambda row: row.queue.idle_since,
            width_hint=90,
            help="When something last happened in the queue; a dash while it is in use.",
            shown=False,
        ),
        Column(
            id="drain",
            title="Drains in",
            kind="number",
            text=queue_wording.drain_text,
            value=queue_wording.drain_value,
            tone=queue_wording.drain_tone,
            width_hint=90,
            help="How long until the queue is empty if rates stay as they are.",
        ),
    )


def _word(
    identity: str, title: str, read: Callable[[Queue], str | None], width: int, help_text: str, shown: bool = False
) -> Column:
    return Column(
        id=identity,
        title=title,
        kind="text",
        text=lambda row: read(row.queue) or "",
        value=lambda row: read(row.queue),
        tone=lambda _row: "quiet",
        width_hint=width,
        help=help_text,
        shown=shown,
    )


def _count(
    identity: str,
    title: str,
    read: Callable[[Queue], int | None],
    help_text: str,
    shown: bool = False,
    tone: Callable[[QueueRow], str] | None = None,
) -> Column:
    return Column(
        id=identity,
        title=title,
        kind="number",
        text=lambda row: wording.count(read(row.queue)),
        value=lambda row: read(row.queue),
        tone=tone or (lambda row: queue_wording.zero_tone(read(row.queue))),
        width_hint=76,
        help=help_text,
        shown=shown,
    )


def _size(
    identity: str, title: str, read: Callable[[Queue], int | None], help_text: str, shown: bool = False
) -> Column:
    return Column(
        id=identity,
        title=title,
        kind="number",
        text=lambda row: wording.size(read(row.queue)),
        value=lambda row: read(row.queue),
        tone=lambda row: queue_wording.zero_tone(read(row.queue)),
        width_hint=76,
        help=help_text,
        shown=shown,
    )


def _rate(
    identity: str, title: str, read: Callable[[Queue], float | None], help_text: str, shown: bool = False
) -> Column:
    return Column(
        id=identity,
        title=title,
        kind="number",
        text=lambda row: wording.rate(read(row.queue)),
        value=lambda row: read(row.queue),
        tone=lambda row: queue_wording.zero_tone(read(row.queue)),
        width_hint=68,
        help=help_text,
        shown=shown,
    )
