"""Exactly the chosen messages: told apart by what they are, taken off, moved; the others stay in their order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from broker_client.ledger import Ledger
from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.amqp_table import SingleFloat, SizedInt, Timestamp
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.moved_message import identity_of_message
from broker_client.rabbit.peek import Peeker
from broker_client.rabbit.publisher import Publisher
from broker_client.rabbit.removal import delete_messages
from broker_client.rabbit.transfer import transfer
from broker_client.rabbit.transfer_plan import to_queue
from tests.brokers import LentBrokers
from tests.live.message_store import MessageStore

pytestmark = pytest.mark.live
HEADERS = {
    "z": 1.25,
    "a": SingleFloat(0.5),
    "byte": SizedInt(7, "b"),
    "at": Timestamp(1_700_000_000),
    "money": Decimal("1.50"),
    "raw": b"\xff\x00",
    "void": None,
    "deep": {"list": [1, {"x": 2.5}], "text": "ü"},
}


@pytest.fixture(params=["classic", "quorum"])
def store(request: pytest.FixtureRequest, vhost: Profile, sandbox: LentBrokers) -> Iterator[MessageStore]:
    with closing(MessageStore(vhost, sandbox.secrets)) as store:
        store.declare("q", kind=request.param)
        store.declare("other")
        yield store


def fill(vhost: Profile, sandbox: LentBrokers) -> None:
    with Publisher(vhost, sandbox.secrets) as publisher:
        for number in range(8):
            made = Properties(message_id=str(number), headers=HEADERS, delivery_mode=2)
            assert publisher.publish(Message("", "q", made, f"body {number}".encode())).kind == "confirmed"


def ids(vhost: Profile, sandbox: LentBrokers, queue: str) -> list[str]:
    seen = Peeker(vhost, sandbox.secrets).look(QueueKey(vhost_of(vhost), queue), 50)
    return [message.properties.message_id or "" for message in seen.messages]


def chosen_of(vhost: Profile, sandbox: LentBrokers, key: QueueKey, *wanted: str) -> tuple[str, ...]:
    seen = Peeker(vhost, sandbox.secrets).look_whole(key, 8)
    return tuple(
        identity_of_message(message).hex() for message in seen.messages if message.properties.message_id in wanted
    )


def test_chosen_messages_are_deleted_into_a_vault(
    store: MessageStore, vhost: Profile, sandbox: LentBrokers, tmp_path: Path
) -> None:
    key = QueueKey(vhost_of(vhost), "q")
    fill(vhost, sandbox)
    chosen = chosen_of(vhost, sandbox, key, "2", "5")
    assert len(chosen) == 2 and store.holds("q", 8)
    drained, vault = delete_messages(vhost, sandbox.secrets, key, frozenset(chosen), tmp_path)
    assert drained.taken == 2 and Path(vault).exists() and store.holds("q", 6)
    assert sorted(ids(vhost, sandbox, "q")) == ["0", "1", "3", "4", "6", "7"] and store.holds("q", 6)
    again, _ = delete_messages(vhost, sandbox.secrets, key, frozenset(chosen))
    assert again.taken == 0


def test_chosen_messages_are_moved(store: MessageStore, vhost: Profile, sandbox: LentBrokers, tmp_path: Path) -> None:
    key = QueueKey(vhost_of(vhost), "q")
    fill(vhost, sandbox)
    chosen = chosen_of(vhost, sandbox, key, "0", "7")
    assert store.holds("q", 8)
    receipt = transfer(vhost, sandbox.secrets, Ledger(tmp_path), to_queue(key, "other", chosen=chosen))
    assert receipt.ended == "done" and receipt.confirmed == 2 and store.holds("q", 6)
    assert ids(vhost, sandbox, "other") == ["0", "7"]
    assert sorted(ids(vhost, sandbox, "q")) == ["1", "2", "3", "4", "5", "6"]
