"""Where every node of the graph stands. A node that is there keeps its place when another one comes or goes. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from dashboard.look.wording import shorten
from dashboard.topology.clusters import Cluster, clusters_of
from dashboard.topology.graph import ALTERNATE, CONSUMERS, DEAD_LETTER, EXCHANGE, EdgeId, Graph, GraphEdge, NodeId
from dashboard.topology.layering import heights_of

SIZES = {EXCHANGE: (176.0, 46.0), CONSUMERS: (158.0, 44.0)}
_QUEUE_SIZE = (206.0, 54.0)
_SPACE_BELOW = 13.0
LABEL_STEP = 20.0
"""The room of a label above the next one."""

KNOT_WIDTH = 60.0
_GAP = 46.0
_LABEL_GAP = 72.0
_STUB_GAP = 24.0
_STUB_CHARS = 26
_BETWEEN_BLOCKS = 26.0
_BETWEEN_COLUMNS = 84.0
_SLACK = 1.04
"""A part that sticks out by so little still stands beside another one."""

_WIDTHS = (1.0, 1.4, 2.0, 2.6, 3.3, 4.0, 5.2, 6.5, 8.0)
"""What is tried: so many times the widest part."""

_LARGEST_SCALE = 1.15
_MOSTLY_NEW = 0.3
_MOST_GONE = 500
_HOW_FAR_TO_LOOK = 400

Widths = Mapping[str, float]
"""Label -> how wide it is drawn."""


class Room(NamedTuple):
    """How much of a view is free for the picture, in pixels."""

    width: float
    height: float


class Spot(NamedTuple):
    """The rectangle of a node, in picture units (pixels at scale 1)."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    def touches(self, other: Spot, margin: float) -> bool:
        return (
            self.x < other.right + margin
            and other.x < self.right + margin
            and self.y < other.bottom + margin
            and other.y < self.bottom + margin
        )


class Knot(NamedTuple):
    """A level stretch of a line between two columns."""

    left: float
    right: float
    y: float


class Plan(NamedTuple):
    """``knots``: the stretches of lines that pass columns. ``stubs``: lines drawn as stubs, since they lead far or
    back; ``lines``: those drawn in full."""

    spots: Mapping[NodeId, Spot]
    knots: Mapping[EdgeId, tuple[Knot, ...]]
    stubs: frozenset[EdgeId]
    lines: frozenset[EdgeId]
    gone: Mapping[NodeId, Spot] = MappingProxyType({})
    """Where nodes stood that are no longer there: who comes back finds its place."""

    @property
    def bounds(self) -> Spot:
        """The rectangle around everything."""
        return _around(list(self.spots.values()))


NO_PLAN = Plan({}, {}, frozenset(), frozenset())


def plan_of(graph: Graph, widths: Widths, room: Room, before: Plan = NO_PLAN) -> Plan:
    """Places for all nodes, so that they are seen large in a view with that ``room``. Known nodes stay where they
    were, unless most of the graph is new."""
    clusters = clusters_of(graph)
    kept = sum(1 for node in graph.nodes if node.id in before.spots)
    if kept <= len(graph.nodes) * _MOSTLY_NEW:
        return _planned(clusters, graph, widths, room)
    return _grown(clusters, graph, widths, before)


def stub_text(edge: GraphEdge, graph: Graph) -> str:
    """What stands on a line that is shown as a stub: where it comes from, too."""
    if edge.kind in (DEAD_LETTER, ALTERNATE):
        return ""
    return shorten(" · ".join(part for part in (graph.by_id[edge.source].title, edge.label) if part), _STUB_CHARS)


def size_of(node: NodeId) -> tuple[float, float]:
    return SIZES.get(node.kind, _QUEUE_SIZE)


# ---- from nothing ---------------------------------------------------------------------------------------------------


class _Block(NamedTuple):
    """A cluster laid out by itself, its upper left corner at zero."""

    spots: dict[NodeId, Spot]
    knots: dict[EdgeId, tuple[Knot, ...]]
    width: float
    height: float

    def moved(self, x: float, y: float) -> _Block:
        spots = {node: spot._replace(x=spot.x + x, y=spot.y + y) for node, spot in self.spots.items()}
        knots = {
            edge: tuple(Knot(knot.left + x, knot.right + x, knot.y + y) for knot in found)
            for edge, found in self.knots.items()
        }
        return _Block(spots, knots, self.width, self.height)


