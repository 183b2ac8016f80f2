"""Tapping a real broker: copies without side effects, counted drops, and nothing left behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from broker_client.errors import AccessRefused, BadInput, BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.rabbit import tap as tap_module
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.firehose import Firehose
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.management_writes import ManagementWrites
from broker_client.rabbit.pika_properties import to_pika
from broker_client.rabbit.tap import Tap
from broker_client.rabbit.tap_counts import TapCounts
from broker_client.rabbit.tap_plan import TapPlan, plan_exchange_tap, plan_firehose, plan_queue_tap
from broker_client.rabbit.tap_ring import TapRing
from broker_client.rabbit.topology import Topology
from tests.brokers import LentBrokers
from tests.patient_connection import patient_connection
from tests.waiting import until

pytestmark = pytest.mark.live


@pytest.fixture
def channel(vhost: Profile, sandbox: LentBrokers) -> Iterator[BlockingChannel]:
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("q", durable=True)
        channel.queue_bind("q", "amq.topic", "order.#")
        channel.queue_bind("q", "amq.headers", "", {"x-match": "any", "kind": "mail", "n": 5})
        yield channel


@pytest.fixture
def client(vhost: Profile, sandbox: LentBrokers) -> Iterator[ManagementWrites]:
    with closing(ManagementWrites(vhost, sandbox.secrets)) as client:
        yield client


def topology_of(client: ManagementClient, vhost: str) -> Topology:
    return Topology(client.queues(vhost, detail=True), client.exchanges(vhost), client.bindings(vhost))


def queue_plan(client: ManagementClient, profile: Profile) -> TapPlan:
    place = vhost_of(profile)
    return plan_queue_tap(topology_of(client, place), QueueKey(place, "q"))


def served(tap: Tap, condition: Callable[[TapCounts], Any]) -> TapCounts:
    until(lambda: condition(tap.serve(0.05)), words=f"{tap.counts}")
    return tap.counts


def test_a_queue_is_copied_from_now_on_and_stays_untouched(
    vhost: Profile, sandbox: LentBrokers, channel: BlockingChannel, client: ManagementWrites
) -> None:
    channel.basic_publish("amq.topic", "order.before", b"before", mandatory=True)
    ring = TapRing()
    with Tap(vhost, sandbox.secrets, queue_plan(client, vhost), ring) as tap:
        properties = Properties(headers={"kind": "mail", "price": 1.25}, type="t", timestamp=5)
        channel.basic_publish("amq.topic", "order.new", b"one", mandatory=True)
        channel.basic_publish("amq.headers", "any", b"two", to_pika(properties), mandatory=True)
        channel.basic_publish("", "q", b"directly", mandatory=True)
        served(tap, lambda counts: counts.received == 2)
        messages = [one.message() for one in reversed(ring.newest(10))]
        assert [(one.exchange, one.routing_key, one.body) for one in messages] == [
            ("amq.topic", "order.new", b"one"),
            ("amq.headers", "any", b"two"),
        ]
        assert messages[1].properties == properties
    bodies = [channel.basic_get("q", auto_ack=True) for _ in range(4)]
    assert [(body, method.redelivered) for method, _, body in bodies if method] == [
        (b"before", False),
        (b"one", False),
        (b"two", False),
        (b"directly", False),
    ]


def test_nothing_is_left_when_a_tap_is_closed(
    vhost: Profile, sandbox: LentBrokers, channel: BlockingChannel, client: ManagementWrites
) -> None:
    place = vhost_of(vhost)
    with Tap(vhost, sandbox.secrets, queue_plan(client, vhost), TapRing()):
        assert len(client.queues(place, detail=False)) == 2
    until(lambda: {queue.name for queue in client.queues(place, detail=False)} == {"q"})
    assert len([one for one in client.bindings(place) if one.source]) == 2


CRASHING = """
import json, os, signal, sys
import msgspec
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.entities import Binding
from broker_client.rabbit.firehose import Firehose
from broker_client.rabbit.tap import Tap
from broker_client.rabbit.tap_plan import TapPlan
from broker_client.rabbit.tap_ring import TapRing
orders = json.loads(sys.stdin.readline())
profile, secrets = msgspec.convert(orders["profile"], Profile), Secrets(orders["password"])
plan = TapPlan(orders["vhost"], "x", (Binding(orders["vhost"], "amq.topic", "", "queue", "#"),))
firehose = Firehose(profile, secrets, orders["vhost"], 600)
tap = Tap(profile, secrets, plan, TapRing())
print("tapping", flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_is_left_after_kill_9(vhost: Profile, sandbox: LentBrokers, client: ManagementWrites) -> None:
    place = vhost_of(vhost)
    orders = {"profile": msgspec.to_builtins(vhost), "password": sandbox.secrets.rabbitmq, "vhost": place}
    command = [sys.executable, "-c", CRASHING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(msgspec.json.encode(orders) + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"tapping\n"
        assert client.tracing(place) and len(client.queues(place, detail=False)) == 1
        process.kill()
    until(lambda: not client.queues(place, detail=False), words="the tap's queue is gone")
    until(lambda: not client.tracing(place), words="the firehose is off")
    assert not [one for one in client.bindings(place) if one.source]


def test_messages_can_be_filtered_and_passed_over_and_all_are_counted(
    vhost: Profile, sandbox: LentBrokers, channel: BlockingChannel, client: ManagementWrites
) -> None:
    ring = TapRing(most=5)
    with Tap(vhost, sandbox.secrets, queue_plan(client, vhost), ring, wanted=lambda one: one.body != b"no") as tap:
        for number in range(10):
            channel.basic_publish("amq.topic", "order.x", b"no" if number % 2 else b"yes")
        served(tap, lambda counts: counts.received == 10)
        tap.paused = True
        channel.basic_publish("amq.topic", "order.x", b"yes")
        served(tap, lambda counts: counts.received == 11)
        tap.paused = False
        channel.basic_publish("amq.topic", "order.x", b"yes")
        counts = served(tap, lambda counts: counts.received == 12)
    assert (counts.kept, counts.filtered, counts.passed, counts.pushed_out) == (6, 5, 1, 1)
    assert counts.received == counts.kept + counts.filtered + counts.passed


def test_long_bodies_are_cut_and_their_size_is_kept(
    vhost: Profile, sandbox: LentBrokers, channel: BlockingChannel, client: ManagementWrites
) -> None:
    ring = TapRing()
    with Tap(vhost, sandbox.secrets, queue_plan(client, vhost), ring, body_bytes=10) as tap:
        channel.basic_publish("amq.topic", "order.x", b"x" * 300_000)
        channel.basic_publish("amq.topic", "order.x", b"")
        served(tap, lambda counts: counts.received == 2)
    empty, long = (one.message() for one in ring.newest(2))
    assert (long.body, long.body_size) == (b"x" * 10, 300_000)
    assert empty.body == b"" and empty.is_whole


def test_a_flood_is_purged_and_the_sum_is_exact(
    vhost: Profile,
    sandbox: LentBrokers,
    channel: BlockingChannel,
    client: ManagementWrites,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tap_module, "PURGE_AT", 100)
    monkeypatch.setattr(tap_module, "PREFETCH", 10)
    with Tap(vhost, sandbox.secrets, queue_plan(client, vhost), TapRing()) as tap:
        for _ in range(3_000):
            channel.basic_publish("amq.topic", "order.x", b"x")
        channel.queue_declare("q", passive=True)
        counts = served(tap, lambda counts: counts.received + counts.purged == 3_000)
    assert counts.purged > 0 and not counts.uncounted


def test_a_tap_that_is_told_to_stop_stops(vhost: Profile, sandbox: LentBrokers, client: ManagementWrites) -> None:
    plan = plan_firehose(vhost_of(vhost))
    stop = threading.Event()
    seen: list[TapCounts] = []
    with Tap(vhost, sandbox.secrets, plan, TapRing()) as tap:
        threading.Timer(0.3, stop.set).start()
        assert tap.run(stop, seen.append) == seen[-1] and stop.is_set()


def test_what_cannot_be_tapped_is_refused_in_words(
    vhost: Profile, sandbox: LentBrokers, client: ManagementWrites, channel: BlockingChannel
) -> None:
    place = vhost_of(vhost)
    with pytest.raises(BadInput, match="default exchange"):
        Tap(vhost, sandbox.secrets, plan_exchange_tap(topology_of(client, place), ExchangeKey(place, "")), TapRing())
    plan = queue_plan(client, vhost)
    gone = msgspec.structs.replace(plan.bindings[0], source="gone")
    with pytest.raises(BrokerError, match="no exchange 'gone'"):
        Tap(vhost, sandbox.secrets, TapPlan(place, "x", (gone,)), TapRing())


def test_the_firehose_shows_what_goes_through_the_default_exchange_and_is_turned_off(
    vhost: Profile, sandbox: LentBrokers, channel: BlockingChannel, client: ManagementWrites
) -> None:
    place, ring = vhost_of(vhost), TapRing()
    with (
        Firehose(vhost, sandbox.secrets, place, 30) as firehose,
        Tap(vhost, sandbox.secrets, plan_firehose(place), ring) as tap,
    ):
        assert client.tracing(place) and not firehose.was_on
        properties = Properties(headers={"price": 1.25}, message_id="m", delivery_mode=2)
        channel.basic_publish("", "q", b"secret", to_pika(properties))
        served(tap, lambda counts: counts.received == 1)
    message = ring.newest(1)[0].message()
    assert message == Message("", "q", properties, b"secret")
    assert not client.tracing(place)


def test_the_firehose_ends_by_its_timer_and_leaves_on_what_was_on(
    vhost: Profile, sandbox: LentBrokers, client: ManagementWrites
) -> None:
    place = vhost_of(vhost)
    firehose = Firehose(vhost, sandbox.secrets, place, 1)
    until(lambda: not client.tracing(place), words="the time is over")
    firehose.close()
    client.set_tracing(place, True)
    with Firehose(vhost, sandbox.secrets, place, 30) as firehose:
        assert firehose.was_on
    assert client.tracing(place)
    client.set_tracing(place, False)


def test_the_firehose_is_for_administrators(vhost: Profile, sandbox: LentBrokers, client: ManagementWrites) -> None:
    plain = msgspec.structs.replace(vhost, username="plain")
    client._write("PUT", "/api/users/plain", {"password": "plain", "tags": "management"})
    with pytest.raises((AccessRefused, BrokerError), match="administrator"):
        Firehose(plain, Secrets("plain"), vhost_of(vhost))
    client._write("DELETE", "/api/users/plain", {})
