"""The task table holds only what is near the eye, and the selection stays with its task."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from broker_client.tasks.records import TaskQuery, TaskRow, TaskWindow
from dashboard.look.wording import DASH
from dashboard.models.task_columns import task_columns
from dashboard.models.task_table import TaskTable

Display = Qt.ItemDataRole.DisplayRole


@pytest.fixture
def table(qtbot: QtBot) -> TaskTable:
    return TaskTable(task_columns())


def answer(table: TaskTable, newest: int, state: str = "STARTED") -> bool:
    """Answer the table's query as a collector that holds tasks t1 to ``t<newest>`` would."""
    query = table.query
    places = range(query.offset, min(newest, query.offset + query.count))
    rows = tuple(TaskRow(f"t{newest - place}", state, "shop.mail") for place in places)
    return table.show_window(TaskWindow(query, rows, newest))


def top_ids(table: TaskTable, count: int = 3) -> list[str | None]:
    return [table.key_at(place) for place in range(count)]


def test_a_million_matching_tasks_are_a_million_lines_of_which_a_hundred_are_held(table: TaskTable) -> None:
    table.see(0, 25)
    answer(table, 1_000_000)
    assert table.rowCount() == 1_000_000
    assert table.data(table.index(0, 2), Display) == "t1000000"
    assert table.data(table.index(500_000, 2), Display) == DASH
    assert table.query.count <= 120


def test_scrolling_asks_for_the_window_around_the_screen(table: TaskTable, qtbot: QtBot) -> None:
    answer(table, 10_000)
    with qtbot.waitSignal(table.query_changed) as asked:
        table.see(5_000, 5_025)
    (query,) = asked.args or [TaskQuery()]
    assert query.offset <= 4_960 and query.offset + query.count >= 5_065
    answer(table, 10_000)
    assert table.data(table.index(5_000, 2), Display) == "t5000"
    assert table.data(table.index(0, 2), Display) == DASH


def test_sorting_and_filtering_are_questions_to_the_collector(table: TaskTable) -> None:
    table.sort(table.column_of("runtime_s"), Qt.SortOrder.AscendingOrder)
    table.choose("mail", ("FAILURE",))
    query = table.query
    assert (query.sort, query.descending, query.text, query.states) == ("runtime_s", False, "mail", ("FAILURE",))
    assert not table.show_window(TaskWindow(TaskQuery(), (TaskRow("x", "SUCCESS"),), 1))
    assert table.rowCount() == 0


def test_the_selection_follows_its_task_while_new_ones_stream_in(table: TaskTable) -> None:
    answer(table, 50)
    selection = QItemSelectionModel(table)
    rows = QItemSelectionModel.SelectionFlag.Rows
    selection.setCurrentIndex(table.index(2, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect | rows)
    answer(table, 57)
    assert selection.currentIndex().row() == 9
    assert table.key_at(selection.currentIndex().row()) == "t48"
    assert selection.selectedRows()[0].row() == 9


def test_the_selection_comes_back_after_scrolling_far_away(table: TaskTable) -> None:
    table.see(0, 20)
    answer(table, 5_000)
    selection = QItemSelectionModel(table)
    selection.setCurrentIndex(table.index(2, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    table.see(3_000, 3_020)
    answer(table, 5_000)
    answer(table, 5_003)
    table.see(0, 20)
    answer(table, 5_003)
    assert table.key_at(selection.currentIndex().row()) == "t4998"


def test_while_held_nothing_moves_and_release_shows_the_newest(table: TaskTable, qtbot: QtBot) -> None:
    table.see(0, 10)
    answer(table, 100)
    table.hold(True)
    with qtbot.waitSignal(table.newer_changed) as told:
        answer(table, 112)
    assert told.args == [12]
    assert top_ids(table) == ["t100", "t99", "t98"]
    table.release()
    assert answer(table, 115)
    assert top_ids(table) == ["t115", "t114", "t113"]
    assert table.newer == 0


def test_after_release_the_held_rows_stay_until_the_newest_are_there(table: TaskTable) -> None:
    table.see(0, 10)
    answer(table, 100)
    table.hold(True)
    answer(table, 400)
    assert table.query.offset > 0
    late = TaskWindow(
        table.query, tuple(TaskRow(f"t{400 - table.query.offset - i}", "STARTED") for i in range(60)), 400
    )
    table.release()
    assert not table.show_window(late)
    assert top_ids(table) == ["t100", "t99", "t98"]


def test_two_reasons_hold_until_both_are_gone(table: TaskTable) -> None:
    table.hold(True)
    table.hold(True, "scroll")
    table.hold(False)
    assert table.held
    table.hold(False, "scroll")
    assert not table.held


def test_a_storm_of_windows_keeps_the_model_sound(table: TaskTable) -> None:
    tester = QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Warning)
    chance = random.Random(7)
    selection = QItemSelectionModel(table)
    for _ in range(60):
        table.hold(chance.random() < 0.4)
        if chance.random() < 0.3:
            first = chance.randrange(0, 60)
            table.see(first, first + 20)
        answer(table, chance.choice((0, 3, 70, 90, 95)), chance.choice(("STARTED", "SUCCESS")))
        if table.rowCount() and chance.random() < 0.5:
            place = chance.randrange(table.rowCount())
            selection.setCurrentIndex(table.index(place, 1), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    table.clear()
    assert tester.model() is table
    assert table.rowCount() == 0


def test_hostile_texts_reach_no_cell_as_they_are(table: TaskTable) -> None:
    row = TaskRow("id\u202e", "MY\x00STATE", "<b>x</b>\x1b[31m", args="a" * 5_000, exception="\u2066e")
    table.show_window(TaskWindow(table.query, (row,), 1))
    cells = [str(table.data(table.index(0, column), Display)) for column in range(table.columnCount())]
    assert not any(sign in cell for cell in cells for sign in ("\u202e", "\x00", "\x1b", "\u2066"))
    assert max(map(len, cells)) <= 200
    assert "<b>x</b>\\x1b[31m" in cells
