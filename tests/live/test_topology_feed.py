"""Exchanges and bindings of a running broker, as pages get them: named consumers, policies, and nothing unasked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from broker_client.profile import Profile
from broker_client.rabbit.amqp import open_connection, vhost_of
from dashboard.feeds.topology_feed import TopologySource
from dashboard.store.app_state import TopologyArrived
from tests.conftest import Brokers
from tests.waiting import until

pytestmark = pytest.mark.live


class Heard(list[Any]):
    """Everything a source delivered."""

    @property
    def last(self) -> TopologyArrived:
        arrival = self[-1]
        assert isinstance(arrival, TopologyArrived)
        return arrival


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def source(vhost: Profile, sandbox: Brokers, heard: Heard) -> Iterator[TopologySource]:
    source = TopologySource(vhost, sandbox.secrets)
    source.attach(heard.append)
    source.choose_vhost(vhost_of(vhost))
    yield source
    source.hang_up()


@pytest.fixture
def channel(vhost: Profile, sandbox: Brokers) -> Iterator[BlockingChannel]:
    with closing(open_connection(vhost, sandbox.secrets)) as connection:
        yield connection.channel()


def test_nothing_is_asked_while_nobody_looks(source: TopologySource, heard: Heard) -> None:
    assert source.turn() > 60
    assert heard == []
    assert source.health().state == "off"


def test_exchanges_bindings_and_consumers_arrive_together(
    source: TopologySource, heard: Heard, channel: BlockingChannel
) -> None:
    channel.exchange_declare("shop", "topic", arguments={"alternate-exchange": "lost"})
    channel.queue_declare("orders")
    channel.queue_bind("orders", "shop", "order.#")
    channel.basic_consume("orders", lambda *_: None, consumer_tag="me")
    source.watch(True)

    def asked() -> bool:
        source.hurry()
        source.turn()
        return bool(heard.last.consumers and heard.last.consumers[0].application)

    until(asked)
    shop = next(exchange for exchange in heard.last.exchanges if exchange.name == "shop")
    assert (shop.type, shop.arguments) == ("topic", {"alternate-exchange": "lost"})
    assert [b.routing_key for b in heard.last.bindings if b.source == "shop"] == ["order.#"]
    assert heard.last.consumers[0].queue.name == "orders"
    assert heard.last.consumers[0].application == "warren"


def test_what_did_not_change_is_the_very_same_tuple(
    source: TopologySource, heard: Heard, channel: BlockingChannel
) -> None:
    channel.queue_declare("orders")
    source.watch(True)
    source.turn()
    source.hurry()
    source.turn()
    assert heard[0].bindings is heard[1].bindings
    channel.queue_declare("more")
    source.hurry()
    source.turn()
    assert {binding.destination for binding in heard.last.bindings} == {"orders", "more"}
