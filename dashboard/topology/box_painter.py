"""Draws the boxes: an exchange with its letter, a queue with its state and depth, those who consume."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from dashboard.look.theme import font
from dashboard.look.type_letters import letter_of
from dashboard.topology.graph import CONSUMERS, EXCHANGE, FOLD, GraphNode
from dashboard.topology.inks import Inks
from dashboard.widgets.state_mark import draw_mark

TITLE_FROM, DETAIL_FROM = 0.3, 0.45
"""Scales below which a box shows no title, no second line."""

_RADIUS = 8.0
_TEXT_LEFT = {EXCHANGE: 42.0, CONSUMERS: 36.0}
_QUEUE_TEXT_LEFT = 32.0
_RIGHT = 10.0
_LETTER_SIDE = 26.0
_LETTER_GROUND = 0.18
_BADGE_PADDING = 5.0
_MOST_TEXTS = 4_000
_VALIGN = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)


class BoxPainter:
    """One theme's hand."""

    def __init__(self, inks: Inks) -> None:
        self._inks = inks
        self._titles, self._details = QFontMetricsF(font("small_strong")), QFontMetricsF(font("micro"))
        self._cut: dict[tuple[str, int, bool], str] = {}

    def paint(
        self, painter: QPainter, node: GraphNode, rect: QRectF, scale: float, selected: bool, badge: str = ""
    ) -> None:
        """``node`` in ``rect``; less of it when it is drawn small."""
        theme = self._inks.theme
        border = theme.accent if selected else self._inks.of_border(node)
        pen = QPen(border, 2.0 if selected else 1.2)
        if node.missing:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(theme.selected if selected else theme.surface)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        if node.id.kind == FOLD:
            self._pile(painter, rect, border)
        left = rect.left() + _TEXT_LEFT.get(node.id.kind, _QUEUE_TEXT_LEFT)
        self._sign(painter, node, rect, scale)
        if scale >= TITLE_FROM:
            self._texts(painter, node, rect, left, scale, badge)
        if node.fill is not None and scale >= DETAIL_FROM:
            self._bar(painter, node, QRectF(left, rect.bottom() - 9, rect.right() - _RIGHT - left, 3))

    def outline(self, painter: QPainter, rect: QRectF, color: QColor, width: float) -> None:
        painter.setPen(QPen(color, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)

    def ring(self, painter: QPainter, rect: QRectF) -> None:
        """Who has the keyboard."""
        painter.setPen(QPen(self._inks.theme.accent, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(-4, -4, 4, 4), _RADIUS + 3, _RADIUS + 3)

    # ---- parts --------------------------------------------------------------------------------------------------

    def _pile(self, painter: QPainter, rect: QRectF, border: QColor) -> None:
        """Two edges behind the box: there are more of them."""
        painter.setPen(QPen(self._inks.faded(border, 0.8), 1.2))
        for step in (3.0, 6.0):
            y = rect.bottom() + step - 0.5
            painter.drawLine(QPointF(rect.left() + 4 + step, y), QPointF(rect.right() - 4 - step, y))

    def _sign(self, painter: QPainter, node: GraphNode, rect: QRectF, scale: float) -> None:
        if node.id.kind == EXCHANGE:
            self._letter(painter, node, rect)
        elif node.id.kind == CONSUMERS:
            self._machine(painter, QPointF(rect.left() + 20, rect.center().y()))
        else:
            middle = rect.top() + (21.0 if scale >= DETAIL_FROM else rect.height() / 2)
            draw_mark(painter, node.tone, QPointF(rect.left() + 18, middle), 9.0)

    def _letter(self, painter: QPainter, node: GraphNode, rect: QRectF) -> None:
        color = self._inks.of_type(node.type)
        side = QRectF(rect.left() + 8, rect.center().y() - _LETTER_SIDE / 2, _LETTER_SIDE, _LETTER_SIDE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._inks.faded(color, _LETTER_GROUND))
        painter.drawRoundedRect(side, 6, 6)
        painter.setPen(color)
        painter.setFont(font("strong"))
        painter.drawText(side, Qt.AlignmentFlag.AlignCenter, letter_of(node.type))

    def _machine(self, painter: QPainter, centre: QPointF) -> None:
        """Two drawers of a server."""
        painter.setPen(QPen(self._inks.theme.text3, 1.3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for drop in (-6.5, 0.9):
            painter.drawRoundedRect(QRectF(centre.x() - 7, centre.y() + drop, 14, 5.6), 1.5, 1.5)
            painter.drawPoint(QPointF(centre.x() - 4, centre.y() + drop + 2.8))

    def _texts(self, painter: QPainter, node: GraphNode, rect: QRectF, left: float, scale: float, badge: str) -> None:
        theme = self._inks.theme
        room = rect.right() - _RIGHT - left
        taken = self._badge(painter, badge, rect) if badge and scale >= DETAIL_FROM else 0.0
        both = scale >= DETAIL_FROM
        title = (
            QRectF(left, rect.top() + 5, room - taken, 18) if both else QRectF(left, rect.top(), room, rect.height())
        )
        painter.setPen(theme.text)
        painter.setFont(font("small_strong"))
        painter.drawText(title, _VALIGN, self._elided(node.title, title.width(), strong=True))
        if both:
            detail = QRectF(left, rect.top() + 22, room, 16)
            painter.setPen(self._inks.of_detail(node))
            painter.setFont(font("micro"))
            painter.drawText(detail, _VALIGN, self._elided(node.detail, room, strong=False))

    def _badge(self, painter: QPainter, words: str, rect: QRectF) -> float:
        """A small sign at the upper right; returns the room it takes."""
        width = self._details.horizontalAdvance(words) + 2 * _BADGE_PADDING
        ground = QRectF(rect.right() - 6 - width, rect.top() + 6, width, 15)
        theme = self._inks.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.crit_soft if words == "DLX" else theme.warn_soft)
        painter.drawRoundedRect(ground, 4, 4)
        painter.setPen(theme.crit if words == "DLX" else theme.warn)
        painter.setFont(font("micro"))
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)
        return width + 2

    def _bar(self, painter: QPainter, node: GraphNode, room: QRectF) -> None:
        theme = self._inks.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.raised)
        painter.drawRoundedRect(room, 1.5, 1.5)
        color = {"warn": theme.warn, "crit": theme.crit, "ok": theme.ok}.get(node.tone, theme.idle)
        painter.setBrush(color)
        filled = QRectF(room.left(), room.top(), max(3.0, room.width() * (node.fill or 0.0)), room.height())
        painter.drawRoundedRect(filled, 1.5, 1.5)

    def _elided(self, text: str, room: float, *, strong: bool) -> str:
        key = (text, int(room), strong)
        found = self._cut.get(key)
        if found is None:
            if len(self._cut) > _MOST_TEXTS:
                self._cut.clear()
            metrics = self._titles if strong else self._details
            mode = Qt.TextElideMode.ElideMiddle if strong else Qt.TextElideMode.ElideRight
            found = self._cut[key] = metrics.elidedText(text, mode, room)
        return found
