"""Newer rows of a few keys, without asking all the others."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from broker_client.insight.queue_rows import QueueRow
from dashboard.models.keyed_table import KeyedTable
from dashboard.models.queue_table import queue_columns, queue_table
from tests.models.queue_examples import make_row


def filled_table() -> KeyedTable:
    model = queue_table(queue_columns())
    model.apply([make_row(name, ready=ready) for name, ready in (("a", 1), ("b", 20), ("c", 300))])
    return model


def with_ready(row: QueueRow, ready: int) -> QueueRow:
    return msgspec.structs.replace(row, queue=msgspec.structs.replace(row.queue, ready=ready))


def names(model: KeyedTable) -> list[str]:
    return [row.queue.name for row in model.rows()]


def test_a_patched_row_shows_its_new_figures_and_the_view_is_told_of_it_alone(qapp: object) -> None:
    model = filled_table()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last, *_: told.append((first.row(), last.row())))
    model.patch([with_ready(make_row("b"), 21)])
    assert told == [(1, 1)]
    assert model.data(model.index(1, model.column_of("ready"))) == "21"


def test_a_patch_sorts_again_when_the_row_belongs_elsewhere(qapp: object) -> None:
    model = filled_table()
    model.sort(model.column_of("ready"), Qt.SortOrder.DescendingOrder)
    model.patch([with_ready(make_row("a"), 9_000)])
    assert names(model) == ["a", "c", "b"]


def test_a_held_table_moves_nothing_until_it_is_let_go(qapp: object) -> None:
    model = filled_table()
    model.sort(model.column_of("ready"), Qt.SortOrder.DescendingOrder)
    model.hold(True)
    model.patch([with_ready(make_row("a"), 9_000)])
    assert names(model) == ["c", "b", "a"]
    model.hold(False)
    assert names(model) == ["a", "c", "b"]


def test_a_row_that_is_not_here_is_not_added(qapp: object) -> None:
    model = filled_table()
    model.patch([make_row("stranger")])
    assert names(model) == ["a", "b", "c"]
