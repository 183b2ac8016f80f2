"""Columns that have no room: as few as needed, and those that a person wants stay."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from dashboard.models.keyed_table import Column, KeyedTable
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.tucked_columns import TuckedColumns

COLUMNS = (
    Column("name", "Name", "strong", text=str, stretch=True),
    Column("one", "One", "text", text=str, width_hint=100),
    Column("two", "Two", "text", text=str, width_hint=100),
    Column("three", "Three", "text", text=str, width_hint=100),
)


@pytest.fixture
def table(qtbot: QtBot) -> DataTable:
    table = DataTable(KeyedTable(COLUMNS, str), "Things")
    qtbot.addWidget(table)
    return table


@pytest.fixture
def tucked(table: DataTable) -> TuckedColumns:
    return TuckedColumns(table, table.model(), ("one", "two"), "name")  # type: ignore[arg-type]


def left_out_at(tucked: TuckedColumns, room: int) -> tuple[str, ...]:
    tucked.fit(room)
    return tucked.names


def test_as_few_as_needed_are_left_out_the_first_named_first(table: DataTable, tucked: TuckedColumns) -> None:
    left_out = [left_out_at(tucked, room) for room in (500, 499, 399, 100, 400, 500)]
    assert left_out == [(), ("one",), ("one", "two"), ("one", "two"), ("one",), ()]
    assert len(table.layout_of_columns.shown()) == 4


def test_what_a_person_took_off_stays_off_and_what_one_wants_stays(table: DataTable, tucked: TuckedColumns) -> None:
    table.show_column("two", False)
    assert left_out_at(tucked, 100) == ("one",)
    table.show_column("one")
    assert left_out_at(tucked, 110) == () and table.layout_of_columns.is_shown("one")
    tucked.release()
    assert not table.layout_of_columns.is_shown("two")
