"""A person at the exchanges of a running broker, in the whole window: looks, predicts, declares, binds, undoes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from broker_client.lab.sandbox import Sandbox
from broker_client.lab.shop_topology import FULFIL, ORDERS, SEARCH
from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import ExchangeKey, QueueKey
from dashboard.dialogs.bind_dialog import BindDialog
from dashboard.dialogs.declare_exchange import DeclareExchangeDialog
from dashboard.dialogs.removal_dialog import RemovalDialog
from dashboard.dialogs.unbind_dialog import UnbindDialog
from dashboard.pages.exchanges import ExchangesPage
from tests.conftest import Brokers
from tests.hands import SOON_MS, click, dialog_of
from tests.open_window import OpenWindow
from tests.patient_connection import patient_connection

pytestmark = pytest.mark.live
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def channel(vhost: Profile, sandbox: Brokers) -> Iterator[BlockingChannel]:
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        yield connection.channel()


@pytest.fixture
def page(opened: OpenWindow, vhost: Profile, sandbox: Brokers, qtbot: QtBot) -> ExchangesPage:
    """The page on a virtual host of its own, opened by the keyboard."""
    opened.connect(vhost, sandbox.secrets)
    opened.app.view.choose_vhost(vhost_of(vhost))
    QTest.keyClick(opened.app.window, Qt.Key.Key_3, CTRL)
    page = opened.page(ExchangesPage)
    assert opened.app.window.current_page == "exchanges"
    qtbot.waitUntil(lambda: page.exchanges.model.total >= 7, timeout=SOON_MS)
    return page


def type_into(field: QWidget, text: str) -> None:
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    QTest.keyClicks(field, text)


def queue_names(opened: OpenWindow) -> set[str]:
    arrived = opened.state.queues
    return {row.queue.name for row in arrived.rows} if arrived is not None else set()


def shows(page: ExchangesPage, key: ExchangeKey) -> bool:
    return page.exchanges.model.place_of(key) >= 0


def test_the_shop_is_seen_searched_and_predicted_by_the_keyboard(
    opened: OpenWindow, demo: Sandbox, qtbot: QtBot
) -> None:
    opened.connect(demo.profile, demo.secrets)
    QTest.keyClick(opened.app.window, Qt.Key.Key_3, CTRL)
    page = opened.page(ExchangesPage)
    orders = ExchangeKey("/", ORDERS)
    qtbot.waitUntil(lambda: shows(page, orders), timeout=SOON_MS)
    assert not shows(page, ExchangeKey("/", "amq.topic"))
    QTest.keyClick(page, Qt.Key.Key_Slash)
    field = QApplication.focusWidget()
    assert field is page.exchanges.filter_box
    QTest.keyClicks(field, "topic")
    qtbot.waitUntil(lambda: {row.kind for row in page.exchanges.model.rows()} == {"topic"}, timeout=SOON_MS)
    QTest.keyClick(field, Qt.Key.Key_Down)
    for _ in range(page.exchanges.model.place_of(orders)):
        QTest.keyClick(page.exchanges.table, Qt.Key.Key_Down)
    assert page.exchanges.table.current_key() == orders
    QTest.keyClick(page.exchanges.table, Qt.Key.Key_Return)
    assert page.panel.name.text() == ORDERS
    type_into(page.panel.trial.key, "order.changed.address")
    qtbot.waitUntil(lambda: page.panel.trial.words.text().startswith("Prediction: 3 queues"), timeout=SOON_MS)
    taken = {row.binding.routing_key for row in page.panel.leaving.model.rows() if row.taken}
    assert {"order.changed.*", "order.#"} <= taken
    qtbot.waitUntil(lambda: bool(page.panel.reaches.links.links), timeout=SOON_MS)
    links = {text for _kind, text, _target in page.panel.reaches.links.links}
    assert {FULFIL, SEARCH} <= links
    page.panel.go_requested.emit(QueueKey("/", FULFIL))
    assert opened.app.window.current_page == "queues"


def test_an_exchange_is_declared_bound_and_taken_back(
    page: ExchangesPage, opened: OpenWindow, vhost: Profile, channel: BlockingChannel, qtbot: QtBot
) -> None:
    here = vhost_of(vhost)
    channel.queue_declare("orders", durable=True)
    click(page.exchanges.declare_button, qtbot)
    form = dialog_of(opened, DeclareExchangeDialog, qtbot)
    QTest.keyClicks(form.name.input, "shop.events")
    assert "exchange_declare" in form.code.text and "shop.events" in form.code.text
    QTest.keyClick(form.name.input, Qt.Key.Key_Return)
    key = ExchangeKey(here, "shop.events")
    qtbot.waitUntil(lambda: shows(page, key) and page.panel.key == key, timeout=SOON_MS)
    qtbot.waitUntil(lambda: any(f.exchange == key for f in page.strip.findings), timeout=SOON_MS)

    qtbot.waitUntil(lambda: "orders" in queue_names(opened), timeout=SOON_MS)
    click(page.panel.leaving.add_button, qtbot)
    bind = dialog_of(opened, BindDialog, qtbot)
    assert bind.source.text == "shop.events"
    QTest.keyClicks(bind.target.input, "orders")
    type_into(bind.key.input, "order.#")
    click(bind.go, qtbot)
    qtbot.waitUntil(lambda: page.panel.leaving.model.shown == 1, timeout=SOON_MS)
    qtbot.waitUntil(lambda: not any(f.exchange == key for f in page.strip.findings), timeout=SOON_MS)

    table = page.panel.leaving.table
    spot = table.visualRect(page.panel.leaving.model.index(0, page.panel.leaving.model.column_of("end"))).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    unbind = dialog_of(opened, UnbindDialog, qtbot)
    click(unbind.go, qtbot)
    qtbot.waitUntil(lambda: page.panel.leaving.model.shown == 0, timeout=SOON_MS)
    with qtbot.waitActive(opened.app.window):
        opened.app.window.activateWindow()
    QTest.keyClick(opened.app.window, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: page.panel.leaving.model.shown == 1, timeout=SOON_MS)


def test_a_headers_binding_is_typed_in_rows_and_routes_as_predicted(
    page: ExchangesPage, opened: OpenWindow, vhost: Profile, channel: BlockingChannel, qtbot: QtBot
) -> None:
    here = vhost_of(vhost)
    channel.exchange_declare("media", "headers", durable=True)
    channel.queue_declare("video", durable=True)
    key = ExchangeKey(here, "media")
    qtbot.waitUntil(lambda: shows(page, key), timeout=SOON_MS)
    page.reveal(key)
    page.bind(True)
    form = dialog_of(opened, BindDialog, qtbot)
    assert form.exchange_type == "headers" and form.key.isHidden()
    form.target.set_text("video")
    click(next(one for one in form.mode.findChildren(QAbstractButton) if one.text() == "any"), qtbot)
    click(form.rows.add_button, qtbot)
    row = form.rows.rows[0]
    QTest.keyClicks(row.name, "kind")
    QTest.keyClicks(row.value, "video")
    click(form.rows.add_button, qtbot)
    size = form.rows.rows[1]
    QTest.keyClicks(size.name, "size")
    size.kind.setCurrentText("number")
    QTest.keyClicks(size.value, "five")
    assert "is no number" in form.rows.words.text()
    size.value.clear()
    QTest.keyClicks(size.value, "5")
    click(form.go, qtbot)
    qtbot.waitUntil(lambda: page.panel.leaving.model.shown == 1, timeout=SOON_MS)
    (shown,) = page.panel.leaving.model.rows()
    assert shown.binding.arguments == {"x-match": "any", "kind": "video", "size": 5}
    QTest.keyClicks(page.panel.trial.headers, "size=5")
    qtbot.waitUntil(lambda: page.panel.trial.words.text() == "Prediction: 1 queue: video", timeout=SOON_MS)


def test_settings_that_differ_stand_side_by_side(
    page: ExchangesPage, opened: OpenWindow, channel: BlockingChannel, qtbot: QtBot
) -> None:
    channel.exchange_declare("taken", "fanout", durable=True)
    click(page.exchanges.declare_button, qtbot)
    form = dialog_of(opened, DeclareExchangeDialog, qtbot)
    QTest.keyClicks(form.name.input, "taken")
    click(form.go, qtbot)
    qtbot.waitUntil(lambda: bool(form.conflict.differences), timeout=SOON_MS)
    assert [(one.name, one.asked, one.existing) for one in form.conflict.differences] == [("type", "topic", "fanout")]
    assert form.isVisible() and form.go.isEnabled()
    click(form.cancel, qtbot)


def test_a_deleted_exchange_comes_back_with_its_bindings_by_the_notice(
    page: ExchangesPage, opened: OpenWindow, vhost: Profile, channel: BlockingChannel, qtbot: QtBot
) -> None:
    here = vhost_of(vhost)
    channel.exchange_declare("gone", "topic", durable=True, arguments={"alternate-exchange": "amq.fanout"})
    channel.queue_declare("q", durable=True)
    channel.queue_bind("q", "gone", "a.*", {"why": 1})
    key = ExchangeKey(here, "gone")
    qtbot.waitUntil(lambda: shows(page, key), timeout=SOON_MS)
    page.reveal(key)
    click(page.panel.delete_button, qtbot)
    form = dialog_of(opened, RemovalDialog, qtbot)
    qtbot.waitUntil(form.go.isEnabled, timeout=SOON_MS)
    assert "1 binding from it" in form.told.text()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is form.cancel, timeout=SOON_MS)
    click(form.go, qtbot)
    qtbot.waitUntil(lambda: not shows(page, key), timeout=SOON_MS)
    toasts = opened.app.window.toasts
    qtbot.waitUntil(lambda: "Exchange “gone” deleted" in {one.said[1] for one in toasts.toasts}, timeout=SOON_MS)
    toast = next(one for one in toasts.toasts if one.said[1] == "Exchange “gone” deleted")
    click(toast.offer, qtbot)
    qtbot.waitUntil(lambda: shows(page, key) and page.panel.leaving.model.shown == 1, timeout=SOON_MS)
    row = page.exchanges.row(key)
    assert row is not None and row.exchange.arguments == {"alternate-exchange": "amq.fanout"}
    (shown,) = page.panel.leaving.model.rows()
    assert shown.binding.arguments == {"why": 1}


def test_a_read_only_profile_says_why_nothing_can_be_changed(
    opened: OpenWindow, vhost: Profile, sandbox: Brokers, qtbot: QtBot
) -> None:
    opened.connect(msgspec.structs.replace(vhost, read_only=True), sandbox.secrets, page="exchanges")
    page = opened.page(ExchangesPage)
    qtbot.waitUntil(lambda: page.exchanges.model.total >= 7, timeout=SOON_MS)
    qtbot.waitUntil(lambda: not page.exchanges.declare_button.isEnabled(), timeout=SOON_MS)
    assert "read-only" in page.exchanges.declare_button.toolTip()
    page.reveal(ExchangeKey(vhost_of(vhost), "amq.topic"))
    for button in (page.panel.delete_button, page.panel.bind_button, page.panel.leaving.add_button):
        assert not button.isEnabled() and "read-only" in button.toolTip()
    assert "read-only" in opened.app.window.actions_of_window.why_not("declare_queue")
