"""Findings as a list: state mark, what is wrong, the numbers it rests on. A click or Enter goes to its subject."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from broker_client.insight.findings import Finding
from dashboard.look import wording
from dashboard.look.theme import font, theme, themes
from dashboard.models.keyed_table import Column, KeyedTable
from dashboard.widgets.state_mark import draw_mark

ROW_HEIGHT = 44
_MARK_CENTER_X = 8
_TEXT_LEFT = 22
_RIGHT_MARGIN = 4

Index = QModelIndex | QPersistentModelIndex


def finding_key(finding: Finding) -> tuple[str, str]:
    """What makes two findings the same one, however its numbers change."""
    return finding.rule, finding.subject


def finding_sentence(finding: Finding) -> str:
    """The finding for a screen reader: severity, title, evidence."""
    severity = "Critical" if finding.severity == "crit" else "Warning"
    return f"{severity}: {wording.visible(finding.title)}. {wording.visible(finding.evidence)}"


def _columns() -> tuple[Column, ...]:
    return (Column("finding", "Finding", "text", text=finding_sentence, value=lambda finding: finding.title),)


class FindingList(QListView):
    """``chosen`` carries the :class:`Finding` that was clicked or entered."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.findings = KeyedTable(_columns(), finding_key)
        self.setModel(self.findings)
        self.setItemDelegate(_FindingDelegate(self))
        self.setAccessibleName("Needs attention")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        themes.changed.connect(self.viewport().update)

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show ``findings`` in their order; the selected one stays selected."""
        self.findings.apply(findings, None)

    def finding_at(self, index: Index) -> Finding:
        return cast(Finding, self.findings.row_at(index.row()))

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.finding_at(index))


class _FindingDelegate(QStyledItemDelegate):
    """Paints the whole row itself, so that hover, selection and focus look like the tables'."""

    def __init__(self, view: FindingList) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        finding = self._view.finding_at(index)
        rect = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option, rect)
        draw_mark(painter, finding.severity, QPointF(rect.left() + _MARK_CENTER_X, rect.center().y() - 8), 9)
        text = rect.adjusted(_TEXT_LEFT, 5, -_RIGHT_MARGIN, -5)
        half = text.height() // 2
        upper, lower = text.adjusted(0, 0, 0, -half), text.adjusted(0, half, 0, 0)
        self._paint_line(painter, upper, wording.visible(finding.title), "strong")
        self._paint_line(painter, lower, wording.visible(finding.evidence), "small")
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect) -> None:
        state = option.state
        if state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme().hover)
        if state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.fillRect(rect, theme().selected)
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), theme().accent)

    @staticmethod
    def _paint_line(painter: QPainter, rect: QRect, text: str, role: str) -> None:
        face = font(role)
        painter.setFont(face)
        painter.setPen(theme().text if role == "strong" else theme().text2)
        elided = QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, ROW_HEIGHT)

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        finding = self._view.finding_at(index)
        lines = (finding.title, finding.evidence, finding.advice)
        QToolTip.showText(event.globalPos(), wording.tip("\n".join(line for line in lines if line)), view)
        return True
