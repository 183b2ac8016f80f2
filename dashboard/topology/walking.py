"""Where the arrow keys lead: right and left along the lines, up and down among neighbours in a column."""

from __future__ import annotations

from PySide6.QtCore import Qt

from dashboard.topology.graph import Graph, NodeId
from dashboard.topology.plan import Plan, Spot

DIRECTIONS: dict[Qt.Key, tuple[int, int]] = {
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Down: (0, 1),
    Qt.Key.Key_Up: (0, -1),
}


def step(graph: Graph, plan: Plan, at: NodeId | None, direction: tuple[int, int]) -> NodeId | None:
    """The next node from ``at``; from nowhere the first one. ``at`` itself when there is none that way."""
    if at is None or at not in plan.spots:
        return first(plan)
    across, down = direction
    return _along(graph, plan, at, across) if across else _beside(plan, at, down)


def first(plan: Plan) -> NodeId | None:
    """Upper left."""
    return min(plan.spots, key=lambda node: (plan.spots[node].x, plan.spots[node].y), default=None)


def _along(graph: Graph, plan: Plan, at: NodeId, across: int) -> NodeId:
    """Along a line to the node whose height is nearest."""
    here = plan.spots[at]
    if across > 0:
        ends = [edge.target for edge in graph.leaving.get(at, ())]
    else:
        ends = [edge.source for edge in graph.arriving.get(at, ())]
    return min(ends, key=lambda node: (abs(plan.spots[node].middle - here.middle), node), default=at)


def _beside(plan: Plan, at: NodeId, down: int) -> NodeId:
    """The nearest node above or below: in the same column first, else a little to the side."""
    here = plan.spots[at]
    others = [
        (node, spot) for node, spot in plan.spots.items() if node != at and (spot.middle - here.middle) * down > 1
    ]
    return min(others, key=lambda found: (_distance(here, found[1]), found[0]), default=(at, here))[0]


def _distance(here: Spot, there: Spot) -> float:
    aside = max(0.0, here.x - there.right, there.x - here.right)
    return abs(there.middle - here.middle) + 3 * aside + abs(there.x - here.x) * 0.2
