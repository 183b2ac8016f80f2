"""A person at the queue page of a running broker: what they see follows what happens, quickly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pytestqt.qtbot import QtBot

from broker_client.lab.sandbox import Sandbox
from broker_client.lab.shop_topology import EMAIL, FULFIL, SEARCH
from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import QueueKey
from dashboard.pages.queues import QueuesPage
from tests.conftest import Brokers
from tests.hands import SOON_MS
from tests.page_stage import Stage
from tests.patient_connection import patient_connection

pytestmark = pytest.mark.live

HOSTILE = "<img src=x>&amp;%s\u202e\u200b \N{PILE OF POO}"


@pytest.fixture
def channel(vhost: Profile, sandbox: Brokers) -> Iterator[BlockingChannel]:
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        yield connection.channel()


@pytest.fixture
def page(stage: Stage, vhost: Profile, sandbox: Brokers) -> QueuesPage:
    """The queue page, which looks at the test's virtual host alone."""
    stage.connect(vhost, sandbox.secrets)
    stage.view.choose_vhost(vhost_of(vhost))
    return stage.show(QueuesPage)


def cell(page: QueuesPage, key: QueueKey, column: str) -> str:
    model = page.queues.model
    return str(model.index_of(key, model.column_of(column)).data()) if model.place_of(key) >= 0 else ""


def test_a_published_message_changes_the_cell_at_once(
    page: QueuesPage, vhost: Profile, channel: BlockingChannel, qtbot: QtBot
) -> None:
    key = QueueKey(vhost_of(vhost), "orders")
    channel.queue_declare("orders")
    channel.confirm_delivery()
    qtbot.waitUntil(lambda: cell(page, key, "ready") == "0", timeout=SOON_MS)
    qtbot.waitUntil(lambda: "live" in page.queues.ages.text(), timeout=SOON_MS)
    for published in (1, 2, 3):
        channel.basic_publish("", "orders", b"x")
        qtbot.waitUntil(lambda seen=published: cell(page, key, "ready") == str(seen), timeout=SOON_MS)  # type: ignore[misc]


def test_a_queue_without_a_consumer_is_named_and_on_top(
    page: QueuesPage, vhost: Profile, channel: BlockingChannel, qtbot: QtBot
) -> None:
    for name in ("quiet", "waiting"):
        channel.queue_declare(name)
    channel.confirm_delivery()
    for _ in range(5):
        channel.basic_publish("", "waiting", b"x")
    key = QueueKey(vhost_of(vhost), "waiting")
    qtbot.waitUntil(lambda: cell(page, key, "status") == "No consumer", timeout=SOON_MS)
    qtbot.waitUntil(lambda: page.queues.shown_rows()[0].key == key, timeout=SOON_MS)


def test_hostile_names_are_shown_plainly_and_can_be_opened(
    page: QueuesPage, vhost: Profile, channel: BlockingChannel, qtbot: QtBot
) -> None:
    key = QueueKey(vhost_of(vhost), HOSTILE)
    channel.queue_declare(HOSTILE)
    channel.queue_declare("n" * 255)
    qtbot.waitUntil(lambda: cell(page, key, "name") != "", timeout=SOON_MS)
    shown = cell(page, key, "name")
    assert shown.startswith("<img src=x>&amp;%s") and "\u202e" not in shown and "\u200b" not in shown
    page.reveal(key)
    qtbot.waitUntil(lambda: page.panel.consumers.words.text().startswith("Nobody consumes"), timeout=SOON_MS)
    assert page.panel.name.text() == shown


def test_the_panel_tells_what_is_bound_who_consumes_and_what_arguments_mean(
    page: QueuesPage, vhost: Profile, channel: BlockingChannel, qtbot: QtBot
) -> None:
    channel.exchange_declare("shop", "topic")
    channel.queue_declare("orders", arguments={"x-message-ttl": 60_000, "x-max-priority": 5})
    channel.queue_bind("orders", "shop", "order.#")
    channel.basic_qos(prefetch_count=7)
    channel.basic_consume("orders", lambda *_: None, consumer_tag="me")
    page.reveal(QueueKey(vhost_of(vhost), "orders"))
    panel = page.panel
    qtbot.waitUntil(lambda: panel.bindings.count.text() == "1", timeout=SOON_MS)
    qtbot.waitUntil(lambda: panel.consumers.count.text() == "1", timeout=SOON_MS)
    (consumer,) = panel.consumers.model.rows()
    assert (consumer.tag, consumer.prefetch) == ("me", 7)
    (binding,) = panel.bindings.model.rows()
    assert (binding.source, binding.routing_key) == ("shop", "order.#")
    assert "waits longer than 1 m expires" in panel.settings.words()


def test_a_deleted_queue_leaves_the_table_and_its_panel_says_so(
    page: QueuesPage, vhost: Profile, channel: BlockingChannel, qtbot: QtBot
) -> None:
    key = QueueKey(vhost_of(vhost), "brief")
    channel.queue_declare("brief")
    qtbot.waitUntil(lambda: cell(page, key, "name") == "brief", timeout=SOON_MS)
    page.reveal(key)
    channel.queue_delete("brief")
    qtbot.waitUntil(lambda: page.queues.model.place_of(key) < 0, timeout=SOON_MS)
    qtbot.waitUntil(lambda: "no queue of this name" in page.panel.meaning.text(), timeout=SOON_MS)


def test_the_demo_shop_fills_every_figure_and_both_charts(stage: Stage, demo: Sandbox, qtbot: QtBot) -> None:
    stage.connect(demo.profile, demo.secrets)
    page = stage.show(QueuesPage)
    key = QueueKey("/", SEARCH)
    for column in ("rate_in", "rate_out", "memory", "consumers", "type"):
        qtbot.waitUntil(lambda wanted=column: cell(page, key, wanted) not in ("", "—"), timeout=SOON_MS)  # type: ignore[misc]
    qtbot.waitUntil(lambda: cell(page, QueueKey("/", EMAIL), "drain") == "never", timeout=2 * SOON_MS)
    page.reveal(QueueKey("/", FULFIL))
    charts = page.panel.charts
    qtbot.waitUntil(lambda: charts.depth_chart.drawn and charts.rate_chart.drawn, timeout=SOON_MS)
    qtbot.waitUntil(lambda: "dead-letter" in page.panel.settings.words().casefold(), timeout=SOON_MS)
