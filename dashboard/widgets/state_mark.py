"""A state's mark: circle ok, triangle warning, square critical, ring idle. Colour never stands alone."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from dashboard.look.theme import tone_color

_SIDE = 12
_WORDS = {"ok": "fine", "warn": "warning", "crit": "critical", "info": "note", "idle": "idle", "accent": "active"}


def draw_mark(painter: QPainter, tone: str, center: QPointF, size: float = 8.0) -> None:
    """Draw the mark of ``tone``, ``size`` pixels across, around ``center``."""
    half = size / 2
    color = tone_color(tone)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    if tone == "warn":
        top, foot = center.y() - half, center.y() + half * 0.8
        painter.drawPolygon(
            QPolygonF([QPointF(center.x(), top), QPointF(center.x() + half, foot), QPointF(center.x() - half, foot)])
        )
    elif tone == "crit":
        side = half * 0.85
        painter.drawRoundedRect(QRectF(center.x() - side, center.y() - side, 2 * side, 2 * side), 1, 1)
    elif tone in ("idle", "muted", "quiet", "plain"):
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 1.5))
        painter.drawEllipse(center, half * 0.72, half * 0.72)
    else:
        painter.drawEllipse(center, half * 0.85, half * 0.85)
    painter.restore()


class StateMark(QWidget):
    """The mark as a widget. ``set_tone`` changes it; ``words`` are read out instead of the tone's own."""

    def __init__(self, tone: str = "idle", words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self._words = words
        self.setFixedSize(_SIDE, _SIDE)
        self._name()

    @property
    def tone(self) -> str:
        return self._tone

    def set_tone(self, tone: str, words: str = "") -> None:
        if (tone, words) != (self._tone, self._words):
            self._tone, self._words = tone, words
            self._name()
            self.update()

    def _name(self) -> None:
        self.setAccessibleName(self._words or _WORDS.get(self._tone, self._tone))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_mark(painter, self._tone, QPointF(_SIDE / 2, _SIDE / 2), 9.0)
        painter.end()
