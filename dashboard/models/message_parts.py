"""Columns of the tables inside a message's panel: its headers with their types, and its deaths."""

from __future__ import annotations

from typing import Any

from broker_client.rabbit.amqp_message import Death
from dashboard.look.wording import count, moment
from dashboard.models.keyed_table import Column, KeyedTable

_REASON_TONES = {"rejected": "crit", "expired": "warn", "maxlen": "warn", "delivery_limit": "crit"}


def header_table() -> KeyedTable:
    """An empty model of rows with ``name``, ``type`` and ``value``."""
    return KeyedTable(header_columns(), lambda row: row.name)


def death_table() -> KeyedTable:
    """An empty model of :class:`Death` rows; the broker merges them by queue and reason."""
    return KeyedTable(death_columns(), lambda death: (death.queue, death.reason, death.time))


def header_columns() -> tuple[Column, ...]:
    def text(field: str) -> Any:
        return lambda row: getattr(row, field)

    return (
        Column("name", "Header", "strong", text("name"), width_hint=130),
        Column("type", "Type", "text", text("type"), width_hint=74, help="The type that AMQP sends it with"),
        Column("value", "Value", "mono", text("value"), width_hint=150, stretch=True),
    )


def death_columns() -> tuple[Column, ...]:
    return (
        Column(
            "reason",
            "Reason",
            "pill",
            text=lambda death: death.reason.replace("_", " "),
            tone=lambda death: _REASON_TONES.get(death.reason, "idle"),
            width_hint=96,
            help="Why it died: rejected, expired, pushed out (maxlen), or delivered too often",
        ),
        Column("queue", "In queue", "strong", lambda death: death.queue, width_hint=102, stretch=True),
        Column(
            "count",
            "Times",
            "number",
            text=lambda death: count(death.count),
            value=lambda death: death.count,
            width_hint=54,
        ),
        Column("time", "First at", "time", _death_time, lambda death: death.time, width_hint=166),
        Column(
            "from",
            "Published to",
            "text",
            text=_published_to,
            width_hint=130,
            help="The exchange and the keys it was published with then",
        ),
    )


def _death_time(death: Death) -> str:
    return moment(death.time)


def _published_to(death: Death) -> str:
    return f"{death.exchange or '(default exchange)'}: {', '.join(death.routing_keys)}"
