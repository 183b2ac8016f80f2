"""The table: keys, mouse, columns, clipboard. Rows never move from under the hand."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from dashboard.look.theme import theme
from dashboard.models.keyed_table import Column, KeyedTable
from dashboard.widgets import row_hold
from dashboard.widgets.column_menu import ColumnMenu
from dashboard.widgets.data_table import ROW_HEIGHT, DataTable
from dashboard.widgets.row_hold import RowHold

FALLING = Qt.SortOrder.DescendingOrder
Key = Qt.Key


@dataclass(frozen=True)
class Parcel:
    name: str
    weight: int


COLUMNS = (
    Column("state", "State", "pill", text=lambda _row: "Running", tone=lambda _row: "ok"),
    Column("name", "Parcel", "strong", text=lambda row: row.name, stretch=True),
    Column("weight", "Weight", "number", text=lambda row: f"{row.weight}", value=lambda row: row.weight),
    Column("trend", "Trend", "trend", text=lambda _row: "", samples=lambda row: (row.weight, None, 3, 4)),
    Column("origin", "Where it comes from", "text", text=lambda _row: "<b>x</b>", shown=False),
)


@pytest.fixture
def model(qapp: QApplication) -> KeyedTable:
    model = KeyedTable(COLUMNS, lambda row: row.name)
    model.apply([Parcel(f"p{number:02}", 1_000 + number) for number in range(40)])
    return model


@pytest.fixture
def table(qtbot: QtBot, model: KeyedTable) -> DataTable:
    table = DataTable(model, "Parcels")
    qtbot.addWidget(table)
    table.resize(700, 30 + 8 * ROW_HEIGHT)
    table.show()
    with qtbot.waitActive(table):
        table.activateWindow()
    return table


def middle_of_row(table: DataTable, place: int) -> QPoint:
    return QPoint(200, table.rowViewportPosition(place) + ROW_HEIGHT // 2)


def first_keys(model: KeyedTable, count: int = 3) -> list[Hashable]:
    return [model.key_at(place) for place in range(count)]


# ---- keys


def test_arrows_move_and_enter_opens(qtbot: QtBot, table: DataTable) -> None:
    moved: list[object] = []
    opened: list[object] = []
    table.current_key_changed.connect(moved.append)
    table.row_activated.connect(opened.append)
    table.select_key("p00")
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Up, Key.Key_End, Key.Key_Return):
        QTest.keyClick(table, key)
    assert moved == ["p00", "p01", "p02", "p01", "p39"]
    assert opened == ["p39"]


def test_the_keyboard_alone_chooses_no_row(qtbot: QtBot, table: DataTable) -> None:
    assert table.hasFocus()
    assert table.current_key() is None
    QTest.keyClick(table, Key.Key_Down)
    assert table.current_key() == "p00"


def test_a_wish_outlives_the_row_that_leaves_and_ends_with_another_choice(table: DataTable, model: KeyedTable) -> None:
    rows = list(model.rows())
    table.select_key("p03")
    table.select_key("late")
    model.apply(rows[10:])
    model.apply([*rows, Parcel("late", 1)])
    assert table.current_key() == "late"
    table.select_key("later")
    table.select_key("p05")
    model.apply([*rows, Parcel("later", 1)])
    assert table.current_key() == "p05"


def test_while_a_row_is_awaited_no_other_one_is_chosen(table: DataTable, model: KeyedTable) -> None:
    rows = list(model.rows())
    table.select_key("p03")
    assert not table.select_key("late")
    assert (table.selected_keys(), table.current_key()) == ((), None)
    model.apply([*rows, Parcel("late", 1)])
    assert (table.selected_keys(), table.current_key()) == (("late",), "late")


def test_tab_leaves_the_table(qtbot: QtBot, table: DataTable) -> None:
    table.select_key("p00")
    QTest.keyClick(table, Key.Key_Tab)
    assert table.current_key() == "p00"


def test_the_selection_stays_with_its_row_when_the_order_changes(table: DataTable, model: KeyedTable) -> None:
    table.select_key("p03")
    table.sort_by("weight", FALLING)
    model.apply([Parcel(f"p{number:02}", (number * 7_919) % 101) for number in range(40)])
    assert table.current_key() == "p03"
    assert table.selected_keys() == ("p03",)
    assert model.key_at(table.currentIndex().row()) == "p03"


def test_a_key_that_is_not_here_yet_is_selected_when_it_comes(table: DataTable, model: KeyedTable) -> None:
    assert not table.select_key("late")
    model.apply([Parcel("late", 1)])
    assert table.current_key() == "late"


def test_a_row_that_left_is_current_no_longer_and_again_when_it_returns(table: DataTable, model: KeyedTable) -> None:
    rows = list(model.rows())
    table.select_key("p03")
    model.apply([row for row in rows if row.name != "p03"])
    assert table.current_key() is None
    model.apply(rows)
    assert table.current_key() == "p03"


# ---- the mouse


def test_rows_hold_still_under_the_mouse_and_move_when_it_leaves(
    qtbot: QtBot, table: DataTable, model: KeyedTable
) -> None:
    table.sort_by("weight", FALLING)
    QTest.mouseMove(table.viewport(), middle_of_row(table, 0))
    qtbot.waitUntil(lambda: table.held)
    before = first_keys(model)
    model.apply([Parcel(f"p{number:02}", 5_000 - number) for number in range(40)])
    assert first_keys(model) == before
    QApplication.sendEvent(table, QEvent(QEvent.Type.Leave))
    assert not table.held
    assert first_keys(model) == ["p00", "p01", "p02"]


def test_the_row_under_the_mouse_is_lit(qtbot: QtBot, table: DataTable) -> None:
    spot = QPoint(table.viewport().width() - 2, middle_of_row(table, 2).y())
    assert table.viewport().grab().toImage().pixelColor(spot) == theme().surface
    QTest.mouseMove(table.viewport(), middle_of_row(table, 2))
    qtbot.waitUntil(lambda: table.viewport().grab().toImage().pixelColor(spot) == theme().hover)


def test_a_selected_pill_stands_on_the_selections_ground(table: DataTable) -> None:
    table.select_key("p01")
    spot = QPoint(6, table.rowViewportPosition(1) + 3)
    assert table.viewport().grab().toImage().pixelColor(spot) == theme().selected


def test_a_double_click_opens(qtbot: QtBot, table: DataTable) -> None:
    opened: list[object] = []
    table.row_activated.connect(opened.append)
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle_of_row(table, 3))
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle_of_row(table, 3))
    assert opened == ["p03"]


def test_rows_hold_still_while_a_menu_is_open(qtbot: QtBot, table: DataTable) -> None:
    asked: list[tuple[Hashable, ...]] = []
    menu = QMenu(table)
    menu.addAction("Copy")

    def build(keys: tuple[Hashable, ...]) -> QMenu:
        asked.append(keys)
        return menu

    table.set_menu(build)
    table.select_key("p02")
    by_key = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), QPoint(5, 5))
    QApplication.sendEvent(table.viewport(), by_key)
    assert asked == [("p02",)]
    assert table.held
    menu.close()
    qtbot.waitUntil(lambda: not table.held)


def test_a_parked_mouse_and_a_resting_hand_let_go(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_hold, "POINTER_STILL_MS", 1)
    monkeypatch.setattr(row_hold, "KEYS_STILL_MS", 1)
    hold = RowHold()
    told: list[bool] = []
    hold.changed.connect(told.append)
    hold.pointer_moved()
    hold.keys_moved()
    qtbot.waitUntil(lambda: told == [True, False])


# ---- columns


def test_columns_are_as_wide_as_their_titles(table: DataTable) -> None:
    table.show_column("origin")
    header = table.horizontalHeader()
    for logical, column in enumerate(COLUMNS):
        assert table.columnWidth(logical) >= header.fontMetrics().horizontalAdvance(column.title) + 20


def test_the_stretched_column_takes_the_room_the_others_leave(table: DataTable) -> None:
    def total() -> int:
        return sum(table.columnWidth(place) for place in range(len(COLUMNS)))

    assert total() == table.viewport().width()
    table.show_column("origin")
    assert total() == table.viewport().width()


def test_the_last_column_cannot_be_hidden(table: DataTable) -> None:
    for column in COLUMNS:
        table.show_column(column.id, False)
    assert len(table.layout_of_columns.shown()) == 1


def test_a_layout_comes_back_as_it_was_kept(qtbot: QtBot, table: DataTable, model: KeyedTable) -> None:
    table.show_column("origin")
    table.show_column("trend", False)
    table.horizontalHeader().moveSection(2, 0)
    table.sort_by("weight", FALLING)
    table.setColumnWidth(2, 133)
    kept = table.save_state()
    again = DataTable(KeyedTable(COLUMNS, lambda row: row.name), "Parcels")
    qtbot.addWidget(again)
    assert again.restore_state(kept)
    assert again.layout_of_columns.shown() == table.layout_of_columns.shown() == [2, 0, 1, 4]
    assert again.columnWidth(2) == 133
    assert again.model().sorted_by == (2, FALLING)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kept", [b"", b"\xff\x00", b"[]", b"7", b'"columns"', b"{}", b"[" * 100_000])
def test_a_damaged_layout_changes_nothing(table: DataTable, kept: bytes) -> None:
    before = table.save_state()
    assert not table.restore_state(kept)
    assert table.save_state() == before


def test_a_layout_of_another_version_keeps_what_is_understood(table: DataTable) -> None:
    assert table.restore_state(b'{"columns": [7, {"id": "gone"}, {"id": "trend", "width": "x", "shown": false}]}')
    assert 3 not in table.layout_of_columns.shown()


def test_the_column_menu_switches_sorts_and_holds_the_rows(qtbot: QtBot, table: DataTable, model: KeyedTable) -> None:
    anchor = QPushButton("Columns")
    qtbot.addWidget(anchor)
    anchor.show()
    table.choose_columns(anchor)
    menu = table.findChild(ColumnMenu)
    assert menu is not None
    assert table.held
    entries = {action.text(): action for action in menu.actions()}
    entries["Where it comes from"].trigger()
    assert table.layout_of_columns.is_shown("origin")
    submenu = entries["Sort by"].menu()
    assert isinstance(submenu, QMenu)
    next(action for action in submenu.actions() if action.text() == "Weight, largest first").trigger()
    assert model.key_at(0) == "p39"
    entries["Reset columns"].trigger()
    assert not table.layout_of_columns.is_shown("origin")
    menu.close()
    qtbot.waitUntil(lambda: not table.held)


# ---- what it tells


def test_it_tells_which_rows_can_be_seen(qtbot: QtBot, table: DataTable) -> None:
    heard: list[tuple[Hashable, ...]] = []
    table.visible_keys_changed.connect(heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard[-1][0] == "p00"
    assert len(heard[-1]) < 12
    table.scrollToBottom()
    qtbot.waitUntil(lambda: heard[-1][-1] == "p39")
    table.hide()
    assert heard[-1] == ()


def test_one_row_copies_its_cell_and_several_copy_a_table(qtbot: QtBot, table: DataTable, model: KeyedTable) -> None:
    table.setCurrentIndex(model.index(1, 2))
    QTest.keyClick(table, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "1,001"
    QTest.keyClick(table, Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    lines = table.copy_selection().splitlines()
    assert lines[0].split("\t") == ["State", "Parcel", "Weight", "Trend"]
    assert [line.split("\t")[1] for line in lines[1:]] == ["p01", "p02"]


def test_a_cell_is_read_out_with_its_title(table: DataTable) -> None:
    interface = QAccessible.queryAccessibleInterface(table)
    assert interface.text(QAccessible.Text.Name) == "Parcels"
    names = {interface.child(place).text(QAccessible.Text.Name) for place in range(12)}
    assert "Weight 1,000" in names
