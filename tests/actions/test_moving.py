"""What an earlier attempt has left behind, and moves that must not begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from broker_client.errors import BadInput
from broker_client.ledger import Ledger, State
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import broker_label
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.transfer_plan import to_queue
from dashboard.actions.jobs import Pulse
from dashboard.actions.looking import Looker
from dashboard.actions.moving import forget, move, source_of, target_words_of, unfinished, unfinished_words
from dashboard.actions.orders import Clients

PROFILE = Profile("p", amqp_url="amqp://me@127.0.0.1:1")
PLAN = to_queue(QueueKey("/", "dead"), "orders")


@pytest.fixture
def clients(tmp_path: Path) -> Clients:
    return Clients(PROFILE, Secrets(), tmp_path, tmp_path / "journals")


def leave_behind(clients: Clients, broker: str) -> None:
    """A journal as a crash leaves it: one message confirmed, one in doubt."""
    with Ledger(clients.journals).begin("transfer", PLAN.subject(broker)) as journal:
        journal.write([(1, b"a" * 16, "m-1"), (2, b"b" * 16, "m-2")])
        journal.write((), [(1, 1, State.CONFIRMED)])


def test_what_was_cut_short_on_this_broker_is_found_and_named(clients: Clients) -> None:
    leave_behind(clients, broker_label(PROFILE))
    leave_behind(clients, "another broker")
    (left,) = unfinished(clients)
    assert source_of(left) == PLAN.source and target_words_of(left) == "queue “orders”"
    assert unfinished_words(left) == "1 sent, 1 in doubt" and [item.label for item in left.in_doubt] == ["m-2"]
    forget(left, clients)
    assert unfinished(clients) == ()


def test_a_read_only_profile_moves_nothing(tmp_path: Path) -> None:
    locked = Clients(Profile("p", amqp_url="amqp://127.0.0.1:1", read_only=True), Secrets(), tmp_path, tmp_path)
    with pytest.raises(BadInput, match="nothing was moved"):
        move(PLAN, Looker(), locked, Pulse(lambda _words: None), lambda _progress: None)
