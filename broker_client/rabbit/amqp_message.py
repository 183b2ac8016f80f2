"""What a message is: its properties, its body, and what dead-lettering wrote into its headers. PURE.

Header values are those of :mod:`broker_client.rabbit.amqp_table`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

DEATH_HEADER = "x-death"
_QUEUE_BOOKKEEPING = ("x-delivery-count", "x-acquired-count")
_DEATH_PREFIXES = ("x-first-death-", "x-last-death-")


class Properties(msgspec.Struct, frozen=True):
    """The AMQP 0-9-1 properties. ``None`` = not set, which is not the same as empty.

    Texts hold bytes that are not UTF-8 as lone surrogates (``surrogateescape``), so that they can be sent unchanged.
    """

    content_type: str | None = None
    content_encoding: str | None = None
    headers: dict[str, Any] | None = None
    delivery_mode: int | None = None
    """1 = transient, 2 = persistent."""
    priority: int | None = None
    correlation_id: str | None = None
    reply_to: str | None = None
    expiration: str | None = None
    """Milliseconds, as text."""
    message_id: str | None = None
    timestamp: int | None = None
    """Seconds since the epoch."""
    type: str | None = None
    user_id: str | None = None
    app_id: str | None = None
    cluster_id: str | None = None


class Message(msgspec.Struct, frozen=True):
    """One message as it was published, or as it will be."""

    exchange: str
    routing_key: str
    properties: Properties
    body: bytes
    redelivered: bool | None = None
    body_size: int | None = None
    """Bytes of the whole body where ``body`` is only its beginning; ``None`` = ``body`` is whole."""
    behind: int | None = None
    """How many ready messages stood behind it in its queue when it was read."""

    @property
    def is_whole(self) -> bool:
        return self.body_size is None or self.body_size == len(self.body)


class Death(msgspec.Struct, frozen=True):
    """One entry of ``x-death``: a queue in which the message died, and how often for that reason."""

    queue: str
    reason: str
    """``rejected``, ``expired``, ``maxlen``, ``delivery_limit``, or a newer broker's word."""
    count: int | None = None
    time: int | None = None
    """Seconds since the epoch of the first death of this kind."""
    exchange: str = ""
    routing_keys: tuple[str, ...] = ()
    original_expiration: str | None = None


def deaths(headers: Mapping[str, Any] | None) -> tuple[Death, ...]:
    """The entries of ``x-death``, newest first as the broker keeps them; what cannot be read as one is left out."""
    entries = (headers or {}).get(DEATH_HEADER)
    if not isinstance(entries, list):
        return ()
    return tuple(_death(entry) for entry in entries if isinstance(entry, dict))


def written_by_brokers(name: str) -> bool:
    """Whether a header tells what queues did to the message, and nothing of what its publisher said."""
    return name == DEATH_HEADER or name in _QUEUE_BOOKKEEPING or name.startswith(_DEATH_PREFIXES)


def _death(entry: Mapping[str, Any]) -> Death:
    keys = entry.get("routing-keys")
    expiration = entry.get("original-expiration")
    return Death(
        queue=_text(entry.get("queue")),
        reason=_text(entry.get("reason")),
        count=_whole_number(entry.get("count")),
        time=_whole_number(entry.get("time")),
        exchange=_text(entry.get("exchange")),
        routing_keys=tuple(_text(key) for key in keys) if isinstance(keys, list) else (),
        original_expiration=None if expiration is None else _text(expiration),
    )


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _whole_number(value: object) -> int | None:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None
