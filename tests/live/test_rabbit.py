"""The library against a real broker: depths, details, and what happens when queues or the broker go away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import msgspec
import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from broker_client.errors import BrokerError, LoginRefused, NotFound, Unreachable
from broker_client.lab.sandbox import Sandbox
from broker_client.lab.wire import Wire
from broker_client.profile import Profile, Secrets, with_vhost
from broker_client.rabbit.amqp import DepthProbe, open_connection, vhost_of
from broker_client.rabbit.entities import Depth, ExchangeKey, QueueDetail, QueueKey
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.tcp_door import address_of
from tests.brokers import LentBrokers
from tests.patient_connection import patient_connection
from tests.waiting import until

pytestmark = pytest.mark.live
ODD_NAMES = ("a b", "100%", "<b>&amp;", "\u202eevil", "ü" * 127, "a/b?c#d", "..")


@pytest.fixture
def channel(vhost: Profile, sandbox: LentBrokers) -> Iterator[BlockingChannel]:
    connection = patient_connection(vhost, sandbox.secrets)
    channel = connection.channel()
    channel.confirm_delivery()
    yield channel
    if connection.is_open:
        connection.close()


@pytest.fixture
def probe(vhost: Profile, sandbox: LentBrokers) -> Iterator[DepthProbe]:
    probe = DepthProbe(vhost, sandbox.secrets)
    yield probe
    probe.close()


@pytest.fixture
def management(vhost: Profile, sandbox: LentBrokers) -> Iterator[ManagementClient]:
    client = ManagementClient(vhost, sandbox.secrets)
    yield client
    client.close()


def test_totals_in_one_answer_are_the_totals_of_the_pages(
    vhost: Profile, channel: BlockingChannel, management: ManagementClient
) -> None:
    for name in ODD_NAMES:
        channel.queue_declare(name, durable=True)
    channel.basic_publish("", ODD_NAMES[0], b"x", mandatory=True)
    name = vhost_of(vhost)
    totals = management.totals(name)
    assert {queue.key for queue in totals} == {QueueKey(name, odd) for odd in ODD_NAMES}
    assert sorted(totals, key=repr) == sorted(management.queues(name, detail=False), key=repr)
    assert {queue.name: queue.ready for queue in totals}[ODD_NAMES[0]] == 1


def test_a_depth_is_fresh_the_moment_a_publish_is_confirmed(
    vhost: Profile, channel: BlockingChannel, probe: DepthProbe
) -> None:
    key = QueueKey(vhost_of(vhost), "fresh")
    channel.queue_declare("fresh", durable=True)
    for expected in range(1, 6):
        channel.basic_publish("", "fresh", b"x", mandatory=True)
        (depth,) = probe.probe([key])
        assert (depth.ready, depth.consumers, depth.missing) == (expected, 0, "")


def test_deleted_and_locked_queues_do_not_stop_the_others(
    vhost: Profile, sandbox: LentBrokers, channel: BlockingChannel, probe: DepthProbe
) -> None:
    place = vhost_of(vhost)
    channel.queue_declare("mine", exclusive=True)
    for index in range(0, 60, 2):
        channel.queue_declare(f"q{index}", durable=True)
    keys = [QueueKey(place, f"q{index}") for index in range(60)] + [QueueKey(place, "mine"), QueueKey(place, "q0")]
    depths = probe.probe(keys)
    assert [depth.key for depth in depths] == keys
    assert [depth.missing for depth in depths] == ["", "deleted"] * 30 + ["locked", ""]
    assert depths[0].ready == 0


def test_queues_of_several_vhosts_are_probed_in_one_pass(
    vhost: Profile, channel: BlockingChannel, probe: DepthProbe
) -> None:
    place = vhost_of(vhost)
    channel.queue_declare("here", durable=True)
    depths = probe.probe([QueueKey("/", "surely-not-there"), QueueKey(place, "here")])
    assert [depth.missing for depth in depths] == ["deleted", ""]
    probe.keep_alive()


def test_an_exchange_can_be_looked_for(vhost: Profile, probe: DepthProbe) -> None:
    place = vhost_of(vhost)
    assert probe.has_exchange(ExchangeKey(place, "amq.topic"))
    assert not probe.has_exchange(ExchangeKey(place, "celeryev"))
    assert probe.has_exchange(ExchangeKey(place, "amq.topic"))


def test_odd_names_come_back_unchanged(
    vhost: Profile, channel: BlockingChannel, probe: DepthProbe, management: ManagementClient
) -> None:
    place = vhost_of(vhost)
    for name in ODD_NAMES:
        channel.queue_declare(name, durable=True)
    assert {queue.name for queue in management.queues(place, detail=False)} == set(ODD_NAMES)
    assert {depth.missing for depth in probe.probe([QueueKey(place, name) for name in ODD_NAMES])} == {""}
    for name in ODD_NAMES:
        if name != "..":
            assert management.queue_detail(QueueKey(place, name), 60).queue.name == name


def test_a_queue_is_shown_with_its_consumer_bindings_and_arguments(
    vhost: Profile, channel: BlockingChannel, management: ManagementClient
) -> None:
    key = QueueKey(vhost_of(vhost), "orders")
    channel.exchange_declare("shop", "topic", durable=True)
    channel.queue_declare("orders", durable=True, arguments={"x-queue-type": "quorum", "x-max-length": 100})
    channel.queue_bind("orders", "shop", "order.#")
    channel.basic_qos(prefetch_count=7)
    channel.basic_consume("orders", lambda *_: None)
    (detail,) = until(lambda: _with_consumer(management, key), words="the consumer is listed")
    assert detail.queue.type == "quorum" and detail.queue.arguments["x-max-length"] == 100
    assert detail.consumers[0].prefetch == 7
    assert {binding.source for binding in detail.bindings} == {"", "shop"}
    assert "shop" in {exchange.name for exchange in management.exchanges(key.vhost)}
    assert len(management.bindings(key.vhost)) == 2


def _with_consumer(management: ManagementClient, key: QueueKey) -> tuple[QueueDetail, ...]:
    detail = management.queue_detail(key, 60)
    return (detail,) if detail.consumers else ()


def test_the_light_list_is_live(vhost: Profile, channel: BlockingChannel, management: ManagementClient) -> None:
    channel.queue_declare("live", durable=True)
    channel.basic_publish("", "live", b"x")
    (queue,) = management.queues(vhost_of(vhost), detail=False)
    assert queue.total == 1


def test_the_broker_tells_who_we_are_and_how_it_is(management: ManagementClient) -> None:
    until(lambda: management.overview(60)[0].exchanges, words="the broker has counted what it has")
    overview, history = management.overview(60)
    assert overview.rabbitmq_version and all(series.samples for series in history)
    assert management.whoami().tags
    assert "/" in management.vhosts()
    assert all(node.name for node in management.nodes())


def test_a_queue_that_is_gone_is_not_found(vhost: Profile, management: ManagementClient) -> None:
    with pytest.raises(NotFound):
        management.queue_detail(QueueKey(vhost_of(vhost), "gone"), 60)


def test_a_wrong_password_and_a_missing_vhost_are_told_apart(sandbox: LentBrokers) -> None:
    with pytest.raises(LoginRefused):
        open_connection(sandbox.profile, Secrets("wrong"))
    with pytest.raises(NotFound):
        open_connection(with_vhost(sandbox.profile, "no/such"), sandbox.secrets)
    with closing(ManagementClient(sandbox.profile, Secrets("wrong"))) as client, pytest.raises(LoginRefused):
        client.whoami()


def test_hundreds_of_queues_are_probed_in_one_pass(
    vhost: Profile, sandbox: LentBrokers, channel: BlockingChannel
) -> None:
    """Far from the broker an answer to each question by itself would take a minute."""
    place = vhost_of(vhost)
    keys = [QueueKey(place, f"q{index:04}") for index in range(300)]
    for key in keys:
        channel.queue_declare(key.name)
    with Wire(address_of(vhost.amqp_url).port) as wire:
        far = with_vhost(msgspec.structs.replace(vhost, amqp_url=f"amqp://127.0.0.1:{wire.port}/"), place)
        with closing(DepthProbe(far, sandbox.secrets)) as probe:
            probe.probe(keys[:1], 30.0)
            wire.delay(0.1)
            assert {depth.missing for depth in probe.probe(keys, 30.0)} == {""}
            assert probe.last_ms is not None and probe.last_ms < 30_000


@pytest.mark.slow
def test_probe_and_management_survive_a_killed_broker(own_sandbox: Sandbox) -> None:
    key = QueueKey("/", "kept")
    with closing(patient_connection(own_sandbox.profile, own_sandbox.secrets)) as connection:
        connection.channel().queue_declare("kept", durable=True)
    with (
        closing(DepthProbe(own_sandbox.profile, own_sandbox.secrets)) as probe,
        closing(ManagementClient(own_sandbox.profile, own_sandbox.secrets)) as client,
    ):
        assert probe.probe([key])[0].ready == 0
        assert client.whoami().name
        own_sandbox.kill_rabbitmq()
        questions: tuple[Callable[[], object], ...] = (lambda: probe.probe([key]), client.whoami)
        for question in questions:
            with pytest.raises(Unreachable):
                question()
        own_sandbox.start_rabbitmq()
        (depth,) = until(lambda: _probed(probe, key), 30, "the probe answers again")
        assert (depth.ready, depth.missing) in {(0, ""), (None, "deleted")}, (
            "killed at once, it may not have kept the queue"
        )
        assert client.whoami().name == own_sandbox.profile.username


def _probed(probe: DepthProbe, key: QueueKey) -> tuple[Depth, ...]:
    """Nothing while the broker is away."""
    try:
        return probe.probe([key])
    except BrokerError:
        return ()


def test_pika_is_the_version_whose_inside_we_know() -> None:
    assert pika.__version__.startswith("1.4.")
