"""RabbitMQ's definitions export (of the whole broker or of one vhost) to a topology. PURE.

The export leaves out what every vhost has: the default exchange and the ``amq.*`` exchanges. They are put back. It also
leaves out what does not survive a restart (transient and exclusive queues with their bindings); that stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from broker_client.errors import BadAnswer, BadInput
from broker_client.rabbit import management_json as wire
from broker_client.rabbit.entities import Exchange, Policy, Queue
from broker_client.rabbit.loose_json import flag_of, map_of, rows_of, text_of
from broker_client.rabbit.policies import policy_of_exchange, policy_of_queue
from broker_client.rabbit.topology import Topology

_BUILT_IN = {
    "": "direct",
    "amq.direct": "direct",
    "amq.fanout": "fanout",
    "amq.topic": "topic",
    "amq.headers": "headers",
    "amq.match": "headers",
    "amq.rabbitmq.trace": "topic",
}
_WHAT = "these are not RabbitMQ's definitions"
_REMEDY = "export them with: rabbitmqctl export_definitions FILE, or from the management page, Overview"


class Definitions(NamedTuple):
    """What an export holds."""

    version: str
    """RabbitMQ's, "" when the file does not say."""
    vhosts: tuple[str, ...]
    topology: Topology


def read_definitions(text: bytes, vhost: str = "/") -> Definitions:
    """Read an export. ``vhost`` is where everything lies if the file is the export of a single vhost, which does not
    name it (RabbitMQ 4 does: then that name counts). Raises :class:`BadInput` saying which part is wrong."""
    try:
        row = wire.decode(text.removeprefix(b"\xef\xbb\xbf"), dict[str, Any])
    except BadAnswer as problem:
        raise BadInput(_WHAT, str(problem), _REMEDY) from None
    _check(row)
    single = not row.get("vhosts")
    home = text_of(row.get("original_vhost_name")) or vhost
    found = {part: [_placed(item, home) for item in row.get(part, [])] for part in _PARTS}
    vhosts = {str(item.get("name", "")) for item in rows_of(row.get("vhosts"))} or {home if single else vhost}
    vhosts |= {str(item["vhost"]) for items in found.values() for item in items}
    policies = tuple(wire.policy_of(item) for item in found["policies"])
    bindings = tuple(wire.binding_of(item) for item in found["bindings"])
    queues = [_with_queue_policy(_queue(item), policies) for item in found["queues"]]
    exchanges = _exchanges((wire.exchange_of(item) for item in found["exchanges"]), vhosts, policies)
    version = text_of(row.get("rabbitmq_version")) or text_of(row.get("rabbit_version")) or ""
    return Definitions(version, tuple(sorted(vhosts)), Topology(queues, exchanges, bindings))


_PARTS = {
    "queues": ("name",),
    "exchanges": ("name", "type"),
    "bindings": ("source", "destination", "destination_type"),
    "policies": ("name", "pattern"),
}
"""Parts of the export, and what each of their items must have as a text."""


def _check(row: dict[str, Any]) -> None:
    if not any(part in row for part in ("queues", "exchanges", "bindings")):
        raise BadInput(_WHAT, "there are neither queues, exchanges nor bindings in it", _REMEDY)
    for part, needed in _PARTS.items():
        items = row.get(part, [])
        if not isinstance(items, list):
            raise BadInput(_WHAT, f"{part} is not a list", _REMEDY)
        for number, item in enumerate(items, 1):
            missing = [name for name in needed if not isinstance(item, dict) or not isinstance(item.get(name), str)]
            if missing:
                raise BadInput(_WHAT, f"number {number} of {part} has no {missing[0]}", _REMEDY)


def _placed(item: dict[str, Any], home: str) -> dict[str, Any]:
    return item if isinstance(item.get("vhost"), str) else {**item, "vhost": home}


def _queue(item: dict[str, Any]) -> Queue:
    arguments = map_of(item.get("arguments"))
    return Queue(
        vhost=str(item["vhost"]),
        name=str(item["name"]),
        type=text_of(arguments.get("x-queue-type")) or text_of(item.get("type")) or "classic",
        durable=flag_of(item.get("durable")),
        auto_delete=flag_of(item.get("auto_delete")),
        arguments=arguments,
    )


def _with_queue_policy(queue: Queue, policies: tuple[Policy, ...]) -> Queue:
    policy = policy_of_queue(queue, policies)
    if policy is None:
        return queue
    return msgspec.structs.replace(queue, policy=policy.name, effective_policy=policy.definition)


def _exchanges(given: Iterable[Exchange], vhosts: set[str], policies: tuple[Policy, ...]) -> list[Exchange]:
    found = {
        (vhost, name): Exchange(vhost, name, kind, durable=True, internal=name == "amq.rabbitmq.trace")
        for vhost in sorted(vhosts)
        for name, kind in _BUILT_IN.items()
    }
    found.update(((exchange.vhost, exchange.name), exchange) for exchange in given)
    return [_with_exchange_policy(exchange, policies) for exchange in found.values()]


def _with_exchange_policy(exchange: Exchange, policies: tuple[Policy, ...]) -> Exchange:
    policy = policy_of_exchange(exchange, policies)
    if policy is None:
        return exchange
    return msgspec.structs.replace(exchange, policy=policy.name, effective_policy=policy.definition)
