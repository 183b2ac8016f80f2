"""The keyed table under a storm: what is shown is right, selections stay with their rows, and it stays quick."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from dashboard.models.keyed_table import Column, KeyedTable

FALLING = Qt.SortOrder.DescendingOrder
RISING = Qt.SortOrder.AscendingOrder
FRAME_S = 0.016
WARNINGS = QAbstractItemModelTester.FailureReportingMode.Warning


@dataclass(frozen=True)
class Parcel:
    name: str
    weight: int | None = 0
    state: str = "here"


COLUMNS = (
    Column("name", "Parcel", "strong", text=lambda row: row.name),
    Column("weight", "Weight", "number", text=lambda row: f"{row.weight}", value=lambda row: row.weight),
    Column("state", "State", "pill", text=lambda row: row.state, tone=lambda _row: "ok"),
)


@pytest.fixture
def table(qtbot: QtBot) -> KeyedTable:
    return KeyedTable(COLUMNS, lambda row: row.name)


def names(table: KeyedTable) -> list[str]:
    return [row.name for row in table.rows()]


def parcels(*weights: int | None) -> list[Parcel]:
    return [Parcel(f"p{place}", weight) for place, weight in enumerate(weights)]


def test_unknown_values_are_last_in_both_directions(table: KeyedTable) -> None:
    table.apply(parcels(3, None, 9, 1))
    table.sort(1, RISING)
    assert names(table) == ["p3", "p0", "p2", "p1"]
    table.sort(1, FALLING)
    assert names(table) == ["p2", "p0", "p3", "p1"]
    table.sort(-1)
    assert names(table) == ["p0", "p1", "p2", "p3"]


def test_rows_of_equal_value_keep_the_order_in_which_they_came(table: KeyedTable) -> None:
    table.apply(parcels(1, 1, 1, 2))
    table.sort(1, FALLING)
    assert names(table) == ["p3", "p0", "p1", "p2"]


def test_nothing_is_told_when_nothing_changed(table: KeyedTable) -> None:
    table.apply(parcels(1, 2, 3))
    told: list[str] = []
    for name in ("dataChanged", "layoutChanged", "rowsInserted", "rowsRemoved", "modelReset", "counts_changed"):
        getattr(table, name).connect(lambda *_, name=name: told.append(name))
    table.apply(parcels(1, 2, 3))
    assert not told


def test_while_held_values_change_and_rows_stay(table: KeyedTable) -> None:
    table.apply(parcels(1, 2, 3))
    table.sort(1, FALLING)
    table.hold(True)
    table.apply([*parcels(9, 2, 3), Parcel("new", 99)])
    assert names(table) == ["p2", "p1", "p0", "new"]
    assert table.data(table.index_of("p0", 1)) == "9"
    table.hold(False)
    assert names(table) == ["new", "p0", "p2", "p1"]


def test_a_filter_counts_what_it_shows_and_what_there_is(table: KeyedTable) -> None:
    table.apply(parcels(1, 2, 3, 4))
    table.set_filter(lambda row: row.weight % 2 == 0)
    assert (table.shown, table.total, names(table)) == (2, 4, ["p1", "p3"])
    table.apply(parcels(1, 2, 8, 5))
    assert names(table) == ["p1", "p2"]
    table.set_filter(None)
    assert names(table) == ["p0", "p1", "p2", "p3"]


def test_a_cell_is_read_out_with_its_column_and_every_digit(table: KeyedTable) -> None:
    table.apply([Parcel("p", 18_432)])
    assert table.data(table.index(0, 1), Qt.ItemDataRole.AccessibleTextRole) == "Weight 18,432"


def test_foreign_text_cannot_hide_or_take_over_a_cell(table: KeyedTable) -> None:
    table.apply([Parcel("<b>\u202eevil\n" + "x" * 5_000)])
    shown = table.data(table.index(0, 0))
    assert shown.startswith("<b>\\u202eevil\\n")
    assert len(shown) < 300
    assert "<b>" not in table.data(table.index(0, 0), Qt.ItemDataRole.ToolTipRole)


class Storm:
    """Throws changes at a table and keeps, plainly, what it should show."""

    def __init__(self, table: KeyedTable, seed: int) -> None:
        self.table = table
        self.dice = random.Random(seed)
        self.rows: dict[str, Parcel] = {}
        self.passes: Callable[[Parcel], bool] | None = None
        self.held = False

    def blow(self) -> None:
        self.dice.choice((self._replace, self._nudge, self._patch, self._filter, self._sort, self._hold))()

    def _replace(self) -> None:
        kept = [row for row in self.rows.values() if self.dice.random() < 0.8]
        new = [Parcel(f"n{self.dice.randrange(400)}", self.dice.randrange(50)) for _ in range(self.dice.randrange(12))]
        self.rows = {row.name: row for row in (*kept, *new)}
        self.table.apply(self.rows.values())

    def _nudge(self) -> None:
        changed = {name for name in self.rows if self.dice.random() < 0.1}
        for name in changed:
            self.rows[name] = replace(self.rows[name], weight=self.dice.choice((None, 0, 5, 500)))
        self.table.apply(self.rows.values(), changed)

    def _patch(self) -> None:
        newer = [replace(row, state=self.dice.choice("abc")) for row in self.rows.values() if self.dice.random() < 0.1]
        self.rows |= {row.name: row for row in newer}
        self.table.patch(newer)

    def _filter(self) -> None:
        digit = str(self.dice.randrange(10))
        self.passes = self.dice.choice((None, lambda row: digit in row.name))
        self.table.set_filter(self.passes)

    def _sort(self) -> None:
        self.table.sort(self.dice.randrange(-1, 3), self.dice.choice((RISING, FALLING)))

    def _hold(self) -> None:
        self.held = not self.held
        self.table.hold(self.held)

    def check(self) -> None:
        wanted = {name: row for name, row in self.rows.items() if self.passes is None or self.passes(row)}
        assert {row.name: row for row in self.table.rows()} == wanted
        assert self.table.rowCount() == len(wanted) == self.table.shown
        assert [self.table.place_of(row.name) for row in self.table.rows()] == list(range(len(wanted)))
        column, order = self.table.sorted_by
        if not self.held and column >= 0:
            values = [COLUMNS[column].sort_value(row) for row in self.table.rows()]
            known = [value for value in values if value is not None]
            assert values[: len(known)] == sorted(known, reverse=order == FALLING)


@pytest.mark.parametrize("seed", range(6))
def test_a_storm_leaves_the_right_rows_and_every_selection_with_its_row(table: KeyedTable, seed: int) -> None:
    tester = QAbstractItemModelTester(table, WARNINGS)
    storm = Storm(table, seed)
    for _ in range(120):
        noted = {row.name: QPersistentModelIndex(table.index_of(row.name)) for row in table.rows()[::3]}
        storm.blow()
        storm.check()
        for name, index in noted.items():
            assert (index.row() if index.isValid() else -1) == table.place_of(name)
    assert tester.model() is table


def best_of(runs: int, work: Callable[[int], None]) -> float:
    """The least processor time in seconds; others may share the machine."""
    taken = []
    for run in range(runs):
        start = time.thread_time()
        work(run)
        taken.append(time.thread_time() - start)
    return min(taken)


def test_five_thousand_rows_of_which_few_changed_take_less_than_a_frame(table: KeyedTable) -> None:
    rows = [Parcel(f"queue.{place}", place % 700) for place in range(5_000)]
    table.apply(rows)
    table.sort(1, FALLING)

    def change_some(run: int) -> None:
        changed = {f"queue.{place}" for place in range(run * 50, run * 50 + 50)}
        for place in range(run * 50, run * 50 + 50):
            rows[place] = replace(rows[place], weight=place + run)
        table.apply(rows, changed)

    assert best_of(6, change_some) < FRAME_S
