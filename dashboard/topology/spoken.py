"""A node or a line in a sentence: for tool tips and for those who hear the picture. PURE."""

from __future__ import annotations

from dashboard.look.wording import rate, visible
from dashboard.topology.graph import (
    ALTERNATE,
    CONSUME,
    CONSUMERS,
    DEAD_LETTER,
    DEFAULT,
    EXCHANGE,
    FOLD,
    Graph,
    GraphEdge,
    NodeId,
)

_KINDS = {EXCHANGE: "exchange", FOLD: "queues, folded", CONSUMERS: "consumers"}
_ALL_MENTIONED = 6


def node_sentence(graph: Graph, node: NodeId) -> str:
    """``Queue orders.fulfil, 9,210 ready · growing. From orders.events. To shop.dlx (dead letters).``"""
    found = graph.by_id[node]
    kind = _KINDS.get(node.kind, "queue")
    parts = [f"{kind.capitalize()} {found.title}, {found.detail}"]
    arriving = [_end(graph, edge, edge.source) for edge in graph.arriving.get(node, ())]
    leaving = [_end(graph, edge, edge.target) for edge in graph.leaving.get(node, ())]
    if arriving:
        parts.append(f"From {_listed(arriving)}")
    if leaving:
        parts.append(f"To {_listed(leaving)}")
    return ". ".join(parts) + "."


def edge_sentence(graph: Graph, edge: GraphEdge, why: str = "") -> str:
    """``orders.events to orders.fulfil, key order.paid, up to 12 /s.`` and why a traced message takes it or not."""
    source, target = graph.by_id[edge.source].title, graph.by_id[edge.target].title
    words = f"{source} to {target}{_meaning(edge)}"
    if edge.rate:
        words = f"{words}, up to {rate(edge.rate)} /s"
    if len(edge.bindings) > 1:
        keys = [visible(binding.routing_key) or "(empty key)" for binding in edge.bindings]
        words = f"{words}: {_listed(keys)}"
    return f"{words}. {why}".strip()


def _meaning(edge: GraphEdge) -> str:
    match edge.kind:
        case "dead-letter":
            return ", dead letters"
        case "alternate":
            return ", what it cannot route"
        case "consume":
            return ""
        case "default":
            return ", by the queue's own name"
    return f", {edge.label}" if edge.label else ", every message"


def _end(graph: Graph, edge: GraphEdge, node: NodeId) -> str:
    title = graph.by_id[node].title
    note = {DEAD_LETTER: "dead letters", ALTERNATE: "if unrouted", DEFAULT: "", CONSUME: ""}.get(edge.kind, edge.label)
    return f"{title} ({note})" if note else title


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_ALL_MENTIONED])
    return f"{shown} and {len(names) - _ALL_MENTIONED} more" if len(names) > _ALL_MENTIONED else shown
