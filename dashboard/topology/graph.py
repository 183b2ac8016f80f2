"""What the picture of the topology holds: nodes and edges, frozen. PURE.

The *shape* (which nodes and edges there are, and the words on the edges) decides where things stand; figures, tones and
rates may change without moving anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

import msgspec

from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey

EXCHANGE, QUEUE, FOLD, CONSUMERS = "exchange", "queue", "fold", "consumers"
BINDING, DEFAULT, DEAD_LETTER, ALTERNATE, CONSUME = "binding", "default", "dead-letter", "alternate", "consume"


class NodeId(NamedTuple):
    """``kind`` is ``exchange``, ``queue``, ``fold`` (many healthy queues as one) or ``consumers``."""

    kind: str
    vhost: str
    name: str


class EdgeId(NamedTuple):
    """``kind`` is ``binding``, ``default``, ``dead-letter``, ``alternate`` or ``consume``; ``detail`` parts twins."""

    kind: str
    source: NodeId
    target: NodeId
    detail: str = ""


class GraphNode(msgspec.Struct, frozen=True):
    """One box. ``type`` is an exchange's type; ``fill`` (0 to 1) the depth bar's, ``None`` = no bar."""

    id: NodeId
    title: str
    detail: str
    tone: str = "plain"
    type: str = ""
    fill: float | None = None
    members: tuple[QueueKey, ...] = ()
    """The queues that a fold stands for, or that consumers consume."""
    missing: bool = False
    """Something refers to it and the broker does not have it."""

    @property
    def in_trouble(self) -> bool:
        return self.tone in ("warn", "crit")


class GraphEdge(msgspec.Struct, frozen=True):
    """One line. ``type`` is the source exchange's type, ``rate`` messages per second (``None`` = not known)."""

    id: EdgeId
    label: str = ""
    type: str = ""
    rate: float | None = None
    bindings: tuple[Binding, ...] = ()

    @property
    def source(self) -> NodeId:
        return self.id.source

    @property
    def target(self) -> NodeId:
        return self.id.target

    @property
    def kind(self) -> str:
        return self.id.kind


class Shape(NamedTuple):
    """What decides where things stand."""

    nodes: frozenset[NodeId]
    edges: frozenset[tuple[EdgeId, str]]


class Graph(msgspec.Struct, frozen=True, dict=True):
    """Nodes and edges in a steady order. Every edge joins two nodes of the graph."""

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[NodeId, GraphNode]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def shape(self) -> Shape:
        return Shape(frozenset(self.by_id), frozenset((edge.id, edge.label) for edge in self.edges))

    @cached_property
    def leaving(self) -> Mapping[NodeId, tuple[GraphEdge, ...]]:
        return _grouped(self.edges, lambda edge: edge.source)

    @cached_property
    def arriving(self) -> Mapping[NodeId, tuple[GraphEdge, ...]]:
        return _grouped(self.edges, lambda edge: edge.target)

    def around(self, node: NodeId) -> tuple[GraphEdge, ...]:
        """Every edge that begins or ends at ``node``."""
        return (*self.arriving.get(node, ()), *self.leaving.get(node, ()))


def exchange_id(key: ExchangeKey) -> NodeId:
    return NodeId(EXCHANGE, key.vhost, key.name)


def queue_id(key: QueueKey) -> NodeId:
    return NodeId(QUEUE, key.vhost, key.name)


def _grouped(edges: tuple[GraphEdge, ...], key: object) -> Mapping[NodeId, tuple[GraphEdge, ...]]:
    assert callable(key)
    groups: dict[NodeId, list[GraphEdge]] = {}
    for edge in edges:
        groups.setdefault(key(edge), []).append(edge)
    return {node: tuple(found) for node, found in groups.items()}
