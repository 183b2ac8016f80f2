"""The task table's model: as many rows as match, of which only those near the eye are held.

The collector sorts and filters; this model shows its windows at their place and asks for others. While it is held no
row that is on the screen changes its place: newer ones wait above until :meth:`TaskTable.release`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal

from broker_client.tasks.records import TaskQuery, TaskRow, TaskWindow
from dashboard.models.keyed_table import Column, KeyedTable
from dashboard.models.task_slots import TaskSlots
from dashboard.models.task_wording import task_sentence

ON_ITS_WAY = TaskRow("", "")
"""What stands in a line whose task has not come yet: every cell of it is empty."""
SPARE_ROWS = 40
"""Rows asked for above and below the screen, so that a page of scrolling is there before it is needed."""
LEAD_ROWS = 200
"""While held, so many newer rows are asked for too: held tasks that changed may have moved up among them."""
STEP_ROWS = 20
"""Windows begin at multiples of this: a small scroll asks for nothing new."""

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class TaskTable(KeyedTable):
    """Rows are *slots*: line numbers of a table that is mostly elsewhere. Order and filter are the collector's."""

    query_changed = Signal(object)
    """The :class:`TaskQuery` that would fill the screen."""
    newer_changed = Signal(int)
    """How many rows wait above while the table is held."""
    window_shown = Signal()

    def __init__(self, columns: tuple[Column, ...]) -> None:
        super().__init__(columns, lambda row: row.id)
        self._query = TaskQuery(count=STEP_ROWS + 2 * SPARE_ROWS)
        self._slots = TaskSlots()
        self._seen = range(STEP_ROWS)
        self._held_for: set[str] = set()
        self._far_keys: dict[int, str] = {}

    # ---- what is shown --------------------------------------------------------------------------------------------

    @property
    def query(self) -> TaskQuery:
        """What the collector should send, for the lines on the screen."""
        return self._query

    @property
    def shown(self) -> int:
        return self._slots.total

    @property
    def newer(self) -> int:
        return self._slots.newer

    @property
    def held(self) -> bool:
        return bool(self._held_for)

    @property
    def total(self) -> int:
        return self._slots.total

    @property
    def sorted_by(self) -> tuple[int, Qt.SortOrder]:
        down = Qt.SortOrder.DescendingOrder if self._query.descending else Qt.SortOrder.AscendingOrder
        return self.column_of(self._query.sort), down

    def row_at(self, place: int) -> TaskRow:
        """The task in a line, or :data:`ON_ITS_WAY`."""
        return self._slots.row(place) or ON_ITS_WAY

    def key_at(self, place: int) -> str | None:
        """The id in a line; ``None`` while it is on its way."""
        row = self._slots.row(place)
        return row.id if row else None

    def row_of(self, key: object) -> TaskRow | None:
        place = self.place_of(key)
        return self._slots.row(place) if place >= 0 else None

    def rows(self) -> Sequence[TaskRow]:
        """The held rows, from the top; lines on their way are left out."""
        return self._slots.held_rows()

    def place_of(self, key: object) -> int:
        """The line of a task, -1 when it is not near the screen."""
        slot = self._slots.slot_of(key) if isinstance(key, str) else None
        return slot if slot is not None and slot < self._slots.total else -1

    # ---- what is wanted -------------------------------------------------------------------------------------------

    def choose(
        self,
        text: str,
        states: tuple[str, ...],
        *,
        within_s: float | None = None,
        since: float | None = None,
        until: float | None = None,
    ) -> None:
        """Show other tasks: the table starts again at its top."""
        times = {"within_s": within_s, "since": since, "until": until}
        self._ask(msgspec.structs.replace(self._query, text=text, states=states, **times), to_top=True)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if 0 <= column < len(self.columns):
            down = order == Qt.SortOrder.DescendingOrder
            self._ask(msgspec.structs.replace(self._query, sort=self.columns[column].id, descending=down), to_top=True)

    def see(self, first: int, last: int) -> None:
        """The lines ``first`` to ``last`` are on the screen."""
        self._seen = range(max(0, first), max(0, first, last) + 1)
        self._ask(self._query)

    def hold(self, held: bool, reason: str = "mouse") -> None:
        """Keep every row on the screen in its place for ``reason``; several reasons may hold at once."""
        (self._held_for.add if held else self._held_for.discard)(reason)

    def release(self) -> None:
        """Follow the stream again from the top."""
        self._held_for.clear()
        self._seen = range(len(self._seen))
        self._slots.newer = 0
        self.newer_changed.emit(0)
        self._ask(self._query)

    def _ask(self, query: TaskQuery, *, to_top: bool = False) -> None:
        if to_top:
            self._slots.newer = 0
            self._seen = range(len(self._seen))
            self._held_for.discard("scroll")
            self.newer_changed.emit(0)
        newer = self._slots.newer
        lead = newer if newer <= LEAD_ROWS else 0
        first = max(0, self._seen.start - SPARE_ROWS) // STEP_ROWS * STEP_ROWS
        count = -(-(self._seen.stop + SPARE_ROWS - first + lead) // STEP_ROWS) * STEP_ROWS
        query = msgspec.structs.replace(query, offset=first + newer - lead, count=count)
        if query != self._query:
            self._query = query
            self.query_changed.emit(query)

    # ---- what arrives ---------------------------------------------------------------------------------------------

    def show_window(self, window: TaskWindow) -> bool:
        """Put ``window`` in its place; ``False`` when it answers another question than the one asked now."""
        asked, got = self._query, window.query
        if _question(got) != _question(asked) or not self._slots.meets_the_eye(window, self._seen):
            return False
        keys = self._persistent_keys()
        total, newer = self._slots.total, self._slots.newer
        slots = self._slots
        changed = slots.place(window, self._seen, held=self.held)
        self._grow_or_shrink(total)
        self._move_persistent(keys)
        if changed:
            self.dataChanged.emit(self.index(changed.start, 0), self.index(changed.stop - 1, len(self.columns) - 1))
        if slots.total != total:
            self.counts_changed.emit()
        if slots.newer != newer:
            self.newer_changed.emit(slots.newer)
            self._ask(self._query)
        self.window_shown.emit()
        return True

    def clear(self) -> None:
        """Forget every row: another broker was opened."""
        self.beginResetModel()
        self._slots.clear()
        self._far_keys.clear()
        self.endResetModel()

    def _grow_or_shrink(self, before: int) -> None:
        """Tell the view that lines were added or taken at the end. Placing came first, so the count is set back."""
        after = self._slots.total
        if after > before:
            self._slots.total = before
            self.beginInsertRows(QModelIndex(), before, after - 1)
            self._slots.total = after
            self.endInsertRows()
        elif after < before:
            self._slots.total = before
            self.beginRemoveRows(QModelIndex(), after, before - 1)
            self._slots.total = after
            self.endRemoveRows()

    def _persistent_keys(self) -> list[tuple[QModelIndex, str | None]]:
        """What the selection points at, by id; ids of lines that are far away were noted when they were near."""
        pairs = []
        for index in self.persistentIndexList():
            key = self.key_at(index.row()) or self._far_keys.get(index.row())
            pairs.append((index, key))
        return pairs

    def _move_persistent(self, keys: list[tuple[QModelIndex, str | None]]) -> None:
        self._far_keys.clear()
        old: list[QModelIndex] = []
        new: list[QModelIndex] = []
        for index, key in keys:
            if key is None:
                continue
            slot = self._slots.slot_of(key)
            if slot is None and self.key_at(index.row()) is None and index.row() < self._slots.total:
                self._far_keys[index.row()] = key
            elif slot != index.row():
                old.append(index)
                new.append(QModelIndex() if slot is None else self.index(slot, index.column()))
        if old:
            self.tell_moved(old, new)

    # ---- Qt -------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else self._slots.total

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= self._slots.total:
            return None
        row = self.row_at(index.row())
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return task_sentence(row)
        return self.cell(self.columns[index.column()], row, role)


def _question(query: TaskQuery) -> tuple[object, ...]:
    """What is asked, without which part of the answer."""
    times = (query.within_s, query.since, query.until)
    return query.text, query.states, query.sort, query.descending, times
