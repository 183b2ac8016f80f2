"""The whole picture in a corner, with the part that is seen. Shown while not all of it is seen; a click goes there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from dashboard.look.theme import theme, themes
from dashboard.topology.canvas import Canvas
from dashboard.topology.graph import EXCHANGE, GraphNode
from dashboard.topology.inks import Inks
from dashboard.topology.viewpoint import SMALLEST

SIZE = QSize(188, 118)
_PADDING = 8.0
_FROM_EDGE = 14
_GROUND_ALPHA = 235
_LEAST_CANVAS = 3
"""So many times as wide as the map: on a smaller one it would cover what it shows."""


class Minimap(QWidget):
    """Lies over ``canvas``, at its lower right. A picture for the mouse; the keyboard moves the canvas itself."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setFixedSize(SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Overview of the whole topology")
        self.hide()
        canvas.installEventFilter(self)
        canvas.view_changed.connect(self._follow)
        themes.changed.connect(self.update)

    @property
    def scale(self) -> float:
        """Pixels of the map per unit of the picture."""
        bounds = self._canvas.scene.bounds
        across = (SIZE.width() - 2 * _PADDING) / max(1.0, bounds.width)
        down = (SIZE.height() - 2 * _PADDING) / max(1.0, bounds.height)
        return max(min(across, down), SMALLEST / 10)

    def _follow(self) -> None:
        canvas = self._canvas
        bounds, seen = canvas.scene.bounds, canvas.view.seen(canvas.width(), canvas.height())
        whole = (
            seen.x <= bounds.x + 1
            and seen.y <= bounds.y + 1
            and seen.right >= bounds.right - 1
            and seen.bottom >= bounds.bottom - 1
        )
        small = canvas.width() < _LEAST_CANVAS * SIZE.width()
        self.setVisible(not whole and not small and bool(canvas.scene.graph.nodes))
        self.move(canvas.width() - SIZE.width() - _FROM_EDGE, canvas.height() - SIZE.height() - _FROM_EDGE)
        self.update()

    def _origin(self) -> QPointF:
        """Where the upper left of the picture is drawn."""
        bounds = self._canvas.scene.bounds
        left = (SIZE.width() - bounds.width * self.scale) / 2
        top = (SIZE.height() - bounds.height * self.scale) / 2
        return QPointF(left - bounds.x * self.scale, top - bounds.y * self.scale)

    def _go(self, point: QPointF) -> None:
        origin = self._origin()
        self._canvas.centre_on((point.x() - origin.x()) / self.scale, (point.y() - origin.y()) / self.scale)

    # ---- Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._follow()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        active, canvas = theme(), self._canvas
        inks = Inks(active)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(active.surface)
        ground.setAlpha(_GROUND_ALPHA)
        painter.setPen(QPen(active.border, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setClipRect(self.rect().adjusted(2, 2, -2, -2))
        origin, scale = self._origin(), self.scale
        painter.setPen(Qt.PenStyle.NoPen)
        for node in canvas.scene.graph.nodes:
            rect = canvas.scene.rects[node.id]
            painter.setBrush(_color(inks, node))
            small = QRectF(origin.x() + rect.x() * scale, origin.y() + rect.y() * scale, rect.width() * scale, 0)
            small.setHeight(max(2.0, rect.height() * scale))
            painter.drawRect(small)
        seen = canvas.view.seen(canvas.width(), canvas.height())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(active.accent, 1.4))
        painter.drawRect(
            QRectF(
                origin.x() + seen.x * scale, origin.y() + seen.y * scale, seen.width * scale, seen.height * scale
            ).intersected(QRectF(self.rect()).adjusted(3, 3, -3, -3))
        )
        painter.end()


def _color(inks: Inks, node: GraphNode) -> QColor:
    if node.in_trouble:
        return inks.of_border(node)
    return inks.of_type(node.type) if node.id.kind == EXCHANGE else inks.theme.strong
