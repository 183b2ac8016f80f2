"""The small tables of one queue: who consumes it and what is bound to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from broker_client.rabbit.entities import Binding, Consumer
from dashboard.look import wording
from dashboard.models.keyed_table import Column, KeyedTable


def consumer_table() -> KeyedTable:
    """An empty model of :class:`Consumer` rows."""
    return KeyedTable(consumer_columns(), consumer_key)


def binding_table() -> KeyedTable:
    """An empty model of :class:`Binding` rows."""
    return KeyedTable(binding_columns(), binding_key)


def consumer_key(consumer: Consumer) -> tuple[str, str]:
    """A tag is unique in its channel only."""
    return consumer.channel or consumer.connection or "", consumer.tag


def binding_key(binding: Binding) -> tuple[str, str, str]:
    """``properties_key`` tells apart two bindings that differ in their arguments only."""
    return binding.source, binding.routing_key, binding.properties_key


def consumer_columns() -> tuple[Column, ...]:
    return (
        Column(
            id="tag",
            title="Consumer",
            kind="strong",
            text=lambda consumer: consumer.tag,
            value=lambda consumer: consumer.tag,
            width_hint=118,
            help="The consumer's tag.",
        ),
        Column(
            id="peer",
            title="From",
            kind="text",
            text=lambda consumer: consumer.peer or consumer.connection or "",
            value=lambda consumer: consumer.peer,
            width_hint=104,
            stretch=True,
            help="The address of the client.",
        ),
        Column(
            id="prefetch",
            title="Prefetch",
            kind="number",
            text=prefetch_words,
            value=lambda consumer: consumer.prefetch,
            width_hint=64,
            help="How many unacknowledged messages it may hold; ∞ is no limit.",
        ),
        Column(
            id="mode",
            title="Mode",
            kind="text",
            text=mode_words,
            value=mode_words,
            tone=lambda consumer: "warn" if consumer.active is False else "quiet",
            width_hint=76,
            help="Whether it acknowledges, whether it is alone, and whether it is active.",
        ),
    )


def binding_columns() -> tuple[Column, ...]:
    return (
        Column(
            id="source",
            title="Exchange",
            kind="strong",
            text=lambda binding: binding.source or "(default exchange)",
            value=lambda binding: binding.source,
            width_hint=112,
            help="Messages come from this exchange.",
        ),
        Column(
            id="routing_key",
            title="Routing key",
            kind="mono",
            text=lambda binding: binding.routing_key,
            value=lambda binding: binding.routing_key,
            width_hint=120,
            help="The key or pattern that has to match.",
        ),
        Column(
            id="arguments",
            title="Arguments",
            kind="text",
            text=lambda binding: arguments_text(binding.arguments),
            value=lambda binding: arguments_text(binding.arguments),
            width_hint=100,
            help="What headers exchanges match.",
        ),
    )


def prefetch_words(consumer: Consumer) -> str:
    """A prefetch of 0 means no limit."""
    return "∞" if consumer.prefetch == 0 else wording.count(consumer.prefetch)


def mode_words(consumer: Consumer) -> str:
    """``acks, active``: what is known, nothing of what is not."""
    words = []
    if consumer.ack_required is not None:
        words.append("acks" if consumer.ack_required else "no acks")
    if consumer.exclusive:
        words.append("exclusive")
    if consumer.active is False:
        words.append((consumer.activity or "waiting").replace("_", " "))
    return ", ".join(words) or wording.DASH


def arguments_text(arguments: Mapping[str, Any]) -> str:
    """``{"x-match": "all"}`` on one line; a dash when there are none."""
    if not arguments:
        return wording.DASH
    return json.dumps(arguments, ensure_ascii=False, default=str, sort_keys=True)
