"""Where a message really went, beside where it was said to go; and recorded messages published again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from broker_client.errors import BadInput
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.amqp_table import Timestamp
from broker_client.rabbit.management_writes import ManagementWrites
from broker_client.rabbit.message_file import Recorded
from broker_client.rabbit.message_replay import offsets_of, replay
from broker_client.rabbit.pika_properties import from_pika
from broker_client.rabbit.proof import Proof, publish_and_prove
from broker_client.rabbit.publisher import Publisher
from tests.brokers import LentBrokers
from tests.patient_connection import patient_connection
from tests.waiting import until

pytestmark = pytest.mark.live


@pytest.fixture
def channel(vhost: Profile, sandbox: LentBrokers) -> Iterator[BlockingChannel]:
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        for name in ("a", "b", "c"):
            channel.queue_declare(name, durable=True)
        channel.queue_bind("a", "amq.topic", "order.*")
        channel.queue_bind("b", "amq.topic", "#")
        yield channel


def test_prediction_and_proof_stand_side_by_side(
    vhost: Profile, sandbox: LentBrokers, channel: BlockingChannel
) -> None:
    place = vhost_of(vhost)
    properties = Properties(
        headers={"price": 1.25, "at": Timestamp(5), "l": [1, None]}, message_id="m", delivery_mode=2
    )
    message = Message("amq.topic", "order.new", properties, b"body")

    def traced(*predicted: str) -> Proof:
        """Published again when its trace came too late."""
        proofs: list[Proof] = []

        def told() -> bool:
            proofs.append(publish_and_prove(vhost, sandbox.secrets, place, message, predicted))
            return proofs[-1].by == "tracing"

        until(told, words="the broker's trace came in time")
        return proofs[-1]

    proof = traced("b", "a")
    assert (proof.actual, proof.agrees, proof.by) == (("a", "b"), True, "tracing")
    wrong = traced("a", "c")
    assert (wrong.missing, wrong.unexpected, wrong.agrees) == (("c",), ("b",), False)
    assert "not reached: c" in wrong.words and "not foreseen: b" in wrong.words
    directly = publish_and_prove(vhost, sandbox.secrets, place, Message("", "c", Properties(), b"x"), ["c"])
    assert (directly.actual, directly.words) == (("c",), "as predicted: c")
    nowhere = publish_and_prove(vhost, sandbox.secrets, place, Message("amq.direct", "k", Properties(), b"x"), [])
    assert (nowhere.outcome.kind, nowhere.actual) == ("returned", ())
    with closing(ManagementWrites(vhost, sandbox.secrets)) as client:
        assert not client.tracing(place)


def test_without_the_right_to_trace_it_is_proved_by_twins_of_the_queues(
    vhost: Profile, sandbox: LentBrokers, channel: BlockingChannel
) -> None:
    place = vhost_of(vhost)
    message = Message("amq.topic", "order.new", Properties(), b"body")
    with closing(ManagementWrites(vhost, sandbox.secrets)) as client:
        client._write("PUT", "/api/users/prover", {"password": "prover", "tags": "management"})
        rights = {"configure": ".*", "write": ".*", "read": ".*"}
        client._write("PUT", f"/api/permissions/{place.replace('/', '%2F').replace('[', '%5B')}/prover", rights)
        plain = msgspec.structs.replace(vhost, username="prover")
        proof = publish_and_prove(plain, Secrets("prover"), place, message, ["a", "b"])
        assert (proof.actual, proof.by, proof.agrees) == (("a", "b"), "taps", True)
        until(lambda: {queue.name for queue in client.queues(place, detail=False)} == {"a", "b", "c"})
        other = Message("amq.topic", "else", Properties(), b"body")
        assert publish_and_prove(plain, Secrets("prover"), place, other, ["a"]).unexpected == ("b",)
        directly = publish_and_prove(plain, Secrets("prover"), place, Message("", "c", Properties(), b""), ["c"])
        assert (directly.actual, directly.by, directly.agrees) == (("c",), "outcome", True)
        nowhere = publish_and_prove(plain, Secrets("prover"), place, Message("", "gone", Properties(), b""), ["gone"])
        assert (nowhere.actual, nowhere.by, nowhere.agrees) == ((), "outcome", False)
        client._write("DELETE", "/api/users/prover", {})
    quiet = publish_and_prove(vhost, sandbox.secrets, place, message, trace=False)
    assert quiet.outcome.kind == "confirmed" and quiet.actual is None and "prediction" in quiet.words


def recorded(*times: float | None, **properties: object) -> list[Recorded]:
    made = Properties(**properties)  # type: ignore[arg-type]
    return [Recorded(Message("", "c", made, str(n).encode()), at, n + 1) for n, at in enumerate(times)]


def test_recorded_messages_keep_their_times_at_any_speed() -> None:
    assert offsets_of(recorded(10.0, 11.0, None, 10.5, 14.0), 2.0) == (0.0, 0.5, 0.5, 0.5, 2.0)
    assert offsets_of(recorded(10.0, 11.0), None) == (0.0, 0.0)


def test_recorded_messages_are_published_again(vhost: Profile, sandbox: LentBrokers, channel: BlockingChannel) -> None:
    headers = {"keep": 1.25, "x-death": [{"queue": "q"}], "x-first-death-queue": "q"}
    with Publisher(vhost, sandbox.secrets) as publisher:
        counts = replay(publisher, recorded(1.0, 1.2, 1.4, headers=headers, user_id="gone"), speed=1.0)
        assert (counts.confirmed, counts.unknown) == (3, 0) and counts.elapsed_s >= 0.4
        fast = replay(publisher, recorded(1.0, 100.0), speed=None, exchange="amq.topic", routing_key="order.x")
        assert fast.confirmed == 2 and fast.elapsed_s < 60
        stop = threading.Event()
        threading.Timer(0.2, stop.set).start()
        stopped = replay(publisher, recorded(1.0, 1000.0), speed=1.0, stop=stop)
        assert (stopped.sent, stopped.words) == (1, "stopped")
        with pytest.raises(BadInput, match="line 1"):
            replay(publisher, [Recorded(Message("", "c", Properties(), b"x", body_size=9), None, 1)])
        with pytest.raises(BadInput, match="speed"):
            replay(publisher, recorded(1.0), speed=0.0)
    method, properties, body = channel.basic_get("c", auto_ack=True)
    assert method is not None and body == b"0"
    assert from_pika(properties) == Properties(headers={"keep": 1.25})
