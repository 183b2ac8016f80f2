"""The menu that chooses which columns a table shows and what it is sorted by."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from dashboard.look.wording import menu_text
from dashboard.models.keyed_table import Column, KeyedTable
from dashboard.widgets.column_layout import ColumnLayout

_Order = Qt.SortOrder
_MEASURED_KINDS = ("number", "time", "trend")


class ColumnMenu(QMenu):
    """Several columns can be switched while it stays open. Made anew for every opening."""

    def __init__(self, model: KeyedTable, layout: ColumnLayout, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = layout
        self.setAccessibleName("Columns")
        for column in model.columns:
            self._add_switch(column)
        self.addSeparator()
        submenu = self.addMenu("Sort by")
        for column in model.columns:
            self._add_orders(submenu, column)
        self.addAction("Reset columns", layout.reset)

    def _add_switch(self, column: Column) -> None:
        switch = self.addAction(menu_text(column.title))
        switch.setCheckable(True)
        switch.setChecked(self._layout.is_shown(column.id))
        switch.triggered.connect(lambda on: switch.setChecked(self._layout.show_column(column.id, on)))

    def _add_orders(self, submenu: QMenu, column: Column) -> None:
        orders = [(_Order.AscendingOrder, column.title)]
        if column.kind in _MEASURED_KINDS:
            orders = [
                (_Order.DescendingOrder, f"{column.title}, largest first"),
                (_Order.AscendingOrder, f"{column.title}, smallest first"),
            ]
        for order, words in orders:
            submenu.addAction(menu_text(words)).triggered.connect(
                lambda _on, order=order: self._layout.sort_by(column.id, order)
            )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a switch leaves the menu open."""
        action: QAction | None = self.actionAt(event.position().toPoint())
        if action is not None and action.isCheckable() and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)
