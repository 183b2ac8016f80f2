"""A share of a whole as a bar."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dashboard.look.theme import theme, tone_color

_HEIGHT = 6


class Bar(QWidget):
    """``share`` is between 0 and 1; anything above 0 shows at least a dot. ``None`` = unknown: an empty groove."""

    def __init__(
        self, share: float | None = 0.0, tone: str = "accent", width: int = 84, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._share: float | None = None
        self._tone = tone
        self._width = width
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_share(share, tone)

    @property
    def share(self) -> float | None:
        return self._share

    def set_share(self, share: float | None, tone: str | None = None) -> None:
        self._share = None if share is None or share != share else min(1.0, max(0.0, share))
        self._tone = tone or self._tone
        self.setAccessibleName("unknown" if self._share is None else f"{self._share:.0%}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._width, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        groove = QRectF(0, (self.height() - _HEIGHT) / 2, self.width(), _HEIGHT)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().raised)
        painter.drawRoundedRect(groove, _HEIGHT / 2, _HEIGHT / 2)
        if self._share:
            groove.setWidth(max(float(_HEIGHT), groove.width() * self._share))
            painter.setBrush(tone_color(self._tone))
            painter.drawRoundedRect(groove, _HEIGHT / 2, _HEIGHT / 2)
        painter.end()
