"""Publish recorded messages again: with the times between them as they were, or faster, or without waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import accumulate

import msgspec

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import Message, Properties, written_by_brokers
from broker_client.rabbit.message_file import Recorded
from broker_client.rabbit.publisher import Publisher, StreamCounts

_BROKER_ONLY = ("user_id", "cluster_id")


def replay(
    publisher: Publisher,
    recorded: Sequence[Recorded],
    *,
    speed: float | None = None,
    exchange: str | None = None,
    routing_key: str | None = None,
    stop: threading.Event | None = None,
    progress: Callable[[StreamCounts], None] = lambda _counts: None,
) -> StreamCounts:
    """Publish them in their order. ``speed`` 1 keeps the original times, 2 is twice as fast, ``None`` does not wait.
    ``exchange`` and ``routing_key`` replace the recorded ones. Headers that queues wrote (``x-death`` ...) and the
    user are left out. Raises BrokerError before anything is sent; :class:`BadInput` names a message that was cut.
    """
    if speed is not None and not speed > 0:
        raise BadInput("the speed cannot be used", f"{speed} is not more than 0")
    for one in recorded:
        if not one.message.is_whole:
            why = f"line {one.line}: {len(one.message.body):,} of {one.message.body_size:,} bytes"
            raise BadInput("a message cannot be replayed, only the beginning of its body is there", why)
    offsets = offsets_of(recorded, speed)

    def make(number: int) -> Message:
        message = recorded[number - 1].message
        return Message(
            message.exchange if exchange is None else exchange,
            message.routing_key if routing_key is None else routing_key,
            _clean(message.properties),
            message.body,
        )

    return publisher.send_all(make, len(recorded), lambda number: offsets[number - 1], stop=stop, progress=progress)


def offsets_of(recorded: Sequence[Recorded], speed: float | None) -> tuple[float, ...]:
    """Seconds after the start at which each is due; a message without a time, or out of order, follows at once."""
    if speed is None:
        return (0.0,) * len(recorded)
    first = next((one.at for one in recorded if one.at is not None), 0.0)
    return tuple(accumulate((0.0 if one.at is None else (one.at - first) / speed for one in recorded), max))


def _clean(properties: Properties) -> Properties:
    kept = {name: value for name, value in (properties.headers or {}).items() if not written_by_brokers(name)}
    headers = None if properties.headers is None else kept
    return msgspec.structs.replace(properties, headers=headers, **dict.fromkeys(_BROKER_ONLY))
