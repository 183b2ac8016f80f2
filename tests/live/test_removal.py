"""Deleting and purging on a real broker, with the messages kept first, and the way back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pika
import pytest

from broker_client.errors import BadInput, BrokerError, NotFound
from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_message import Properties
from broker_client.rabbit.changes import DeleteExchange, DeleteQueue, PurgeQueue
from broker_client.rabbit.drain import drain
from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.message_filter import MessageFilter
from broker_client.rabbit.removal import Picture, Removal, picture_of, remove, undo
from broker_client.rabbit.transfer import Wishes
from broker_client.rabbit.vault import Vault
from tests.brokers import LentBrokers
from tests.live.message_store import MessageStore

pytestmark = pytest.mark.live


@pytest.fixture
def store(vhost: Profile, sandbox: LentBrokers) -> Iterator[MessageStore]:
    with closing(MessageStore(vhost, sandbox.secrets)) as store:
        yield store


def picture(vhost: Profile, sandbox: LentBrokers, change: Removal) -> Picture:
    with closing(ManagementClient(vhost, sandbox.secrets)) as client:
        return picture_of(client, change)


def test_a_deleted_queue_comes_back_with_its_bindings_and_messages(
    vhost: Profile, sandbox: LentBrokers, store: MessageStore, tmp_path: Path
) -> None:
    store.declare("gone", x_max_length=500)
    store.channel.exchange_declare("topic", "topic")
    store.channel.queue_bind("gone", "topic", "a.#", {"why": 1.5})
    bodies = store.put("gone", 120, Properties(headers={"f": 2.5}, message_id="m"))
    change = DeleteQueue(QueueKey(vhost_of(vhost), "gone"))
    seen = picture(vhost, sandbox, change)
    removed = remove(vhost, sandbox.secrets, seen, tmp_path)
    assert (removed.kept, removed.gone) == (120, 0)
    with pytest.raises(NotFound):
        picture(vhost, sandbox, change)

    undone = undo(vhost, sandbox.secrets, removed)
    assert undone.restored is not None and undone.restored.confirmed == 120
    found = store.take("gone")
    assert [message.body for message in found] == bodies
    assert {(m.properties.message_id, (m.properties.headers or {})["f"]) for m in found} == {("m", 2.5)}
    assert picture(vhost, sandbox, change).undo == seen.undo
    again = undo(vhost, sandbox.secrets, removed)
    assert again.restored is not None and again.restored.confirmed == 0


def test_a_deleted_exchange_comes_back_with_its_bindings(
    vhost: Profile, sandbox: LentBrokers, store: MessageStore
) -> None:
    store.declare("q")
    store.channel.exchange_declare("first", "topic")
    store.channel.exchange_declare("second", "headers", durable=True)
    store.channel.exchange_bind("second", "first", "x.*")
    store.channel.queue_bind("q", "second", "", {"x-match": "any", "kind": "a"})
    change = DeleteExchange(ExchangeKey(vhost_of(vhost), "second"))
    seen = picture(vhost, sandbox, change)
    removed = remove(vhost, sandbox.secrets, seen)
    assert undo(vhost, sandbox.secrets, removed).declared == 3
    assert set(map(repr, picture(vhost, sandbox, change).undo)) == set(map(repr, seen.undo))
    store.channel.basic_publish("first", "x.y", b"", pika.BasicProperties(headers={"kind": "a"}), mandatory=True)
    assert len(store.take("q")) == 1


def test_a_purge_keeps_the_messages_when_asked_and_puts_them_back(
    vhost: Profile, sandbox: LentBrokers, store: MessageStore, tmp_path: Path
) -> None:
    store.declare("full", kind="quorum")
    bodies = store.put("full", 30)
    change = PurgeQueue(QueueKey(vhost_of(vhost), "full"))
    removed = remove(vhost, sandbox.secrets, picture(vhost, sandbox, change), tmp_path)
    assert (removed.kept, store.depth("full")) == (30, 0)
    undo(vhost, sandbox.secrets, removed)
    assert store.bodies("full") == bodies
    store.put("full", 5)
    assert remove(vhost, sandbox.secrets, picture(vhost, sandbox, change)).gone == 5


def test_a_queue_that_is_not_empty_or_is_used_stays_when_that_was_asked(
    vhost: Profile, sandbox: LentBrokers, store: MessageStore
) -> None:
    store.declare("busy")
    store.put("busy", 1)
    key = QueueKey(vhost_of(vhost), "busy")
    for change in (DeleteQueue(key, if_empty=True), DeleteQueue(key, if_unused=True)):
        if change.if_unused:
            store.channel.basic_consume("busy", lambda *_: None)
        with pytest.raises(BrokerError):
            remove(vhost, sandbox.secrets, picture(vhost, sandbox, change))
    store.channel.queue_declare("busy", passive=True)


def test_chosen_messages_are_deleted_and_the_others_stay(
    vhost: Profile, sandbox: LentBrokers, store: MessageStore, tmp_path: Path
) -> None:
    store.declare("some")
    bodies = store.put("some", 50)
    key = QueueKey(vhost_of(vhost), "some")
    with Vault.create(tmp_path, {}) as vault:
        drained = drain(vhost, sandbox.secrets, key, vault, Wishes(MessageFilter("id=*3")))
        assert (drained.taken, drained.skipped, vault.count()) == (5, 45, 5)
    assert store.bodies("some", 45) == [body for number, body in enumerate(bodies) if number % 10 != 3]


def test_a_drain_that_its_own_work_held_up_for_long_takes_the_rest_too(
    vhost: Profile, sandbox: LentBrokers, store: MessageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.declare("large")
    store.put("large", 30, size_bytes=200_000)
    busy_s = 0.0

    def slowly(_message: object) -> bool:
        nonlocal busy_s
        busy_s += 10.0
        return True

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + busy_s)
    monkeypatch.setattr("broker_client.rabbit.drain.time", clock)
    drained = drain(vhost, sandbox.secrets, QueueKey(vhost_of(vhost), "large"), None, Wishes(slowly))
    assert (drained.total, drained.taken, drained.trouble) == (30, 30, None)


def test_there_is_no_way_back_for_what_the_broker_reserves(
    vhost: Profile, sandbox: LentBrokers, store: MessageStore
) -> None:
    name = store.channel.queue_declare("").method.queue
    removed = remove(vhost, sandbox.secrets, picture(vhost, sandbox, DeleteQueue(QueueKey(vhost_of(vhost), name))))
    with pytest.raises(BadInput, match="reserved"):
        undo(vhost, sandbox.secrets, removed)
