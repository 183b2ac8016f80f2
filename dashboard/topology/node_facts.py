"""Everything the panel says of one node of the picture. PURE: facts in, words out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, QueueKey
from broker_client.rabbit.topology import alternate_exchange, dead_letter_exchange
from dashboard.look import wording
from dashboard.models.queue_wording import status_words
from dashboard.topology.graph import CONSUMERS, EXCHANGE, FOLD, NodeId
from dashboard.topology.node_wording import DEFAULT_EXCHANGE, exchange_title, speed
from dashboard.topology.picture import Facts, Picture

RULES: Mapping[str, str] = {
    "direct": "A message goes to every binding whose key equals its routing key.",
    "fanout": "A message goes to every binding, whatever its routing key.",
    "topic": "A message goes to every binding whose pattern fits its routing key: * is one word, # any number.",
    "headers": "A message goes to every binding whose arguments its headers satisfy: all of them, or any.",
    "default": "A message goes to the queue whose name equals its routing key.",
}
_OTHER_RULE = "Its type is not one of RabbitMQ's own four: what it matches is known to its plugin."
_NOT_THERE = "Something refers to this exchange and the broker does not have it: what is sent there is lost."


class NodeFacts(NamedTuple):
    """``rows`` are name and value pairs; ``bindings`` those that arrive at a queue or leave an exchange."""

    kind: str
    name: str
    tone: str
    status: str
    meaning: str
    rows: tuple[tuple[str, str], ...] = ()
    bindings: tuple[Binding, ...] = ()
    queues: tuple[QueueKey, ...] = ()


def facts_of(node: NodeId, facts: Facts, picture: Picture) -> NodeFacts:
    """What is known of ``node`` now; it may have gone."""
    if node.kind == EXCHANGE:
        return _exchange(node, facts)
    shown = picture.graph.by_id.get(node)
    if node.kind in (FOLD, CONSUMERS):
        kind, title = ("Queues", "Folded") if node.kind == FOLD else ("Consumers", "")
        meaning = "All of them are healthy. A queue in trouble shows up by itself." if node.kind == FOLD else ""
        if shown is None:
            return NodeFacts(
                kind, node.name.rpartition("\n")[2], "idle", "Gone", "It is no longer part of the picture."
            )
        detail = (("Together", shown.detail),)
        return NodeFacts(kind, shown.title, shown.tone, title, meaning, detail, queues=shown.members)
    row = next((row for row in facts.rows if row.key == QueueKey(node.vhost, node.name)), None)
    return _queue(node, row, facts)


def _exchange(node: NodeId, facts: Facts) -> NodeFacts:
    key = ExchangeKey(node.vhost, node.name)
    exchange = next((exchange for exchange in facts.exchanges if exchange.key == key), None)
    name = exchange_title(node.name)
    if exchange is None:
        return NodeFacts("Exchange", name, "crit", "Does not exist", _NOT_THERE)
    kind = exchange.type if node.name else "default"
    leaving = tuple(b for b in facts.bindings if node.name and (b.vhost, b.source) == key)
    arriving = [b.source for b in facts.bindings if (b.vhost, b.destination, b.destination_type) == (*key, "exchange")]
    rows = (
        ("Virtual host", node.vhost),
        ("Features", _features(exchange)),
        ("Policy", exchange.policy or ""),
        ("If unrouted", alternate_exchange(exchange) or "dropped or returned"),
        ("Fed by", ", ".join(map(wording.visible, dict.fromkeys(arriving)))),
        ("In", speed(exchange.rate_in) if exchange.rate_in is not None else ""),
        ("Out", speed(exchange.rate_out) if exchange.rate_out is not None else ""),
    )
    return NodeFacts("Exchange", name, "plain", kind.capitalize(), RULES.get(kind, _OTHER_RULE), rows, leaving)


def _features(exchange: Exchange) -> str:
    told = {"durable": exchange.durable, "auto-delete": exchange.auto_delete, "internal": exchange.internal}
    return ", ".join(name for name, holds in told.items() if holds) or "transient"


def _queue(node: NodeId, row: QueueRow | None, facts: Facts) -> NodeFacts:
    if row is None:
        return NodeFacts("Queue", node.name, "idle", "Gone", "There is no queue of this name any more.")
    queue, words = row.queue, status_words(row)
    arriving = tuple(
        binding
        for binding in facts.bindings
        if binding.source and (binding.vhost, binding.destination, binding.destination_type) == (*row.key, "queue")
    )
    dead = dead_letter_exchange(queue)
    rates = queue.rates
    rows = (
        ("Virtual host", queue.vhost),
        ("Type", queue.type),
        ("Ready", wording.full_count(queue.ready)),
        ("Unacked", wording.full_count(queue.unacked)),
        ("Consumers", wording.full_count(queue.consumers)),
        ("In", speed(rates.publish) if rates.publish is not None else ""),
        ("Out", speed(rates.deliver_get) if rates.deliver_get is not None else ""),
        ("Dead letters", "dropped" if dead is None else f"to {wording.visible(dead) or DEFAULT_EXCHANGE}"),
        ("Policy", queue.policy or ""),
    )
    return NodeFacts("Queue", queue.name, words.tone, words.word, words.meaning, rows, arriving)
