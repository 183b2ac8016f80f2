"""Every control of the overview, the queue page and the exchange page has a name that can be read out."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLineEdit, QWidget

from broker_client.rabbit.entities import Exchange
from dashboard.pages.exchanges import ExchangesPage
from dashboard.pages.overview import OverviewPage
from dashboard.pages.page import Page
from dashboard.pages.queues import QueuesPage
from dashboard.pages.schedules import SchedulesPage
from dashboard.pages.task_types_page import TaskTypesPage
from dashboard.store.app_state import QueuesArrived, TopologyArrived
from tests.models.queue_examples import make_row
from tests.page_stage import Stage, stamp

CONTROLS = (QAbstractButton, QLineEdit, QAbstractItemView)


def nameless(page: QWidget) -> list[str]:
    """Controls on the screen that a screen reader could not name."""
    found = [control for kind in CONTROLS for control in page.findChildren(kind)]
    controls = [control for control in found if control.isVisible() and not control.size().isEmpty()]
    return [
        f"{type(control).__name__} in {type(control.parentWidget()).__name__}"
        for control in controls
        if not QAccessible.queryAccessibleInterface(control).text(QAccessible.Text.Name)
    ]


@pytest.mark.parametrize("page_class", [OverviewPage, QueuesPage, ExchangesPage, TaskTypesPage, SchedulesPage])
def test_no_control_is_without_a_name(stage: Stage, page_class: type[Page]) -> None:
    page = stage.show(page_class)
    stage.receive(QueuesArrived(stamp(), (make_row("orders"),)))
    stage.receive(TopologyArrived(stamp(), None, (Exchange("/", "shop", "topic"),), ()))
    page.prepare_for_picture()
    assert nameless(page) == []


def test_a_cell_is_read_out_with_its_column(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    stage.receive(QueuesArrived(stamp(), (make_row("orders", ready=18_432),)))
    interface = QAccessible.queryAccessibleInterface(page.queues.table)
    spoken = {interface.child(place).text(QAccessible.Text.Name) for place in range(interface.childCount())}
    assert "Ready 18,432" in spoken
