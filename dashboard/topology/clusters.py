"""Which nodes are laid out together, and in which column each one stands. PURE.

Columns run the way messages do: exchanges | queues | consumers and dead-letter exchanges | dead-letter queues. Parts
that hang together by few lines only are laid out apart, so that no picture grows as tall as everything together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dashboard.topology.folding import home_of
from dashboard.topology.graph import (
    ALTERNATE,
    CONSUME,
    CONSUMERS,
    DEAD_LETTER,
    EXCHANGE,
    FOLD,
    QUEUE,
    EdgeId,
    Graph,
    GraphEdge,
    NodeId,
)

MOST_ROWS, MOST_ROWS_IN_A_CROWD = 14, 7
"""Lines that are not the main one of a queue join two parts only while the part has no more queues than this."""

_CROWD = 24

_SIDE_LINES = (DEAD_LETTER, CONSUME, ALTERNATE)
_AFTERLIFE = ("dlx", "dlq", "dead", "retry", "fail", "park", "delay", "wait")


class Cluster(NamedTuple):
    """Nodes laid out together with the lines among them. ``backward``: lines that close a circle, shown as stubs."""

    nodes: tuple[NodeId, ...]
    edges: tuple[GraphEdge, ...]
    backward: frozenset[EdgeId]
    column_of: Mapping[NodeId, int]


def clusters_of(graph: Graph) -> tuple[Cluster, ...]:
    """Every node is in exactly one cluster; a line between two clusters is in none. In a steady order."""
    owner = _joined(graph)
    members: dict[NodeId, list[NodeId]] = {}
    for node in graph.nodes:
        members.setdefault(owner[node.id], []).append(node.id)
    inner: dict[NodeId, list[GraphEdge]] = {}
    for edge in graph.edges:
        if owner[edge.source] == owner[edge.target]:
            inner.setdefault(owner[edge.source], []).append(edge)
    return tuple(_cluster(nodes, inner.get(root, ())) for root, nodes in members.items())


def _cluster(nodes: Sequence[NodeId], edges: Sequence[GraphEdge]) -> Cluster:
    backward = frozenset(edge.id for edge in _closing(nodes, edges))
    forward = tuple(edge for edge in edges if edge.id not in backward)
    return Cluster(tuple(nodes), forward, backward, _columns(nodes, forward))


# ---- who belongs together -------------------------------------------------------------------------------------------


def _joined(graph: Graph) -> dict[NodeId, NodeId]:
    """Node -> the node that stands for its cluster."""
    up = {node.id: node.id for node in graph.nodes}
    rows = {node.id: int(node.id.kind in (QUEUE, FOLD)) for node in graph.nodes}

    def root(node: NodeId) -> NodeId:
        while up[node] != node:
            up[node] = up[up[node]]
            node = up[node]
        return node

    strong, weak = _by_strength(graph)
    most = MOST_ROWS_IN_A_CROWD if sum(rows.values()) > _CROWD else MOST_ROWS
    for limit, edges in ((None, strong), (most, weak)):
        for edge in edges:
            one, other = root(edge.source), root(edge.target)
            if one != other and (limit is None or rows[one] + rows[other] <= limit):
                up[max(one, other)] = min(one, other)
                rows[min(one, other)] += rows[max(one, other)]
    return {node: root(node) for node in up}


def _by_strength(graph: Graph) -> tuple[list[GraphEdge], list[GraphEdge]]:
    """A queue's main line and its consumers hold fast; everything else holds while there is room."""
    strong: list[GraphEdge] = []
    weak: list[GraphEdge] = []
    for node, edges in graph.arriving.items():
        bound = [edge for edge in edges if edge.kind not in _SIDE_LINES]
        home = home_of(
            _last_part(node), [edge.source.name for edge in bound for _ in range(max(1, len(edge.bindings)))]
        )
        for edge in edges:
            main = node.kind != EXCHANGE and edge.source.name == home and edge.kind not in _SIDE_LINES
            (strong if main or edge.kind == CONSUME else weak).append(edge)
    return strong, sorted(weak, key=lambda edge: (edge.kind == DEAD_LETTER, edge.id))


