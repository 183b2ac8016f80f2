"""The course of every line: points of smooth curves, where its label stands, where it ends at its target. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dashboard.topology.graph import EdgeId, Graph, GraphEdge
from dashboard.topology.plan import LABEL_STEP, Knot, Plan, Spot, Widths, stub_text

LABEL_HEIGHT = 18.0
_ARROW_ROOM = 14.0
_SHORT = 48.0
_PORT_STEP = 20.0
_PORT_MARGIN = 10.0


class XY(NamedTuple):
    x: float
    y: float


class Curve(NamedTuple):
    """A cubic Bézier curve."""

    start: XY
    first: XY
    second: XY
    end: XY


class Route(NamedTuple):
    """``label`` is the label's rectangle. A ``stub`` shows only its last stretch, until somebody asks for the whole."""

    curves: tuple[Curve, ...]
    label: Spot | None
    stub: bool = False


def texts_of(graph: Graph, plan: Plan) -> dict[EdgeId, str]:
    """What stands on each line. A stub says where it comes from; one that leads to an exchange's or a queue's afterlife
    has no words, since the node it leaves wears a badge for it."""
    return {edge.id: stub_text(edge, graph) if edge.id in plan.stubs else edge.label for edge in graph.edges}


def routes_of(graph: Graph, plan: Plan, texts: Mapping[EdgeId, str], widths: Widths) -> dict[EdgeId, Route]:
    """One route per line of the graph. ``widths`` are those of all ``texts``."""
    found: dict[EdgeId, Route] = {}
    for target, edges in graph.arriving.items():
        spot = plan.spots[target]
        shown = [edge for edge in edges if texts[edge.id] or edge.id not in plan.stubs]
        hidden = [edge for edge in edges if not texts[edge.id] and edge.id in plan.stubs]
        found.update((edge.id, _route(edge, plan, spot, spot.middle, spot.middle, 0.0)) for edge in hidden)
        ordered = sorted(shown, key=lambda edge: (_comes_from(edge, plan), edge.id))
        ports = _ports(len(ordered), spot)
        labels = _label_heights([texts[edge.id] for edge in ordered], ports)
        for edge, port, label_y in zip(ordered, ports, labels, strict=True):
            text = texts[edge.id]
            found[edge.id] = _route(edge, plan, spot, port, label_y, widths[text] if text else 0.0)
    return found


def _comes_from(edge: GraphEdge, plan: Plan) -> float:
    knots = plan.knots.get(edge.id)
    return knots[-1].y if knots else plan.spots[edge.source].middle


def _ports(count: int, spot: Spot) -> list[float]:
    """Heights at which lines end, spread over the left side of the node."""
    step = min(_PORT_STEP, (spot.height - _PORT_MARGIN) / max(1, count - 1)) if count > 1 else 0.0
    return [spot.middle + (number - (count - 1) / 2) * step for number in range(count)]


def _label_heights(texts: list[str], ports: list[float]) -> list[float]:
    """Labels never touch: each stands at its port, or further out when the ports are close."""
    labelled = [number for number, text in enumerate(texts) if text]
    if not labelled:
        return ports
    middle = sum(ports[number] for number in labelled) / len(labelled)
    heights = list(ports)
    for place, number in enumerate(labelled):
        even = middle + (place - (len(labelled) - 1) / 2) * LABEL_STEP
        heights[number] = even if len(labelled) > 1 else ports[number]
    return heights


def _route(edge: GraphEdge, plan: Plan, spot: Spot, port: float, label_y: float, width: float) -> Route:
    end = XY(spot.x, port)
    label = Spot(end.x - _ARROW_ROOM - width, label_y - LABEL_HEIGHT / 2, width, LABEL_HEIGHT) if width else None
    lead = XY(end.x - _ARROW_ROOM - width - 6.0, label_y) if label else XY(end.x - 10.0, port)
    source = plan.spots[edge.source]
    start = XY(source.right, source.middle)
    curves = [*_through(start, plan.knots.get(edge.id, ()), lead)]
    if label is not None:
        after = XY(label.right, label_y)
        curves.append(_straight(lead, after))
        lead = after
    curves.append(_bent(lead, end) if lead.y != end.y else _straight(lead, end))
    return Route(tuple(curves), label, edge.id in plan.stubs)


def _through(start: XY, knots: tuple[Knot, ...], end: XY) -> list[Curve]:
    curves, last = [], start
    for knot in knots:
        left, right = XY(knot.left, knot.y), XY(knot.right, knot.y)
        curves += [_bent(last, left), _straight(left, right)]
        last = right
    return [*curves, _bent(last, end)]


def _bent(start: XY, end: XY) -> Curve:
    """Leaves and arrives level; a line that leads back swings out on both sides."""
    reach = end.x - start.x
    if reach <= 0:
        bend = min(220.0, 60.0 - reach * 0.4)
    else:
        bend = reach * (0.6 if reach < _SHORT else 0.5)
    return Curve(start, XY(start.x + bend, start.y), XY(end.x - bend, end.y), end)


def _straight(start: XY, end: XY) -> Curve:
    third = XY((end.x - start.x) / 3, (end.y - start.y) / 3)
    return Curve(start, XY(start.x + third.x, start.y + third.y), XY(end.x - third.x, end.y - third.y), end)


def bounds_of(plan: Plan, routes: Mapping[EdgeId, Route]) -> Spot:
    """The rectangle around nodes and labels."""
    labels = [route.label for route in routes.values() if route.label is not None]
    spots = [*plan.spots.values(), *labels]
    if not spots:
        return Spot(0.0, 0.0, 0.0, 0.0)
    left, top = min(spot.x for spot in spots), min(spot.y for spot in spots)
    return Spot(left, top, max(spot.right for spot in spots) - left, max(spot.bottom for spot in spots) - top)
