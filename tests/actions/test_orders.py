"""What a person decides is done on a real broker, told in words, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from broker_client.errors import BadInput, NotFound
from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.changes import Bind, Change, DeclareExchange, DeclareQueue, DeleteExchange, PurgeQueue
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from broker_client.rabbit.management import ManagementClient
from dashboard.actions.jobs import Err, Ok, Outcome
from dashboard.actions.orders import READ_ONLY, CarryOut, Clients, Done, Remove, fulfil, look
from tests.conftest import Brokers
from tests.live.message_store import MessageStore
from tests.page_stage import Stage

pytestmark = pytest.mark.live
SOON_MS = 30_000


@pytest.fixture
def stage(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(qapp, tmp_path)
    yield stage
    stage.close()


@pytest.fixture
def clients(vhost: Profile, sandbox: Brokers, tmp_path: Path) -> Clients:
    return Clients(vhost, sandbox.secrets, tmp_path, tmp_path)


def carry_out(clients: Clients, change: Change) -> Done:
    return fulfil(CarryOut(change), clients)


def exchanges(clients: Clients) -> set[str]:
    with closing(ManagementClient(clients.profile, clients.secrets)) as client:
        return {exchange.name for exchange in client.exchanges(vhost_of(clients.profile))}


def bindings(clients: Clients) -> set[tuple[str, str, str]]:
    with closing(ManagementClient(clients.profile, clients.secrets)) as client:
        found = client.bindings(vhost_of(clients.profile))
    return {(binding.source, binding.destination, binding.routing_key) for binding in found if binding.source}


def test_what_is_declared_and_bound_can_be_taken_back_step_by_step(clients: Clients) -> None:
    here = vhost_of(clients.profile)
    exchange, queue = ExchangeKey(here, "shop"), QueueKey(here, "orders")
    done = [
        carry_out(clients, DeclareExchange(exchange)),
        carry_out(clients, DeclareQueue(queue)),
        carry_out(clients, Bind(Binding(here, "shop", "orders", "queue", "order.#"))),
    ]
    assert done[0].title == "Exchange “shop” declared"
    assert ("shop", "orders", "order.#") in bindings(clients)
    for receipt in reversed(done):
        assert receipt.undo is not None
        fulfil(receipt.undo, clients)
    assert "shop" not in exchanges(clients) and not bindings(clients)


def test_what_was_there_already_is_not_taken_away_by_an_undo(clients: Clients) -> None:
    change = DeclareExchange(ExchangeKey(vhost_of(clients.profile), "shop"))
    carry_out(clients, change)
    again = carry_out(clients, change)
    assert again.undo is None and "already" in again.title


def test_a_purged_queue_gives_its_messages_back_when_they_were_kept(clients: Clients, sandbox: Brokers) -> None:
    with closing(MessageStore(clients.profile, sandbox.secrets)) as store:
        store.declare("full")
        store.put("full", 30)
        key = QueueKey(vhost_of(clients.profile), "full")
        receipt = fulfil(Remove(look((PurgeQueue(key),), clients), keep=True), clients)
        assert receipt.words == "30 messages are kept in a file." and receipt.undo is not None
        assert not store.take("full")
        assert fulfil(receipt.undo, clients).words == "30 of 30 messages went back."
        assert len(store.take("full")) == 30


def test_a_list_is_removed_as_far_as_it_goes_and_the_rest_is_told(clients: Clients) -> None:
    here = vhost_of(clients.profile)
    keys = [QueueKey(here, name) for name in ("a", "b", "c")]
    for key in keys:
        carry_out(clients, DeclareQueue(key))
    pictures = look(tuple(PurgeQueue(key) for key in keys), clients)
    missing = msgspec.structs.replace(pictures[1], change=PurgeQueue(QueueKey(here, "not there")))
    receipt = fulfil(Remove((pictures[0], missing, pictures[2])), clients)
    assert receipt.title == "1 of 3 queues purged" and receipt.tone == "warn"
    assert "not there" in receipt.words
    with pytest.raises(NotFound):
        fulfil(Remove((missing,)), clients)


def test_a_read_only_profile_changes_nothing(clients: Clients) -> None:
    locked = Clients(
        msgspec.structs.replace(clients.profile, read_only=True), clients.secrets, clients.vaults, clients.journals
    )
    with pytest.raises(BadInput, match="nothing was sent") as refusal:
        carry_out(locked, DeclareExchange(ExchangeKey(vhost_of(clients.profile), "never")))
    assert refusal.value.why == READ_ONLY
    assert "never" not in exchanges(clients)


def test_the_desk_tells_what_was_done_and_its_notice_undoes_it(
    stage: Stage, vhost: Profile, sandbox: Brokers, clients: Clients, qtbot: QtBot
) -> None:
    stage.connect(vhost, sandbox.secrets)
    heard: list[Outcome] = []
    key = ExchangeKey(vhost_of(vhost), "brief")
    stage.desk.perform(CarryOut(DeclareExchange(key)), heard.append)
    qtbot.waitUntil(lambda: bool(heard), timeout=SOON_MS)
    assert isinstance(heard[0], Ok) and stage.desk.undoable == "Exchange “brief” declared"
    told = stage.notices.recent[-1]
    assert told.offer == "Undo" and told.accept is not None
    told.accept()
    qtbot.waitUntil(lambda: stage.notices.recent[-1].title == "Exchange “brief” deleted", timeout=SOON_MS)
    assert "brief" not in exchanges(clients) and stage.desk.undoable == ""
    told.accept()
    assert stage.notices.recent[-1].title == "It cannot be undone any more"


def test_without_an_open_profile_the_desk_refuses(stage: Stage) -> None:
    heard: list[Outcome] = []
    stage.desk.look_at((DeleteExchange(ExchangeKey("/", "x")),), heard.append)
    assert isinstance(heard[0], Err) and stage.desk.why_not() == "Open a profile first."
