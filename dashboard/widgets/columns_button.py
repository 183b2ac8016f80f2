"""The button that chooses which columns a table shows and what it is sorted by."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from dashboard.look.wording import menu_text
from dashboard.models.keyed_table import KeyedTable
from dashboard.widgets.button import Button
from dashboard.widgets.data_table import DataTable


class ColumnsButton(Button):
    """A menu of the ``table``'s columns: several can be switched while it stays open."""

    def __init__(self, table: DataTable, text: str = "Columns", parent: QWidget | None = None) -> None:
        super().__init__(text, "columns", parent=parent)
        self._table = table
        menu = _StayingMenu(self)
        menu.aboutToShow.connect(lambda: self._fill(menu))
        self.setMenu(menu)

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        model = self._table.model()
        assert isinstance(model, KeyedTable)
        layout = self._table.layout_of_columns
        for column in model.columns:
            action = menu.addAction(menu_text(column.title))
            action.setCheckable(True)
            action.setChecked(layout.is_shown(column.id))
            action.triggered.connect(
                lambda on, name=column.id, box=action: box.setChecked(layout.show_column(name, on))
            )
        menu.addSeparator()
        self._add_sort_menu(menu, model)
        menu.addAction("Reset columns", layout.reset)

    def _add_sort_menu(self, menu: QMenu, model: KeyedTable) -> None:
        submenu = menu.addMenu("Sort by")
        header = self._table.horizontalHeader()
        for logical, column in enumerate(model.columns):
            for order, word in (
                (Qt.SortOrder.DescendingOrder, "largest first"),
                (Qt.SortOrder.AscendingOrder, "smallest first"),
            ):
                if column.kind not in ("number", "time", "trend") and order == Qt.SortOrder.DescendingOrder:
                    continue
                text = f"{column.title}, {word}" if column.kind in ("number", "time", "trend") else column.title
                action = submenu.addAction(menu_text(text))
                action.triggered.connect(lambda _on, at=logical, by=order: header.setSortIndicator(at, by))


class _StayingMenu(QMenu):
    """Stays open when a checkable entry is switched with the mouse."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action: QAction | None = self.actionAt(event.position().toPoint())
        if action is not None and action.isCheckable() and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)
