"""The little panel beside a chart's crosshair: the time and each line's value there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from dashboard.look.theme import font, theme

Reading = tuple[str, str, int]
"""A line's name, its value in words, its series index."""
_ROW, _PAD, _SWATCH = 18, 8, 14


class ChartReadout(QWidget):
    """Moves beside the crosshair, inside its parent; the mouse passes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._title = ""
        self._readings: tuple[Reading, ...] = ()
        self.hide()

    @property
    def text(self) -> str:
        """What it says, as one line."""
        return ", ".join([self._title, *(f"{name} {value}" for name, value, _ in self._readings)])

    def show_at(self, point: QPoint, title: str, readings: Sequence[Reading]) -> None:
        """``point`` is the crosshair in the parent's pixels."""
        self._title, self._readings = title, tuple(readings)
        small, strong = QFontMetrics(font("small")), QFontMetrics(font("small_strong"))
        names = max((small.horizontalAdvance(name) for name, *_ in readings), default=0)
        values = max((strong.horizontalAdvance(value) for _, value, _ in readings), default=0)
        width = max(_SWATCH + names + 14 + values, small.horizontalAdvance(title)) + 2 * _PAD
        self.resize(width, _ROW * (len(self._readings) + 1) + 8)
        room = self.parentWidget()
        assert room is not None
        left = point.x() + 12 if point.x() + 12 + width <= room.width() else point.x() - 12 - width
        self.move(max(0, left), max(0, min(point.y() - 20, room.height() - self.height())))
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        active = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(active.strong, 1))
        painter.setBrush(active.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setFont(font("small"))
        painter.setPen(active.text3)
        painter.drawText(self._line(0), Qt.AlignmentFlag.AlignVCenter, self._title)
        for place, (name, value, series) in enumerate(self._readings, 1):
            line = self._line(place)
            swatch = QRectF(line.left(), line.center().y() - 1, 9, 3)
            painter.fillRect(swatch, active.series[series % len(active.series)])
            painter.setFont(font("small"))
            painter.setPen(active.text2)
            painter.drawText(line.adjusted(_SWATCH, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, name)
            painter.setFont(font("small_strong"))
            painter.setPen(active.text)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, value)
        painter.end()

    def _line(self, place: int) -> QRectF:
        return QRectF(_PAD, 4 + place * _ROW, self.width() - 2 * _PAD, _ROW)
