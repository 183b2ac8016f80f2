"""The bindings of a vhost as a table: the plain twin of the topology's picture."""

from __future__ import annotations

import msgspec

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Binding
from dashboard.look import wording
from dashboard.models.keyed_table import Column, KeyedTable
from dashboard.models.queue_parts import arguments_text
from dashboard.models.queue_wording import status_words

DEFAULT_EXCHANGE = "(default)"
_TAKEN = {True: ("takes it", "ok"), False: ("no", "muted"), None: ("not certain", "warn")}


class BindingRow(msgspec.Struct, frozen=True):
    """One binding with what is known of its target. ``taken`` says what the traced message does, if one is traced."""

    binding: Binding
    kind: str = ""
    """The source exchange's type."""
    queue: QueueRow | None = None
    traced: bool = False
    taken: bool | None = False
    why: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        return self.binding.key


def binding_list() -> KeyedTable:
    """An empty model of :class:`BindingRow`."""
    return KeyedTable(_columns(), lambda row: row.key)


def _columns() -> tuple[Column, ...]:
    return (
        Column(
            "source",
            "Exchange",
            "strong",
            text=lambda row: wording.visible(row.binding.source) or DEFAULT_EXCHANGE,
            value=lambda row: row.binding.source.casefold(),
            width_hint=150,
            help="Messages come from this exchange.",
        ),
        Column(
            "routing_key",
            "Routing key",
            "mono",
            text=lambda row: row.binding.routing_key or wording.DASH,
            value=lambda row: row.binding.routing_key.casefold(),
            width_hint=140,
            help="The key or pattern that has to match.",
        ),
        Column(
            "target",
            "Leads to",
            "strong",
            text=lambda row: wording.visible(row.binding.destination),
            value=lambda row: row.binding.destination.casefold(),
            width_hint=160,
            stretch=True,
            help="The queue or the exchange that gets the message.",
        ),
        Column(
            "taken",
            "Traced message",
            text=lambda row: _TAKEN[row.taken][0] if row.traced else "",
            value=lambda row: (row.traced and row.taken is False, row.traced and row.taken is None),
            tone=lambda row: _TAKEN[row.taken][1] if row.traced else None,
            tip=lambda row: row.why,
            width_hint=120,
            help="Whether the message that is traced goes this way, and why.",
        ),
        Column(
            "ready",
            "Ready",
            "number",
            text=lambda row: wording.count(row.queue.queue.ready) if row.queue else "",
            value=lambda row: row.queue.queue.ready if row.queue else None,
            width_hint=80,
            help="Messages that wait in the queue.",
        ),
        Column(
            "status",
            "Status",
            "pill",
            text=lambda row: status_words(row.queue).word if row.queue else "",
            value=lambda row: -status_words(row.queue).rank if row.queue else None,
            tone=lambda row: status_words(row.queue).tone if row.queue else None,
            width_hint=120,
            help="The state of the queue.",
        ),
        Column("kind", "Type", text=lambda row: row.kind, width_hint=90, help="The exchange's type."),
        Column(
            "arguments",
            "Arguments",
            text=lambda row: arguments_text(row.binding.arguments),
            width_hint=150,
            help="What headers exchanges match.",
        ),
        Column("what", "Kind", text=lambda row: row.binding.destination_type, width_hint=90, help="Queue or exchange."),
    )
