"""A person looks into queues of a running broker: the warning first, the look when told so, then search and read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_message import Properties
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.pika_properties import to_pika
from dashboard.dialogs.delete_messages import DeleteChosen
from dashboard.dialogs.move_messages import MoveMessages
from dashboard.pages.look_view import LookView
from dashboard.pages.messages import MessagesPage
from dashboard.pages.messages_view import LOOK, MessagesAt
from dashboard.pages.queues import QueuesPage
from tests.conftest import Brokers
from tests.hands import SOON_MS, click
from tests.live.message_store import holds
from tests.open_window import OpenWindow
from tests.page_stage import Stage
from tests.patient_connection import patient_connection

pytestmark = pytest.mark.live


@pytest.fixture
def channel(vhost: Profile, sandbox: Brokers) -> Iterator[BlockingChannel]:
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


def fill(channel: BlockingChannel, queue: str = "dead", count: int = 12, **arguments: Any) -> None:
    made = {name.replace("_", "-"): value for name, value in arguments.items()}
    channel.queue_declare(queue, durable=True, arguments=made)
    for number in range(count):
        task = "shop.mail" if number % 3 else "shop.resize"
        body = json.dumps([[number], {"to": f"a{number}", "pad": "x" * 60_000 * (number == 5)}, {}])
        headers = {"task": task, "id": str(number), "ratio": 1.25}
        channel.basic_publish("", queue, body.encode(), to_pika(Properties(message_id=f"m-{number}", headers=headers)))


@pytest.fixture
def view(stage: Stage, vhost: Profile, sandbox: Brokers, channel: BlockingChannel, qtbot: QtBot) -> LookView:
    """The view on an otherwise empty virtual host."""
    stage.connect(vhost, sandbox.secrets)
    stage.view.choose_vhost(vhost_of(vhost))
    page = stage.show(MessagesPage)
    qtbot.waitUntil(lambda: stage.store.state.overview is not None, timeout=SOON_MS)
    page.reveal(MessagesAt(LOOK))
    view = page.view
    assert isinstance(view, LookView)
    return view


def name_queue(view: LookView, name: str) -> None:
    line = view.bar.place.line
    line.clear()
    QTest.keyClicks(line, name)


def press_look(view: LookView, qtbot: QtBot) -> None:
    """Once the warning is there."""
    qtbot.waitUntil(view.bar.look.isEnabled, timeout=SOON_MS)
    before = view.looked
    click(view.bar.look, qtbot)
    qtbot.waitUntil(lambda: view.looked is not before, timeout=SOON_MS)


def test_nothing_is_looked_at_before_somebody_says_so_and_the_warning_is_about_this_queue(
    view: LookView, channel: BlockingChannel, qtbot: QtBot
) -> None:
    fill(channel)
    name_queue(view, "dead")
    qtbot.waitUntil(view.bar.look.isEnabled, timeout=SOON_MS)
    assert "marked as redelivered" in view.bar.words.text() and not view.model.total
    method, _, _ = channel.basic_get("dead")
    assert method is not None and not method.redelivered
    channel.basic_nack(method.delivery_tag, requeue=True)
    assert holds(channel, "dead", 12)
    press_look(view, qtbot)
    assert view.looked is not None and view.looked.ready == 12
    assert [row.message.properties.message_id for row in view.looked.rows] == [f"m-{n}" for n in range(12)]
    assert "12 looked at of 12 ready" in view.told.text() and "bodies are cut" in view.told.text()


def test_a_quorum_queue_near_its_limit_is_refused_in_words(
    view: LookView, channel: BlockingChannel, qtbot: QtBot
) -> None:
    fill(channel, "near", 1, x_queue_type="quorum", x_delivery_limit=2)
    fill(channel, "far", 1, x_queue_type="quorum", x_delivery_limit=5)
    name_queue(view, "near")
    qtbot.waitUntil(lambda: "not looked into" in view.bar.words.text(), timeout=SOON_MS)
    assert not view.bar.look.isEnabled()
    name_queue(view, "far")
    press_look(view, qtbot)
    assert "deliveries are left" in view.bar.words.text()
    press_look(view, qtbot)
    qtbot.waitUntil(lambda: "not looked into" in view.bar.words.text() or view.bar.allowed, timeout=SOON_MS)
    while view.bar.allowed:
        press_look(view, qtbot)
    assert "a look could lose messages" in view.bar.words.text(), "its own looks are remembered"
    assert holds(channel, "far", 1)
    name_queue(view, "nowhere")
    qtbot.waitUntil(lambda: view.bar.words.tone == "crit" and not view.bar.allowed, timeout=SOON_MS)


def test_messages_are_grouped_searched_read_and_got_whole(
    view: LookView, channel: BlockingChannel, qtbot: QtBot
) -> None:
    fill(channel)
    name_queue(view, "dead")
    press_look(view, qtbot)
    QTest.mouseClick(view.groups.chip("shop.resize\n"), Qt.MouseButton.LeftButton)
    assert [row.number for row in view.model.rows()] == [1, 4, 7, 10]
    QTest.mouseClick(view.groups.chip("shop.resize\n"), Qt.MouseButton.LeftButton)
    QTest.keyClicks(view.filter_box, "header.task=shop.mail body.1.to=a5")
    view.filter_box.flush()
    assert view.model.shown == 12, "the body is cut: its end is not there to be searched"
    qtbot.waitUntil(lambda: view.model.shown == 0, timeout=SOON_MS)
    view.filter_box.clear()
    qtbot.waitUntil(lambda: view.model.shown == 12, timeout=SOON_MS)

    view.table.setFocus()
    view.table.select_key(6)
    QTest.keyClick(view.table, Qt.Key.Key_Return)
    with qtbot.waitSignal(view.panel.shown, timeout=SOON_MS):
        pass
    assert view.panel.name.text() == "shop.mail" and view.panel.content.ways.current == "Text"
    assert not view.panel.types.isHidden()
    with qtbot.waitSignal(view.panel.shown, timeout=SOON_MS):
        click(view.panel.whole_button, qtbot)
    assert view.panel.content.ways.current == "Tree" and view.panel.types.isHidden()
    types = {row.name: row.type for row in view.panel.headers.model.rows()}
    assert types["ratio"] == "double"
    for way in ("Hex", "Base64", "JSON", "Tree"):
        button = view.panel.content.ways._buttons[way]
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert view.panel.content.ways.current == way
    QTest.keyClicks(view.filter_box, "body.1.to=a5")
    qtbot.waitUntil(lambda: view.model.shown == 1, timeout=SOON_MS)
    assert view.step_back() and view.panel.isHidden() and not view.step_back()


def test_chosen_messages_are_deleted_and_come_back(
    view: LookView, stage: Stage, channel: BlockingChannel, qtbot: QtBot
) -> None:
    fill(channel)
    name_queue(view, "dead")
    press_look(view, qtbot)
    view.table.select_key(2)
    QTest.keyClick(view.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert view.delete_button.text().strip() == "Delete 2…"
    click(view.delete_button, qtbot)
    qtbot.waitUntil(lambda: isinstance(view.dialog, DeleteChosen) and view.dialog.isVisible(), timeout=SOON_MS)
    dialog = view.dialog
    assert isinstance(dialog, DeleteChosen) and "m-1" in dialog.names.text() and "m-2" in dialog.names.text()
    qtbot.waitUntil(dialog.cancel.hasFocus, timeout=SOON_MS)  # Cancel is the default
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: bool(stage.desk.undoable), timeout=SOON_MS)
    assert holds(channel, "dead", 10)
    stage.desk.undo_last()
    qtbot.waitUntil(lambda: "are back" in stage.notices.recent[-1].title, timeout=SOON_MS)
    assert holds(channel, "dead", 12)


def test_chosen_messages_are_moved_and_no_others(view: LookView, channel: BlockingChannel, qtbot: QtBot) -> None:
    fill(channel)
    channel.queue_declare("orders", durable=True)
    name_queue(view, "dead")
    press_look(view, qtbot)
    view.table.select_key(4)
    click(view.move_button, qtbot)
    qtbot.waitUntil(lambda: isinstance(view.dialog, MoveMessages) and view.dialog.isVisible(), timeout=SOON_MS)
    dialog = view.dialog
    assert isinstance(dialog, MoveMessages) and dialog.which.current == "chosen"
    QTest.keyClicks(dialog.name.input, "orders")
    qtbot.waitUntil(dialog.go.isEnabled, timeout=SOON_MS)
    QTest.keyClick(dialog.name.input, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.receipt is not None, timeout=SOON_MS)
    method, properties, _ = channel.basic_get("orders")
    assert method is not None and method.message_count == 0
    assert properties is not None and properties.message_id == "m-3" and properties.headers["ratio"] == 1.25
    assert holds(channel, "dead", 11)


def test_from_the_table_of_queues_to_a_message_by_mouse(
    opened: OpenWindow, vhost: Profile, sandbox: Brokers, channel: BlockingChannel, qtbot: QtBot
) -> None:
    fill(channel)
    opened.connect(vhost, sandbox.secrets, "queues")
    queues, key = opened.page(QueuesPage), QueueKey(vhost_of(vhost), "dead")
    qtbot.waitUntil(lambda: queues.queues.row(key) is not None, timeout=SOON_MS)
    queues.reveal(key)
    click(queues.panel.look_button, qtbot)
    qtbot.waitUntil(lambda: opened.app.window.current_page == "messages", timeout=SOON_MS)
    view = opened.page(MessagesPage).view
    assert isinstance(view, LookView) and view.bar.key == key
    press_look(view, qtbot)
    place = view.table.visualRect(view.model.index_of(3, 1)).center()
    QTest.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place.x(), place.y()))
    qtbot.waitUntil(lambda: view.panel.reading is not None, timeout=SOON_MS)
    assert {field.name for field in view.panel.task.fields} >= {"Task", "Arguments"}
    QTest.keyClick(opened.app.window, Qt.Key.Key_Escape)
    qtbot.waitUntil(view.panel.isHidden, timeout=SOON_MS)
