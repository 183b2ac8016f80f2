"""What a message is told apart by, and what of it changes when it is sent on. PURE: bytes in, bytes out.

Taken off, because it would act again: what queues wrote (``x-death`` makes RabbitMQ 3.10 lose a message that expires
along the same way twice; it is kept as JSON in ``x-redrive-history``), ``CC`` and ``BCC`` (routed once already), the
expiration (kept in ``x-redrive-expiration``, as dead-lettering does), and a user id that is not ours (refused by the
broker). Everything else stays as it is, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import NamedTuple

from broker_client.errors import BadAnswer, BadInput
from broker_client.rabbit.amqp_message import DEATH_HEADER, Message, written_by_brokers
from broker_client.rabbit.amqp_table import Entry, decode_value, encode_value, entries
from broker_client.rabbit.frames import Delivery
from broker_client.rabbit.header_text import to_json
from broker_client.rabbit.property_wire import (
    decode_properties,
    encode_properties,
    encode_short_text,
    join,
    split,
)

HISTORY_HEADER = "x-redrive-history"
EXPIRATION_HEADER = "x-redrive-expiration"
MAX_HISTORY_BYTES = 16_384
MAX_LABEL = 200

_HEADERS, _EXPIRATION, _MESSAGE_ID, _USER_ID = 1 << 13, 1 << 8, 1 << 7, 1 << 4
_READ_MORE = _HEADERS | _EXPIRATION | _MESSAGE_ID | _USER_ID
_UINT16, _UINT32 = struct.Struct(">H"), struct.Struct(">I")


class Changes(NamedTuple):
    """What is allowed to stay."""

    user: str = ""
    """Our own user, whose id may stay in a message."""
    keep_expiration: bool = False


class Prepared(NamedTuple):
    """A message that is ready to be sent on."""

    identity: bytes
    """16 bytes that are the same whenever the same message is delivered."""
    label: str
    """Its message id, or its task's id; empty when it has none."""
    properties: bytes


def prepare(delivery: Delivery, changes: Changes) -> Prepared:
    """Raises :class:`BadAnswer` when the properties cannot be read."""
    raw = delivery.properties
    if not _UINT16.unpack_from(raw)[0] & _READ_MORE:
        return Prepared(_digest(delivery, raw), "", raw)
    parts = split(raw)
    table = tuple(entries(parts["headers"])) if "headers" in parts else ()
    lasting = _lasting(parts, table)
    label = _label(parts, table)
    if table and _may_stay(parts, changes) and all(_counts_deliveries(entry.name) for entry in table):
        return Prepared(_digest(delivery, lasting), label, lasting)
    return Prepared(_digest(delivery, lasting), label, _outgoing(raw, parts, table, changes))


def identity_of(delivery: Delivery) -> bytes:
    """What :func:`prepare` says is the message's identity."""
    return prepare(delivery, Changes()).identity


def identity_of_message(message: Message) -> bytes:
    """The identity of a whole message whose headers have their AMQP types. Raises :class:`BadInput`."""
    exchange = message.exchange.encode("utf-8", "surrogateescape")
    key = message.routing_key.encode("utf-8", "surrogateescape")
    return identity_of(Delivery(0, False, exchange, key, encode_properties(message.properties), message.body))


def message_of(delivery: Delivery) -> Message:
    """The delivery with its properties read. Raises :class:`BadAnswer`."""
    return Message(
        delivery.exchange.decode("utf-8", "surrogateescape"),
        delivery.routing_key.decode("utf-8", "surrogateescape"),
        decode_properties(delivery.properties),
        delivery.body,
        delivery.redelivered,
    )


def _digest(delivery: Delivery, properties: bytes) -> bytes:
    route = bytes((len(delivery.exchange),)) + delivery.exchange + bytes((len(delivery.routing_key),))
    hashed = hashlib.blake2b(route + delivery.routing_key + _UINT32.pack(len(properties)) + properties, digest_size=16)
    hashed.update(delivery.body)
    return hashed.digest()


