"""Where a real broker put dead letters, beside what was foretold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import NackError

from broker_client.profile import Profile
from broker_client.rabbit.afterlife import afterlife
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import ExchangeKey
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import Topology
from tests.brokers import LentBrokers
from tests.patient_connection import patient_connection
from tests.waiting import until

pytestmark = pytest.mark.live

DEAD = ("dead", "copies", "named")
TTL, FULL = {"x-message-ttl": 1}, {"x-max-length": 0}


@pytest.fixture
def channel(vhost: Profile, sandbox: LentBrokers) -> Iterator[BlockingChannel]:
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.exchange_declare("in", "fanout", durable=True)
        channel.exchange_declare("spare", "fanout", durable=True)
        channel.exchange_declare("dlx", "topic", durable=True, internal=True, arguments={"alternate-exchange": "spare"})
        for queue, key in zip(DEAD, ("k.#", "cc", "given"), strict=True):
            channel.queue_declare(queue, durable=True)
            channel.queue_bind(queue, "dlx", key)
        channel.queue_bind("dead", "spare")
        yield channel


@pytest.mark.parametrize(
    ("cause", "arguments", "headers"),
    [
        ("expired", TTL, {}),
        ("expired", TTL, {"CC": ["cc"]}),
        ("expired", TTL, {"BCC": ["cc", "given"]}),
        ("expired", {**TTL, "x-dead-letter-routing-key": "given"}, {"CC": ["cc"]}),
        ("expired", {**TTL, "x-dead-letter-routing-key": "elsewhere"}, {}),
        ("expired", {**TTL, "x-queue-type": "quorum"}, {}),
        ("maxlen", FULL, {}),
        ("maxlen", {**FULL, "x-overflow": "reject-publish-dlx"}, {}),
        ("delivery_limit", {"x-queue-type": "quorum", "x-delivery-limit": 0}, {}),
        ("rejected", {}, {"CC": ["cc"]}),
    ],
)
def test_dead_letters_arrive_where_it_was_foretold(
    vhost: Profile,
    sandbox: LentBrokers,
    channel: BlockingChannel,
    cause: str,
    arguments: dict[str, Any],
    headers: dict[str, Any],
) -> None:
    channel.queue_declare("src", durable=True, arguments={"x-dead-letter-exchange": "dlx", **arguments})
    channel.queue_bind("src", "in")
    try:
        channel.basic_publish("in", "k.1", b"x", pika.BasicProperties(headers=headers))
    except NackError:
        assert arguments["x-overflow"] == "reject-publish-dlx"
    if cause in ("rejected", "delivery_limit"):
        taken = until(lambda: channel.basic_get("src")[0])
        channel.basic_reject(taken.delivery_tag, requeue=cause == "delivery_limit")
    router = _router(vhost, sandbox)
    trace = router.route(ExchangeKey(vhost_of(vhost), "in"), "k.1", headers)
    departure = next(one for one in afterlife(router, trace, headers) if one.cause == cause)
    assert departure.trace is not None
    foretold = {key.name for key in departure.trace.queues}
    until(lambda: foretold <= _filled(channel))
    assert _filled(channel) == foretold


def _filled(channel: BlockingChannel) -> set[str]:
    return {queue for queue in DEAD if channel.queue_declare(queue, passive=True).method.message_count}


def _router(profile: Profile, sandbox: LentBrokers) -> Router:
    with closing(ManagementClient(profile, sandbox.secrets)) as client:
        name = vhost_of(profile)
        queues = client.queues(name, detail=True)
        topology = Topology(queues, client.exchanges(name), client.bindings(name))
        return Router(topology, client.overview()[0].rabbitmq_version)
