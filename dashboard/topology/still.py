"""The part of the picture that stands still, drawn for one view: the ground with its lines, and the boxes on it.

New figures change boxes only; the ground is kept while the lines and the view are the same.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap

from dashboard.topology.inks import Inks
from dashboard.topology.scene import Scene
from dashboard.topology.scene_painter import Look, ScenePainter
from dashboard.topology.sprites import Sprites
from dashboard.topology.viewpoint import Viewpoint


class Still:
    """One theme's hand for one view at a time."""

    def __init__(self, inks: Inks) -> None:
        self._inks = inks
        self._painter = ScenePainter(inks, Sprites())
        self._ground: QPixmap | None = None
        self._ground_of: tuple[object, ...] = ()
        self._drawn: tuple[object, object] = (None, None)

    def drawn(self, scene: Scene, look: Look, view: Viewpoint, size: QSize, ratio: float) -> QPixmap:
        """A picture of the view's ``size``; ``ratio``: device pixels for each of its points."""
        seen = view.seen(size.width(), size.height())
        rect = QRectF(seen.x, seen.y, seen.width, seen.height)
        self._painter.begin(view.scale)
        still = QPixmap(self._ground_for(scene, look, view, size, ratio, rect))
        painter = QPainter(still)
        _place(painter, view)
        self._painter.boxes(painter, scene, look, view.scale, rect)
        painter.end()
        return still

    def _ground_for(
        self, scene: Scene, look: Look, view: Viewpoint, size: QSize, ratio: float, seen: QRectF
    ) -> QPixmap:
        lines = (scene.routes, scene.graph.edges)
        wanted = (look.emphasis, frozenset(look.full), view, size.toTuple(), ratio)
        same = all(one is other for one, other in zip(lines, self._drawn, strict=True))
        if self._ground is None or not same or wanted != self._ground_of:
            self._drawn, self._ground_of = lines, wanted
            self._ground = self._drawn_ground(scene, look, view, size, ratio, seen)
        return self._ground

    def _drawn_ground(
        self, scene: Scene, look: Look, view: Viewpoint, size: QSize, ratio: float, seen: QRectF
    ) -> QPixmap:
        ground = QPixmap(size * ratio)
        ground.setDevicePixelRatio(ratio)
        ground.fill(self._inks.theme.canvas)
        painter = QPainter(ground)
        self._painter.grid(painter, view, size.width(), size.height())
        _place(painter, view)
        self._painter.lines(painter, scene, look, view.scale, seen)
        painter.end()
        return ground


def _place(painter: QPainter, view: Viewpoint) -> None:
    painter.translate(view.dx, view.dy)
    painter.scale(view.scale, view.scale)
