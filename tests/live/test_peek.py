"""Looking into real queues: what is seen, what the look does, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from broker_client.errors import BadInput, Conflict, NotFound
from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.amqp_table import Timestamp
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.message_body import read_body
from broker_client.rabbit.peek import Peeker
from broker_client.rabbit.pika_properties import to_pika
from broker_client.rabbit.publisher import Publisher
from tests.brokers import LentBrokers
from tests.live.message_store import holds
from tests.patient_connection import patient_connection

pytestmark = pytest.mark.live


@pytest.fixture
def channel(vhost: Profile, sandbox: LentBrokers) -> Iterator[BlockingChannel]:
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


@pytest.fixture
def peeker(vhost: Profile, sandbox: LentBrokers) -> Peeker:
    return Peeker(vhost, sandbox.secrets)


@pytest.fixture
def key(vhost: Profile) -> QueueKey:
    return QueueKey(vhost_of(vhost), "q")


def test_a_look_shows_the_messages_and_leaves_them_there(
    peeker: Peeker, channel: BlockingChannel, key: QueueKey
) -> None:
    channel.queue_declare("q", durable=True)
    for number in range(3):
        channel.basic_publish("", "q", f"body {number}".encode(), to_pika(Properties(headers={"n": number}, type="t")))
    seen = peeker.look(key, 2)
    assert [message.body for message in seen.messages] == [b"body 0", b"body 1"]
    assert [message.behind for message in seen.messages] == [2, 1]
    assert seen.messages[1].properties == Properties(headers={"n": 1}, type="t")
    assert any("redelivered" in words for words in seen.warning.words)
    assert holds(channel, "q", 3)
    bodies = [channel.basic_get("q", auto_ack=True) for _ in range(3)]
    assert [body for _, _, body in bodies] == [b"body 0", b"body 1", b"body 2"]
    assert bodies[0][0] is not None and bodies[0][0].redelivered


def test_a_whole_body_and_typed_headers_come_on_demand(peeker: Peeker, channel: BlockingChannel, key: QueueKey) -> None:
    channel.queue_declare("q", durable=True)
    body = bytes(range(256)) * 1_000
    properties = Properties(headers={"price": 1.25, "at": Timestamp(5), "raw": b"\0\xff"})
    channel.basic_publish("", "q", body, to_pika(properties))
    (cut,) = peeker.look(key, truncate_bytes=100).messages
    assert (cut.body, cut.body_size, cut.is_whole) == (body[:100], 256_000, False)
    assert read_body(cut).cut and holds(channel, "q", 1)
    seen = peeker.look_whole(key, 5)
    assert seen.typed and len(seen.messages) == 1
    assert (seen.messages[0].body, seen.messages[0].properties) == (body, properties)
    assert holds(channel, "q", 1)
    method, _, _ = channel.basic_get("q")
    assert method is not None and method.redelivered


def test_a_message_of_100_mb_is_looked_at_without_being_loaded(
    peeker: Peeker, channel: BlockingChannel, key: QueueKey, vhost: Profile, sandbox: LentBrokers
) -> None:
    channel.queue_declare("q", durable=True)
    size = 100 << 20
    with Publisher(vhost, sandbox.secrets) as publisher:
        if publisher.publish(Message("", "q", Properties(delivery_mode=1), b"x" * size)).kind != "confirmed":
            size = 15 << 20  # RabbitMQ 4 takes 16 MiB unless told otherwise
            publisher.publish(Message("", "q", Properties(delivery_mode=1), b"x" * size))
    (message,) = peeker.look(key).messages
    assert len(message.body) == 50_000 and message.body_size == size
    channel.queue_delete("q")


def test_a_quorum_queue_is_left_alone_before_its_limit(peeker: Peeker, channel: BlockingChannel, key: QueueKey) -> None:
    channel.queue_declare("q", durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 5})
    channel.basic_publish("", "q", b"precious")
    looks = 0
    with pytest.raises(Conflict, match="could lose messages"):
        for _ in range(10):
            assert holds(channel, "q", 1)
            seen = peeker.look(key)
            looks += len(seen.messages)
            assert bool(seen.next.refused) is (looks == 3)
    assert looks == 3
    assert holds(channel, "q", 1) and channel.basic_get("q", auto_ack=True)[2] == b"precious"


def test_a_low_limit_is_refused_at_once_and_says_what_to_do(
    peeker: Peeker, channel: BlockingChannel, key: QueueKey
) -> None:
    channel.queue_declare("q", durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 1})
    assert peeker.warning(key).refused
    for look in (peeker.look, peeker.look_whole):
        with pytest.raises(Conflict) as refused:
            look(key)
        assert "tap" in refused.value.remedy


def test_an_empty_queue_shows_nothing_and_a_missing_one_is_not_found(
    peeker: Peeker, channel: BlockingChannel, key: QueueKey
) -> None:
    channel.queue_declare("q", durable=True)
    assert peeker.look(key).messages == () == peeker.look_whole(key).messages
    with pytest.raises(NotFound):
        peeker.look(QueueKey(key.vhost, "gone"))
    for count in (0, 1_001):
        with pytest.raises(BadInput):
            peeker.look(key, count)
    with pytest.raises(BadInput):
        peeker.look(QueueKey(key.vhost, "a\nb"))
