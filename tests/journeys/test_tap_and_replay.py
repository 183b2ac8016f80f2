"""A person taps a running broker, keeps what came in a file and publishes it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_message import Properties
from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.management_writes import ManagementWrites
from broker_client.rabbit.pika_properties import to_pika
from dashboard.dialogs.replay_messages import ReplayMessages
from dashboard.pages.messages import MessagesPage
from dashboard.pages.messages_view import TAP, MessagesAt
from dashboard.pages.tap_view import TapView
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
        channel.exchange_declare("shop", "topic", durable=True)
        channel.queue_declare("orders", durable=True)
        channel.queue_declare("again", durable=True)
        channel.queue_bind("orders", "shop", "order.#")
        yield channel


def publish(channel: BlockingChannel, *keys: str) -> None:
    for number, key in enumerate(keys):
        made = Properties(message_id=f"{key} {number}", headers={"ratio": 1.25, "key": key})
        channel.basic_publish("shop", key, b'{"n": %d}' % number, to_pika(made))


@pytest.fixture
def view(stage: Stage, vhost: Profile, sandbox: Brokers, channel: BlockingChannel, qtbot: QtBot) -> TapView:
    """The view on a virtual host with one exchange and two queues, of which one is bound."""
    stage.connect(vhost, sandbox.secrets)
    stage.view.choose_vhost(vhost_of(vhost))
    page = stage.show(MessagesPage)
    qtbot.waitUntil(lambda: stage.store.state.overview is not None, timeout=SOON_MS)
    page.reveal(MessagesAt(TAP))
    view = page.view
    assert isinstance(view, TapView)
    return view


def start(view: TapView, name: str, qtbot: QtBot) -> None:
    view.bar.place.line.clear()
    QTest.keyClicks(view.bar.place.line, name)
    qtbot.waitUntil(view.bar.start.isEnabled, timeout=SOON_MS)
    QTest.keyClick(view.bar.place.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.arrived is not None and view.arrived.state == "running", timeout=SOON_MS)


def stop(view: TapView, qtbot: QtBot) -> None:
    click(view.bar.start, qtbot)
    qtbot.waitUntil(lambda: view.arrived is not None and view.arrived.state == "ended", timeout=SOON_MS)


def keys_of(view: TapView) -> list[str]:
    return [row.message.routing_key for row in view.model.rows()]


def test_messages_are_copied_paused_filtered_and_read(view: TapView, channel: BlockingChannel, qtbot: QtBot) -> None:
    start(view, "orders", qtbot)
    publish(channel, "order.created", "order.paid", "other")
    qtbot.waitUntil(lambda: keys_of(view) == ["order.paid", "order.created"], timeout=SOON_MS)
    assert holds(channel, "orders", 2), "the queue has its own"
    view.table.select_key(view.model.key_at(0))
    QTest.keyClick(view.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.panel.reading is not None, timeout=SOON_MS)
    assert {row.name: row.type for row in view.panel.headers.model.rows()}["ratio"] == "double"
    assert view.step_back()

    click(view.bar.pause, qtbot)
    qtbot.waitUntil(lambda: view.counters.state.text() == "Paused", timeout=SOON_MS)
    publish(channel, "order.unseen")
    qtbot.waitUntil(lambda: "1 passed while paused" in view.counters.figures.text(), timeout=SOON_MS)
    click(view.bar.pause, qtbot)
    qtbot.waitUntil(lambda: view.counters.state.text() == "Tapping", timeout=SOON_MS)
    QTest.keyClicks(view.filter_box, "header.key=order.paid")
    view.filter_box.flush()
    qtbot.waitUntil(lambda: keys_of(view) == ["order.paid"], timeout=SOON_MS)
    stop(view, qtbot)
    assert keys_of(view) == ["order.paid"], "what came stays"


def test_what_is_filtered_out_is_counted(view: TapView, channel: BlockingChannel, qtbot: QtBot) -> None:
    QTest.keyClicks(view.filter_box, "key:paid")
    view.filter_box.flush()
    start(view, "orders", qtbot)
    publish(channel, "order.created", "order.paid", "order.created")
    qtbot.waitUntil(lambda: "2 filtered out" in view.counters.figures.text(), timeout=SOON_MS)
    assert "3 received" in view.counters.figures.text()
    qtbot.waitUntil(lambda: keys_of(view) == ["order.paid"], timeout=SOON_MS)
    QTest.keyClicks(view.filter_box, ' "')
    view.filter_box.flush()
    assert view.filter_box.property("wrong") == "true"
    stop(view, qtbot)


def test_what_cannot_be_tapped_says_why_and_the_exchange_beside_it_can(view: TapView, qtbot: QtBot) -> None:
    view.reveal(QueueKey(view.bar.place.vhost, "again"))
    qtbot.waitUntil(lambda: "default exchange only" in view.bar.words.text(), timeout=SOON_MS)
    assert not view.bar.start.isEnabled()
    view.reveal(QueueKey(view.bar.place.vhost, "nowhere"))
    qtbot.waitUntil(lambda: view.bar.words.tone == "crit", timeout=SOON_MS)
    view.reveal(ExchangeKey(view.bar.place.vhost, "shop"))
    qtbot.waitUntil(view.bar.start.isEnabled, timeout=SOON_MS)
    assert "no binding takes are not seen" in view.bar.words.text()
    QTest.mouseClick(view.bar.everything, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "nobody else takes" in view.bar.words.text(), timeout=SOON_MS)


def test_the_firehose_says_what_it_costs_counts_down_and_is_off_afterwards(
    view: TapView, channel: BlockingChannel, vhost: Profile, sandbox: Brokers, qtbot: QtBot
) -> None:
    QTest.mouseClick(view.bar.kind._buttons["firehose"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(view.bar.start.isEnabled, timeout=SOON_MS)
    assert "costs CPU" in view.bar.words.text()
    click(view.bar.start, qtbot)
    qtbot.waitUntil(lambda: view.counters.state.text().startswith("Firehose on, off in"), timeout=SOON_MS)
    channel.basic_publish("", "again", b"through the default exchange")
    qtbot.waitUntil(lambda: "again" in keys_of(view), timeout=SOON_MS)
    stop(view, qtbot)
    with closing(ManagementWrites(vhost, sandbox.secrets)) as client:
        assert not client.tracing(vhost_of(vhost))


def test_what_came_goes_to_a_file_and_is_published_again(
    view: TapView, stage: Stage, channel: BlockingChannel, tmp_path: Path, qtbot: QtBot
) -> None:
    start(view, "orders", qtbot)
    publish(channel, "order.created", "order.paid")
    qtbot.waitUntil(lambda: len(keys_of(view)) == 2, timeout=SOON_MS)
    stop(view, qtbot)
    file = tmp_path / "kept.jsonl"
    click(view.export_button, qtbot)
    chooser = view.dialog
    assert isinstance(chooser, QFileDialog)
    chooser.fileSelected.emit(str(file))
    chooser.reject()
    qtbot.waitUntil(lambda: any("messages written" in said.title for said in stage.notices.recent), timeout=SOON_MS)
    file.write_text(file.read_text() + "broken\n")

    click(view.replay_button, qtbot)
    dialog = view.dialog
    assert isinstance(dialog, ReplayMessages)
    QTest.keyClicks(dialog.file.input, str(file))
    QTest.keyClick(dialog.file.input, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.recording is not None, timeout=SOON_MS)
    assert "Line 3 cannot be read" in dialog.told.text()
    QTest.mouseClick(dialog.where._buttons["queue"], Qt.MouseButton.LeftButton)
    assert not dialog.go.isEnabled()
    QTest.keyClicks(dialog.name.input, "again")
    QTest.mouseClick(dialog.when._buttons["own"], Qt.MouseButton.LeftButton)
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: dialog.finished_work, timeout=SOON_MS)
    assert "2 of 2 sent" in dialog.outcome.text() and "2 confirmed" in dialog.outcome.text()
    method, properties, body = channel.basic_get("again", auto_ack=True)
    assert method is not None and properties is not None and body == b'{"n": 0}'
    assert properties.headers == {"ratio": 1.25, "key": "order.created"}
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_tap_ends_with_its_connection_and_leaves_nothing_behind(
    opened: OpenWindow, vhost: Profile, sandbox: Brokers, channel: BlockingChannel, qtbot: QtBot
) -> None:
    opened.connect(vhost, sandbox.secrets, "queues")
    opened.app.window.show_page("messages", MessagesAt(TAP, QueueKey(vhost_of(vhost), "orders")))
    view = opened.page(MessagesPage).view
    assert isinstance(view, TapView)
    click(view.bar.start, qtbot)
    qtbot.waitUntil(lambda: view.arrived is not None and view.arrived.state == "running", timeout=SOON_MS)
    opened.app.window.show_page("queues")
    publish(channel, "order.created")
    qtbot.waitUntil(lambda: view.arrived is not None and len(view.arrived.ring) == 1, timeout=SOON_MS)
    opened.app.window.show_page("messages")
    qtbot.waitUntil(lambda: keys_of(view) == ["order.created"], timeout=SOON_MS)
    opened.workings.session.close()
    qtbot.waitUntil(lambda: view.arrived is None and view.model.shown == 0, timeout=SOON_MS)

    def is_clean() -> bool:
        with closing(ManagementWrites(vhost, sandbox.secrets)) as client:
            return not [q for q in client.queues(vhost_of(vhost), detail=False) if q.name.startswith("warren.tap")]

    qtbot.waitUntil(is_clean, timeout=SOON_MS)
