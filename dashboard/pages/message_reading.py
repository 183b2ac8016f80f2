"""What the panel of a message shows, made ready off the GUI thread: properties, typed headers, deaths, the body. PURE.

Bounded: of a huge body the beginning is read, and that is said. Nothing is unpickled or run.
"""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import msgspec

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import DEATH_HEADER, Death, Message, Properties, deaths
from broker_client.rabbit.amqp_table import Opaque, RawText, SingleFloat, SizedInt, Timestamp
from broker_client.rabbit.header_text import to_json
from broker_client.rabbit.message_body import Body, CeleryTask, hex_lines, read_body
from dashboard.look.wording import DASH, full_count, moment, shorten, size, visible
from dashboard.widgets.field_list import Field
from dashboard.widgets.json_view import pretty_json

READ_BYTES = 4 << 20
"""So much of a body, and so much unpacked, is read for the screen."""
BASE64_BYTES = 192 << 10
_HEADER_CHARS = 4_000
_MODES = {1: "1, transient: lost when the broker restarts", 2: "2, persistent"}
_KINDS = {"json": "JSON", "text": "text", "pickle": "a pickle", "binary": "binary", "empty": "empty"}


class HeaderRow(msgspec.Struct, frozen=True):
    """One header. ``type`` is AMQP's type in words."""

    name: str
    type: str
    value: str


class Reading(msgspec.Struct, frozen=True):
    """All texts are foreign and whole: show them as plain text."""

    message: Message
    properties: tuple[Field, ...]
    headers: tuple[HeaderRow, ...]
    deaths: tuple[Death, ...]
    death_words: str
    """First and last death in a sentence or two; empty when it never died."""
    body: Body
    body_words: str
    json_text: str | None
    hex_text: str
    base64_text: str
    task: tuple[Field, ...]
    typed: bool


def read_message(message: Message, *, typed: bool = True) -> Reading:
    """Read it for the screen; never raises because of what it holds. ``typed``: its headers have their types."""
    body = read_body(_bounded(message), READ_BYTES)
    died = deaths(message.properties.headers)
    return Reading(
        message,
        property_fields(message),
        header_rows(message.properties),
        died,
        death_words(died),
        body,
        body_words(message, body),
        pretty_json(body.text) if body.kind == "json" and body.text is not None else None,
        hex_lines(body.raw),
        base64.b64encode(message.body[:BASE64_BYTES]).decode(),
        task_fields(body.task),
        typed,
    )


def property_fields(message: Message) -> tuple[Field, ...]:
    """Where it came from, and every property that is set."""
    given = message.properties
    fields = [
        Field("Exchange", message.exchange or "(default exchange)"),
        Field("Routing key", message.routing_key, mono=True),
    ]
    if message.redelivered is not None:
        fields.append(
            Field("Redelivered", "yes, it was delivered before" if message.redelivered else "no", help=_REDELIVERED)
        )
    for name in Properties.__struct_fields__:
        value = getattr(given, name)
        if name != "headers" and value is not None:
            fields.append(Field(name.replace("_", " ").capitalize(), _property_words(name, value), copies=str(value)))
    return tuple(fields)


_REDELIVERED = "Whether somebody got it before and did not acknowledge it. Looking into a queue sets it too."


def header_rows(properties: Properties) -> tuple[HeaderRow, ...]:
    """Every header but ``x-death``, which has a table of its own."""
    headers = properties.headers or {}
    return tuple(
        HeaderRow(name, type_words(value), value_text(value)) for name, value in headers.items() if name != DEATH_HEADER
    )


def type_words(value: Any) -> str:
    """The AMQP type of a header's value."""
    match value:
        case None:
            return "void"
        case bool():
            return "boolean"
        case SizedInt():
            return _INT_WORDS.get(value.kind, "integer")
        case Timestamp():
            return "timestamp"
        case int():
            return "integer"
        case SingleFloat():
            return "float"
        case float():
            return "double"
        case Decimal():
            return "decimal"
        case Opaque():
            return "too deep to read"
        case RawText():
            return "text, not UTF-8"
        case bytes() | bytearray():
            return "bytes"
        case list() | tuple():
            return "array"
        case dict():
            return "table"
        case _:
            return "text"


