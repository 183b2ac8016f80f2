"""The table of messages that a look or a tap has brought: rows are made off the GUI thread, columns only show them."""

from __future__ import annotations

import msgspec

from broker_client.rabbit.amqp_message import Message, deaths
from broker_client.rabbit.message_groups import kind_of
from dashboard.look.wording import clock, full_count, size
from dashboard.models.keyed_table import Column, KeyedTable

PREVIEW_BYTES = 240
KIND_BYTES = 16 << 10
"""A larger body is not read for the kind of its message."""


class MessageRow(msgspec.Struct, frozen=True, gc=False):
    """One line. ``number`` counts from 1 and is the key; ``at`` epoch seconds of its arrival, ``None`` = not told.

    ``identity`` (hex) tells the message apart on its queue; empty when only a part of it is known.
    """

    number: int
    message: Message
    kind: str
    basis: str
    size: int
    died: str
    preview: str
    at: float | None = None
    identity: str = ""


def message_row(number: int, message: Message, at: float | None = None, identity: str = "") -> MessageRow:
    """Read what the table shows of a message."""
    body = message.body
    brief = message if len(body) <= KIND_BYTES else msgspec.structs.replace(message, body=b"")
    kind, basis = kind_of(brief)
    died = deaths(message.properties.headers)
    return MessageRow(
        number,
        message,
        kind,
        basis,
        message.body_size if message.body_size is not None else len(body),
        died[0].reason if died else "",
        preview(body),
        at,
        identity,
    )


def preview(body: bytes) -> str:
    """The beginning of a body in one line; empty when it is no text."""
    try:
        text = body[:PREVIEW_BYTES].decode("utf-8", "ignore" if len(body) > PREVIEW_BYTES else "strict")
    except UnicodeDecodeError:
        return ""
    return " ".join(text.split()) if text.isprintable() or any(c in text for c in "\n\t") else ""


def looked_table() -> KeyedTable:
    """For a look: in the order of the queue."""
    return KeyedTable((_place(), *_shared()), lambda row: row.number)


def tapped_table() -> KeyedTable:
    """For a tap: with the time of arrival."""
    at = Column(
        "at",
        "At",
        "time",
        text=lambda row: clock(row.at),
        value=lambda row: row.number,
        width_hint=86,
        help="When it came here",
    )
    return KeyedTable((at, *_shared(died=False)), lambda row: row.number)


def _place() -> Column:
    return Column(
        "place",
        "#",
        "number",
        text=lambda row: full_count(row.number),
        value=lambda row: row.number,
        width_hint=48,
        help="Its place in the queue when it was looked at; 1 is next to be delivered",
    )


def _shared(*, died: bool = True) -> tuple[Column, ...]:
    return (
        Column(
            "kind",
            "Kind",
            "strong",
            text=lambda row: row.kind,
            width_hint=172,
            tip=lambda row: f"{row.kind}\nTold by its {row.basis}",
            help="Its task, type, shape or key",
        ),
        Column("key", "Routing key", "mono", text=lambda row: row.message.routing_key, width_hint=116),
        Column(
            "exchange",
            "Exchange",
            "text",
            text=lambda row: row.message.exchange or "(default)",
            width_hint=90,
            shown=False,
        ),
        Column("size", "Size", "number", lambda row: size(row.size), lambda row: row.size, width_hint=66),
        Column(
            "died",
            "Died",
            "text",
            text=lambda row: row.died.replace("_", " "),
            tone=lambda row: "warn" if row.died else "idle",
            width_hint=82,
            shown=died,
            help="Why it was dead-lettered last",
        ),
        Column(
            "redelivered",
            "Again",
            "text",
            text=lambda row: "yes" if row.message.redelivered else "no",
            tone=lambda row: "warn" if row.message.redelivered else None,
            width_hint=52,
            shown=False,
            help="Whether it was delivered before; looking sets it too",
        ),
        Column("body", "Body", "text", text=lambda row: row.preview, width_hint=150, stretch=True),
    )
