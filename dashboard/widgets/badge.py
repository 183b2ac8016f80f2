"""A short word or number on a soft ground: an environment, a count beside a page's name."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dashboard.look.theme import font, tone_color, tone_soft
from dashboard.look.wording import visible

_PAD = 8


class Badge(QWidget):
    """``round`` badges are pills (counts), others tags (words)."""

    def __init__(
        self, text: str = "", tone: str = "plain", *, round: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._text = ""
        self._tone = tone
        self._round = round
        self.setFont(font("micro_strong"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_text(text, tone)

    @property
    def text(self) -> str:
        return self._text

    @property
    def tone(self) -> str:
        return self._tone

    def set_text(self, text: str, tone: str = "plain") -> None:
        """Show ``text``; an empty text takes no room."""
        self._text, self._tone = visible(text), tone
        self.setAccessibleName(self._text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        if not self._text:
            return QSize(0, 0)
        width = self.fontMetrics().horizontalAdvance(self._text) + 2 * _PAD - (4 if self._round else 0)
        return QSize(max(22 if self._round else 0, width), 18 if self._round else 20)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._text:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone_soft(self._tone))
        radius = self.height() / 2 if self._round else 4
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        painter.setPen(tone_color("quiet" if self._tone == "plain" else self._tone))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()
