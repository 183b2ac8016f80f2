"""The columns of Redis' slow log and of its clients."""

from __future__ import annotations

from broker_client.redis_condition import ClientRow, SlowCommand
from dashboard.look.wording import DASH, count, moment, size, span, visible
from dashboard.models.keyed_table import Column, KeyedTable

SLOW_ORDER, CLIENT_ORDER = "at", "idle"


def slow_table() -> KeyedTable:
    """An empty model of :class:`SlowCommand`."""
    return KeyedTable(slow_columns(), lambda entry: (entry.id, entry.at))


def client_table() -> KeyedTable:
    """An empty model of :class:`ClientRow`."""
    return KeyedTable(client_columns(), lambda client: client.id)


def slow_columns() -> tuple[Column, ...]:
    def who(entry: SlowCommand) -> str:
        return " ".join(part for part in (entry.client_name, entry.client) if part)

    return (
        Column("at", "When", "time", text=lambda entry: moment(entry.at), value=lambda entry: entry.at, width_hint=150),
        Column(
            "took",
            "Took",
            "text",
            text=lambda entry: took_text(entry.took_ms),
            value=lambda entry: entry.took_ms,
            tone=lambda entry: "crit" if entry.took_ms >= 1_000 else "warn" if entry.took_ms >= 100 else "plain",
            align="right",
            width_hint=84,
            help="While it ran, no other client was served.",
        ),
        Column("command", "Command", "mono", text=lambda entry: visible(entry.command), width_hint=320, stretch=True),
        Column("client", "Client", text=lambda entry: visible(who(entry)) or DASH, width_hint=160),
    )


def client_columns() -> tuple[Column, ...]:
    return (
        Column(
            "name",
            "Client",
            "strong",
            text=lambda client: visible(client.name or client.library) or "(no name)",
            value=lambda client: (client.name or client.library).casefold(),
            tone=lambda client: None if client.name or client.library else "muted",
            width_hint=150,
            stretch=True,
            help="The name it gave itself, or its library.",
        ),
        Column("address", "Address", "mono", text=lambda client: visible(client.address), width_hint=150),
        Column("user", "User", text=lambda client: visible(client.user) or DASH, width_hint=76, shown=False),
        Column("database", "Database", "number", _database, lambda client: client.database, width_hint=72),
        Column(
            "command",
            "Last command",
            text=lambda client: visible(client.command) + (" (waits)" if client.blocked else ""),
            width_hint=120,
        ),
        Column(
            "idle",
            "Idle",
            "text",
            text=lambda client: span(client.idle_s),
            value=lambda client: client.idle_s,
            align="right",
            width_hint=76,
        ),
        Column(
            "age",
            "Connected",
            "text",
            text=lambda client: span(client.age_s),
            value=lambda client: client.age_s,
            align="right",
            width_hint=84,
        ),
        Column(
            "subscriptions",
            "Listens to",
            "number",
            text=lambda client: count(client.subscriptions),
            value=lambda client: client.subscriptions,
            tone=lambda client: "plain" if client.subscriptions else "idle",
            width_hint=76,
            help="Channels and patterns it is subscribed to.",
        ),
        Column(
            "memory",
            "Memory",
            "text",
            text=lambda client: size(client.memory_bytes),
            value=lambda client: client.memory_bytes,
            align="right",
            width_hint=76,
        ),
    )


def slow_text(entry: SlowCommand) -> str:
    """What a filter looks at."""
    return f"{entry.command} {entry.client_name} {entry.client}"


def client_text(client: ClientRow) -> str:
    return " ".join((client.name, client.library, client.address, client.user, client.command))


def took_text(took_ms: float) -> str:
    """``0.4 ms``, ``12 ms``, ``1.2 s``."""
    return f"{took_ms:.1f} ms" if took_ms < 10 else span(took_ms / 1000)


def _database(client: ClientRow) -> str:
    return DASH if client.database is None else str(client.database)
