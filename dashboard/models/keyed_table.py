"""A table model fed with whole pictures: rows are known by key, each picture becomes the smallest change of the model.

Sorting and filtering happen inside (a proxy costs a second per 5,000 live rows). Rows are frozen values; one change of
the data becomes one ``dataChanged``, one change of the order one ``layoutChanged``. The model is never reset.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from dashboard.look.wording import DASH, shorten, tip, visible

Row = Any
Key = Hashable
_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole

ROW_ROLE = _Role.UserRole
TONE_ROLE = _Role.UserRole + 1
CELL_CHARS = 200
_NOWHERE = QModelIndex()
# Only this overload carries the hint, which spares the selection a persistent index per cell.
_LAYOUT_SIGNATURE = "QList<QPersistentModelIndex>,QAbstractItemModel::LayoutChangeHint"
_SORTED_ROWS = QAbstractItemModel.LayoutChangeHint.VerticalSortHint
_FEW_RANGES = 8
"""Up to so many separate blocks of leaving rows are removed one by one; more are gathered at the end first."""


@dataclass(frozen=True)
class Column:
    """One column, declared.

    ``kind``: ``text``, ``strong`` (a name), ``number``, ``pill`` (needs ``tone``), ``trend`` (needs ``samples``),
    ``mono``, ``time`` or ``letter`` (needs ``letter``, drawn in its tone's colour before the text). ``text`` is what
    the cell shows; ``value`` what it sorts by (``None`` is last; without it the text is used) and, for whole numbers,
    what is read out and copied. ``tone`` colours the cell. ``tip`` says more than the cell when the mouse rests on it.
    ``stretch`` marks the column that takes the room left over. ``width_hint`` is in pixels; 0 = from header and kind.
    """

    id: str
    title: str
    kind: str = "text"
    text: Callable[[Row], str] = str
    value: Callable[[Row], Any] | None = None
    tone: Callable[[Row], str | None] | None = None
    align: str = ""
    width_hint: int = 0
    help: str = ""
    shown: bool = True
    samples: Callable[[Row], Sequence[float | None]] | None = None
    stretch: bool = False
    tip: Callable[[Row], str] | None = None
    letter: Callable[[Row], str] | None = None

    @property
    def right(self) -> bool:
        """Whether the cell's text ends at the right edge."""
        return self.align == "right" or (not self.align and self.kind == "number")

    def sort_value(self, row: Row) -> Any:
        return self.value(row) if self.value is not None else self.text(row).casefold()

    def exact(self, row: Row) -> str:
        """The text with every digit of a whole number: for reading out and for the clipboard."""
        if self.kind == "number" and self.value is not None:
            value = self.value(row)
            if isinstance(value, int) and not isinstance(value, bool) and self.text(row)[-1:] in "0123456789kMGT":
                return f"{value:,}"
        return self.text(row)

    def samples_of(self, row: Row) -> Sequence[float | None]:
        found = self.samples(row) if self.samples is not None else ()
        return found or ()


class KeyedTable(QAbstractTableModel):
    """Rows by key, filtered and sorted. ``key_of`` gives a row's hashable key; two rows never share one."""

    counts_changed = Signal()
    """``shown`` or ``total`` changed."""

    def __init__(self, columns: Sequence[Column], key_of: Callable[[Row], Key]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self._key_of = key_of
        self._all: dict[Key, Row] = {}
        self._shown: list[Row] = []
        self._keys: list[Key] = []
        self._places: dict[Key, int] | None = None
        self._predicate: Callable[[Row], bool] | None = None
        self._sort_column = -1
        self._sort_values: dict[Key, Any] = {}
        self._descending = False
        self._held = False
        self._order_due = False

    # ---- reading

    @property
    def shown(self) -> int:
        """Rows that pass the filter."""
        return len(self._keys)

    @property
    def total(self) -> int:
        """All rows."""
        return len(self._all)

    @property
    def sorted_by(self) -> tuple[int, Qt.SortOrder]:
        """The column (-1 = order of arrival) and the direction."""
        return self._sort_column, Qt.SortOrder.DescendingOrder if self._descending else Qt.SortOrder.AscendingOrder

    def row_at(self, place: int) -> Row:
        """The row shown at ``place``."""
        return self._shown[place]

    def key_at(self, place: int) -> Key:
        return self._keys[place]

    def row_of(self, key: Key) -> Row | None:
        """The newest row of ``key``, shown or not."""
        return self._all.get(key)

    def rows(self) -> Sequence[Row]:
        """The shown rows in their order. Do not change the list."""
        return self._shown

    def place_of(self, key: Key) -> int:
        """Where ``key`` is shown, -1 when it is not."""
        if self._places is None:
            self._places = {known: place for place, known in enumerate(self._keys)}
        return self._places.get(key, -1)

    def index_of(self, key: Key, column: int = 0) -> QModelIndex:
        """The model index of ``key``; invalid when it is not shown."""
        place = self.place_of(key)
        return self.index(place, column) if place >= 0 else QModelIndex()

    def column_of(self, column_id: str) -> int:
        """The place of the column called ``column_id``."""
        return next(place for place, column in enumerate(self.columns) if column.id == column_id)

    # ---- writing

    def apply(
        self, rows: Iterable[Row], changed: AbstractSet[Key] | None = None, keys: Iterable[Key] | None = None
    ) -> None:
        """Show the picture ``rows`` (all there are). ``changed`` names the keys that differ; ``None`` = compare.

        ``keys``, one per row, spares making them again.
        """
        old, key_of = self._all, self._key_of
        self._all = {key_of(row): row for row in rows} if keys is None else dict(zip(keys, rows, strict=True))
        if changed is None:
            changed = {key for key, row in self._all.items() if old.get(key) != row}
        self._refresh(changed, old)

    def patch(self, rows: Iterable[Row]) -> None:
        """Newer rows of keys that are here: they alone are compared, filtered and sorted. Cheap in a long table."""
        newer = {key: row for row in rows if (key := self._key_of(row)) in self._all}
        self._all.update(newer)
        self._refresh(newer.keys(), self._all)

    def set_filter(self, predicate: Callable[[Row], bool] | None) -> None:
        """Show only rows that satisfy ``predicate`` (``None`` = all)."""
        self._predicate = predicate
        self._refresh(frozenset(), self._all, filtered_anew=True)
        if self._order_due:
            self._put_in_order()

    def hold(self, held: bool) -> None:
        """While held no row moves: values still change, new rows wait at the end. Letting go sorts again."""
        self._held = held
        if not held and self._order_due:
            self._put_in_order()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by ``column`` (-1 = the order in which rows arrive), also while held: somebody asked for it."""
        self._sort_column = column
        self._descending = order == Qt.SortOrder.DescendingOrder
        self._sort_values = {key: self._sort_value(row) for key, row in self._all.items()}
        self._put_in_order()

    # ---- the difference

    def _refresh(self, changed: AbstractSet[Key], old: dict[Key, Row], filtered_anew: bool = False) -> None:
        counts = (self.shown, self.total)
        wanted = self._passing() if filtered_anew or self._comes_or_goes(changed, old) else None
        if wanted is not None:
            self._remove_missing(wanted)
        touched = self._update_in_place(changed)
        self._order_due |= self._sort_moves(changed, old)
        if wanted is not None:
            self._order_due |= self._append_new(wanted)
        self._tell_changed(touched)
        if self._order_due and not self._held:
            self._put_in_order()
        if counts != (self.shown, self.total) or len(old) != self.total:
            self.counts_changed.emit()

    def _comes_or_goes(self, changed: AbstractSet[Key], old: dict[Key, Row]) -> bool:
        """Whether other rows are to be shown than now. Only new and changed rows are asked by the filter."""
        if old is not self._all and self._all.keys() != old.keys():
            return True
        predicate, rows = self._predicate, self._all
        return predicate is not None and any(
            predicate(rows[key]) != (self.place_of(key) >= 0) for key in changed if key in rows
        )

    def _passing(self) -> dict[Key, Row]:
        if self._predicate is None:
            return self._all
        predicate = self._predicate
        return {key: row for key, row in self._all.items() if predicate(row)}

    def _remove_missing(self, wanted: dict[Key, Row]) -> None:
        doomed = [place for place, key in enumerate(self._keys) if key not in wanted]
        if not doomed:
            return
        blocks = _blocks(doomed)
        if len(blocks) > _FEW_RANGES:
            rows = dict(zip(self._keys, self._shown, strict=True))
            self._arrange(sorted(self._keys, key=lambda key: key not in wanted), rows)
            blocks = [(len(self._keys) - len(doomed), len(self._keys) - 1)]
        for first, last in reversed(blocks):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._keys[first : last + 1]
            del self._shown[first : last + 1]
            self._places = None
            self.endRemoveRows()

    def _tell_changed(self, touched: Sequence[Key]) -> None:
        if touched:
            places = [self.place_of(key) for key in touched]
            self.dataChanged.emit(self.index(min(places), 0), self.index(max(places), len(self.columns) - 1))

    def _update_in_place(self, changed: AbstractSet[Key]) -> list[Key]:
        """Put the newest rows where their keys are; the keys whose row really differs."""
        if len(changed) * 4 > len(self._keys):
            newest = self._all
            touched = [key for key in self._keys if key in changed]
            self._shown = [newest[key] for key in self._keys]
            return touched
        touched = []
        for key in changed:
            place = self.place_of(key)
            if place >= 0:
                self._shown[place] = self._all[key]
                touched.append(key)
        return touched

    def _sort_value(self, row: Row) -> Any:
        return self.columns[self._sort_column].sort_value(row) if self._sort_column >= 0 else None

    def _sort_moves(self, changed: AbstractSet[Key], old: dict[Key, Row]) -> bool:
        """Learn what the ``changed`` rows sort by now; whether any of them may belong elsewhere."""
        if self._sort_column < 0 or old is self._all or self._all.keys() == old.keys():
            return self._changed_sort_values(changed)
        before, self._sort_values = self._sort_values, {key: self._sort_value(row) for key, row in self._all.items()}
        return self._sort_values != before

    def _changed_sort_values(self, changed: AbstractSet[Key]) -> bool:
        rows, values, sort_value = self._all, self._sort_values, self._sort_value
        if self._sort_column < 0:
            return False
        newer = {key: value for key in changed if key in rows and (value := sort_value(rows[key])) != values[key]}
        values.update(newer)
        return bool(newer)

    def _append_new(self, wanted: dict[Key, Row]) -> bool:
        if len(wanted) == len(self._keys):
            return False
        known = set(self._keys)
        fresh = [key for key in wanted if key not in known]
        first = len(self._keys)
        self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
        self._keys += fresh
        self._shown += [wanted[key] for key in fresh]
        self._places = None
        self.endInsertRows()
        return True

    # ---- the order

    def _put_in_order(self) -> None:
        self._order_due = False
        ordered = self._ordered_keys()
        if ordered != self._keys:
            self._arrange(ordered, self._all)

    def _ordered_keys(self) -> list[Key]:
        arrived = list(self._all)
        if len(arrived) != len(self._keys):
            shown = set(self._keys)
            arrived = [key for key in arrived if key in shown]
        if self._sort_column < 0:
            return arrived
        values = self._sort_values
        unknown = [key for key in arrived if values[key] is None]
        if unknown:
            arrived = [key for key in arrived if values[key] is not None]
        arrived.sort(key=values.__getitem__, reverse=self._descending)
        return arrived + unknown

    def _arrange(self, keys: list[Key], rows: Mapping[Key, Row]) -> None:
        """Show the same ``keys`` in this order, with their ``rows``. Persistent indexes follow their rows."""
        self._tell_before_moves()
        held = [index for index in self.persistentIndexList() if index.isValid()]
        held_keys = [self._keys[index.row()] for index in held]
        self._keys, self._places = keys, None
        self._shown = [rows[key] for key in keys]
        if held:
            now = [self.index(self.place_of(key), index.column()) for key, index in zip(held_keys, held, strict=True)]
            self.changePersistentIndexList(held, now)
        self._tell_after_moves()

    def tell_moved(self, old: Sequence[QModelIndex], new: Sequence[QModelIndex]) -> None:
        """Say that what was at the indexes ``old`` is at ``new`` now (invalid = gone), for models that move rows."""
        self._tell_before_moves()
        self.changePersistentIndexList(list(old), list(new))
        self._tell_after_moves()

    def _tell_before_moves(self) -> None:
        self.layoutAboutToBeChanged[_LAYOUT_SIGNATURE].emit([], _SORTED_ROWS)  # type: ignore[index]

    def _tell_after_moves(self) -> None:
        self.layoutChanged[_LAYOUT_SIGNATURE].emit([], _SORTED_ROWS)  # type: ignore[index]

    # ---- Qt's questions

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._keys)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        return self.cell(self.columns[index.column()], self._shown[index.row()], role)

    def cell(self, column: Column, row: Row, role: int = _Role.DisplayRole) -> Any:
        """What ``column`` says about ``row`` in a role."""
        if role == _Role.DisplayRole:
            return cell_text(column, row)
        if role == _Role.AccessibleTextRole:
            return f"{column.title} {visible(shorten(column.exact(row), CELL_CHARS))}"
        if role == _Role.ToolTipRole:
            return tip(column.tip(row) if column.tip is not None else column.exact(row))
        if role == _Role.TextAlignmentRole:
            return _alignment(column)
        if role == ROW_ROLE:
            return row
        if role == TONE_ROLE:
            return column.tone(row) if column.tone is not None else None
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role in (_Role.DisplayRole, _Role.AccessibleTextRole):
            return column.title
        if role == _Role.ToolTipRole:
            return tip(column.help) if column.help else None
        if role == _Role.TextAlignmentRole:
            return _alignment(column)
        if role == _Role.InitialSortOrderRole:
            falling = column.kind in ("number", "time", "trend")
            return Qt.SortOrder.DescendingOrder if falling else Qt.SortOrder.AscendingOrder
        return None


def cell_text(column: Column, row: Row) -> str:
    """What a cell shows: short, and without characters that hide or reorder others."""
    text = column.text(row)
    return visible(text if len(text) <= CELL_CHARS else shorten(text, CELL_CHARS)) if text else DASH


def _alignment(column: Column) -> int:
    side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _blocks(places: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending ``places`` as inclusive ranges."""
    cuts = [cut for cut, (before, after) in enumerate(pairwise(places), 1) if after != before + 1]
    edges = [0, *cuts, len(places)]
    return [(places[start], places[end - 1]) for start, end in pairwise(edges)]
