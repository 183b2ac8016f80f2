"""A tiny line of recent values. A gap in the values is a gap in the line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from dashboard.look.theme import theme, tone_color

_LINE = 1.4
_DOT = 2.0
_TOP_ALPHA, _FOOT_ALPHA = 70, 6


def draw_sparkline(
    painter: QPainter, rect: QRectF, values: Sequence[float | None], color: QColor, fill: bool = True
) -> None:
    """Draw ``values`` (oldest first, evenly spaced, ``None`` or NaN = gap) into ``rect``, with a dot at the newest."""
    runs = _runs(values, rect)
    if not runs:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if fill:
        painter.fillPath(_area(runs, rect), _fade(rect, color))
    painter.setPen(QPen(color, _LINE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.BevelJoin))
    for run in runs:
        if run.size() > 1:
            painter.drawPolyline(run)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for run in runs:
        if run is runs[-1] or run.size() == 1:
            painter.drawEllipse(run.last(), _DOT, _DOT)
    painter.restore()


def _runs(values: Sequence[float | None], rect: QRectF) -> list[QPolygonF]:
    """The values as points, cut at the gaps."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return []
    low, high = min(known), max(known)
    flat = high == low
    rise = 0.0 if flat else rect.height() / (high - low)
    foot = rect.center().y() if flat and high else rect.bottom()
    step = rect.width() / max(1, len(values) - 1)
    left = rect.left()
    runs: list[list[QPointF]] = [[]]
    for place, value in enumerate(values):
        if value is None or not math.isfinite(value):
            if runs[-1]:
                runs.append([])
        else:
            runs[-1].append(QPointF(left + place * step, foot - (value - low) * rise))
    return [QPolygonF(run) for run in runs if run]


def _area(runs: Sequence[QPolygonF], rect: QRectF) -> QPainterPath:
    path = QPainterPath()
    for run in runs:
        path.addPolygon(run)
        path.lineTo(run.last().x(), rect.bottom() + 1)
        path.lineTo(run.first().x(), rect.bottom() + 1)
        path.closeSubpath()
    return path


def _fade(rect: QRectF, color: QColor) -> QLinearGradient:
    fade = QLinearGradient(0, rect.top(), 0, rect.bottom())
    for stop, alpha in ((0.0, _TOP_ALPHA), (1.0, _FOOT_ALPHA)):
        shade = QColor(color)
        shade.setAlpha(alpha)
        fade.setColorAt(stop, shade)
    return fade


def trend_color(tone: str | None) -> QColor:
    """The line's colour: the tone's, or the first series' colour where there is nothing to say."""
    return tone_color(tone) if tone and tone not in ("plain", "accent") else theme().series[0]


class Sparkline(QWidget):
    """A sparkline as a widget; a picture for the eye only, so it carries no accessible text of its own."""

    def __init__(
        self, values: Sequence[float | None] = (), tone: str = "accent", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._values = tuple(values)
        self._tone = tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def values(self) -> tuple[float | None, ...]:
        return self._values

    def set_values(self, values: Sequence[float | None], tone: str = "accent") -> None:
        """Show other values; draws nothing when nothing changed."""
        new = tuple(values)
        if new != self._values or tone != self._tone:
            self._values, self._tone = new, tone
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(72, 30)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = QRectF(self.rect()).adjusted(3, 4, -3, -4)
        draw_sparkline(painter, room, self._values, trend_color(self._tone))
        painter.end()
