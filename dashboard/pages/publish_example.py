"""PURE: a message that suits the broker, to begin with and for pictures: to the exchange with most bindings."""

from __future__ import annotations

import re
from collections import Counter

from broker_client.rabbit.entities import ExchangeKey
from dashboard.actions.publish_draft import Draft
from dashboard.dialogs.known_broker import KnownBroker

_BODY = '{\n  "order": {{counter:1000}},\n  "customer": "{{choice:ada|grace|linus}}",\n  "placed_at": "{{now}}"\n}'


def example_draft(known: KnownBroker, vhost: str) -> Draft | None:
    """``None`` when nothing with a topic or direct exchange is known."""
    kinds = {key.name: exchange.type for key, exchange in known.exchanges.items() if key.vhost == vhost and key.name}
    bound = Counter(
        binding.source
        for binding in known.bindings
        if binding.vhost == vhost and kinds.get(binding.source) in ("topic", "direct")
    )
    if not bound:
        return None
    name = bound.most_common(1)[0][0]
    keys = [b.routing_key for b in known.bindings if ExchangeKey(b.vhost, b.source) == ExchangeKey(vhost, name)]
    return Draft(
        vhost,
        False,
        name,
        concrete_key(max(keys, key=len)),
        {"delivery_mode": "2", "message_id": "{{uuid}}", "type": "order.created"},
        {"source": "warren", "attempt": 1},
        "JSON",
        _BODY,
    )


def concrete_key(pattern: str) -> str:
    """A key that a pattern matches: ``order.*.#`` -> ``order.created``."""
    words = ["created" if word == "*" else word for word in pattern.split(".") if word != "#"]
    return re.sub(r"\.+", ".", ".".join(words)) or "created"
