"""A person publishes to a running broker: predicted, proved, refused, returned, many at a rate; by mouse and keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from broker_client.lab.sandbox import Sandbox
from broker_client.lab.shop_topology import EMAIL, ORDERS
from broker_client.lab.wire import Wire
from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.pika_properties import from_pika
from broker_client.rabbit.publisher import StreamCounts
from dashboard.pages.messages import MessagesPage
from dashboard.pages.publish_view import PublishView
from dashboard.pages.queues import QueuesPage
from dashboard.pages.topology_page import TopologyPage
from dashboard.store.app_state import Session, SessionChanged
from tests.conftest import Brokers
from tests.hands import SOON_MS, click
from tests.live.message_store import depth
from tests.open_window import OpenWindow
from tests.page_stage import Stage
from tests.patient_connection import patient_connection

pytestmark = pytest.mark.live
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def channel(vhost: Profile, sandbox: Brokers) -> Iterator[BlockingChannel]:
    """An empty virtual host with two queues at a topic exchange, and one that takes a single message."""
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        channel.exchange_declare("shop", "topic")
        for queue, pattern in (("mail", "order.*"), ("audit", "#")):
            channel.queue_declare(queue)
            channel.queue_bind(queue, "shop", pattern)
        channel.queue_declare("full", arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
        yield channel


@pytest.fixture
def view(stage: Stage, vhost: Profile, sandbox: Brokers, channel: BlockingChannel, qtbot: QtBot) -> PublishView:
    stage.connect(vhost, sandbox.secrets)
    stage.view.choose_vhost(vhost_of(vhost))
    page = stage.show(MessagesPage)
    with qtbot.waitActive(page):
        page.activateWindow()
    view = page.view
    assert isinstance(view, PublishView)
    aim(view, "shop", "order.created")
    qtbot.waitUntil(lambda: view.why.outcome.text() == "Would go to 2 queues: audit, mail.", timeout=SOON_MS)
    return view


def aim(view: PublishView, exchange: str, key: str) -> None:
    view.form.target.choose(False, exchange, key)


def published(view: PublishView, title: str, qtbot: QtBot) -> None:
    """Press the button and wait until its outcome is ``title``."""
    click(view.go, qtbot)
    qtbot.waitUntil(lambda: not view.run.busy, timeout=SOON_MS)
    assert view.result.told.title == title, view.result.told


def shown_queues(view: PublishView) -> dict[str, tuple[bool | None, bool | None]]:
    return {line.queue: (line.predicted, line.proved) for line in view.result.told.queues}


def test_a_person_publishes_by_the_keyboard_in_the_whole_window(
    opened: OpenWindow, demo: Sandbox, qtbot: QtBot
) -> None:
    opened.connect(demo.profile, demo.secrets)
    QTest.keyClick(opened.app.window, Qt.Key.Key_5, CTRL)
    page = opened.page(MessagesPage)
    view = page.view
    assert opened.app.window.current_page == "messages" and isinstance(view, PublishView)
    qtbot.waitUntil(lambda: view.trace is not None, timeout=SOON_MS)
    QTest.keyClick(page, Qt.Key.Key_Slash)
    field = QApplication.focusWidget()
    assert field is view.form.target.exchange.input
    QTest.keyClicks(field, ORDERS)
    QTest.keyClick(field, Qt.Key.Key_Tab)
    key = QApplication.focusWidget()
    assert key is view.form.target.key.input
    QTest.keyClicks(key, "order.changed.address")
    qtbot.waitUntil(lambda: view.why.outcome.text().startswith("Would go to 3 queues"), timeout=SOON_MS)
    QTest.keyClick(key, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: view.result.told.title == "Confirmed", timeout=SOON_MS)
    assert set(shown_queues(view).values()) == {(True, True)} and len(shown_queues(view)) == 3
    assert "tracing" in view.result.told.words


def test_what_is_typed_is_what_arrives(view: PublishView, channel: BlockingChannel, qtbot: QtBot) -> None:
    view.form.body_editor.show_body("JSON", '{"n": {{counter:7}}}')
    view.form.headers.show_values({"price": 1.25, "deep": {"list": [1, None]}, "text": "{{counter}}"})
    fields = view.form.properties.fields
    for name, text in (("message_id", "m-{{counter}}"), ("priority", "4"), ("timestamp", "1700000000")):
        fields[name].input.setText(text)
    view.renew()
    published(view, "Confirmed", qtbot)
    assert shown_queues(view) == {"mail": (True, True), "audit": (True, True)}
    method, given, body = channel.basic_get("mail", auto_ack=True)
    assert method is not None and given is not None and json.loads(body or b"") == {"n": 7}
    properties = from_pika(given)
    assert (properties.message_id, properties.priority, properties.delivery_mode) == ("m-1", 4, 2)
    assert properties.content_type == "application/json" and properties.timestamp == 1_700_000_000
    assert (properties.headers or {})["deep"] == {"list": [1, None]}
    assert [kept.outcome for kept in view.book.drafts.history] == ["confirmed: audit, mail"]


def test_returned_refused_and_nacked_say_why(view: PublishView, qtbot: QtBot) -> None:
    aim(view, "amq.direct", "nowhere")
    view.renew()
    published(view, "Returned (312)", qtbot)
    assert "no queue takes it" in view.result.told.words.lower()
    aim(view, "missing", "k")
    view.renew()
    published(view, "Refused (404)", qtbot)
    assert "does not exist" in view.result.told.words
    view.form.target.choose(True, "", "full")
    view.renew()
    published(view, "Confirmed", qtbot)
    published(view, "Nacked", qtbot)
    assert "it is full" in view.result.told.words
    assert [kept.tone for kept in view.book.drafts.history] == ["crit", "ok", "crit", "crit"]


def test_a_binding_that_came_meanwhile_is_an_explained_difference(
    view: PublishView, channel: BlockingChannel, stage: Stage, qtbot: QtBot
) -> None:
    stage.session.arrived.disconnect(stage.receive)  # no news from here on, not even what is on its way
    channel.queue_declare("late")
    channel.queue_bind("late", "shop", "order.created")
    published(view, "Confirmed", qtbot)
    assert shown_queues(view)["late"] == (False, True)
    assert view.result.told.queues[0].queue == "late"
    assert "not foreseen: late" in view.result.told.words.lower()


def test_many_go_at_a_rate_with_rows_and_stop_when_asked(
    view: PublishView, channel: BlockingChannel, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "rows.csv").write_text("city\nbonn\noslo\n")
    view.form.amount.read_path(str(tmp_path / "rows.csv"))
    qtbot.waitUntil(lambda: bool(view.form.amount.rows.rows), timeout=SOON_MS)
    view.form.body_editor.show_body("text", "{{counter}} {{csv:city}}")
    view.form.amount.show_amount(300, None, True)
    view.renew()
    published(view, "300 of 300 confirmed", qtbot)
    bodies = [channel.basic_get("mail", auto_ack=True)[2] for _ in range(3)]
    assert bodies == [b"1 bonn", b"2 oslo", b"3 bonn"]

    seen: list[StreamCounts] = []
    view.run.counted.connect(seen.append)
    view.form.amount.show_amount(100_000, 50.0, True)
    view.renew()
    assert view.go.accessibleName() == "Publish 100,000"
    click(view.go, qtbot)
    qtbot.waitUntil(lambda: any(counts.confirmed > 3 for counts in seen), timeout=SOON_MS)
    assert view.result.told.title.endswith("of 100,000 sent") and not view.go.isEnabled()
    click(view.stop_button, qtbot)
    qtbot.waitUntil(lambda: not view.run.busy, timeout=SOON_MS)
    assert seen[-1].confirmed == seen[-1].sent < 100_000 and seen[-1].unknown == 0
    assert "Stopped." in view.result.told.words and view.result.told.tone == "idle"


def test_what_was_sent_when_the_line_was_cut_is_unknown_and_never_a_failure(
    stage: Stage, view: PublishView, vhost: Profile, sandbox: Brokers, channel: BlockingChannel, qtbot: QtBot
) -> None:
    parts = urlsplit(vhost.amqp_url)
    with Wire(parts.port or 5672) as wire:
        cut_off = msgspec.structs.replace(vhost, amqp_url=parts._replace(netloc=f"127.0.0.1:{wire.port}").geturl())
        stage.connect(cut_off, sandbox.secrets)
        stage.view.choose_vhost(vhost_of(vhost))
        qtbot.waitUntil(lambda: view.go.isEnabled() and view.trace is not None, timeout=SOON_MS)
        view.form.amount.show_amount(10_000_000, None, True)
        view.renew()
        click(view.go, qtbot)
        qtbot.waitUntil(lambda: view.result.told.title.endswith("sent"), timeout=SOON_MS)
        wire.cut()
        qtbot.waitUntil(lambda: not view.run.busy, timeout=SOON_MS)
    told = view.result.told
    assert told.tone == "warn" and "fail" not in told.words.lower()
    assert view.book.drafts.history[0].tone == "warn" and "unknown" in view.book.drafts.history[0].outcome


def test_read_only_is_said_and_nothing_leaves(
    stage: Stage, view: PublishView, vhost: Profile, sandbox: Brokers, channel: BlockingChannel, qtbot: QtBot
) -> None:
    stage.connect(msgspec.structs.replace(vhost, read_only=True), sandbox.secrets)
    qtbot.waitUntil(lambda: "read-only" in view.go.toolTip(), timeout=SOON_MS)
    QTest.keyClick(view.form.target.key.input, Qt.Key.Key_Return, CTRL)
    assert not view.run.busy and not view.go.isEnabled()
    assert depth(channel, "mail") == 0


def test_history_comes_back_with_its_profile(
    view: PublishView, stage: Stage, sandbox: Brokers, vhost: Profile, qtbot: QtBot
) -> None:
    published(view, "Confirmed", qtbot)
    aim(view, "shop", "something.else")
    stage.session.close()
    stage.receive(SessionChanged(Session()))
    assert view.shelf.model.total == 0
    stage.connect(vhost, sandbox.secrets)
    qtbot.waitUntil(lambda: view.shelf.model.total == 1, timeout=SOON_MS)
    view.take(view.book.drafts.history[0])
    assert view.form.target.key.text == "order.created"
    shelf = view.shelf
    view._show_tab("shelf")
    QTest.keyClick(shelf.keep_box, Qt.Key.Key_Space)
    assert "What was kept before (1 line) stays" in shelf.where.text()
    click(shelf.clear_button, qtbot)
    click(shelf.confirm.lose, qtbot)
    assert shelf.model.total == 0 and shelf.where.text().startswith("Nothing that you publish with this profile is")
    published(view, "Confirmed", qtbot)
    assert view.book.drafts.history == ()


def test_queues_and_nodes_lead_here(opened: OpenWindow, demo: Sandbox, qtbot: QtBot) -> None:
    opened.connect(demo.profile, demo.secrets, "queues")
    queues = opened.page(QueuesPage)
    qtbot.waitUntil(lambda: queues.queues.row(QueueKey("/", EMAIL)) is not None, timeout=SOON_MS)
    queues.reveal(QueueKey("/", EMAIL))
    click(queues.panel.publish_button, qtbot)
    view = opened.page(MessagesPage).view
    assert opened.app.window.current_page == "messages" and isinstance(view, PublishView)
    qtbot.waitUntil(lambda: view.why.outcome.text() == f"Would go to 1 queue: {EMAIL}.", timeout=SOON_MS)
    opened.app.window.show_page("topology", ExchangeKey("/", ORDERS))
    topology = opened.page(TopologyPage)
    click(topology.panel.publish_button, qtbot)
    assert opened.app.window.current_page == "messages"
    assert view.form.target.exchange.text == ORDERS and not view.form.target.to_queue


def test_the_program_ends_while_many_are_sent(opened: OpenWindow, demo: Sandbox, qtbot: QtBot) -> None:
    opened.connect(demo.profile, demo.secrets, "messages")
    view = opened.page(MessagesPage).view
    assert isinstance(view, PublishView)
    view.form.target.choose(True, "", "reports.nightly")
    view.form.amount.show_amount(1_000_000, 20.0, True)
    view.renew()
    click(view.go, qtbot)
    qtbot.waitUntil(lambda: view.result.told.title.endswith("of 1,000,000 sent"), timeout=SOON_MS)
    assert view.run.busy
