"""The tree of a JSON value: opened step by step, bounded, and never lying to Qt."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex
from PySide6.QtTest import QAbstractItemModelTester

from dashboard.models.json_tree import AT_ONCE, JsonTree, short_value


def texts(tree: JsonTree, parent: QModelIndex) -> list[tuple[str, str]]:
    rows = range(tree.rowCount(parent))
    return [(tree.index(row, 0, parent).data(), tree.index(row, 1, parent).data()) for row in rows]


def test_members_are_read_when_they_are_opened() -> None:
    tree = JsonTree()
    QAbstractItemModelTester(tree, QAbstractItemModelTester.FailureReportingMode.Fatal)
    tree.show_value({"a": [1, None, True], "b": {"c": "x\u202e"}})
    top = QModelIndex()
    assert texts(tree, top) == [("a", "[ 3 ]"), ("b", "{ 1 }")]
    first = tree.index(0, 0, top)
    assert tree.rowCount(first) == 0 and tree.hasChildren(first) and tree.canFetchMore(first)
    tree.fetchMore(first)
    assert texts(tree, first) == [("0", "1"), ("1", "null"), ("2", "true")]
    second = tree.index(1, 0, top)
    tree.fetchMore(second)
    assert texts(tree, second) == [("c", '"x\\u202e"')]
    assert tree.parent(tree.index(0, 0, second)) == second


def test_a_huge_array_comes_in_parts() -> None:
    tree = JsonTree()
    QAbstractItemModelTester(tree, QAbstractItemModelTester.FailureReportingMode.Fatal)
    tree.show_value(list(range(AT_ONCE * 2 + 1)))
    assert tree.rowCount() == AT_ONCE
    tree.fetchMore(QModelIndex())
    tree.fetchMore(QModelIndex())
    assert tree.rowCount() == AT_ONCE * 2 + 1 and not tree.canFetchMore(QModelIndex())


def test_a_single_value_and_none_are_shown_too() -> None:
    tree = JsonTree()
    tree.show_value("alone")
    assert texts(tree, QModelIndex()) == [("0", '"alone"')]
    assert tree.text_of(tree.index(0, 1)) == "alone"
    assert short_value([]) == "[ 0 ]" and short_value(1.5) == "1.5"
