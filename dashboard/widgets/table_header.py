"""The header of a data table: quiet titles, a visible sort arrow, widths from the font's metrics."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPolygonF
from PySide6.QtWidgets import QHeaderView, QWidget

from dashboard.look.theme import font, theme

HEIGHT = 30
_PADDING = 10
_ARROW_ROOM = 13


class TableHeader(QHeaderView):
    """Columns can be moved, resized, hidden and clicked to sort. Paints each section itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFont(font("small_strong"))
        self.setFixedHeight(HEIGHT)
        self.setSectionsMovable(True)
        self.setFirstSectionMovable(True)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(44)
        self.setStretchLastSection(False)
        self.setSortIndicatorClearable(True)
        self.setMouseTracking(True)
        self._under = -1

    def title_width(self, section: int) -> int:
        """The width at which the section's title and its sort arrow fit."""
        title = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        return QFontMetrics(self.font()).horizontalAdvance(title) + 2 * _PADDING + _ARROW_ROOM

    # ---- Qt overrides

    def sizeHint(self) -> QSize:
        """Without a look at the sections: Qt measures a hundred titles for it, whenever the style changes."""
        return QSize(self.length(), HEIGHT)

    def sectionSizeFromContents(self, section: int) -> QSize:
        return QSize(self.title_width(section), HEIGHT)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self.logicalIndexAt(event.position().toPoint())
        if under != self._under:
            self._under = under
            self.viewport().update()
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: object) -> None:
        self._under = -1
        self.viewport().update()
        super().leaveEvent(event)  # type: ignore[arg-type]

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        active = theme()
        painter.save()
        painter.fillRect(rect, active.surface)
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), active.border)
        is_sorted = self.isSortIndicatorShown() and self.sortIndicatorSection() == section
        title = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        flags = int(self.model().headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole) or 0)
        right = bool(flags & int(Qt.AlignmentFlag.AlignRight))
        room = rect.adjusted(_PADDING, 0, -_PADDING, 0)
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, room.width() - (_ARROW_ROOM if is_sorted else 0))
        painter.setPen(active.text if is_sorted or section == self._under else active.text3)
        painter.drawText(room, flags or int(Qt.AlignmentFlag.AlignVCenter), shown)
        if is_sorted:
            width = metrics.horizontalAdvance(shown)
            x = room.right() - width - 8 if right else room.left() + width + 8
            self._draw_arrow(painter, QPointF(x, rect.center().y() + 0.5))
        painter.restore()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme().surface)
        line = QRectF(0, self.viewport().height() - 1, self.viewport().width(), 1)
        painter.fillRect(line, theme().border)
        painter.end()
        super().paintEvent(event)  # type: ignore[arg-type]

    def _draw_arrow(self, painter: QPainter, center: QPointF) -> None:
        up = self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        tip = -2.5 if up else 2.5
        corners = (QPointF(-3.5, -tip), QPointF(3.5, -tip), QPointF(0, tip))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().accent)
        painter.drawPolygon(QPolygonF([center + corner for corner in corners]))
