"""The management API's JSON to entities. Every quirk of the broker lives here, with the version that has it.

PURE. Every field is optional: just after a start a queue comes without ``messages`` and ``state`` (3.10, 4.0), a user
without statistics gets none, and an empty object may come as an empty list (``[]`` for arguments and totals, 3.x).
Raises :class:`BadAnswer` for what is not the JSON that was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from broker_client.errors import BadAnswer
from broker_client.rabbit.entities import (
    Binding,
    Consumer,
    Counters,
    Exchange,
    Node,
    Overview,
    Queue,
    QueueDetail,
    QueueKey,
    Rates,
    Sample,
    SampleSeries,
    Whoami,
)

T = TypeVar("T")

QUEUE_COLUMNS = (
    "vhost,name,type,node,state,durable,auto_delete,exclusive,arguments,policy,operator_policy,effective_policy_definition,"
    "messages,messages_ready,messages_unacknowledged,messages_ram,messages_persistent,"
    "message_bytes,message_bytes_ready,message_bytes_unacknowledged,message_bytes_ram,message_bytes_persistent,"
    "consumers,consumer_capacity,consumer_utilisation,memory,idle_since,head_message_timestamp,"
    "single_active_consumer_tag,single_active_consumer_ctag,leader,members,online,"
    "message_stats.publish,message_stats.deliver_get,message_stats.ack,message_stats.redeliver,"
    "message_stats.publish_details.rate,message_stats.deliver_get_details.rate,message_stats.ack_details.rate,"
    "message_stats.redeliver_details.rate"
)
NODE_COLUMNS = (
    "name,running,mem_used,mem_limit,mem_alarm,disk_free,disk_free_limit,disk_free_alarm,fd_used,fd_total,sockets_used,"
    "proc_used,proc_total,uptime"
)

_LENGTHS = {"ready": "messages_ready", "unacked": "messages_unacknowledged"}
_COUNTERS = {
    "publish": "publish",
    "deliver_get": "deliver_get",
    "ack": "ack",
    "redeliver": "redeliver",
    "confirm": "confirm",
    "returned": "return_unroutable",
    "dropped": "drop_unroutable",
}
_SERIES_RATES = ("publish", "deliver_get", "ack", "redeliver", "confirm")


class QueueWire(msgspec.Struct, gc=False):
    """A queue as it comes. Only the identity has a fixed type; the rest is read with care."""

    name: str
    vhost: str
    type: Any = None
    node: Any = None
    state: Any = None
    durable: Any = None
    auto_delete: Any = None
    exclusive: Any = None
    arguments: Any = None
    policy: Any = None
    operator_policy: Any = None
    effective_policy_definition: Any = None
    messages: Any = None
    messages_ready: Any = None
    messages_unacknowledged: Any = None
    messages_ram: Any = None
    messages_persistent: Any = None
    message_bytes: Any = None
    message_bytes_ready: Any = None
    message_bytes_unacknowledged: Any = None
    message_bytes_ram: Any = None
    message_bytes_persistent: Any = None
    consumers: Any = None
    consumer_capacity: Any = None
    consumer_utilisation: Any = None
    memory: Any = None
    idle_since: Any = None
    head_message_timestamp: Any = None
    single_active_consumer_tag: Any = None
    single_active_consumer_ctag: Any = None
    leader: Any = None
    members: Any = None
    online: Any = None
    message_stats: Any = None
    consumer_details: Any = None
    messages_ready_details: Any = None
    messages_unacknowledged_details: Any = None


class QueuePage(msgspec.Struct):
    """One page of queues and how many pages there are."""

    items: list[QueueWire]
    page_count: int = 1


# ---- bytes to Python ------------------------------------------------------------------------------------------------


def decode(body: bytes, wanted: type[T]) -> T:
    """``body`` as ``wanted``; lone surrogates and broken UTF-8 in names become visible escapes."""
    try:
        value: T = _decoder(cast(Hashable, wanted)).decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as strict:
        return _decode_odd(body, wanted, strict)
    return value


@cache
def _decoder(wanted: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast(type[Any], wanted))


def _decode_odd(body: bytes, wanted: type[T], strict: Exception) -> T:
    try:
        loose = json.loads(body.decode("utf-8", "backslashreplace"))
        return msgspec.convert(_printable(loose), wanted)
    except (ValueError, RecursionError):
        start = body[:60].decode("utf-8", "replace").strip()
        if start.startswith("<"):
            raise BadAnswer("a web page came instead of data", start, "is this the management URL?") from None
        raise BadAnswer("the answer is not the JSON that was asked for", str(strict)) from None


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    return value


def _count(value: Any) -> int | None:
    return value if type(value) is int else int(value) if type(value) is float else None


def _number(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    # 3.x writes an absent text as null, "" or "none".
    return value if isinstance(value, str) and value not in ("", "none", "undefined") else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _map(value: Any) -> dict[str, Any]:
    # An empty object comes as [] from 3.x (bindings, policies, totals).
    return value if isinstance(value, dict) else {}


def _rows(value: Any) -> Iterable[dict[str, Any]]:
    return (row for row in value if isinstance(row, dict)) if isinstance(value, list) else ()


def _epoch(value: Any) -> float | None:
    """Both forms of ``idle_since``: 2026-11-23T09:23:33.208+00:00 (3.9 and later) and 2016-06-01 10:20:30 (before)."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


