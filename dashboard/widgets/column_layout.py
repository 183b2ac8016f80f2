"""Which columns a table shows, in which order and how wide; saved and restored as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTableView

from dashboard.models.keyed_table import KeyedTable
from dashboard.widgets.table_header import TableHeader

_WIDTH_OF_KIND = {"pill": 128, "strong": 180, "trend": 140, "mono": 110, "time": 88, "text": 80, "number": 72}
_MIN_STRETCHED = 160
_MIN, _MAX = 32, 2_000


class ColumnLayout(QObject):
    """Owns the widths of the ``view``'s columns. One column takes the room the others leave."""

    changed = Signal()
    """A column was shown, hidden, moved, resized by hand, or the sort changed."""

    def __init__(self, view: QTableView, model: KeyedTable) -> None:
        super().__init__(view)
        self._view = view
        self._columns = model.columns
        self._model = model
        header = view.horizontalHeader()
        assert isinstance(header, TableHeader)
        self._header = header
        self._fitting = False
        self._pinned = False
        self._stretched = self._choose_stretched()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        view.setSortingEnabled(True)
        self.reset()
        header.sectionResized.connect(self._resized)
        header.sectionMoved.connect(self.changed)
        header.sortIndicatorChanged.connect(self.changed)

    # ---- reading

    def shown(self) -> list[int]:
        """The logical places of the shown columns, from the left."""
        order = (self._header.logicalIndex(place) for place in range(self._header.count()))
        return [logical for logical in order if not self._header.isSectionHidden(logical)]

    def is_shown(self, column_id: str) -> bool:
        return not self._header.isSectionHidden(self._model.column_of(column_id))

    def save(self) -> bytes:
        """Order, width and presence of the columns, and the sort, for ``restore``."""
        order = [self._header.logicalIndex(place) for place in range(self._header.count())]
        column, direction = self._model.sorted_by
        columns = [
            {
                "id": self._columns[logical].id,
                "width": self._width_of(logical),
                "shown": not self._header.isSectionHidden(logical),
            }
            for logical in order
        ]
        sort = self._columns[column].id if column >= 0 else None
        state = {"columns": columns, "sort": sort, "descending": direction == Qt.SortOrder.DescendingOrder}
        return json.dumps(state).encode()

    # ---- writing

    def show_column(self, column_id: str, shown: bool = True) -> bool:
        """Show or hide a column; the last one cannot be hidden. Returns whether it is shown now."""
        logical = self._model.column_of(column_id)
        if shown != self.is_shown(column_id) and (shown or self.shown() != [logical]):
            self._header.setSectionHidden(logical, not shown)
            self.fit()
            self.changed.emit()
        return self.is_shown(column_id)

    def sort_by(self, column_id: str, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort as a click on the header would."""
        self._header.setSortIndicator(self._model.column_of(column_id), order)

    def reset(self) -> None:
        """Every column as declared."""
        self._pinned = False
        self._fitting = True
        for logical, column in enumerate(self._columns):
            self._header.moveSection(self._header.visualIndex(logical), logical)
            self._header.setSectionHidden(logical, not column.shown)
            usual = column.width_hint or _WIDTH_OF_KIND.get(column.kind, 80)
            self._header.resizeSection(logical, max(usual, self._header.title_width(logical)))
        self._fitting = False
        self.fit()
        self.changed.emit()

    def restore(self, kept: bytes) -> bool:
        """Take over what is understood of what any version saved; ``False`` = it is no layout and nothing changed."""
        state = _parsed(kept)
        if "columns" not in state:
            return False
        entries = state["columns"]
        known = {column.id: logical for logical, column in enumerate(self._columns)}
        place = 0
        self._fitting = True
        for entry in entries if isinstance(entries, list) else ():
            logical = known.pop(str(entry.get("id")), None) if isinstance(entry, Mapping) else None
            if logical is not None:
                self._header.moveSection(self._header.visualIndex(logical), place)
                self._restore_column(logical, entry)
                place += 1
        if not self.shown():
            self._header.setSectionHidden(self._stretched, False)
        self._fitting = False
        self._restore_sort(state)
        self.fit()
        return True

    def fit(self) -> None:
        """Give the stretched column what the others leave."""
        stretched = self._stretched
        if self._pinned or self._fitting or self._header.isSectionHidden(stretched):
            return
        others = sum(self._header.sectionSize(logical) for logical in self.shown() if logical != stretched)
        least = min(_MIN_STRETCHED, self._columns[stretched].width_hint or _MIN_STRETCHED)
        room = max(least, self._view.viewport().width() - others)
        if room != self._header.sectionSize(stretched):
            self._fitting = True
            self._header.resizeSection(stretched, room)
            self._fitting = False

    # ---- inside

    def _choose_stretched(self) -> int:
        for wanted in ("stretch", "strong"):
            for logical, column in enumerate(self._columns):
                if (column.stretch if wanted == "stretch" else column.kind == "strong") and column.shown:
                    return logical
        return 0

    def _width_of(self, logical: int) -> int | None:
        """``None`` for the column that is fitted."""
        if logical == self._stretched and not self._pinned:
            return None
        hidden = self._header.isSectionHidden(logical)
        return self._columns[logical].width_hint or None if hidden else self._header.sectionSize(logical)

    def _resized(self, logical: int, _old: int, new: int) -> None:
        if self._fitting or new == 0:
            return
        if logical == self._stretched:
            self._pinned = True
        self.fit()
        self.changed.emit()

    def _restore_column(self, logical: int, entry: Mapping[str, object]) -> None:
        width = entry.get("width")
        if isinstance(width, int) and not isinstance(width, bool) and _MIN <= width <= _MAX:
            self._header.resizeSection(logical, width)
            self._pinned = self._pinned or logical == self._stretched
        shown = entry.get("shown")
        if isinstance(shown, bool):
            self._header.setSectionHidden(logical, not shown)

    def _restore_sort(self, state: Mapping[str, object]) -> None:
        known = {column.id: logical for logical, column in enumerate(self._columns)}
        logical = known.get(str(state.get("sort")), -1)
        descending = state.get("descending") is True
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self._header.setSortIndicator(logical, order)


def _parsed(kept: bytes) -> Mapping[str, object]:
    """An empty mapping when the bytes are damaged."""
    try:
        state = json.loads(kept)
    except (ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) else {}
