"""Columns that a table leaves out for as long as there is no room for them, the least important first."""

from __future__ import annotations

from dashboard.models.keyed_table import KeyedTable
from dashboard.widgets.data_table import DataTable

_LEAST_STRETCHED = 200
"""What the column that takes the rest should have at least."""


class TuckedColumns:
    """``names`` may be left out, in this order. What a person shows again by hand stays until :meth:`release`."""

    def __init__(self, table: DataTable, model: KeyedTable, names: tuple[str, ...], stretched: str) -> None:
        self._table = table
        self._model = model
        self._layout = table.layout_of_columns
        self._names = names
        self._stretched = stretched
        self._widths: dict[str, int] = {}
        """Of those that are left out now."""
        self._wanted: set[str] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """What is left out now."""
        return tuple(name for name in self._widths if not self._layout.is_shown(name))

    def fit(self, room: int) -> None:
        """Leave out as few as ``room`` pixels need."""
        self._wanted |= {name for name in self._widths if self._layout.is_shown(name)}
        widths = {name: self._widths.get(name) or self._width(name) for name in self._names if self._is_movable(name)}
        need = self._needed() + sum(widths[name] for name in self.names if name in widths)
        left_out: dict[str, int] = {}
        for name, width in widths.items():
            if need > room:
                left_out[name] = width
                need -= width
        self._leave_out(left_out)

    def release(self) -> None:
        """Show all of them again."""
        self._leave_out({})
        self._wanted.clear()

    # ---- inside

    def _leave_out(self, left_out: dict[str, int]) -> None:
        for name in self.names:
            if name not in left_out:
                self._layout.show_column(name)
        self._widths = left_out
        for name in left_out:
            self._layout.show_column(name, False)

    def _is_movable(self, name: str) -> bool:
        return name not in self._wanted and (name in self._widths or self._layout.is_shown(name))

    def _needed(self) -> int:
        """By the columns that are shown."""
        stretched = self._model.column_of(self._stretched)
        return sum(
            _LEAST_STRETCHED if place == stretched else self._table.columnWidth(place) for place in self._layout.shown()
        )

    def _width(self, name: str) -> int:
        return self._table.columnWidth(self._model.column_of(name))
