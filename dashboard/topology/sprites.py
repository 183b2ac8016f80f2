"""Small pictures of what is drawn again and again at the same place within a pixel: boxes and labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform

_MOST_BYTES = 24 << 20
_BYTES_A_PIXEL = 4


class Sprites:
    """Of one theme. What is met for the second time in a row is kept as a picture and copied from then on: a zoom,
    where everything is new at each step, pays for none."""

    def __init__(self) -> None:
        self._made: dict[Hashable, QPixmap] = {}
        self._bytes = 0
        self._met: set[Hashable] = set()
        self._met_before: set[Hashable] = set()
        self._scale = 0.0
        self._same_scale = False

    def begin(self, scale: float) -> None:
        """Another whole picture is drawn."""
        self._same_scale, self._scale = scale == self._scale, scale
        self._met_before, self._met = self._met, set()

    def draw(self, painter: QPainter, what: Hashable, rect: QRectF, paint: Callable[[QPainter], None]) -> None:
        """Draw ``what`` by ``paint``, or copy it. ``rect`` holds all of it, in the painter's coordinates; the painter
        is moved and scaled only."""
        if not self._same_scale:
            paint(painter)
            return
        device = painter.deviceTransform()
        place = device.mapRect(rect)
        left, top = math.floor(place.left()), math.floor(place.top())
        key = (
            what,
            round(place.left() - left, 3),
            round(place.top() - top, 3),
            round(place.width(), 3),
            round(device.m11(), 6),
        )
        self._met.add(key)
        sprite = self._made.get(key)
        if sprite is None and key not in self._met_before:
            paint(painter)
            return
        ratio = painter.device().devicePixelRatioF()
        if sprite is None:
            size = math.ceil(place.right()) - left, math.ceil(place.bottom()) - top
            sprite = self._keep(key, size, device * QTransform.fromTranslate(-left, -top), paint)
            sprite.setDevicePixelRatio(ratio)
        painter.setWorldMatrixEnabled(False)
        painter.drawPixmap(QPointF(left / ratio, top / ratio), sprite)
        painter.setWorldMatrixEnabled(True)

    def _keep(
        self, key: Hashable, size: tuple[int, int], transform: QTransform, paint: Callable[[QPainter], None]
    ) -> QPixmap:
        self._bytes += size[0] * size[1] * _BYTES_A_PIXEL
        if self._bytes > _MOST_BYTES:
            self._made.clear()
            self._bytes = size[0] * size[1] * _BYTES_A_PIXEL
        sprite = QPixmap(*size)
        sprite.fill(Qt.GlobalColor.transparent)
        hand = QPainter(sprite)
        hand.setRenderHint(QPainter.RenderHint.Antialiasing)
        hand.setTransform(transform)
        paint(hand)
        hand.end()
        self._made[key] = sprite
        return sprite
