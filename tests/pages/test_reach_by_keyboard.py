"""Every control of the task, worker and connections pages has a name and can be reached with Tab."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPlainTextEdit, QTableView, QWidget
from pytestqt.qtbot import QtBot

from broker_client.tasks.records import Snapshot, StreamHealth, TaskQuery, TaskRow, TaskSummary, TaskWindow, WorkerRow
from dashboard.pages.connect import ConnectPage
from dashboard.pages.page import Page
from dashboard.pages.tasks import TasksPage
from dashboard.pages.workers import WorkersPage
from dashboard.store.app_state import TasksArrived
from tests.page_stage import Stage, stamp

CONTROLS = (QAbstractButton, QLineEdit, QTableView, QPlainTextEdit)


def controls(page: Page) -> list[QWidget]:
    """What can be used now."""
    found = [widget for kind in CONTROLS for widget in page.findChildren(kind)]
    inside_tables = [child for table in page.findChildren(QTableView) for child in table.findChildren(QAbstractButton)]
    return [
        widget
        for widget in found
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget not in inside_tables
    ]


def tell(stage: Stage) -> None:
    window = TaskWindow(TaskQuery(), (TaskRow("t1", "SUCCESS", "shop.mail", worker="w1"),), 1)
    summary = TaskSummary(1, {"SUCCESS": 1})
    workers = (WorkerRow("w1", "online", queues=("mail",)),)
    snapshot = Snapshot(1, 0.0, summary, window, workers, (StreamHealth("events", "live"),), True)
    stage.receive(TasksArrived(stamp(), snapshot))


def prepared(stage: Stage, page_class: type[Page]) -> Page:
    page = stage.show(page_class)
    tell(stage)
    if isinstance(page, ConnectPage):
        page.start_new()
    else:
        page.reveal("t1" if page_class is TasksPage else "w1")
    page.activateWindow()
    return page


@pytest.mark.parametrize("page_class", [TasksPage, WorkersPage, ConnectPage])
def test_each_control_says_its_name(stage: Stage, page_class: type[Page]) -> None:
    page = prepared(stage, page_class)
    nameless = [
        widget
        for widget in controls(page)
        if not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
    ]
    assert controls(page)
    assert not nameless


@pytest.mark.parametrize("page_class", [TasksPage, WorkersPage, ConnectPage])
def test_tab_reaches_every_control(stage: Stage, page_class: type[Page], qtbot: QtBot) -> None:
    page = prepared(stage, page_class)
    with qtbot.waitActive(page):
        page.show()
    wanted = set(controls(page))
    first = next(iter(wanted))
    first.setFocus()
    reached = {first}
    for _ in range(3 * len(wanted) + 20):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    grouped = {widget for widget in wanted if isinstance(widget, QAbstractButton) and widget.group() is not None}
    assert wanted - grouped <= reached