def _last_part(node: NodeId) -> str:
    """A queue's name, or the prefix that a fold's members share."""
    return node.name.rpartition("\n")[2]


# ---- circles --------------------------------------------------------------------------------------------------------


def _closing(nodes: Iterable[NodeId], edges: Sequence[GraphEdge]) -> list[GraphEdge]:
    """Lines that lead back to where a message has been: without them there is no circle."""
    leaving: dict[NodeId, list[GraphEdge]] = {}
    for edge in edges:
        leaving.setdefault(edge.source, []).append(edge)
    dead = {edge.target for edge in edges if edge.kind == DEAD_LETTER}
    found: list[GraphEdge] = []
    state: dict[NodeId, int] = {}
    for start in sorted(nodes, key=lambda node: _start_rank(node, dead)):
        if start in state:
            continue
        state[start] = 1
        trail = [(start, iter(leaving.get(start, ())))]
        while trail:
            node, rest = trail[-1]
            following = next(rest, None)
            if following is None:
                state[node] = 2
                trail.pop()
            elif state.get(following.target) == 1:
                found.append(following)
            elif following.target not in state:
                state[following.target] = 1
                trail.append((following.target, iter(leaving.get(following.target, ()))))
    return found


def _start_rank(node: NodeId, dead: set[NodeId]) -> tuple[bool, bool, bool, NodeId]:
    """Where messages begin their way: at exchanges, rather not at those that collect what died."""
    named = any(word in node.name.casefold() for word in _AFTERLIFE)
    return node.kind != EXCHANGE, node in dead, named, node


# ---- columns --------------------------------------------------------------------------------------------------------


def _columns(nodes: Sequence[NodeId], edges: Sequence[GraphEdge]) -> dict[NodeId, int]:
    """A stage is a life of a message: each dead-lettering begins the next. Within a stage exchanges come in the order
    of their bindings, then all queues in one column; the consumers stand where the next stage begins."""
    life = dict.fromkeys(nodes, 0)
    depth = dict.fromkeys(nodes, 0)
    arriving: dict[NodeId, list[GraphEdge]] = {}
    for edge in edges:
        arriving.setdefault(edge.target, []).append(edge)
    for node in _in_order(nodes, edges):
        for edge in arriving.get(node, ()):
            life[node] = max(life[node], life[edge.source] + (edge.kind == DEAD_LETTER))
        before = [depth[edge.source] for edge in arriving.get(node, ()) if _steps(edge, life)]
        depth[node] = max(before, default=-1) + 1
    deepest: dict[int, int] = {}
    for node in nodes:
        if node.kind == EXCHANGE:
            deepest[life[node]] = max(deepest.get(life[node], 0), depth[node])
    base, bases = 0, {}
    for stage in range(max(life.values(), default=0) + 1):
        bases[stage] = base
        base += deepest.get(stage, -1) + 2
    columns = {}
    for node in nodes:
        queues = bases[life[node]] + deepest.get(life[node], -1) + 1
        columns[node] = bases[life[node]] + depth[node] if node.kind == EXCHANGE else queues + (node.kind == CONSUMERS)
    used = {column: place for place, column in enumerate(sorted(set(columns.values())))}
    return {node: used[column] for node, column in columns.items()}


def _steps(edge: GraphEdge, life: Mapping[NodeId, int]) -> bool:
    same = life[edge.source] == life[edge.target]
    return same and edge.source.kind == EXCHANGE and edge.target.kind == EXCHANGE


def _in_order(nodes: Sequence[NodeId], edges: Sequence[GraphEdge]) -> list[NodeId]:
    """Sources before targets; the lines hold no circle."""
    waiting = dict.fromkeys(nodes, 0)
    leaving: dict[NodeId, list[NodeId]] = {}
    for edge in edges:
        waiting[edge.target] += 1
        leaving.setdefault(edge.source, []).append(edge.target)
    ready = [node for node, count in waiting.items() if not count]
    for node in ready:
        for target in leaving.get(node, ()):
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return ready
