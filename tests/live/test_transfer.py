"""Moving and copying on a real broker: nothing is lost, nothing is changed, and what stops a transfer is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pika.exceptions import NackError

from broker_client.errors import BadInput, NotFound
from broker_client.ledger import Ledger
from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.amqp_table import SingleFloat, SizedInt, Timestamp, encode_table
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.message_filter import MessageFilter
from broker_client.rabbit.transfer import ALL, Wishes, transfer
from broker_client.rabbit.transfer_plan import Progress, Receipt, TransferPlan, to_exchange, to_queue
from broker_client.rabbit.transfer_preview import preview
from tests.brokers import LentBrokers
from tests.live.message_store import MessageStore

pytestmark = pytest.mark.live
KINDS = ("classic", "quorum")
EVERY_TYPE: dict[str, Any] = {
    "double": 1.25,
    "single": SingleFloat(0.1),
    "long": SizedInt(5, "l"),
    "int": 7,
    "huge": 2**40,
    "short": SizedInt(-3, "s"),
    "byte": SizedInt(1, "b"),
    "yes": True,
    "nothing": None,
    "decimal": Decimal("-1.50"),
    "time": Timestamp(1_700_000_000),
    "bytes": b"\0\xff",
    "text": "ü\u202e",
    "list": [1, 2.5, {"deep": [None, "x"]}],
    "table": {"a": 1.5},
}


@pytest.fixture
def store(vhost: Profile, sandbox: LentBrokers) -> Iterator[MessageStore]:
    store = MessageStore(vhost, sandbox.secrets)
    yield store
    store.close()


class Mover:
    """Transfers in the test's vhost."""

    def __init__(self, profile: Profile, sandbox: LentBrokers, folder: Path) -> None:
        self.profile = profile
        self.secrets = sandbox.secrets
        self.ledger = Ledger(folder)

    def queue(self, name: str) -> QueueKey:
        return QueueKey(vhost_of(self.profile), name)

    def run(self, plan: TransferPlan, wishes: Wishes = ALL, window: int = 1000) -> Receipt:
        return transfer(self.profile, self.secrets, self.ledger, plan, wishes, window)

    def to_queue(self, source: str, target: str, wishes: Wishes = ALL, **options: Any) -> Receipt:
        return self.run(to_queue(self.queue(source), target, **options), wishes)


@pytest.fixture
def mover(vhost: Profile, sandbox: LentBrokers, tmp_path: Path) -> Mover:
    return Mover(vhost, sandbox, tmp_path / "journals")


def counts(receipt: Receipt) -> tuple[str, int, int, int]:
    return receipt.ended, receipt.confirmed, receipt.skipped, receipt.refused


