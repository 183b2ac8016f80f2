"""A graph with the geometry that is drawn: rectangles, paths, label boxes and the ways that dots take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainterPath

from dashboard.look.theme import font
from dashboard.topology.graph import EdgeId, Graph, GraphEdge, GraphNode, NodeId
from dashboard.topology.picture import Picture
from dashboard.topology.plan import NO_PLAN, Plan, Room, Spot, Widths, plan_of, stub_text
from dashboard.topology.routes import Curve, Route, bounds_of, routes_of, texts_of

LABEL_PADDING = 8.0
_STEPS_PER_CURVE = 10
_STOPS = 40
_NEAR = 6.0

Way = tuple[tuple[float, float], ...]
"""Points at equal distances along a line."""


class Scene:
    """Made away from the GUI thread, then only read there. Nodes may get newer figures with :meth:`renewed`."""

    def __init__(
        self, picture: Picture, plan: Plan, routes: Mapping[EdgeId, Route], texts: Mapping[EdgeId, str]
    ) -> None:
        self.picture = picture
        self.plan = plan
        self.routes = routes
        self.texts = texts
        self.graph: Graph = picture.graph
        self.bounds: Spot = bounds_of(plan, routes)

    def prepare(self) -> None:
        """Work out now what will be asked for, away from the GUI thread."""
        for part in (self.free, self.arrows, self.stub_paths):
            assert part is not None

    @cached_property
    def rects(self) -> Mapping[NodeId, QRectF]:
        return {node: _rect(spot) for node, spot in self.plan.spots.items()}

    @cached_property
    def paths(self) -> Mapping[EdgeId, QPainterPath]:
        """Every line in full, also those that are shown as stubs."""
        return {edge: _path(route.curves) for edge, route in self.routes.items()}

    @cached_property
    def arrows(self) -> Mapping[EdgeId, tuple[QPointF, float]]:
        """Where each line ends and in which direction (radians)."""
        return {edge: _tip(route.curves[-1]) for edge, route in self.routes.items()}

    @cached_property
    def reaches(self) -> Mapping[EdgeId, QRectF]:
        """The rectangle that holds a line and its label."""
        return {edge: path.controlPointRect().adjusted(-8, -14, 8, 14) for edge, path in self.paths.items()}

    @cached_property
    def stub_paths(self) -> Mapping[EdgeId, QPainterPath]:
        """Of stubs: the stretch through the label to the target; empty when a badge stands for it."""
        return {
            edge: _path(route.curves[-2:]) if route.label is not None else QPainterPath()
            for edge, route in self.routes.items()
            if route.stub
        }

    @cached_property
    def labels(self) -> Mapping[EdgeId, QRectF]:
        return {edge: _rect(route.label) for edge, route in self.routes.items() if route.label is not None}

    @cached_property
    def ways(self) -> Mapping[EdgeId, Way]:
        """Where dots go: along the lines over which messages move."""
        return {
            edge.id: _way(self.routes[edge.id].curves)
            for edge in self.graph.edges
            if edge.rate and not self.routes[edge.id].stub
        }

    @cached_property
    def free(self) -> Mapping[EdgeId, tuple[bool, ...]]:
        """Of each stretch of each way: whether no box and no label lies there."""
        things = [*self.rects.values(), *self.labels.values()]
        found = {}
        for edge, way in self.ways.items():
            reach = self.reaches[edge]
            near = [thing for thing in things if thing.intersects(reach)]
            covered = [any(thing.contains(x, y) for thing in near) for x, y in way]
            found[edge] = tuple(not (one or other) for one, other in pairwise((*covered, covered[-1])))
        return found

    def renewed(self, nodes: Iterable[GraphNode]) -> Scene:
        """The same picture with newer figures on some nodes."""
        newer = {node.id: node for node in nodes}
        graph = Graph(tuple(newer.get(node.id, node) for node in self.graph.nodes), self.graph.edges)
        scene = self._with(graph)
        scene._take_over(self, ("ways", "free"))
        return scene

    def refreshed(self, picture: Picture) -> Scene:
        """Another picture of the same shape."""
        scene = self._with(picture.graph)
        scene.picture = picture
        return scene

    def _with(self, graph: Graph) -> Scene:
        scene = Scene(self.picture, self.plan, self.routes, self.texts)
        scene.graph = graph
        scene._take_over(self, ("rects", "paths", "stub_paths", "labels", "arrows", "reaches"))
        return scene

    def _take_over(self, other: Scene, names: Iterable[str]) -> None:
        """What has been worked out for ``other`` and is the same here."""
        for name in names:
            if name in other.__dict__:
                self.__dict__[name] = other.__dict__[name]

    def node_at(self, x: float, y: float) -> NodeId | None:
        point = QPointF(x, y)
        return next((node for node, rect in self.rects.items() if rect.contains(point)), None)

    def edge_at(self, x: float, y: float, scale: float) -> GraphEdge | None:
        """The line whose label or course is under the point."""
        point, reach = QPointF(x, y), _NEAR / scale
        around = QRectF(x - reach, y - reach, 2 * reach, 2 * reach)
        for edge in self.graph.edges:
            label = self.labels.get(edge.id)
            if label is not None and label.contains(point):
                return edge
        for edge in self.graph.edges:
            path = self.stub_paths[edge.id] if self.routes[edge.id].stub else self.paths[edge.id]
            if path.controlPointRect().adjusted(-reach, -reach, reach, reach).contains(point) and _meets(path, around):
                return edge
        return None


def label_widths(texts: Iterable[str]) -> Widths:
    """How wide each label is drawn."""
    metrics = QFontMetricsF(font("micro"))
    return {
        label: math.ceil(metrics.horizontalAdvance(label)) + 2 * LABEL_PADDING
        for label in {text for text in texts if text}
    }


def scene_of(picture: Picture, room: Room, before: Plan = NO_PLAN) -> Scene:
    """The picture laid out; what ``before`` knows stays where it was."""
    graph = picture.graph
    names = [stub_text(edge, graph) for edge in graph.edges]
    plan = plan_of(graph, label_widths((*names, *(edge.label for edge in graph.edges))), room, before)
    texts = texts_of(graph, plan)
    scene = Scene(picture, plan, routes_of(graph, plan, texts, label_widths(texts.values())), texts)
    scene.prepare()
    return scene


def _rect(spot: Spot) -> QRectF:
    return QRectF(spot.x, spot.y, spot.width, spot.height)


def _path(curves: Sequence[Curve]) -> QPainterPath:
    path = QPainterPath(QPointF(*curves[0].start))
    for curve in curves:
        path.cubicTo(QPointF(*curve.first), QPointF(*curve.second), QPointF(*curve.end))
    return path


def _tip(curve: Curve) -> tuple[QPointF, float]:
    back = curve.second
    return QPointF(*curve.end), math.atan2(curve.end.y - back.y, curve.end.x - back.x)


def _meets(path: QPainterPath, rect: QRectF) -> bool:
    """Whether the line itself, not the area beneath it, runs through ``rect``."""
    points = [path.pointAtPercent(step / 40) for step in range(41)]
    return any(
        rect.intersects(QRectF(one, other).normalized().adjusted(-0.5, -0.5, 0.5, 0.5))
        for one, other in pairwise(points)
    )


def _way(curves: Sequence[Curve]) -> Way:
    points = [(curves[0].start.x, curves[0].start.y)]
    lengths = [0.0]
    for curve in curves:
        for step in range(1, _STEPS_PER_CURVE + 1):
            point = _on(curve, step / _STEPS_PER_CURVE)
            lengths.append(lengths[-1] + math.dist(points[-1], point))
            points.append(point)
    found, place = [], 0
    for stop in range(_STOPS + 1):
        wanted = lengths[-1] * stop / _STOPS
        while place < len(points) - 2 and lengths[place + 1] < wanted:
            place += 1
        stretch = lengths[place + 1] - lengths[place]
        share = 0.0 if not stretch else min(1.0, (wanted - lengths[place]) / stretch)
        (x, y), (to_x, to_y) = points[place], points[place + 1]
        found.append((x + (to_x - x) * share, y + (to_y - y) * share))
    return tuple(found)


def _on(curve: Curve, t: float) -> tuple[float, float]:
    u = 1 - t
    a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
    return (
        a * curve.start.x + b * curve.first.x + c * curve.second.x + d * curve.end.x,
        a * curve.start.y + b * curve.first.y + c * curve.second.y + d * curve.end.y,
    )
