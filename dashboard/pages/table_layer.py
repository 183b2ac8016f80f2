"""A table, or the words that stand in its place while there is nothing in it. One layer of a page with several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from dashboard.models.keyed_table import KeyedTable
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.filters import Filter


class TableLayer(QStackedWidget):
    """``text_of`` gives what the filter looks at in a row. ``worst_first``: sorted downwards by ``order``."""

    def __init__(
        self,
        model: KeyedTable,
        name: str,
        order: str,
        text_of: Callable[[Any], str],
        *,
        worst_first: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.model = model
        self.table = DataTable(model, name)
        self.empty = EmptyState()
        self._order = (order, Qt.SortOrder.DescendingOrder if worst_first else Qt.SortOrder.AscendingOrder)
        self._text_of = text_of
        self._filter = Filter()
        self._why_empty = ("", "")
        self.addWidget(self.table)
        self.addWidget(self.empty)
        self.model.counts_changed.connect(self._show_what_fits)

    def restore(self, layout: bytes) -> None:
        if not (layout and self.table.restore_state(layout)):
            self.table.sort_by(*self._order)

    def show_rows(self, rows: Iterable[Any], title: str, words: str = "") -> None:
        """``title`` and ``words`` stand there when ``rows`` are none."""
        self._why_empty = (title, words)
        self.model.apply(rows)
        self._show_what_fits()

    def set_filter(self, chosen: Filter) -> None:
        self._filter = chosen
        self.model.set_filter(None if chosen.empty else lambda row: chosen.matches(self._text_of(row)))
        self._show_what_fits()

    def _show_what_fits(self) -> None:
        if self.model.shown:
            self.setCurrentWidget(self.table)
            return
        if self.model.total:
            self.empty.say("Nothing matches", f"None of {self.model.total:,} lines fits “{self._filter.text}”.")
        else:
            self.empty.say(*self._why_empty)
        self.setCurrentWidget(self.empty)
