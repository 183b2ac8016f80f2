"""A person at the topology of a running broker, in the whole window: it is live, it answers, it stays still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from broker_client.lab.sandbox import Sandbox
from broker_client.lab.shop_topology import EMAIL, FULFIL, ORDERS, SEARCH
from broker_client.profile import Profile
from broker_client.rabbit.amqp import open_connection, vhost_of
from broker_client.rabbit.entities import ExchangeKey
from dashboard.pages.topology_page import TopologyPage
from dashboard.topology.graph import CONSUMERS, NodeId
from tests.conftest import Brokers
from tests.hands import SOON_MS
from tests.open_window import OpenWindow
from tests.page_stage import Stage

pytestmark = pytest.mark.live

ORDERS_ID = NodeId("exchange", "/", ORDERS)
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(opened: OpenWindow, demo: Sandbox, qtbot: QtBot) -> TopologyPage:
    """The demo shop's topology, opened by the keyboard."""
    opened.connect(demo.profile, demo.secrets)
    QTest.keyClick(opened.app.window, Qt.Key.Key_4, CTRL)
    page = opened.page(TopologyPage)
    assert opened.app.window.current_page == "topology"
    qtbot.waitUntil(lambda: ORDERS_ID in page.canvas.scene.graph.by_id, timeout=SOON_MS)
    qtbot.waitUntil(lambda: any(n.id.kind == CONSUMERS for n in page.canvas.scene.graph.nodes), timeout=SOON_MS)
    return page


def place(page: TopologyPage, node: NodeId) -> QPoint:
    spot = page.canvas.scene.plan.spots[node]
    return QPointF(*page.canvas.view.to_view(spot.x + spot.width / 2, spot.middle)).toPoint()


def test_the_shop_is_seen_whole_and_live(page: TopologyPage, qtbot: QtBot) -> None:
    names = {ORDERS, FULFIL, SEARCH, EMAIL, "shop.dlx", "shop.dead-letter", "orders.audit"}
    qtbot.waitUntil(lambda: names <= {node.title for node in page.canvas.scene.graph.nodes}, timeout=SOON_MS)
    kinds = {"binding", "dead-letter", "consume"}
    qtbot.waitUntil(lambda: kinds <= {edge.kind for edge in page.canvas.scene.graph.edges}, timeout=SOON_MS)
    email = NodeId("queue", "/", EMAIL)

    def detail() -> str:
        return page.canvas.scene.graph.by_id[email].detail

    first = detail()
    qtbot.waitUntil(lambda: detail() != first and "no consumer" in detail(), timeout=SOON_MS)
    qtbot.waitUntil(lambda: page.canvas.is_moving, timeout=SOON_MS)


def test_a_queue_is_followed_with_the_mouse_to_its_page(page: TopologyPage, opened: OpenWindow, qtbot: QtBot) -> None:
    fulfil = NodeId("queue", "/", FULFIL)
    QTest.mouseClick(page.canvas, Qt.MouseButton.LeftButton, pos=place(page, fulfil))
    assert page.panel.name.text() == FULFIL
    assert "to shop.dlx" in {field.value for field in page.panel.fields.fields}
    QTest.mouseClick(page.panel.queue_button, Qt.MouseButton.LeftButton)
    assert opened.app.window.current_page == "queues"


def test_a_key_is_traced_by_the_keyboard_alone(page: TopologyPage, qtbot: QtBot) -> None:
    page.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    page.canvas.select(ORDERS_ID)
    page.canvas.node_chosen.emit(ORDERS_ID)
    page.panel.trace_button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(page.panel.trace_button, Qt.Key.Key_Space)
    field = QApplication.focusWidget()
    assert field is page.trace.key and isinstance(field, QLineEdit)
    assert page.trace.start == ExchangeKey("/", ORDERS)
    QTest.keyClicks(field, "order.changed.address")
    qtbot.waitUntil(lambda: page.trace.words.text().startswith("3 queues: "), timeout=SOON_MS)
    assert not page.canvas.emphasis.is_dim(NodeId("queue", "/", FULFIL))
    assert page.canvas.emphasis.is_dim(NodeId("queue", "/", EMAIL))
    QTest.keyClick(page, Qt.Key.Key_Escape)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.canvas.emphasis.nodes is None, timeout=SOON_MS)


def test_keys_lead_from_an_exchange_to_who_consumes(page: TopologyPage) -> None:
    page.canvas.setFocus()
    page.canvas.select(ORDERS_ID)
    for _ in range(4):
        QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    end = page.canvas.selected
    assert end is not None and end != ORDERS_ID
    spots = page.canvas.scene.plan.spots
    assert spots[end].x > spots[ORDERS_ID].right
    QTest.keyClick(page.canvas, Qt.Key.Key_Return)
    assert page.panel.node == end or page.isHidden()


def test_the_list_and_an_export_through_the_menu(
    page: TopologyPage, opened: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    page.bar.shape.set_current("list")
    page.bar.shape.chosen.emit("list")
    qtbot.waitUntil(lambda: page.twin.isVisible() and page.twin.model.total > 12, timeout=SOON_MS)
    menu = page.bar.export_button.menu()
    assert menu is not None
    menu.actions()[0].trigger()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None and dialog.isVisible()
    field = dialog.findChild(QLineEdit)
    assert field is not None
    field.setText(str(tmp_path / "shop.svg"))
    dialog.accept()
    qtbot.waitUntil((tmp_path / "shop.svg").exists, timeout=SOON_MS)
    notices = opened.workings.notices
    qtbot.waitUntil(lambda: any(n.title == "Picture written" for n in notices.recent), timeout=SOON_MS)
    assert ORDERS in (tmp_path / "shop.svg").read_text("utf-8")


@pytest.fixture
def channel(vhost: Profile, sandbox: Brokers) -> Iterator[BlockingChannel]:
    with closing(open_connection(vhost, sandbox.secrets)) as connection:
        yield connection.channel()


def test_what_is_declared_appears_and_what_is_deleted_goes_without_moving_the_rest(
    stage: Stage, vhost: Profile, sandbox: Brokers, channel: BlockingChannel, qtbot: QtBot
) -> None:
    name = vhost_of(vhost)
    channel.exchange_declare("shop", "topic")
    for queue in ("a", "b"):
        channel.queue_declare(queue)
        channel.queue_bind(queue, "shop", f"{queue}.#")
    stage.connect(vhost, sandbox.secrets)
    stage.view.choose_vhost(name)
    page = stage.show(TopologyPage)
    nodes = [NodeId("exchange", name, "shop"), NodeId("queue", name, "a"), NodeId("queue", name, "b")]
    qtbot.waitUntil(lambda: set(nodes) <= page.canvas.scene.graph.by_id.keys(), timeout=SOON_MS)
    page.canvas.select(nodes[0])
    before = {node: page.canvas.scene.plan.spots[node] for node in nodes}
    channel.queue_declare("c")
    channel.queue_bind("c", "shop", "c.#")
    fresh = NodeId("queue", name, "c")
    qtbot.waitUntil(lambda: fresh in page.canvas.scene.graph.arriving, timeout=SOON_MS)
    qtbot.waitUntil(lambda: page.canvas.scene.graph.arriving[fresh][0].source == nodes[0], timeout=SOON_MS)
    channel.queue_delete("b")
    qtbot.waitUntil(lambda: nodes[2] not in page.canvas.scene.graph.by_id, timeout=SOON_MS)
    spots = page.canvas.scene.plan.spots
    assert [spots[node] for node in nodes[:2]] == [before[node] for node in nodes[:2]]
