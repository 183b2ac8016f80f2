"""What is brought out of the picture and what steps back: a trace, a search, the node under the mouse. PURE."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from dashboard.topology.graph import EdgeId, Graph, NodeId


class Emphasis(msgspec.Struct, frozen=True):
    """``None`` = nothing is brought out. ``why`` says of a line why a message takes it or not."""

    nodes: frozenset[NodeId] | None = None
    edges: frozenset[EdgeId] | None = None
    why: Mapping[EdgeId, str] = msgspec.field(default_factory=dict)
    unsure: frozenset[EdgeId] = frozenset()
    """Lines whose rule is not known."""

    def is_dim(self, node: NodeId) -> bool:
        return self.nodes is not None and node not in self.nodes

    def is_dim_edge(self, edge: EdgeId) -> bool:
        return self.edges is not None and edge not in self.edges and edge not in self.unsure

    def is_lit(self, edge: EdgeId) -> bool:
        return self.edges is not None and edge in self.edges


NOTHING = Emphasis()


def found_nodes(graph: Graph, nodes: frozenset[NodeId]) -> Emphasis:
    """The nodes a search found, with the lines among them."""
    edges = frozenset(edge.id for edge in graph.edges if edge.source in nodes and edge.target in nodes)
    return Emphasis(nodes, edges)


def around_node(graph: Graph, node: NodeId) -> frozenset[EdgeId]:
    """The lines to and from one node: drawn in full while it is looked at."""
    return frozenset(edge.id for edge in graph.around(node))
