"""What the letters, colours and dots of the picture mean, in its lower left corner."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from dashboard.look.theme import font, theme, themes
from dashboard.look.type_letters import letter_of
from dashboard.topology.inks import Inks

KINDS = ("direct", "topic", "fanout", "headers", "default")
_DOTS = "dots: how much passes"
_SIDE, _GAP, _PADDING, _HEIGHT, _FROM_EDGE = 16.0, 6.0, 10.0, 30, 14
_LEAST_CANVAS = 640
_GROUND_ALPHA = 225


class Legend(QWidget):
    """Lies over a canvas; the mouse passes through it."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Legend: " + ", ".join(f"{letter_of(kind)} {kind}" for kind in KINDS) + f"; {_DOTS}")
        metrics = QFontMetricsF(font("micro"))
        self._widths = {words: metrics.horizontalAdvance(words) for words in (*KINDS, _DOTS)}
        total = sum(_SIDE + _GAP + self._widths[kind] + 12 for kind in KINDS) + self._widths[_DOTS]
        self.resize(round(total + 2 * _PADDING), _HEIGHT)
        canvas.installEventFilter(self)
        themes.changed.connect(self.update)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.move(_FROM_EDGE, watched.height() - _HEIGHT - _FROM_EDGE)
            self.setVisible(watched.width() >= _LEAST_CANVAS)
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        active = theme()
        inks = Inks(active)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(active.surface)
        ground.setAlpha(_GROUND_ALPHA)
        painter.setPen(QPen(active.border, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        x = _PADDING
        for kind in KINDS:
            x = self._entry(painter, inks, kind, x)
        painter.setPen(active.text3)
        painter.setFont(font("micro"))
        painter.drawText(QRectF(x, 0, self._widths[_DOTS] + 4, _HEIGHT), Qt.AlignmentFlag.AlignVCenter, _DOTS)
        painter.end()

    def _entry(self, painter: QPainter, inks: Inks, kind: str, x: float) -> float:
        square = QRectF(x, (_HEIGHT - _SIDE) / 2, _SIDE, _SIDE)
        color = inks.of_type(kind)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(inks.faded(color, 0.2))
        painter.drawRoundedRect(square, 4, 4)
        painter.setPen(color)
        painter.setFont(font("small_strong"))
        painter.drawText(square, Qt.AlignmentFlag.AlignCenter, letter_of(kind))
        x += _SIDE + _GAP
        painter.setPen(inks.theme.text2)
        painter.setFont(font("micro"))
        painter.drawText(QRectF(x, 0, self._widths[kind] + 2, _HEIGHT), Qt.AlignmentFlag.AlignVCenter, kind)
        return x + self._widths[kind] + 12
