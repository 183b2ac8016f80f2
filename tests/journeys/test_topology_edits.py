"""A person changes the topology of a running broker on the canvas: each change in its dialog, as code, and undone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from dashboard.dialogs.bind_dialog import BindDialog
from dashboard.dialogs.declare_exchange import DeclareExchangeDialog
from dashboard.dialogs.declare_queue import DeclareQueueDialog
from dashboard.dialogs.removal_dialog import RemovalDialog
from dashboard.dialogs.unbind_dialog import UnbindDialog
from dashboard.pages.topology_page import TopologyPage
from dashboard.topology.graph import NodeId
from tests.conftest import Brokers
from tests.hands import SOON_MS, click, dialog_of
from tests.open_window import OpenWindow

pytestmark = pytest.mark.live
CTRL = Qt.KeyboardModifier.ControlModifier


class Hands:
    """On the page, with an empty virtual host of a running broker."""

    def __init__(self, opened: OpenWindow, qtbot: QtBot, here: str) -> None:
        self.opened, self.qtbot = opened, qtbot
        self.page = opened.page(TopologyPage)
        self.orders, self.mail = NodeId("exchange", here, "orders"), NodeId("queue", here, "mail")

    def add(self, what: str) -> None:
        menu = self.page.bar.add_button.menu()
        assert menu is not None
        next(action for action in menu.actions() if action.text() == what).trigger()

    def add_both(self) -> None:
        self.add("Exchange…")
        exchange = dialog_of(self.opened, DeclareExchangeDialog, self.qtbot)
        QTest.keyClicks(exchange.name.input, "orders")
        assert "exchange_declare" in exchange.code.text and "'topic'" in exchange.code.text
        click(exchange.go, self.qtbot)
        self.qtbot.waitUntil(lambda: self.page.canvas.selected == self.orders, timeout=SOON_MS)
        self.add("Queue…")
        queue = dialog_of(self.opened, DeclareQueueDialog, self.qtbot)
        QTest.keyClicks(queue.name.input, "mail")
        QTest.keyClick(queue.name.input, Qt.Key.Key_Return)
        self.qtbot.waitUntil(lambda: self.page.canvas.selected == self.mail, timeout=SOON_MS)

    def undo(self, title: str) -> None:
        """Take back the change of this title, once it can be: the picture may know of it earlier than the window."""
        self.qtbot.waitUntil(lambda: title in self.opened.workings.desk.undoable, timeout=SOON_MS)
        click(self.page.bar.undo, self.qtbot)

    def choose(self, node: NodeId, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mouseClick(self.page.canvas, Qt.MouseButton.LeftButton, modifier, self.place(node))

    def place(self, node: NodeId) -> QPoint:
        spot = self.page.canvas.scene.plan.spots[node]
        return QPointF(*self.page.canvas.view.to_view(spot.x + spot.width / 2, spot.middle)).toPoint()

    def keys_to_mail(self) -> set[str]:
        """Of the bindings that the picture shows."""
        edges = self.page.canvas.scene.graph.arriving.get(self.mail, ())
        return {binding.routing_key for edge in edges for binding in edge.bindings}


@pytest.fixture
def hands(opened: OpenWindow, vhost: Profile, sandbox: Brokers, qtbot: QtBot) -> Hands:
    opened.connect(vhost, sandbox.secrets, "topology")
    opened.app.view.choose_vhost(vhost_of(vhost))
    qtbot.waitUntil(lambda: opened.state.topology is not None, timeout=SOON_MS)
    return Hands(opened, qtbot, vhost_of(vhost))


def test_two_nodes_are_added_chosen_and_bound_and_that_is_undone(hands: Hands, qtbot: QtBot) -> None:
    page = hands.page
    hands.add_both()
    hands.choose(hands.orders)
    hands.choose(hands.mail, CTRL)
    assert (page.canvas.partner, page.canvas.selected) == (hands.orders, hands.mail)
    click(page.panel.bind_button, qtbot)
    form = dialog_of(hands.opened, BindDialog, qtbot)
    assert (form.source.text, form.kind.current, form.target.text) == ("orders", "queue", "mail")
    QTest.keyClicks(form.key.input, "order.#")
    assert "queue_bind" in form.code.text and "order.#" in form.code.text
    QTest.keyClick(form.key.input, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: hands.keys_to_mail() == {"order.#"}, timeout=SOON_MS)
    hands.undo("bound")
    qtbot.waitUntil(lambda: not hands.keys_to_mail(), timeout=SOON_MS)


def test_by_the_keyboard_one_end_is_kept_and_the_other_walked_to(hands: Hands, qtbot: QtBot) -> None:
    canvas = hands.page.canvas
    hands.add_both()
    window = hands.opened.app.window
    qtbot.waitUntil(
        lambda: not any(one.isVisible() for one in window.findChildren(DeclareQueueDialog)), timeout=SOON_MS
    )
    with qtbot.waitActive(window):
        window.activateWindow()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus, timeout=SOON_MS)
    canvas.select(hands.orders)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: canvas.partner == hands.orders, timeout=SOON_MS)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Right):
        if canvas.selected != hands.mail:
            QTest.keyClick(canvas, key)
    assert canvas.selected == hands.mail
    QTest.keyClick(canvas, Qt.Key.Key_B)
    form = dialog_of(hands.opened, BindDialog, qtbot)
    assert (form.source.text, form.target.text) == ("orders", "mail")
    QTest.keyClick(form, Qt.Key.Key_Escape)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert canvas.partner is None


def test_a_right_click_offers_what_can_be_done_and_what_is_deleted_comes_back(hands: Hands, qtbot: QtBot) -> None:
    page = hands.page
    hands.add_both()
    hands.choose(hands.orders)
    hands.choose(hands.mail, CTRL)
    page.canvas.customContextMenuRequested.emit(hands.place(hands.mail))
    menu = next(menu for menu in page.findChildren(QMenu) if menu.isVisible())
    assert [action.text() for action in menu.actions()] == ["Bind orders to mail…", "Delete…"]
    menu.actions()[0].trigger()
    menu.close()
    click(dialog_of(hands.opened, BindDialog, qtbot).go, qtbot)
    qtbot.waitUntil(lambda: hands.keys_to_mail() == {""}, timeout=SOON_MS)

    hands.choose(hands.orders)
    click(page.panel.delete_button, qtbot)
    form = dialog_of(hands.opened, RemovalDialog, qtbot)
    assert "exchange_delete" in form.code.text
    click(form.go, qtbot)
    qtbot.waitUntil(lambda: hands.orders not in page.canvas.scene.graph.by_id, timeout=SOON_MS)
    hands.undo("deleted")
    qtbot.waitUntil(lambda: hands.keys_to_mail() == {""}, timeout=SOON_MS)

    hands.choose(hands.mail)
    page.panel.unbind_requested.emit(page.panel.arriving.model.rows()[0].binding)
    click(dialog_of(hands.opened, UnbindDialog, qtbot).go, qtbot)
    qtbot.waitUntil(lambda: not hands.keys_to_mail(), timeout=SOON_MS)