def _planned(clusters: Sequence[Cluster], graph: Graph, widths: Widths, room: Room) -> Plan:
    blocks = _packed([_block(cluster, graph, widths) for cluster in clusters], room)
    spots = {node: spot for block in blocks for node, spot in block.spots.items()}
    knots = {edge: found for block in blocks for edge, found in block.knots.items()}
    lines = frozenset(edge.id for cluster in clusters for edge in cluster.edges)
    return Plan(spots, knots, frozenset(edge.id for edge in graph.edges if edge.id not in lines), lines)


def _block(cluster: Cluster, graph: Graph, widths: Widths) -> _Block:
    column_of = {node: cluster.column_of[node] for node in cluster.nodes}
    pitch_of = {node: _pitch(node, graph) for node in cluster.nodes}
    heights = heights_of(column_of, [(edge.source, edge.target) for edge in cluster.edges], pitch_of)
    lefts, rights = _columns_across(cluster, graph, widths)
    spots = {}
    for node, column in column_of.items():
        width, height = size_of(node)
        spots[node] = Spot(lefts[column], heights.of_point[node] - height / 2, width, height)
    knots = {
        edge.id: tuple(Knot(lefts[column], rights[column], y) for column, y in found)
        for edge, found in zip(cluster.edges, heights.of_line, strict=True)
        if found
    }
    box = _around(list(spots.values()))
    return _Block(spots, knots, box.right, box.height).moved(0.0, -box.y)


def _columns_across(cluster: Cluster, graph: Graph, widths: Widths) -> tuple[list[float], list[float]]:
    """Left and right edge of each column: as wide as its nodes, with room before it for the labels that stand there."""
    count = max(cluster.column_of.values(), default=0) + 1
    across, gaps = [KNOT_WIDTH] * count, [0.0, *[_GAP] * (count - 1)]
    for node, column in cluster.column_of.items():
        across[column] = max(across[column], size_of(node)[0])
    inner = {edge.id for edge in cluster.edges}
    for node, column in cluster.column_of.items():
        for edge in graph.arriving.get(node, ()):
            text = edge.label if edge.id in inner else stub_text(edge, graph)
            if text:
                gaps[column] = max(gaps[column], widths[text] + (_LABEL_GAP if column else _STUB_GAP))
    lefts, x = [], 0.0
    for width, gap in zip(across, gaps, strict=True):
        lefts.append(x + gap)
        x += gap + width
    return lefts, [left + width for left, width in zip(lefts, across, strict=True)]


def _pitch(node: NodeId, graph: Graph) -> float:
    """The room a node wants in its column: for itself, or for the labels of the lines that arrive."""
    labels = sum(1 for edge in graph.arriving.get(node, ()) if edge.label)
    return max(size_of(node)[1] + _SPACE_BELOW, LABEL_STEP * labels + 10.0)


def _packed(blocks: Sequence[_Block], room: Room) -> list[_Block]:
    """The blocks side by side and below each other, as wide as shows them largest."""
    if not blocks:
        return []
    widest = max(block.width for block in blocks)
    best: list[_Block] = []
    best_scale = 0.0
    for times in _WIDTHS:
        placed = _shelved(blocks, widest * times)
        box = _around([spot for block in placed for spot in block.spots.values()])
        scale = min(_LARGEST_SCALE, room.width / max(1.0, box.width), room.height / max(1.0, box.height))
        # A narrow picture is easier to read: a wider one must win clearly.
        if scale > best_scale * 1.04:
            best, best_scale = placed, scale
    return best


def _shelved(blocks: Sequence[_Block], room: float) -> list[_Block]:
    """The tallest first, each as high up as it fits, then as far left."""
    placed: list[_Block] = []
    taken: list[Spot] = []
    for block in sorted(blocks, key=lambda block: -block.height):
        aligned = sorted({0.0, *(spot.x for spot in taken)})
        lefts = [*aligned, *sorted(spot.right + _BETWEEN_COLUMNS for spot in taken)]
        tops = [0.0, *(spot.bottom + _BETWEEN_BLOCKS for spot in taken)]
        places = (
            Spot(left, top, block.width, block.height)
            for top in sorted(set(tops))
            for left in lefts
            if left + block.width <= room * _SLACK
        )
        spot = next(place for place in places if not any(_crowds(place, other) for other in taken))
        taken.append(spot)
        placed.append(block.moved(spot.x, spot.y))
    return placed


