"""A person changes the topology of a running broker on the canvas: each change previewed as code, and undone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from dashboard.pages.edit_panel import EditPanel
from dashboard.pages.topology_page import TopologyPage
from dashboard.topology.graph import NodeId
from tests.conftest import Brokers
from tests.hands import click
from tests.page_stage import Stage

pytestmark = pytest.mark.live
SOON_MS = 20_000


@pytest.fixture
def page(stage: Stage, vhost: Profile, sandbox: Brokers, qtbot: QtBot) -> TopologyPage:
    """The page on an empty virtual host of a running broker."""
    stage.connect(vhost, sandbox.secrets)
    stage.view.choose_vhost(vhost_of(vhost))
    page = stage.show(TopologyPage)
    qtbot.waitUntil(lambda: stage.store.state.topology is not None, timeout=SOON_MS)
    return page


def add(page: TopologyPage, what: int) -> EditPanel:
    """Through the menu: 0 = an exchange, 1 = a queue."""
    menu = page.bar.add_button.menu()
    assert menu is not None
    menu.actions()[what].trigger()
    return page.edits.panel


def press(page: TopologyPage, panel: EditPanel, qtbot: QtBot) -> None:
    click(panel.go, qtbot)
    qtbot.waitUntil(lambda: not page.edits.is_open, timeout=SOON_MS)


def test_an_exchange_a_queue_and_a_binding_are_added_on_the_canvas_and_undone(
    page: TopologyPage, stage: Stage, vhost: Profile, qtbot: QtBot
) -> None:
    here = vhost_of(vhost)
    exchange, queue = NodeId("exchange", here, "orders"), NodeId("queue", here, "mail")
    panel = add(page, 0)
    assert not panel.go.isEnabled()
    QTest.keyClicks(panel.name.input, "orders")
    panel.kind.setCurrentText("topic")
    assert "exchange_declare" in panel.code.toPlainText() and "orders" in panel.code.toPlainText()
    assert panel.go.isEnabled() and panel.way_back.text() == "It can be undone."
    press(page, panel, qtbot)
    qtbot.waitUntil(lambda: exchange in page.canvas.scene.graph.by_id, timeout=SOON_MS)

    panel = add(page, 1)
    QTest.keyClicks(panel.name.input, "mail")
    QTest.keyClick(panel.name.input, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not page.edits.is_open, timeout=SOON_MS)
    qtbot.waitUntil(lambda: queue in page.canvas.scene.graph.by_id, timeout=SOON_MS)

    page.canvas.select(exchange)
    page.canvas.node_chosen.emit(exchange)
    click(page.panel.bind_button, qtbot)
    QTest.keyClicks(panel.name.input, "mail")
    QTest.keyClicks(panel.key.input, "order.#")
    press(page, panel, qtbot)

    def bound() -> bool:
        return any(edge.label == "order.#" for edge in page.canvas.scene.graph.arriving.get(queue, ()))

    qtbot.waitUntil(bound, timeout=SOON_MS)
    assert page.bar.undo.isVisible()
    click(page.bar.undo, qtbot)
    qtbot.waitUntil(lambda: not bound(), timeout=SOON_MS)


def test_a_deleted_exchange_comes_back_with_its_bindings(
    page: TopologyPage, stage: Stage, vhost: Profile, qtbot: QtBot
) -> None:
    here = vhost_of(vhost)
    exchange, queue = NodeId("exchange", here, "orders"), NodeId("queue", here, "mail")
    for what, name in ((0, "orders"), (1, "mail")):
        panel = add(page, what)
        QTest.keyClicks(panel.name.input, name)
        press(page, panel, qtbot)
    qtbot.waitUntil(lambda: {exchange, queue} <= page.canvas.scene.graph.by_id.keys(), timeout=SOON_MS)
    page.canvas.select(exchange)
    page.canvas.node_chosen.emit(exchange)
    click(page.panel.bind_button, qtbot)
    QTest.keyClicks(page.edits.panel.name.input, "mail")
    press(page, page.edits.panel, qtbot)
    qtbot.waitUntil(lambda: exchange in page.canvas.scene.graph.leaving, timeout=SOON_MS)

    click(page.panel.delete_button, qtbot)
    qtbot.waitUntil(lambda: page.edits.is_open, timeout=SOON_MS)
    assert page.edits.panel.way_back.text() == "It can be declared again, with 1 binding."
    assert "exchange_delete" in page.edits.panel.code.toPlainText()
    press(page, page.edits.panel, qtbot)
    qtbot.waitUntil(lambda: exchange not in page.canvas.scene.graph.by_id, timeout=SOON_MS)
    click(page.bar.undo, qtbot)
    qtbot.waitUntil(lambda: exchange in page.canvas.scene.graph.leaving, timeout=SOON_MS)


def test_bad_names_and_refusals_are_said_and_change_nothing(page: TopologyPage, vhost: Profile, qtbot: QtBot) -> None:
    panel = add(page, 1)
    panel.name.input.setText("n" * 256)
    assert "256 bytes" in panel.trouble.text() and not panel.go.isEnabled()
    panel.name.input.setText("amq.mine")
    click(panel.go, qtbot)
    qtbot.waitUntil(lambda: bool(panel.trouble.text()), timeout=SOON_MS)
    assert page.edits.is_open
    assert page.step_back() and not page.edits.is_open