_INT_WORDS = {"b": "int8", "B": "uint8", "s": "int16", "U": "int16", "u": "uint16", "i": "uint32", "l": "int64"}


def value_text(value: Any) -> str:
    """A header's value as text: itself, or JSON that names the types JSON does not know."""
    if isinstance(value, Timestamp):
        return moment(int(value))
    if isinstance(value, str):
        return value
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(int(value)) if isinstance(value, int) else str(value)
    try:
        return shorten(json.dumps(to_json(value), ensure_ascii=False), _HEADER_CHARS)
    except (BadInput, ValueError, RecursionError):
        return shorten(repr(value), _HEADER_CHARS)


def death_words(died: tuple[Death, ...]) -> str:
    """``Died last in mail: expired, 3 times. Died first in orders: rejected.``"""
    if not died:
        return ""
    last, first = died[0], died[-1]
    told = [f"Died last in “{visible(last.queue)}”: {_reason(last)}{_when(last)}."]
    if len(died) > 1:
        told.append(f"Died first in “{visible(first.queue)}”: {_reason(first)}{_when(first)}.")
    return " ".join(told)


def body_words(message: Message, body: Body) -> str:
    """``JSON, 2.1 kB``, with whatever else there is to say."""
    whole = message.body_size if message.body_size is not None else len(message.body)
    told = [f"{_KINDS[body.kind][0].upper()}{_KINDS[body.kind][1:]}, {size(whole)}", *body.words]
    return "; ".join(told)


def task_fields(task: CeleryTask | None) -> tuple[Field, ...]:
    """A Celery task in words; nothing when it is none."""
    if task is None:
        return ()
    fields = [
        Field("Task", task.name),
        Field("Id", task.id, mono=True),
        Field("Arguments", task.args or "", mono=True),
        Field("Keyword arguments", task.kwargs or "", mono=True),
        Field("Retries so far", DASH if task.retries is None else full_count(task.retries)),
        Field("Not before", _told(task.eta), help="Its ETA"),
        Field("Not after", _told(task.expires), help="When it expires"),
        Field("Protocol", str(task.protocol)),
    ]
    if task.embed and task.embed not in ("{}", _NO_EMBED):
        fields.append(Field("Embedded", task.embed, mono=True, help="Callbacks, errbacks, chain and chord"))
    if task.words:
        fields.append(Field("Careful", task.words, "crit"))
    return tuple(field for field in fields if field.value)


def _told(text: str | None) -> str:
    """RabbitMQ's HTTP API says ``undefined`` where a header is void."""
    return "" if text in (None, "undefined") else str(text)


_NO_EMBED = '{"callbacks": null, "errbacks": null, "chain": null, "chord": null}'


def _bounded(message: Message) -> Message:
    """Its beginning only, said as such, where it is huge: reading it would hold the window up."""
    if len(message.body) <= READ_BYTES:
        return message
    whole = message.body_size if message.body_size is not None else len(message.body)
    return msgspec.structs.replace(message, body=message.body[:READ_BYTES], body_size=whole)


def _property_words(name: str, value: Any) -> str:
    if name == "timestamp":
        return f"{moment(value)} ({value})"
    if name == "delivery_mode":
        return _MODES.get(value, str(value))
    if name == "expiration":
        return f"{value} ms"
    return str(value)


def _reason(death: Death) -> str:
    times = "" if death.count in (None, 1) else f", {full_count(death.count)} times"
    return f"{death.reason.replace('_', ' ') or 'for a reason it does not say'}{times}"


def _when(death: Death) -> str:
    return "" if death.time is None else f" ({moment(death.time)})"