def _crowds(one: Spot, other: Spot) -> bool:
    aside = one.x >= other.right + _BETWEEN_COLUMNS or other.x >= one.right + _BETWEEN_COLUMNS
    return not aside and one.y < other.bottom + _BETWEEN_BLOCKS and other.y < one.bottom + _BETWEEN_BLOCKS


def _around(spots: Sequence[Spot]) -> Spot:
    if not spots:
        return Spot(0.0, 0.0, 0.0, 0.0)
    left, top = min(spot.x for spot in spots), min(spot.y for spot in spots)
    return Spot(left, top, max(spot.right for spot in spots) - left, max(spot.bottom for spot in spots) - top)


# ---- from what was there --------------------------------------------------------------------------------------------


def _grown(clusters: Sequence[Cluster], graph: Graph, widths: Widths, before: Plan) -> Plan:
    """Everything known stays; new nodes stand beside their neighbours, whole new clusters below everything."""
    spots = {node.id: before.spots[node.id] for node in graph.nodes if node.id in before.spots}
    gone = {**before.gone, **{node: spot for node, spot in before.spots.items() if node not in graph.by_id}}
    for back in graph.nodes:
        spot = gone.pop(back.id, None)
        if spot is not None and not any(spot.touches(other, _SPACE_BELOW - 1) for other in spots.values()):
            spots[back.id] = spot
    for cluster in clusters:
        if not any(node in spots for node in cluster.nodes):
            block = _block(cluster, graph, widths)
            box = _around(list(spots.values()))
            spots.update(block.moved(box.x, box.bottom + _BETWEEN_BLOCKS).spots)
    missing = [node for cluster in clusters for node in cluster.nodes if node not in spots]
    while missing:
        ready = [node for node in missing if any(_other(edge, node) in spots for edge in graph.around(node))] or missing
        for node in ready:
            spots[node] = _free_spot(node, graph, widths, spots)
        missing = [node for node in missing if node not in spots]
    known = frozenset(edge.id for edge in graph.edges)
    inner = frozenset(edge.id for cluster in clusters for edge in cluster.edges)
    # What nobody touched does not change: a line that was drawn in full stays so, and a stub stays a stub.
    lines = (before.lines & known) | (inner - before.stubs)
    knots = {edge: found for edge, found in before.knots.items() if edge in lines}
    return Plan(spots, knots, known - lines, lines, dict(list(gone.items())[-_MOST_GONE:]))


def _other(edge: GraphEdge, node: NodeId) -> NodeId:
    return edge.target if edge.source == node else edge.source


def _free_spot(node: NodeId, graph: Graph, widths: Widths, spots: Mapping[NodeId, Spot]) -> Spot:
    """Beside its neighbours, in the column where its like stand, as near to the neighbours' middle as there is room."""
    width, height = size_of(node)
    sources = [edge for edge in graph.arriving.get(node, ()) if edge.source in spots]
    targets = [edge for edge in graph.leaving.get(node, ()) if edge.target in spots]
    like = [
        spots[edge.target].x
        for arriving in sources
        for edge in graph.leaving.get(arriving.source, ())
        if edge.target in spots and edge.target.kind == node.kind
    ]
    if like:
        x = min(like)
    elif sources:
        widest = max((widths[edge.label] + _LABEL_GAP for edge in sources if edge.label), default=_GAP)
        x = max(spots[edge.source].right for edge in sources) + widest
    elif targets:
        x = min(spots[edge.target].x for edge in targets) - width - _LABEL_GAP
    else:
        box = _around(list(spots.values()))
        return Spot(box.x, box.bottom + _BETWEEN_BLOCKS, width, height)
    beside = [spots[edge.source].middle for edge in sources] or [spots[edge.target].middle for edge in targets]
    wanted = Spot(x, sum(beside) / len(beside) - height / 2, width, height)
    taken = list(spots.values())
    for step in range(_HOW_FAR_TO_LOOK):
        for direction in (1, -1) if step else (1,):
            spot = wanted._replace(y=wanted.y + direction * step * (height + _SPACE_BELOW) / 2)
            if not any(spot.touches(other, _SPACE_BELOW - 1) for other in taken):
                return spot
    return wanted
