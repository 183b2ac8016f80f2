"""The router against the real broker: no message goes elsewhere than foretold."""

from __future__ import annotations

import random
from contextlib import closing

import pytest

from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.definitions import read_definitions
from broker_client.rabbit.entities import ExchangeKey
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import Topology
from tests.brokers import LentBrokers
from tests.live.exported import exported_definitions
from tests.live.routing_oracle import Maze, differences, publisher

pytestmark = pytest.mark.live

TOPOLOGIES = 12
MESSAGES_EACH = 200


@pytest.mark.parametrize("seed", [1, 2])
def test_every_message_goes_where_it_was_foretold(vhost: Profile, sandbox: LentBrokers, seed: int) -> None:
    rng = random.Random(seed)
    with closing(publisher(vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        mazes = [Maze(channel, rng, f"m{number}") for number in range(TOPOLOGIES // 2)]
        sent = [message for maze in mazes for message in maze.publish(MESSAGES_EACH)]
    with closing(ManagementClient(vhost, sandbox.secrets)) as client:
        name = vhost_of(vhost)
        version = client.overview()[0].rabbitmq_version
        queues, exchanges = client.queues(name, detail=False), client.exchanges(name)
        live = Router(Topology(queues, exchanges, client.bindings(name)), version)
    exported = read_definitions(exported_definitions(vhost, sandbox.secrets), name)
    for router in (live, Router(exported.topology, version)):
        found = differences(sent, router, vhost)
        assert not found, f"{len(found)} of {len(sent)} differ:\n" + "\n".join(map(str, found[:3]))
    assert len(sent) >= 1_200 and sum(bool(message.queues) for message in sent) > len(sent) / 2
    known = sum(
        not live.route(ExchangeKey(name, message.exchange), message.key, message.headers).unknown for message in sent
    )
    assert known > len(sent) * 0.8, f"only {known} of {len(sent)} could be foretold with certainty"
