"""A queue that collects dead letters is known as such by the bindings of the exchange they go to."""

from __future__ import annotations

from contextlib import closing

import pytest

from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.management import ManagementClient
from dashboard.feeds.dead_letter_watch import EVERY_S, DeadLetterWatch
from tests.conftest import Brokers
from tests.patient_connection import patient_connection

pytestmark = pytest.mark.live


def test_the_queues_behind_a_dead_letter_exchange_are_found(vhost: Profile, sandbox: Brokers) -> None:
    name = vhost_of(vhost)
    with (
        closing(patient_connection(vhost, sandbox.secrets)) as connection,
        closing(ManagementClient(vhost, sandbox.secrets)) as client,
    ):
        channel = connection.channel()
        channel.exchange_declare("dead", "fanout", durable=True)
        channel.queue_declare("work", durable=True, arguments={"x-dead-letter-exchange": "dead"})
        channel.queue_declare("lost", durable=True, arguments={"x-dead-letter-exchange": "nowhere"})
        channel.queue_declare("graves", durable=True)
        watch = DeadLetterWatch()
        queues = client.queues(name, detail=True)
        assert watch.collectors(client, queues, 0.0) == frozenset()
        channel.queue_bind("graves", "dead")
        assert watch.collectors(client, queues, 1.0) == frozenset(), "it is read now and then, not each time"
        assert watch.collectors(client, queues, EVERY_S + 1) == {QueueKey(name, "graves")}
