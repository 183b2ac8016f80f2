"""Publishing to a real broker: every outcome, one message and many."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from broker_client.errors import BadInput, LoginRefused, Unreachable
from broker_client.lab.sandbox import Sandbox
from broker_client.lab.wire import Wire
from broker_client.profile import Profile, Secrets, with_vhost
from broker_client.rabbit.amqp import DepthProbe, vhost_of
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.amqp_table import Timestamp
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.pika_properties import from_pika
from broker_client.rabbit.placeholders import MessageTemplate
from broker_client.rabbit.publisher import Publisher, StreamCounts
from broker_client.rabbit.tcp_door import address_of
from tests.brokers import LentBrokers
from tests.live.broker_alarm import memory_alarm
from tests.patient_connection import patient_connection
from tests.waiting import until

pytestmark = pytest.mark.live


@pytest.fixture
def channel(vhost: Profile, sandbox: LentBrokers) -> Iterator[BlockingChannel]:
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        yield connection.channel()


@pytest.fixture
def publisher(vhost: Profile, sandbox: LentBrokers) -> Iterator[Publisher]:
    with Publisher(vhost, sandbox.secrets) as publisher:
        yield publisher


def to_queue(name: str, body: bytes = b"x", **properties: Any) -> Message:
    return Message("", name, Properties(**properties), body)


def test_each_outcome_is_told(publisher: Publisher, channel: BlockingChannel) -> None:
    channel.queue_declare("q", durable=True)
    channel.queue_declare("full", durable=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    assert publisher.publish(to_queue("q")).kind == "confirmed"
    returned = publisher.publish(to_queue("nowhere"))
    assert (returned.kind, returned.reply_code) == ("returned", 312)
    assert publisher.publish(to_queue("nowhere"), mandatory=False).kind == "confirmed"
    assert [publisher.publish(to_queue("full")).kind for _ in range(3)][-1] == "nacked"
    refused = publisher.publish(Message("no such", "k", Properties(), b"x"))
    assert (refused.kind, refused.reply_code) == ("refused", 404) and "does not exist" in refused.words
    assert publisher.publish(to_queue("q")).kind == "confirmed"
    foreign = publisher.publish(to_queue("q", user_id="somebody else"))
    assert (foreign.kind, foreign.reply_code) == ("refused", 406)


def test_a_message_arrives_as_it_was_given(publisher: Publisher, channel: BlockingChannel) -> None:
    channel.queue_declare("q", durable=True)
    deep: Any = 1.25
    for _ in range(45):
        deep = {"d": [deep]}
    headers = {"f": 1.25, "deep": deep, "at": Timestamp(5), "d": Decimal("1.50"), "b": b"\0\xff", "n": None}
    sent = to_queue("q", bytes(range(256)), headers=headers, priority=3, timestamp=1_700_000_000, type="t")
    assert publisher.publish(sent).kind == "confirmed"
    _, properties, body = channel.basic_get("q", auto_ack=True)
    assert (from_pika(properties), body) == (sent.properties, sent.body)


def test_a_message_of_100_mb_is_published_or_refused_in_words(publisher: Publisher, channel: BlockingChannel) -> None:
    channel.queue_declare("q", durable=True)
    outcome = publisher.publish(to_queue("q", b"x" * (100 << 20), delivery_mode=1))
    assert outcome.kind in ("confirmed", "refused"), outcome
    assert outcome.kind == "confirmed" or "size" in outcome.words
    channel.queue_delete("q")


@pytest.mark.parametrize(
    "message",
    [
        Message("e" * 256, "k", Properties(), b""),
        Message("e\n", "k", Properties(), b""),
        Message("", "k\0", Properties(), b""),
        Message("", "ü" * 128, Properties(), b""),
        to_queue("q", headers={"h": object()}),
        to_queue("q", headers={"k" * 256: 1}),
        to_queue("q", headers={"h": "x" * 200_000}),
        to_queue("q", priority=256),
        to_queue("q", expiration="soon"),
        to_queue("q", message_id="x" * 256),
        Message("", "q", Properties(), b"part", body_size=100),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is_sent(publisher: Publisher, message: Message) -> None:
    with pytest.raises(BadInput):
        publisher.publish(message)


def test_nothing_reachable_is_an_error_and_not_an_unknown() -> None:
    with pytest.raises(Unreachable), Publisher(Profile("x", "amqp://127.0.0.1:1/"), Secrets()) as publisher:
        publisher.publish(to_queue("q"))


def test_a_wrong_password_is_an_error(vhost: Profile) -> None:
    with pytest.raises(LoginRefused), Publisher(vhost, Secrets("wrong")) as publisher:
        publisher.publish(to_queue("q"))


def test_many_messages_are_counted_live_and_arrive_in_order(publisher: Publisher, channel: BlockingChannel) -> None:
    channel.queue_declare("q", durable=True)
    seen: list[StreamCounts] = []
    template = MessageTemplate(to_queue("q", b"{{counter}}"))
    counts = publisher.stream(template, 2_000, progress=seen.append)
    assert (counts.sent, counts.confirmed, counts.waiting, counts.unknown) == (2_000, 2_000, 0, 0)
    assert counts.finished and seen[-1] == counts
    assert all(one.confirmed + one.waiting == one.sent for one in seen)
    bodies = [channel.basic_get("q", auto_ack=True)[2] for _ in range(2_000)]
    assert bodies == [str(number).encode() for number in range(1, 2_001)]


def test_a_stream_counts_what_is_returned_and_nacked(publisher: Publisher, channel: BlockingChannel) -> None:
    channel.queue_declare("here", durable=True, arguments={"x-max-length": 10, "x-overflow": "reject-publish"})
    rows = [{"q": "here"}, {"q": "nowhere"}]
    counts = publisher.stream(MessageTemplate(to_queue("{{csv:q}}"), ("q",)), 100, rows=rows)
    assert (counts.sent, counts.returned, counts.unknown) == (100, 50, 0)
    assert counts.confirmed + counts.nacked == 50 and counts.confirmed >= 10


def test_a_stream_keeps_its_rate_and_stops_when_told(publisher: Publisher, channel: BlockingChannel) -> None:
    channel.queue_declare("q", durable=True)
    stop = threading.Event()

    def stop_after_some(counts: StreamCounts) -> None:
        if counts.sent > 30:
            stop.set()

    template = MessageTemplate(to_queue("q"))
    counts = publisher.stream(template, 10_000, rate_per_s=100, stop=stop, progress=stop_after_some)
    assert 30 < counts.sent <= counts.elapsed_s * 100 + 1 and counts.confirmed == counts.sent
    assert counts.words == "stopped" and counts.finished


def test_a_stream_to_nowhere_stops_after_its_first_message(publisher: Publisher) -> None:
    counts = publisher.stream(MessageTemplate(Message("gone", "k", Properties(), b"")), 1_000)
    assert (counts.sent, counts.refused) == (1, 1) and "does not exist" in counts.words


def test_a_message_that_cannot_be_made_ends_the_stream_and_the_rest_is_known(
    publisher: Publisher, channel: BlockingChannel
) -> None:
    channel.queue_declare("q", durable=True)
    rows = [{"id": "a"}, {"id": "b"}, {"id": "x" * 300}]
    counts = publisher.stream(MessageTemplate(to_queue("q", message_id="{{csv:id}}"), ("id",)), 100, rows=rows)
    assert (counts.sent, counts.confirmed, counts.unknown) == (2, 2, 0) and "too long" in counts.words


def test_a_connection_that_falls_silent_leaves_an_unknown(
    vhost: Profile, sandbox: LentBrokers, channel: BlockingChannel
) -> None:
    channel.queue_declare("q", durable=True)
    with Wire(address_of(vhost.amqp_url).port) as wire:
        through = msgspec.structs.replace(vhost, amqp_url=f"amqp://127.0.0.1:{wire.port}/")
        through = with_vhost(through, vhost_of(vhost))
        with Publisher(through, sandbox.secrets, deadline_s=0.5) as publisher:
            until(lambda: publisher.publish(to_queue("q")).kind == "confirmed")
            wire.blackhole()
            outcome = publisher.publish(to_queue("q"))
            assert outcome.kind == "unknown" and "may have been taken" in outcome.words
            wire.mend()
            until(lambda: publisher.publish(to_queue("q")).kind == "confirmed")


@pytest.mark.slow
def test_an_alarm_leaves_an_unknown_that_may_be_delivered_later(own_sandbox: Sandbox) -> None:
    with closing(patient_connection(own_sandbox.profile, own_sandbox.secrets)) as connection:
        connection.channel().queue_declare("kept", durable=True)
    with memory_alarm(own_sandbox), Publisher(own_sandbox.profile, own_sandbox.secrets, deadline_s=2.0) as publisher:
        outcome = publisher.publish(to_queue("kept"))
        assert outcome.kind == "unknown" and "stopped all publishers" in outcome.words
        counts = publisher.stream(MessageTemplate(to_queue("kept")), 10)
        assert (counts.sent, counts.unknown) == (1, 1)
    with closing(DepthProbe(own_sandbox.profile, own_sandbox.secrets)) as probe:
        (depth,) = probe.probe([QueueKey("/", "kept")])
    assert depth.ready in (0, 1, 2), "whether the broker still read them from a closed connection is up to it"