# ---- queues ---------------------------------------------------------------------------------------------------------

_NO_RATES = Rates()
_NO_COUNTERS = Counters()


def queue_of(wire: QueueWire) -> Queue:
    """One queue; what the broker left out stays ``None``."""
    stats = wire.message_stats if isinstance(wire.message_stats, dict) else None
    capacity = wire.consumer_capacity if wire.consumer_capacity is not None else wire.consumer_utilisation
    return Queue(
        vhost=wire.vhost,
        name=wire.name,
        type=_text(wire.type) or "classic",
        node=_text(wire.node),
        state=_text(wire.state),
        durable=_flag(wire.durable),
        auto_delete=_flag(wire.auto_delete),
        exclusive=_flag(wire.exclusive),
        arguments=_map(wire.arguments),
        policy=_text(wire.policy),
        operator_policy=_text(wire.operator_policy),
        effective_policy=_map(wire.effective_policy_definition),
        ready=_count(wire.messages_ready),
        unacked=_count(wire.messages_unacknowledged),
        total=_count(wire.messages),
        in_memory=_count(wire.messages_ram),
        persistent=_count(wire.messages_persistent),
        ready_bytes=_count(wire.message_bytes_ready),
        unacked_bytes=_count(wire.message_bytes_unacknowledged),
        total_bytes=_count(wire.message_bytes),
        in_memory_bytes=_count(wire.message_bytes_ram),
        persistent_bytes=_count(wire.message_bytes_persistent),
        consumers=_count(wire.consumers),
        consumer_capacity=_number(capacity),
        memory_bytes=_count(wire.memory),
        rates=_NO_RATES if stats is None else _last_rates(stats),
        counters=_NO_COUNTERS if stats is None else _counters(stats),
        idle_since=_epoch(wire.idle_since),
        head_timestamp=_number(wire.head_message_timestamp),
        # Quorum queues of 3.10 spell it "ctag".
        single_active_consumer=_text(wire.single_active_consumer_tag) or _text(wire.single_active_consumer_ctag),
        leader=_text(wire.leader),
        members=_texts(wire.members),
        online=_texts(wire.online),
    )


def queues_of(page: QueuePage) -> list[Queue]:
    return [queue_of(wire) for wire in page.items]


def _counters(stats: Mapping[str, Any]) -> Counters:
    get = stats.get
    return Counters(_count(get("publish")), _count(get("deliver_get")), _count(get("ack")), _count(get("redeliver")))


def _last_rates(stats: Mapping[str, Any]) -> Rates:
    def rate(name: str) -> float | None:
        return _number(_map(stats.get(f"{name}_details")).get("rate"))

    return Rates(**{field: rate(name) for field, name in _COUNTERS.items()})


