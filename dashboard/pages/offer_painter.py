"""Paints one line of what a search box offers: the words, and at the right what they mean or how many have them."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from dashboard.look.theme import font, theme

NOTE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_HEIGHT = 28
_MARGIN, _GAP = 10, 16
_Middle = Qt.AlignmentFlag.AlignVCenter


class OfferPainter(QStyledItemDelegate):
    """The note is cut when there is little room, the words never."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        QApplication.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        room = option.rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        words, note = index.data(), index.data(NOTE_ROLE) or ""
        painter.setFont(font("body"))
        painter.setPen(theme().text)
        painter.drawText(room, _Middle | Qt.AlignmentFlag.AlignLeft, words)
        room.setLeft(room.left() + painter.fontMetrics().horizontalAdvance(words) + _GAP)
        painter.setFont(font("small"))
        painter.setPen(theme().text2)
        cut = painter.fontMetrics().elidedText(note, Qt.TextElideMode.ElideRight, max(0, room.width()))
        painter.drawText(room, _Middle | Qt.AlignmentFlag.AlignRight, cut)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(_HEIGHT, _HEIGHT)