@pytest.mark.parametrize("kind", KINDS)
def test_all_messages_move_in_order_and_leave_no_journal(kind: str, store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to", kind=kind)
    bodies = store.put("from", 300)
    told: list[Progress] = []
    receipt = mover.run(to_queue(mover.queue("from"), "to"), Wishes(progress=told.append), window=50)
    assert counts(receipt) == ("done", 300, 0, 0)
    assert (receipt.total, receipt.operation, receipt.in_doubt) == (300, "", ())
    assert store.bodies("to") == bodies
    assert store.depth("from") == 0
    assert mover.ledger.unfinished() == ()


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_messages_move_and_no_other_is_touched(kind: str, store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to", kind=kind)
    bodies = store.put("from", 200)
    receipt = mover.run(to_queue(mover.queue("from"), "to", first=120), window=30)
    assert counts(receipt) == ("done", 120, 0, 0)
    assert store.bodies("to") == bodies[:120]
    rest = store.take("from", 80)
    assert [message.body for message in rest] == bodies[120:]
    assert not any(message.redelivered for message in rest)


@pytest.mark.parametrize("kind", KINDS)
def test_those_that_match_move_and_the_others_stay_in_order(kind: str, store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to", kind=kind)
    bodies = store.put("from", 200)
    wanted = MessageFilter("message_id=*7")
    receipt = mover.run(to_queue(mover.queue("from"), "to"), Wishes(wanted), window=20)
    assert counts(receipt) == ("done", 20, 180, 0)
    assert store.bodies("to") == [body for number, body in enumerate(bodies) if number % 10 == 7]
    assert store.bodies("from", 180) == [body for number, body in enumerate(bodies) if number % 10 != 7]


def test_a_limit_counts_those_that_match(store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to")
    store.put("from", 100)
    receipt = mover.to_queue("from", "to", Wishes(MessageFilter("id=*5")), first=3)
    assert (receipt.ended, receipt.confirmed) == ("done", 3)
    assert [message.properties.message_id for message in store.take("to")] == ["5", "15", "25"]
    assert store.holds("from", 97)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_leaves_the_source_as_it_was(kind: str, store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to", kind=kind)
    bodies = store.put("from", 150)
    receipt = mover.run(to_queue(mover.queue("from"), "to", copy=True), window=40)
    assert counts(receipt) == ("done", 150, 0, 0)
    assert store.bodies("to", 150) == store.bodies("from", 150) == bodies


def test_every_property_and_header_arrives_as_it_was(store: MessageStore, mover: Mover, vhost: Profile) -> None:
    store.declare("from", "to")
    sent = Properties(
        *("text/plain", "utf-8", EVERY_TYPE, 2, 4, "correlation", "reply", None, "id", 1_700_000_000),
        *("kind", vhost.username, "app", "cluster"),
    )
    store.put("from", 1, sent)
    assert mover.to_queue("from", "to").confirmed == 1
    (found,) = store.take("to")
    headers = found.properties.headers or {}
    assert found.properties == sent
    assert encode_table(headers) == encode_table({name: EVERY_TYPE[name] for name in headers})


def test_a_large_and_an_empty_body_arrive(store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to")
    bodies = [*store.put("from", 1, size_bytes=3_000_000), *store.put("from", 1, size_bytes=0)]
    assert mover.to_queue("from", "to").confirmed == 2
    assert store.bodies("to") == bodies


def test_an_exchange_gets_each_with_its_own_key_or_a_new_one(store: MessageStore, mover: Mover) -> None:
    store.declare("from", "a", "b")
    store.channel.exchange_declare("topic", "topic")
    store.channel.queue_bind("from", "topic", "in.#")
    for key in ("in.a", "in.b"):
        store.channel.basic_publish("topic", key, key.encode(), mandatory=True)
    store.channel.queue_unbind("from", "topic", "in.#")
    store.channel.queue_bind("a", "topic", "in.a")
    store.channel.queue_bind("b", "topic", "*.b")
    assert mover.run(to_exchange(mover.queue("from"), "topic")).confirmed == 2
    assert store.bodies("a") == [b"in.a"]
    assert [message.body for message in store.take("b")] == [b"in.b"]
    store.put("from", 2)
    assert mover.run(to_exchange(mover.queue("from"), "topic", "x.b")).confirmed == 2
    assert [message.routing_key for message in store.take("b")] == ["x.b", "x.b"]


def test_dead_letters_go_back_without_what_would_act_again(store: MessageStore, mover: Mover) -> None:
    store.declare("parked")
    store.declare("work", x_dead_letter_exchange="", x_dead_letter_routing_key="parked")
    store.put("work", 1, Properties(headers={"mine": 1.5, "CC": ["elsewhere"]}, expiration="60000", user_id=None))
    method, _, _ = store.channel.basic_get("work")
    assert method is not None
    store.channel.basic_reject(method.delivery_tag, requeue=False)
    assert store.holds("parked", 1)
    assert mover.to_queue("parked", "work").confirmed == 1
    (found,) = store.take("work")
    headers = found.properties.headers or {}
    assert set(headers) == {"mine", "x-redrive-history"}
    assert headers["mine"] == 1.5
    assert (
        '"rejected"' in headers["x-redrive-history"]
        and '"original-expiration": "60000"' in headers["x-redrive-history"]
    )


def test_an_expiration_does_not_run_again_unless_asked(store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to")
    store.put("from", 2, Properties(expiration="60000"))
    mover.to_queue("from", "to", first=1)
    mover.to_queue("from", "to", keep_expiration=True)
    first, second = store.take("to")
    assert first.properties == Properties(headers={"x-redrive-expiration": "60000"})
    assert second.properties == Properties(expiration="60000")


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_target_stops_the_transfer_and_the_source_keeps_the_rest(
    kind: str, store: MessageStore, mover: Mover
) -> None:
    store.declare("from", kind=kind)
    store.declare("to", kind=kind, x_max_length=50, x_overflow="reject-publish")
    bodies = store.put("from", 200)
    with suppress(NackError):
        store.put("to", 100)
    before = store.depth("to")
    receipt = mover.to_queue("from", "to")
    assert receipt.ended == "failed" and receipt.trouble is not None
    assert receipt.trouble.what == "the target refused the message"
    assert receipt.in_doubt == () and receipt.operation == ""
    there, here = store.bodies("to")[before:], store.bodies("from", 200 - receipt.confirmed)
    assert len(there) == receipt.confirmed
    assert sorted(there + here) == sorted(bodies)


def test_an_unroutable_message_stays_and_stops_the_transfer(store: MessageStore, mover: Mover) -> None:
    store.declare("from", "a")
    store.channel.exchange_declare("direct", "direct")
    store.channel.queue_bind("a", "direct", "other")
    bodies = store.put("from", 20)
    receipt = mover.run(to_exchange(mover.queue("from"), "direct"))
    assert receipt.trouble is not None and "NO_ROUTE" in receipt.trouble.why
    assert counts(receipt)[0] == "failed" and receipt.confirmed == 0 and receipt.operation == ""
    assert store.bodies("from", 20) == bodies


def test_a_target_that_is_not_there_is_said_before_anything_is_touched(store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to")
    store.put("from", 3)
    source, missing = mover.queue("from"), mover.queue("no")
    for plan in (to_queue(source, "no"), to_exchange(source, "no"), to_queue(missing, "to")):
        with pytest.raises(NotFound):
            mover.run(plan)
    for plan in (to_queue(source, "from"), to_queue(source, "a\nb"), to_queue(source, "to", first=0)):
        with pytest.raises(BadInput):
            mover.run(plan)
    assert not any(message.redelivered for message in store.take("from", 3))
    assert mover.ledger.unfinished() == ()


def test_a_transfer_that_is_told_to_stop_loses_nothing(store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to")
    bodies = store.put("from", 500)
    seen: list[Message] = []

    def wanted(message: Message) -> bool:
        seen.append(message)
        return True

    plan = to_queue(mover.queue("from"), "to")
    receipt = mover.run(plan, Wishes(wanted, should_stop=lambda: len(seen) >= 200), window=100)
    assert receipt.ended == "stopped" and 0 < receipt.confirmed < 500 and receipt.operation == ""
    assert store.bodies("to") + store.bodies("from", 500 - receipt.confirmed) == bodies


def test_a_target_that_vanishes_on_the_way_keeps_the_source(store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to")
    store.channel.exchange_declare("gone", "fanout")
    store.channel.queue_bind("to", "gone")
    bodies = store.put("from", 500)
    seen: list[Message] = []

    def wanted(message: Message) -> bool:
        seen.append(message)
        if len(seen) == 150:
            store.channel.exchange_delete("gone")
        return True

    receipt = mover.run(to_exchange(mover.queue("from"), "gone"), Wishes(wanted), window=50)
    assert receipt.ended == "failed" and receipt.trouble is not None
    assert "no exchange" in receipt.trouble.why
    there = store.bodies("to")
    here = store.bodies("from", 500 - len(there))
    assert set(there) | set(here) == set(bodies)
    doubtful = {doubt.label for doubt in receipt.in_doubt}
    assert len(set(there) & set(here)) <= len(doubtful)


def test_what_other_consumers_take_is_not_waited_for_without_end(store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to")
    store.put("from", 60)
    taken: list[bytes] = []
    seen: list[Message] = []

    def wanted(message: Message) -> bool:
        seen.append(message)
        if len(seen) == 1:
            taken.extend(store.bodies("from"))
        return True

    receipt = mover.run(to_queue(mover.queue("from"), "to"), Wishes(wanted), window=20)
    assert receipt.ended == "done"
    assert receipt.confirmed + len(taken) == 60


def test_an_empty_queue_is_moved_at_once(store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to")
    assert counts(mover.to_queue("from", "to")) == ("done", 0, 0, 0)


def test_a_preview_touches_nothing(store: MessageStore, mover: Mover) -> None:
    store.declare("from", "to")
    store.put("from", 7)
    assert preview(mover.profile, mover.secrets, to_queue(mover.queue("from"), "to")) == 7
    assert not any(message.redelivered for message in store.take("from"))