def queue_detail_of(wire: QueueWire, bindings: Sequence[Binding]) -> QueueDetail:
    queue = queue_of(wire)
    stats = _map(wire.message_stats)
    lengths = {
        "messages_ready_details": wire.messages_ready_details,
        "messages_unacknowledged_details": wire.messages_unacknowledged_details,
    }
    return QueueDetail(
        queue=msgspec.structs.replace(queue, rates=sampled_rates(stats) if stats else queue.rates),
        consumers=tuple(_consumer(row, queue.key) for row in _rows(wire.consumer_details)),
        bindings=tuple(bindings),
        history=history_of(lengths, stats),
        policy_definition=queue.effective_policy,
    )


def _consumer(row: dict[str, Any], key: QueueKey) -> Consumer:
    channel = _map(row.get("channel_details"))
    host, port = _text(channel.get("peer_host")), _count(channel.get("peer_port"))
    return Consumer(
        queue=key,
        tag=str(row.get("consumer_tag", "")),
        connection=_text(channel.get("connection_name")),
        channel=_text(channel.get("name")),
        peer=f"{host}:{port}" if host and port is not None else host,
        user=_text(channel.get("user")),
        ack_required=_flag(row.get("ack_required")),
        exclusive=_flag(row.get("exclusive")),
        prefetch=_count(row.get("prefetch_count")),
        active=_flag(row.get("active")),
        activity=_text(row.get("activity_status")),
        arguments=_map(row.get("arguments")),
    )


# ---- the broker's own history ---------------------------------------------------------------------------------------


def history_of(lengths: Mapping[str, Any], stats: Mapping[str, Any]) -> tuple[SampleSeries, ...]:
    """Every series the answer has samples for, oldest first; rates are made from the samples of the counters."""
    found = [SampleSeries(name, _lengths(_samples(lengths.get(f"{key}_details")))) for name, key in _LENGTHS.items()]
    found += [SampleSeries(name, _slopes(_samples(stats.get(f"{_COUNTERS[name]}_details")))) for name in _SERIES_RATES]
    return tuple(series for series in found if series.samples)


def sampled_rates(stats: Mapping[str, Any]) -> Rates:
    """Rates over the newest full samples.

    The broker's ``rate`` is the slope of its last two samples and falls to 0.0 while the newest one waits for the
    next statistics event (3.10, 4.0), so a steady stream would flicker.
    """

    def rate(key: str) -> float | None:
        details = _map(stats.get(f"{key}_details"))
        samples = _samples(details)
        return recent_slope(samples) if len(samples) > 2 else _number(details.get("rate"))

    return Rates(**{field: rate(key) for field, key in _COUNTERS.items()})


def recent_slope(samples: Sequence[tuple[float, float]]) -> float:
    """Per second over two steps; up to two newest samples that did not move are taken as not filled yet."""
    last = len(samples) - 1
    for _ in range(2):
        if last > 2 and samples[last][1] == samples[last - 1][1]:
            last -= 1
    first = max(0, last - 2)
    seconds = samples[last][0] - samples[first][0]
    grown = samples[last][1] - samples[first][1]
    return max(0.0, grown / seconds) if seconds > 0 else 0.0


def _samples(details: Any) -> list[tuple[float, float]]:
    """``(epoch seconds, value)``, oldest first; the broker sends the newest first, in milliseconds."""
    rows = _rows(_map(details).get("samples"))
    found = ((_number(row.get("timestamp")), _number(row.get("sample"))) for row in rows)
    return sorted((at / 1000, value) for at, value in found if at is not None and value is not None)


def _lengths(samples: Sequence[tuple[float, float]]) -> tuple[Sample, ...]:
    start = next((index for index, (_, value) in enumerate(samples) if value), 0)
    return tuple(Sample(at, value) for at, value in samples[start:])


