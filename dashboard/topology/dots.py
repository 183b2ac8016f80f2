"""The moving dots on the lines: more and quicker ones where more passes. They show the size of a rate, not messages."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from dashboard.topology.emphasis import Emphasis
from dashboard.topology.graph import EdgeId, GraphEdge
from dashboard.topology.inks import Inks
from dashboard.topology.scene import Scene, Way

_WIDTH = 5.2
_LEAST_RATE = 0.05
_MOST_DOTS = 6
_PIXELS_PER_S = 46.0
_MANY_LINES = 80
"""With more moving lines than this each gets one dot."""


class _Stream:
    """One line's dots. ``free`` says of each stretch of the way whether a dot would lie on nothing else there."""

    __slots__ = ("count", "edge", "free", "phase", "speed", "way")

    def __init__(self, edge: GraphEdge, way: Way, free: Sequence[bool], number: int, few: bool) -> None:
        rate = math.log10(1 + (edge.rate or 0.0))
        length = max(1.0, len(way) * math.dist(way[0], way[1]))
        self.edge = edge
        self.way = way
        self.count = 1 if few else 1 + min(_MOST_DOTS - 1, int(rate * 2.5 * min(1.0, length / 260)))
        self.speed = _PIXELS_PER_S * (1 + rate * 0.5) / length
        self.phase = number * 0.137 % 1
        self.free = free


class Dots:
    """``any``: whether something moves."""

    def __init__(self) -> None:
        self._streams: list[_Stream] = []
        self._time = 0.0

    @property
    def any(self) -> bool:
        return bool(self._streams)

    def show(self, scene: Scene) -> None:
        """The lines of ``scene`` over which messages go."""
        moving = [edge for edge in scene.graph.edges if (edge.rate or 0.0) >= _LEAST_RATE and edge.id in scene.ways]
        few = len(moving) > _MANY_LINES
        self._streams = [
            _Stream(edge, scene.ways[edge.id], scene.free[edge.id], number, few) for number, edge in enumerate(moving)
        ]

    def advance(self, seconds: float) -> None:
        self._time += seconds

    def paint(self, painter: QPainter, inks: Inks, emphasis: Emphasis) -> None:
        """Dots of one colour in one call; lines that step back have none."""
        groups: dict[str, tuple[QColor, list[QPointF]]] = {}
        for stream in self._streams:
            if not emphasis.is_dim_edge(stream.edge.id):
                color = inks.of_edge(stream.edge)
                groups.setdefault(color.name(), (color, []))[1].extend(self._places(stream))
        for color, points in groups.values():
            painter.setPen(QPen(color, _WIDTH, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(QPolygonF(points))

    def lines(self) -> tuple[EdgeId, ...]:
        """The lines that have dots."""
        return tuple(stream.edge.id for stream in self._streams)

    def _places(self, stream: _Stream) -> list[QPointF]:
        found, way, last = [], stream.way, len(stream.way) - 1
        for number in range(stream.count):
            share = (self._time * stream.speed + number / stream.count + stream.phase) % 1
            place = share * last
            first = int(place)
            if not stream.free[first]:
                continue
            (x, y), (to_x, to_y) = way[first], way[min(last, first + 1)]
            part = place - first
            found.append(QPointF(x + (to_x - x) * part, y + (to_y - y) * part))
        return found
