"""Draws a scene: lines, labels, boxes. Onto the screen, a picture or a vector file alike."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from dashboard.look.theme import font
from dashboard.topology.box_painter import BoxPainter
from dashboard.topology.emphasis import NOTHING, Emphasis
from dashboard.topology.graph import ALTERNATE, DEAD_LETTER, EdgeId, GraphEdge, GraphNode, NodeId
from dashboard.topology.inks import Inks
from dashboard.topology.scene import Scene
from dashboard.topology.sprites import Sprites
from dashboard.topology.viewpoint import Viewpoint

LABELS_FROM, GRID_FROM = 0.45, 0.5
"""Scales below which labels and the dot grid are left out."""

_GRID = 28
_ARROW = 7.0
_ARROW_SPREAD = 0.42
_BOX_EDGE, _PILE_EDGE, _LABEL_EDGE = 2.0, 9.0, 2.0
"""How far what is drawn may stick out of a rectangle."""
_DIM, _IDLE, _BUSY, _LIT = 0.13, 0.34, 0.62, 1.0


@dataclass(frozen=True)
class Look:
    """What is chosen, has the keyboard or is under the mouse. ``full``: stubs that are drawn in full now."""

    emphasis: Emphasis = NOTHING
    selected: NodeId | None = None
    focused: NodeId | None = None
    hovered: NodeId | None = None
    full: Collection[EdgeId] = ()
    partner: NodeId | None = None
    """The other one of two that are chosen."""


class ScenePainter:
    """One theme's hand. ``paint`` expects the painter in picture coordinates. With ``sprites`` what was drawn before is
    copied, which only a picture on the screen can bear."""

    def __init__(self, inks: Inks, sprites: Sprites | None = None) -> None:
        self._inks = inks
        self._sprites = sprites
        self._boxes = BoxPainter(inks)
        self._grid: tuple[tuple[int, float], QPixmap] | None = None

    def paint(self, painter: QPainter, scene: Scene, look: Look, scale: float, seen: QRectF) -> None:
        """Everything of ``scene`` that lies in ``seen`` (picture units)."""
        self.lines(painter, scene, look, scale, seen)
        self.boxes(painter, scene, look, scale, seen)

    def begin(self, scale: float) -> None:
        """Another whole picture is drawn."""
        if self._sprites is not None:
            self._sprites.begin(scale)

    def lines(self, painter: QPainter, scene: Scene, look: Look, scale: float, seen: QRectF) -> None:
        """The lines and their labels."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        emphasis = look.emphasis
        reaches = scene.reaches
        edges = [edge for edge in scene.graph.edges if reaches[edge.id].intersects(seen)]
        for edge in sorted(edges, key=lambda edge: emphasis.is_lit(edge.id)):
            self._line(painter, scene, edge, look)
        if scale >= LABELS_FROM:
            for edge in edges:
                self._label(painter, scene, edge, look)

    def boxes(self, painter: QPainter, scene: Scene, look: Look, scale: float, seen: QRectF) -> None:
        """The nodes."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        badges, dim = self._badges(scene), look.emphasis.is_dim
        for node in scene.graph.nodes:
            rect = scene.rects[node.id]
            if rect.intersects(seen):
                chosen = node.id in (look.selected, look.partner)
                self._box(painter, node, rect, scale, chosen, badges.get(node.id, ""), dim(node.id))
                if look.hovered == node.id and not chosen:
                    self._boxes.outline(painter, rect, self._inks.theme.text3, 1.4)
                if look.focused == node.id:
                    self._boxes.ring(painter, rect)
        painter.setOpacity(1.0)

    def _box(
        self, painter: QPainter, node: GraphNode, rect: QRectF, scale: float, chosen: bool, badge: str, dim: bool
    ) -> None:
        painter.setOpacity(0.25 if dim else 1.0)
        if self._sprites is None or dim:
            self._boxes.paint(painter, node, rect, scale, chosen, badge)
            return
        # All that decides how it looks, but its place.
        seen = (node.id.kind, node.title, node.detail, node.tone, node.type, node.fill, node.missing)
        self._sprites.draw(
            painter,
            (seen, rect.height(), chosen, badge),
            rect.adjusted(-_BOX_EDGE, -_BOX_EDGE, _BOX_EDGE, _PILE_EDGE),
            lambda hand: self._boxes.paint(hand, node, rect, scale, chosen, badge),
        )

    def grid(self, painter: QPainter, view: Viewpoint, width: int, height: int) -> None:
        """Faint dots on the ground, which show how far one has moved. The painter is in view coordinates."""
        if view.scale < GRID_FROM:
            return
        side = max(8, round(_GRID * view.scale))
        tile = self._tile(side, painter.device().devicePixelRatioF())
        painter.drawTiledPixmap(QRectF(0, 0, width, height), tile, QPointF(-view.dx % side, -view.dy % side))

    def _tile(self, side: int, ratio: float) -> QPixmap:
        if self._grid is None or self._grid[0] != (side, ratio):
            tile = QPixmap(round(side * ratio), round(side * ratio))
            tile.setDevicePixelRatio(ratio)
            tile.fill(self._inks.theme.canvas)
            hand = QPainter(tile)
            hand.setRenderHint(QPainter.RenderHint.Antialiasing)
            hand.setPen(QPen(self._inks.theme.border, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            hand.drawPoint(QPointF(1.0, 1.0))
            hand.end()
            self._grid = ((side, ratio), tile)
        return self._grid[1]

    # ---- lines --------------------------------------------------------------------------------------------------

    @staticmethod
    def _badges(scene: Scene) -> dict[NodeId, str]:
        """What a node wears in place of a line that leads too far to be drawn."""
        stubs = [edge for edge in scene.graph.edges if scene.routes[edge.id].stub]
        words = {DEAD_LETTER: "DLX", ALTERNATE: "AE"}
        return {edge.source: words[edge.kind] for edge in stubs if edge.kind in words}

    def _line(self, painter: QPainter, scene: Scene, edge: GraphEdge, look: Look) -> None:
        whole = not scene.routes[edge.id].stub or edge.id in look.full or look.emphasis.is_lit(edge.id)
        path = scene.paths[edge.id] if whole else scene.stub_paths[edge.id]
        if path.isEmpty():
            return
        color, width = self._stroke(edge, look)
        dashed = edge.kind in (DEAD_LETTER, ALTERNATE) or edge.id in look.emphasis.unsure
        pen = QPen(color, width, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        if dashed:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        strength = 0.16 if look.emphasis.is_dim_edge(edge.id) else 0.9
        self._arrow(painter, *scene.arrows[edge.id], self._inks.faded(self._inks.of_edge(edge), strength))

    def _stroke(self, edge: GraphEdge, look: Look) -> tuple[QColor, float]:
        color = self._inks.of_edge(edge)
        width = line_width(edge)
        if look.emphasis.is_lit(edge.id):
            return color, width + 1.0
        if look.emphasis.is_dim_edge(edge.id):
            return self._inks.faded(color, _DIM), width
        if edge.id in look.full:
            return self._inks.faded(color, _LIT), width + 0.6
        return self._inks.faded(color, _BUSY if edge.rate or edge.kind == DEAD_LETTER else _IDLE), width

    @staticmethod
    def _arrow(painter: QPainter, tip: QPointF, angle: float, color: QColor) -> None:
        wings = [
            QPointF(tip.x() - _ARROW * math.cos(angle + spread), tip.y() - _ARROW * math.sin(angle + spread))
            for spread in (-_ARROW_SPREAD, _ARROW_SPREAD)
        ]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([tip, *wings]))

    def _label(self, painter: QPainter, scene: Scene, edge: GraphEdge, look: Look) -> None:
        rect = scene.labels.get(edge.id)
        if rect is None:
            return
        dim, lit = look.emphasis.is_dim_edge(edge.id), look.emphasis.is_lit(edge.id)
        color, text = self._inks.of_edge(edge), scene.texts[edge.id]
        if self._sprites is None or dim:
            painter.setOpacity(0.45 if dim else 1.0)
            self._pill(painter, rect, text, color, lit)
            painter.setOpacity(1.0)
            return
        self._sprites.draw(
            painter,
            (text, color.rgba(), lit),
            rect.adjusted(-_LABEL_EDGE, -_LABEL_EDGE, _LABEL_EDGE, _LABEL_EDGE),
            lambda hand: self._pill(hand, rect, text, color, lit),
        )

    def _pill(self, painter: QPainter, rect: QRectF, text: str, color: QColor, lit: bool) -> None:
        theme = self._inks.theme
        painter.setFont(font("micro"))
        painter.setBrush(theme.canvas)
        painter.setPen(QPen(color if lit else self._inks.faded(color, 0.65), 1.4 if lit else 1.0))
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setPen(theme.text if lit else theme.text2)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def line_width(edge: GraphEdge) -> float:
    """By the order of magnitude of what passes; idle lines are thin."""
    if edge.kind in (DEAD_LETTER, ALTERNATE):
        return 1.4
    return 1.2 + min(3.2, math.log10(1 + (edge.rate or 0.0)) * 1.4)