def _lasting(parts: dict[str, bytes], table: tuple[Entry, ...]) -> bytes:
    """The properties without what a queue adds to each delivery; it also sorts the headers then."""
    if "headers" not in parts:
        return join(parts)
    data = parts["headers"]
    kept = sorted((entry for entry in table if not _counts_deliveries(entry.name)), key=lambda entry: entry.name)
    return join(_with_headers(parts, [data[entry.start : entry.end] for entry in kept]))


def _counts_deliveries(name: bytes) -> bool:
    return name in (b"x-delivery-count", b"x-acquired-count")


def _label(parts: dict[str, bytes], table: tuple[Entry, ...]) -> str:
    if len(parts.get("message_id", b"")) > 1:
        return parts["message_id"][1:].decode("utf-8", "replace")[:MAX_LABEL]
    found = {entry.name: entry for entry in table if entry.name in (b"id", b"task")}
    if len(found) == 2:
        task_id = decode_value(parts["headers"], found[b"id"].value)
        return task_id[:MAX_LABEL] if isinstance(task_id, str) else ""
    return ""


def _outgoing(raw: bytes, parts: dict[str, bytes], table: tuple[Entry, ...], changes: Changes) -> bytes:
    acting = [entry for entry in table if _acts_again(entry.name)]
    if not acting and _may_stay(parts, changes):
        return raw
    expiration = None if changes.keep_expiration else parts.get("expiration")
    data = parts.get("headers", b"")
    pieces = [data[entry.start : entry.end] for entry in table if entry not in acting and entry.name not in _OURS]
    history = _history(data, table)
    pieces += [_entry(HISTORY_HEADER, history)] if history else []
    parts = dict(parts)
    if expiration is not None:
        del parts["expiration"]
        pieces.append(_entry(EXPIRATION_HEADER, expiration[1:].decode("utf-8", "replace")))
    if _is_foreign(parts, changes):
        del parts["user_id"]
    return join(_with_headers(parts, pieces))


def _may_stay(parts: dict[str, bytes], changes: Changes) -> bool:
    """Whether the properties beside the headers are sent on as they are."""
    return (changes.keep_expiration or "expiration" not in parts) and not _is_foreign(parts, changes)


def _is_foreign(parts: dict[str, bytes], changes: Changes) -> bool:
    return "user_id" in parts and parts["user_id"][1:] != changes.user.encode("utf-8", "replace")


_OURS = (HISTORY_HEADER.encode(), EXPIRATION_HEADER.encode())


def _acts_again(name: bytes) -> bool:
    return name in (b"CC", b"BCC") or (name.startswith(b"x-") and written_by_brokers(name.decode("utf-8", "replace")))


def _history(data: bytes, table: tuple[Entry, ...]) -> str:
    """The deaths so far as one line of JSON, newest first; the oldest are dropped where they would not fit."""
    found = {entry.name: entry for entry in table}
    told: list[object] = []
    for name in (DEATH_HEADER.encode(), _OURS[0]):
        if name in found:
            told += _as_list(decode_value(data, found[name].value))
    while told and len(text := json.dumps(told)) > MAX_HISTORY_BYTES:
        told.pop()
    return text if told else ""


def _as_list(value: object) -> list[object]:
    """The deaths of ``x-death``, or those of an earlier history, which is JSON already."""
    if not isinstance(value, str):
        return [to_json(item) for item in value] if isinstance(value, list) else [to_json(value)]
    try:
        earlier = json.loads(value)
    except (ValueError, RecursionError):
        return [value]
    return earlier if isinstance(earlier, list) else [earlier]


def _entry(name: str, value: str) -> bytes:
    try:
        return encode_short_text(name, "header") + encode_value(value)
    except BadInput as problem:
        raise BadAnswer(problem.what, problem.why) from None


def _with_headers(parts: dict[str, bytes], pieces: list[bytes]) -> dict[str, bytes]:
    body = b"".join(pieces)
    changed = {**parts, "headers": _UINT32.pack(len(body)) + body}
    if not pieces:
        del changed["headers"]
    return changed
