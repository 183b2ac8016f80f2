"""The table of the window: paints itself in one pass, keeps its selection on keys, holds still under the mouse."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QMenu, QTableView, QToolTip, QWidget

from dashboard.look.theme import theme, themes
from dashboard.models.keyed_table import KeyedTable
from dashboard.widgets.cell_painter import CellPainter, Span
from dashboard.widgets.column_layout import ColumnLayout
from dashboard.widgets.column_menu import ColumnMenu
from dashboard.widgets.row_hold import RowHold
from dashboard.widgets.table_header import TableHeader
from dashboard.widgets.table_text import tab_separated

ROW_HEIGHT = 32
_VISIBLE_PAUSE_MS = 80
_ACCENT_BAR = 3

MenuBuilder = Callable[[tuple[Hashable, ...]], QMenu | None]


class DataTable(QTableView):
    """Shows a :class:`KeyedTable`. ``name`` is read out. Enter or a double click activates a row."""

    row_activated = Signal(object)
    """The key of the row."""
    current_key_changed = Signal(object)
    """The key of the current row or ``None``."""
    visible_keys_changed = Signal(tuple)
    """The keys of the rows on the screen, from the top; empty while the table is hidden."""
    delete_pressed = Signal()
    """The Delete key: a wish about the selected rows."""
    held_changed = Signal(bool)
    """Rows stay where they are, or may move again."""

    def __init__(self, model: KeyedTable, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = model
        self._cells = CellPainter()
        self._hover = -1
        self._visible: tuple[Hashable, ...] = ()
        self._current: Hashable | None = None
        self._awaited: Hashable | None = None
        self._menu_builder: MenuBuilder | None = None
        self.setAccessibleName(name)
        self._set_up_view()
        self.setModel(model)
        self.layout_of_columns = ColumnLayout(self, model)
        self._hold = RowHold(self)
        self._hold.changed.connect(model.hold)
        self._hold.changed.connect(self.held_changed)
        self._visible_timer = QTimer(self)
        self._visible_timer.setSingleShot(True)
        self._visible_timer.setInterval(_VISIBLE_PAUSE_MS)
        self._visible_timer.timeout.connect(self._announce_visible)
        self._connect()

    def _set_up_view(self) -> None:
        self.setHorizontalHeader(TableHeader(self))
        self.horizontalHeader().setAccessibleName(f"Columns of {self.accessibleName()}")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(24)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)

    def _connect(self) -> None:
        themes.changed.connect(self._theme_changed)
        self.selectionModel().currentRowChanged.connect(self._current_row_changed)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.doubleClicked.connect(self._activate)
        header = self.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda at: self._open_column_menu(header.mapToGlobal(at)))
        for signal in (self._rows.rowsInserted, self._rows.rowsRemoved, self._rows.layoutChanged):
            signal.connect(self._rows_moved)

    # ---- keys

    def current_key(self) -> Hashable | None:
        """The key of the current row."""
        return self._current

    def selected_keys(self) -> tuple[Hashable, ...]:
        """The keys of all selected rows, from the top."""
        return self._keys_at(sorted(self._selected_between(0, self._rows.shown - 1)))

    def select_key(self, key: Hashable) -> bool:
        """Make ``key`` the current row and scroll to it; one not shown, when it appears: till then no row is."""
        index = self._rows.index_of(key, max(0, self.currentIndex().column()))
        self._awaited = None if index.isValid() else key
        if not index.isValid():
            self.selectionModel().clear()
            return False
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, flags)
        self.scrollTo(index)
        return True

    def visible_keys(self) -> tuple[Hashable, ...]:
        """The keys of the rows that can be seen now."""
        if not self.isVisible() or not self._rows.shown:
            return ()
        first, last = self._rows_between(0, self.viewport().height() - 1)
        return self._keys_at(range(first, last + 1))

    def _keys_at(self, places: Iterable[int]) -> tuple[Hashable, ...]:
        """A row that a model has not fetched yet has no key."""
        return tuple(key for place in places if (key := self._rows.key_at(place)) is not None)

    def set_menu(self, builder: MenuBuilder | None) -> None:
        """``builder`` makes the menu for the selected keys (or none); rows hold still while it is open."""
        self._menu_builder = builder

    def show_column(self, column_id: str, shown: bool = True) -> bool:
        """Show or hide a column; the last one cannot be hidden. Returns whether it is shown now."""
        return self.layout_of_columns.show_column(column_id, shown)

    def sort_by(self, column_id: str, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort as a click on the column's title would."""
        self.layout_of_columns.sort_by(column_id, order)

    def choose_columns(self, anchor: QWidget) -> None:
        """Open the menu of columns under ``anchor``; rows hold still while it is open."""
        self._open_column_menu(anchor.mapToGlobal(anchor.rect().bottomLeft() + QPoint(0, 4)))

    def save_state(self) -> bytes:
        """Order, width and presence of the columns, and the sort, for ``restore_state``."""
        return self.layout_of_columns.save()

    def restore_state(self, state: bytes) -> bool:
        """Take over what is understood of what ``save_state`` gave once; ``False`` = nothing is."""
        return self.layout_of_columns.restore(state)

    def _open_column_menu(self, where: QPoint) -> None:
        menu = ColumnMenu(self._rows, self.layout_of_columns, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._open_menu(menu, where)

    def _open_menu(self, menu: QMenu, where: QPoint) -> None:
        self._hold.menu_open(True)
        menu.aboutToHide.connect(lambda: self._hold.menu_open(False))
        menu.popup(where)

    # ---- what is on screen and in hand

    @property
    def held(self) -> bool:
        """Whether rows stay where they are just now."""
        return self._hold.held

    def copy_selection(self) -> str:
        """Put the current cell, or all selected rows, on the clipboard; returns the text."""
        keys, current = self.selected_keys(), self.currentIndex()
        if len(keys) <= 1 and current.isValid():
            text = self._rows.columns[current.column()].exact(self._rows.row_at(current.row()))
        else:
            columns = [self._rows.columns[place] for place in self.layout_of_columns.shown()]
            text = tab_separated(columns, [row for key in keys if (row := self._rows.row_of(key)) is not None])
        QGuiApplication.clipboard().setText(text)
        return text

    # ---- slots

    def _theme_changed(self) -> None:
        self._cells.forget()
        self.viewport().update()
        self.horizontalHeader().viewport().update()

    def _current_row_changed(self, index: QModelIndex) -> None:
        key = self._rows.key_at(index.row()) if index.isValid() else None
        if key is not None:
            self._awaited = None
        if key != self._current:
            self._current = key
            self.current_key_changed.emit(key)

    def _activate(self, index: QModelIndex) -> None:
        key = self._rows.key_at(index.row()) if index.isValid() else None
        if key is not None:
            self.row_activated.emit(key)

    def _rows_moved(self) -> None:
        self._visible_timer.start()
        if self._awaited is not None and self._rows.place_of(self._awaited) >= 0:
            self.select_key(self._awaited)

    def _scrolled(self) -> None:
        self._visible_timer.start()
        if self._hover >= 0:
            self._set_hover(self.rowAt(self.viewport().mapFromGlobal(self.cursor().pos()).y()))

    def _announce_visible(self) -> None:
        keys = self.visible_keys()
        if keys != self._visible:
            self._visible = keys
            self.visible_keys_changed.emit(keys)

    def _set_hover(self, place: int) -> None:
        if place != self._hover:
            for row in (self._hover, place):
                if row >= 0:
                    top = self.rowViewportPosition(row)
                    self.viewport().update(QRect(0, top, self.viewport().width(), ROW_HEIGHT))
            self._hover = place

    def _rows_between(self, top: int, bottom: int) -> tuple[int, int]:
        first, last = self.rowAt(max(0, top)), self.rowAt(bottom)
        return (first if first >= 0 else self._rows.shown), (last if last >= 0 else self._rows.shown - 1)

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        dirty = event.rect()
        painter.fillRect(dirty, theme().surface)
        first, last = self._rows_between(dirty.top(), dirty.bottom())
        if first <= last:
            self._paint_rows(painter, dirty, first, last)
        painter.end()

    def _paint_rows(self, painter: QPainter, dirty: QRect, first: int, last: int) -> None:
        tops = [self.rowViewportPosition(place) for place in range(first, last + 1)]
        self._paint_grounds(painter, first, last, tops)
        here = [place for place in range(first, last + 1) if self._rows.key_at(place) is not None]
        rows = [self._rows.row_at(place) for place in here]
        row_tops = [tops[place - first] for place in here]
        for logical in self.layout_of_columns.shown():
            span = Span(self.columnViewportPosition(logical), self.columnWidth(logical))
            if span.left <= dirty.right() and span.left + span.width > dirty.left():
                self._cells.paint_column(painter, self._rows.columns[logical], rows, row_tops, span, ROW_HEIGHT - 1)
        self._paint_bars(painter, first, last, tops)

    def _paint_grounds(self, painter: QPainter, first: int, last: int, tops: list[int]) -> None:
        active, width = theme(), self.viewport().width()
        selected = self._selected_between(first, last)
        for place, top in zip(range(first, last + 1), tops, strict=True):
            if place in selected or place == self._hover:
                painter.fillRect(0, top, width, ROW_HEIGHT, active.selected if place in selected else active.hover)
            painter.fillRect(0, top + ROW_HEIGHT - 1, width, 1, active.border)

    def _paint_bars(self, painter: QPainter, first: int, last: int, tops: list[int]) -> None:
        for place in self._selected_between(first, last):
            painter.fillRect(0, tops[place - first], _ACCENT_BAR, ROW_HEIGHT, theme().accent)
        current = self.currentIndex()
        if self.hasFocus() and current.isValid() and first <= current.row() <= last:
            painter.setPen(QPen(theme().accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.visualRect(current).adjusted(_ACCENT_BAR, 0, -1, -1))

    def _selected_between(self, first: int, last: int) -> set[int]:
        found: set[int] = set()
        for block in self.selectionModel().selection().toList():
            found.update(range(max(first, block.top()), min(last, block.bottom()) + 1))
        return found

    # ---- Qt overrides

    def rowsAboutToBeRemoved(self, parent: QModelIndex | QPersistentModelIndex, start: int, end: int) -> None:
        current = self.currentIndex()
        if current.isValid() and start <= current.row() <= end:
            self._awaited = self._awaited if self._awaited is not None else self._current
            self.selectionModel().clear()
        super().rowsAboutToBeRemoved(parent, start, end)

    def sizeHintForColumn(self, column: int) -> int:
        first, last = self._rows_between(0, self.viewport().height())
        rows = [self._rows.row_at(place) for place in range(first, last + 1)]
        return self._cells.wanted_width(self._rows.columns[column], rows)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard alone chooses no row; Qt would take the first."""
        chosen = self.currentIndex().isValid()
        self.selectionModel().blockSignals(not chosen)
        super().focusInEvent(event)
        if not chosen:
            self.selectionModel().clearCurrentIndex()
        self.selectionModel().blockSignals(False)

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and End go to the first and the last row."""
        ends = {self.CursorAction.MoveHome: 0, self.CursorAction.MoveEnd: self._rows.shown - 1}
        if action not in ends:
            return super().moveCursor(action, modifiers)
        return self._rows.index(ends[action], max(0, self.currentIndex().column()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selection()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._activate(self.currentIndex())
        elif event.matches(QKeySequence.StandardKey.Delete):
            self.delete_pressed.emit()
        else:
            before = self.currentIndex().row()
            super().keyPressEvent(event)
            if self.currentIndex().row() != before:
                self._hold.keys_moved()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hold.pointer_moved()
        self._set_hover(self.rowAt(int(event.position().y())))
        super().mouseMoveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._hold.pointer_moved()
        self._awaited = None
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._hold.pointer_moved()
        super().wheelEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hold.pointer_left()
        self._set_hover(-1)
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keys = self.selected_keys()
        menu = self._menu_builder(keys) if self._menu_builder is not None and keys else None
        if menu is None:
            return
        where = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            where = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft() + QPoint(24, 0))
        self._open_menu(menu, where)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tip(event)
            return True
        return super().viewportEvent(event)

    def _show_tip(self, event: QHelpEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid():
            column, row = self._rows.columns[index.column()], self._rows.row_at(index.row())
            cut = self._cells.is_cut(column, row, self.columnWidth(index.column()))
            if cut or column.exact(row) != column.text(row):
                text = self._rows.data(index, Qt.ItemDataRole.ToolTipRole)
                QToolTip.showText(event.globalPos(), text, self.viewport(), self.visualRect(index))
                return
        QToolTip.hideText()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.layout_of_columns.fit()
        self._visible_timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.layout_of_columns.fit()
        self._visible_timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._hold.pointer_left()
        self._announce_visible()
