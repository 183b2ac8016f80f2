"""Ctrl+K: type a few letters, go to a page, a queue, a task or a worker, or do an action."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from dashboard.dialogs.palette_match import Entry, best_matches
from dashboard.look import wording
from dashboard.look.assets import icon
from dashboard.look.theme import font, theme

_Index = QModelIndex | QPersistentModelIndex
_ROW = 40
_WIDTH = 560
_MOST_ROWS = 9
_NO_PARENT = QModelIndex()
_STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: _MOST_ROWS,
    Qt.Key.Key_PageUp: -_MOST_ROWS,
}


class PaletteList(QAbstractListModel):
    """The entries that fit. Text for screen readers says kind, title, note, and why an entry is off."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []

    def show_entries(self, entries: Sequence[Entry]) -> None:
        self.beginResetModel()
        self._entries = list(entries)
        self.endResetModel()

    def entry(self, row: int) -> Entry | None:
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entry(index.row())
        if entry is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return wording.visible(entry.title)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (entry.title, entry.note, entry.why_not) if part)
        if role == Qt.ItemDataRole.UserRole:
            return entry
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class EntryPainter(QStyledItemDelegate):
    """Icon, title, note; keys at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(_WIDTH, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry, colors, rect = index.data(Qt.ItemDataRole.UserRole), theme(), QRect(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.selected if chosen else colors.surface)
        painter.drawRoundedRect(rect.adjusted(4, 1, -4, -1), 6, 6)
        icon(entry.icon).paint(painter, QRect(rect.left() + 16, rect.center().y() - 8, 17, 17))
        painter.setPen(colors.text3)
        keys = _draw_text(painter, "micro", entry.keys, rect.adjusted(0, 0, -18, 0), Qt.AlignmentFlag.AlignRight)
        room = rect.adjusted(46, 0, -28 - keys, 0)
        painter.setPen(colors.text3 if entry.why_not else colors.text)
        title = _draw_text(painter, "medium", entry.title, room)
        painter.setPen(colors.text3)
        _draw_text(painter, "small", entry.why_not or entry.note, room.adjusted(title + 12, 0, 0, 0))
        painter.restore()


def _draw_text(
    painter: QPainter, role: str, text: str, room: QRect, side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
) -> int:
    """Draw ``text`` elided, control characters shown as such; returns its width."""
    metrics = QFontMetrics(font(role))
    shown = metrics.elidedText(wording.visible(text), Qt.TextElideMode.ElideMiddle, max(0, room.width()))
    painter.setFont(font(role))
    painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, shown)
    return metrics.horizontalAdvance(shown)


class Palette(QDialog):
    """``chosen(entry)`` when a person decides. ``collect`` is asked once, when it opens."""

    chosen = Signal(object)

    def __init__(self, collect: Callable[[str], list[Entry]], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._collect = collect
        self.setWindowTitle("Find a queue, task or command")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self._field = QLineEdit()
        self._field.setPlaceholderText("Find a queue, task or command")
        self._field.setAccessibleName("Find a queue, task or command")
        self._field.addAction(icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        self._field.textChanged.connect(self._search)
        self._field.installEventFilter(self)
        self._found = PaletteList(self)
        self._list = QListView()
        self._list.setModel(self._found)
        self._list.setItemDelegate(EntryPainter(self._list))
        self._list.setAccessibleName("What fits")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setUniformItemSizes(True)
        self._list.clicked.connect(self._choose)
        self._lay_out()
        self._search("")

    def _lay_out(self) -> None:
        frame = QFrame(self)
        frame.setProperty("kind", "popup")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(10, 10, 10, 10)
        inner.setSpacing(8)
        inner.addWidget(self._field)
        inner.addWidget(self._list)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        self._list.setFixedHeight(_ROW * _MOST_ROWS)
        self.setFixedWidth(_WIDTH)

    def open_over(self, window: QWidget) -> None:
        """Show it near the top of ``window``, with the keyboard in the field."""
        corner = window.mapToGlobal(window.rect().topLeft())
        self.adjustSize()
        self.move(corner.x() + (window.width() - self.width()) // 2, corner.y() + 60)
        self.show()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _search(self, typed: str) -> None:
        self._found.show_entries(best_matches(typed, self._collect(typed)))
        self._list.setCurrentIndex(self._found.index(0))

    def _choose(self, index: _Index | None = None) -> None:
        entry = self._found.entry((index or self._list.currentIndex()).row())
        if entry is None or entry.why_not:
            return
        self.close()
        self.chosen.emit(entry)

    def _step(self, by: int) -> None:
        count = self._found.rowCount()
        if count:
            row = (self._list.currentIndex().row() + by) % count
            self._list.setCurrentIndex(self._found.index(row))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in _STEPS:
                self._step(_STEPS[key])
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose()
                return True
        return super().eventFilter(watched, event)
