"""The management API's JSON to entities. Every quirk of the broker lives here, with the version that has it.

PURE. Every field is optional: just after a start a queue comes without ``messages`` and ``state`` (3.10, 4.0), a user
without statistics gets none, and an empty object may come as an empty list (``[]`` for arguments and totals, 3.x).
Raises :class:`BadAnswer` for what is not the JSON that was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
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
    Policy,
    Queue,
    QueueDetail,
    QueueKey,
    Rates,
    SampleSeries,
    Whoami,
)
from broker_client.rabbit.loose_json import count_of, epoch_of, flag_of, map_of, number_of, rows_of, text_of, texts_of
from broker_client.rabbit.management_samples import history_of, last_rates, sampled_rates

T = TypeVar("T")

QUEUE_COLUMNS = (
    "vhost,name,type,node,state,durable,auto_delete,exclusive,arguments,policy,operator_policy,effective_policy_definition,"
    "messages,messages_ready,messages_unacknowledged,messages_ram,messages_persistent,"
    "message_bytes,message_bytes_ready,message_bytes_unacknowledged,message_bytes_ram,message_bytes_persistent,"
    "consumers,consumer_capacity,consumer_utilisation,memory,idle_since,head_message_timestamp,"
    "single_active_consumer_tag,single_active_consumer_ctag,leader,members,online,"
    "message_stats.publish,message_stats.deliver_get,message_stats.ack,message_stats.redeliver,"
    "message_stats.publish_details.rate,message_stats.publish_details.avg_rate,"
    "message_stats.deliver_get_details.rate,message_stats.deliver_get_details.avg_rate,"
    "message_stats.ack_details.rate,message_stats.ack_details.avg_rate,"
    "message_stats.redeliver_details.rate,message_stats.redeliver_details.avg_rate"
)
TOTALS_COLUMNS = "vhost,name,type,state,messages,messages_ready,messages_unacknowledged"
OVERVIEW_COLUMNS = (
    "rabbitmq_version,management_version,erlang_version,cluster_name,node,exchange_types.name,"
    "queue_totals,object_totals,"
    "message_stats.publish,message_stats.publish_details,message_stats.deliver_get,message_stats.deliver_get_details,"
    "message_stats.ack,message_stats.ack_details,message_stats.redeliver,message_stats.redeliver_details,"
    "message_stats.confirm,message_stats.confirm_details,"
    "message_stats.return_unroutable,message_stats.return_unroutable_details,"
    "message_stats.drop_unroutable,message_stats.drop_unroutable_details"
)
NODE_COLUMNS = (
    "name,running,mem_used,mem_limit,mem_alarm,disk_free,disk_free_limit,disk_free_alarm,fd_used,fd_total,sockets_used,"
    "proc_used,proc_total,uptime"
)


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
        type=text_of(wire.type) or "classic",
        node=text_of(wire.node),
        state=text_of(wire.state),
        durable=flag_of(wire.durable),
        auto_delete=flag_of(wire.auto_delete),
        exclusive=flag_of(wire.exclusive),
        arguments=map_of(wire.arguments),
        policy=text_of(wire.policy),
        operator_policy=text_of(wire.operator_policy),
        effective_policy=map_of(wire.effective_policy_definition),
        ready=count_of(wire.messages_ready),
        unacked=count_of(wire.messages_unacknowledged),
        total=count_of(wire.messages),
        in_memory=count_of(wire.messages_ram),
        persistent=count_of(wire.messages_persistent),
        ready_bytes=count_of(wire.message_bytes_ready),
        unacked_bytes=count_of(wire.message_bytes_unacknowledged),
        total_bytes=count_of(wire.message_bytes),
        in_memory_bytes=count_of(wire.message_bytes_ram),
        persistent_bytes=count_of(wire.message_bytes_persistent),
        consumers=count_of(wire.consumers),
        consumer_capacity=number_of(capacity),
        memory_bytes=count_of(wire.memory),
        rates=_NO_RATES if stats is None else last_rates(stats),
        counters=_NO_COUNTERS if stats is None else _counters(stats),
        idle_since=epoch_of(wire.idle_since),
        head_timestamp=number_of(wire.head_message_timestamp),
        # Quorum queues of 3.10 spell it "ctag".
        single_active_consumer=text_of(wire.single_active_consumer_tag) or text_of(wire.single_active_consumer_ctag),
        leader=text_of(wire.leader),
        members=texts_of(wire.members),
        online=texts_of(wire.online),
    )


def queues_of(page: QueuePage) -> list[Queue]:
    return [queue_of(wire) for wire in page.items]


def _counters(stats: Mapping[str, Any]) -> Counters:
    get = stats.get
    return Counters(
        count_of(get("publish")), count_of(get("deliver_get")), count_of(get("ack")), count_of(get("redeliver"))
    )


def queue_detail_of(wire: QueueWire, bindings: Sequence[Binding]) -> QueueDetail:
    queue = queue_of(wire)
    stats = map_of(wire.message_stats)
    lengths = {
        "messages_ready_details": wire.messages_ready_details,
        "messages_unacknowledged_details": wire.messages_unacknowledged_details,
    }
    return QueueDetail(
        queue=msgspec.structs.replace(queue, rates=sampled_rates(stats) if stats else queue.rates),
        consumers=tuple(consumer_of(row, queue.key) for row in rows_of(wire.consumer_details)),
        bindings=tuple(bindings),
        history=history_of(lengths, stats),
        policy_definition=queue.effective_policy,
    )


def consumer_of(row: dict[str, Any], key: QueueKey | None = None) -> Consumer:
    """One consumer; ``key`` where the row does not name its queue."""
    channel, queue = map_of(row.get("channel_details")), map_of(row.get("queue"))
    host, port = text_of(channel.get("peer_host")), count_of(channel.get("peer_port"))
    return Consumer(
        queue=key or QueueKey(str(queue.get("vhost", "")), str(queue.get("name", ""))),
        tag=str(row.get("consumer_tag", "")),
        connection=text_of(channel.get("connection_name")),
        channel=text_of(channel.get("name")),
        peer=f"{host}:{port}" if host and port is not None else host,
        user=text_of(channel.get("user")),
        ack_required=flag_of(row.get("ack_required")),
        exclusive=flag_of(row.get("exclusive")),
        prefetch=count_of(row.get("prefetch_count")),
        active=flag_of(row.get("active")),
        activity=text_of(row.get("activity_status")),
        arguments=map_of(row.get("arguments")),
    )


# ---- the rest -------------------------------------------------------------------------------------------------------


def overview_of(row: dict[str, Any]) -> tuple[Overview, tuple[SampleSeries, ...]]:
    totals, objects, stats = (map_of(row.get(key)) for key in ("queue_totals", "object_totals", "message_stats"))
    overview = Overview(
        rabbitmq_version=text_of(row.get("rabbitmq_version")) or text_of(row.get("management_version")) or "",
        erlang_version=text_of(row.get("erlang_version")) or "",
        cluster_name=text_of(row.get("cluster_name")) or "",
        node=text_of(row.get("node")) or "",
        ready=count_of(totals.get("messages_ready")),
        unacked=count_of(totals.get("messages_unacknowledged")),
        total=count_of(totals.get("messages")),
        rates=sampled_rates(stats),
        counters=_counters(stats),
        queues=count_of(objects.get("queues")),
        exchanges=count_of(objects.get("exchanges")),
        connections=count_of(objects.get("connections")),
        channels=count_of(objects.get("channels")),
        consumers=count_of(objects.get("consumers")),
        exchange_types=tuple(str(kind["name"]) for kind in rows_of(row.get("exchange_types")) if kind.get("name")),
    )
    return overview, history_of(totals, stats)


def node_of(row: dict[str, Any]) -> Node:
    uptime_ms = number_of(row.get("uptime"))
    return Node(
        name=str(row.get("name", "")),
        running=flag_of(row.get("running")),
        memory_bytes=count_of(row.get("mem_used")),
        memory_limit_bytes=count_of(row.get("mem_limit")),
        memory_alarm=flag_of(row.get("mem_alarm")),
        # "disk_free_monitoring_disabled" comes instead of a number where the monitor does not run.
        disk_free_bytes=count_of(row.get("disk_free")),
        disk_limit_bytes=count_of(row.get("disk_free_limit")),
        disk_alarm=flag_of(row.get("disk_free_alarm")),
        files_used=count_of(row.get("fd_used")),
        files_limit=count_of(row.get("fd_total")),
        sockets_used=count_of(row.get("sockets_used")),
        processes_used=count_of(row.get("proc_used")),
        processes_limit=count_of(row.get("proc_total")),
        uptime_s=None if uptime_ms is None else uptime_ms / 1000,
    )


def exchange_of(row: dict[str, Any]) -> Exchange:
    stats = map_of(row.get("message_stats"))
    return Exchange(
        vhost=str(row.get("vhost", "")),
        name=str(row.get("name", "")),
        type=str(row.get("type", "")),
        durable=flag_of(row.get("durable")),
        auto_delete=flag_of(row.get("auto_delete")),
        internal=flag_of(row.get("internal")),
        arguments=map_of(row.get("arguments")),
        policy=text_of(row.get("policy")),
        rate_in=number_of(map_of(stats.get("publish_in_details")).get("rate")),
        rate_out=number_of(map_of(stats.get("publish_out_details")).get("rate")),
        count_in=count_of(stats.get("publish_in")),
        count_out=count_of(stats.get("publish_out")),
    )


def binding_of(row: dict[str, Any]) -> Binding:
    return Binding(
        vhost=str(row.get("vhost", "")),
        source=str(row.get("source", "")),
        destination=str(row.get("destination", "")),
        destination_type=str(row.get("destination_type", "queue")),
        routing_key=str(row.get("routing_key", "")),
        arguments=map_of(row.get("arguments")),
        properties_key=str(row.get("properties_key", "")),
    )


def policy_of(row: dict[str, Any]) -> Policy:
    return Policy(
        vhost=str(row.get("vhost", "")),
        name=str(row.get("name", "")),
        definition=map_of(row.get("definition")),
        pattern=str(row.get("pattern", "")),
        apply_to=str(row.get("apply-to", "all")),
        priority=count_of(row.get("priority")) or 0,
    )


def connection_name_of(row: dict[str, Any]) -> tuple[str, str]:
    """The broker's name of a connection, and the name that its client gave it (empty: none)."""
    return str(row.get("name", "")), text_of(row.get("user_provided_name")) or ""


def channel_unacked_of(row: dict[str, Any]) -> tuple[str, int | None]:
    """The broker's name of a channel, and its unacknowledged messages."""
    return str(row.get("name", "")), count_of(row.get("messages_unacknowledged"))


def whoami_of(row: dict[str, Any]) -> Whoami:
    tags = row.get("tags")
    # Before 3.9 the tags came as one text with commas.
    names = tags.split(",") if isinstance(tags, str) else texts_of(tags)
    return Whoami(str(row.get("name", "")), tuple(tag.strip() for tag in names if tag.strip()))