def _slopes(samples: Sequence[tuple[float, float]]) -> tuple[Sample, ...]:
    """Per second between neighbours. A step back (restart) is a gap, and so is the step up from the zeros that the
    broker sends for the time before it began to count. The newest sample is left out while it has not moved."""
    if len(samples) > 2 and samples[-1][1] == samples[-2][1]:
        samples = samples[:-1]
    start = next((index for index, (_, value) in enumerate(samples) if value), 0)
    slopes = []
    for (before, low), (at, high) in zip(samples[start:], samples[start + 1 :], strict=False):
        slopes.append(Sample(at, (high - low) / (at - before) if high >= low and at > before else None))
    return tuple(slopes)


# ---- the rest -------------------------------------------------------------------------------------------------------


def overview_of(row: dict[str, Any]) -> tuple[Overview, tuple[SampleSeries, ...]]:
    totals, objects, stats = (_map(row.get(key)) for key in ("queue_totals", "object_totals", "message_stats"))
    overview = Overview(
        rabbitmq_version=_text(row.get("rabbitmq_version")) or _text(row.get("management_version")) or "",
        erlang_version=_text(row.get("erlang_version")) or "",
        cluster_name=_text(row.get("cluster_name")) or "",
        node=_text(row.get("node")) or "",
        ready=_count(totals.get("messages_ready")),
        unacked=_count(totals.get("messages_unacknowledged")),
        total=_count(totals.get("messages")),
        rates=sampled_rates(stats),
        queues=_count(objects.get("queues")),
        exchanges=_count(objects.get("exchanges")),
        connections=_count(objects.get("connections")),
        channels=_count(objects.get("channels")),
        consumers=_count(objects.get("consumers")),
        statistics_interval_ms=_count(row.get("statistics_interval")),
        exchange_types=tuple(str(kind["name"]) for kind in _rows(row.get("exchange_types")) if kind.get("name")),
    )
    return overview, history_of(totals, stats)


def node_of(row: dict[str, Any]) -> Node:
    uptime_ms = _number(row.get("uptime"))
    return Node(
        name=str(row.get("name", "")),
        running=_flag(row.get("running")),
        memory_bytes=_count(row.get("mem_used")),
        memory_limit_bytes=_count(row.get("mem_limit")),
        memory_alarm=_flag(row.get("mem_alarm")),
        # "disk_free_monitoring_disabled" comes instead of a number where the monitor does not run.
        disk_free_bytes=_count(row.get("disk_free")),
        disk_limit_bytes=_count(row.get("disk_free_limit")),
        disk_alarm=_flag(row.get("disk_free_alarm")),
        files_used=_count(row.get("fd_used")),
        files_limit=_count(row.get("fd_total")),
        sockets_used=_count(row.get("sockets_used")),
        processes_used=_count(row.get("proc_used")),
        processes_limit=_count(row.get("proc_total")),
        uptime_s=None if uptime_ms is None else uptime_ms / 1000,
    )


def exchange_of(row: dict[str, Any]) -> Exchange:
    stats = _map(row.get("message_stats"))
    return Exchange(
        vhost=str(row.get("vhost", "")),
        name=str(row.get("name", "")),
        type=str(row.get("type", "")),
        durable=_flag(row.get("durable")),
        auto_delete=_flag(row.get("auto_delete")),
        internal=_flag(row.get("internal")),
        arguments=_map(row.get("arguments")),
        policy=_text(row.get("policy")),
        rate_in=_number(_map(stats.get("publish_in_details")).get("rate")),
        rate_out=_number(_map(stats.get("publish_out_details")).get("rate")),
    )


def binding_of(row: dict[str, Any]) -> Binding:
    return Binding(
        vhost=str(row.get("vhost", "")),
        source=str(row.get("source", "")),
        destination=str(row.get("destination", "")),
        destination_type=str(row.get("destination_type", "queue")),
        routing_key=str(row.get("routing_key", "")),
        arguments=_map(row.get("arguments")),
        properties_key=str(row.get("properties_key", "")),
    )


def whoami_of(row: dict[str, Any]) -> Whoami:
    tags = row.get("tags")
    # Before 3.9 the tags came as one text with commas.
    names = tags.split(",") if isinstance(tags, str) else _texts(tags)
    return Whoami(str(row.get("name", "")), tuple(tag.strip() for tag in names if tag.strip()))
