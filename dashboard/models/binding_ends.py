"""Bindings seen from one of their ends: what they match, what is at the other end, and whether a tried message fits."""

from __future__ import annotations

import json

from broker_client.rabbit.entities import Binding
from dashboard.look import wording
from dashboard.models.binding_list import DEFAULT_EXCHANGE
from dashboard.models.keyed_table import Column, KeyedTable

_TAKEN = {True: ("takes it", "ok"), False: ("no", "muted"), None: ("not certain", "warn")}
_MATCH = "x-match"


def binding_ends(outgoing: bool) -> KeyedTable:
    """An empty model of :class:`BindingRow`; ``outgoing``: the other end is the target, else the exchange."""
    title = "Leads to" if outgoing else "From exchange"
    help_text = "The queue or the exchange that gets the message." if outgoing else "Messages come from it."
    return KeyedTable(
        (
            Column(
                "matches",
                "Matches",
                "mono",
                text=lambda row: match_words(row.binding, row.kind),
                width_hint=130,
                stretch=True,
                help="The key or pattern that has to match, or the headers with their mode.",
            ),
            Column(
                "end",
                title,
                "strong",
                text=lambda row: _other_end(row.binding, outgoing),
                value=lambda row: _other_end(row.binding, outgoing).casefold(),
                width_hint=186,
                stretch=True,
                help=help_text,
            ),
            Column(
                "taken",
                "Tried",
                text=lambda row: _TAKEN[row.taken][0] if row.traced else "",
                value=lambda row: (row.traced and row.taken is False, row.traced and row.taken is None),
                tone=lambda row: _TAKEN[row.taken][1] if row.traced else None,
                tip=lambda row: row.why,
                width_hint=76,
                shown=False,
                help="Whether the message that is tried goes this way, and why.",
            ),
        ),
        lambda row: row.key,
    )


def match_words(binding: Binding, kind: str) -> str:
    """``order.#``, ``any: kind=video, size=5``; a fanout takes every message."""
    if kind == "fanout":
        return "every message"
    values = {name: value for name, value in binding.arguments.items() if name != _MATCH}
    told = ", ".join(f"{name}={_written(value)}" for name, value in values.items())
    if kind == "headers" or _MATCH in binding.arguments:
        return f"{binding.arguments.get(_MATCH, 'all')}: {told}" if told else "every message"
    return f"{binding.routing_key}  ({told})" if told else binding.routing_key or "(empty key)"


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _other_end(binding: Binding, outgoing: bool) -> str:
    if not outgoing:
        return wording.visible(binding.source) or DEFAULT_EXCHANGE
    suffix = "" if binding.destination_type == "queue" else "  (exchange)"
    return f"{wording.visible(binding.destination)}{suffix}"
