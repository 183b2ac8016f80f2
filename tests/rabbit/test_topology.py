"""What only the whole picture shows."""

from __future__ import annotations

from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, Queue, QueueKey
from broker_client.rabbit.topology import Topology, dead_letter_queues


def bound(source: str, destination: str, kind: str = "queue") -> Binding:
    return Binding("/", source, destination, kind, "#")


ORDERS = Queue("/", "orders", arguments={"x-dead-letter-exchange": "dlx"})
MAILS = Queue("/", "mails", effective_policy={"dead-letter-exchange": "", "dead-letter-routing-key": "mails.dead"})
LOST = Queue("/", "lost", arguments={"x-dead-letter-exchange": "nowhere"})
QUEUES = (ORDERS, MAILS, LOST, Queue("/", "dead"), Queue("/", "mails.dead"))
EXCHANGES = (Exchange("/", "dlx", "topic"), Exchange("/", "fan", "fanout"), Exchange("/", "idle", "direct"))
BINDINGS = (bound("dlx", "fan", "exchange"), bound("fan", "dead"), bound("fan", "dlx", "exchange"))


def test_dead_letter_queues_are_found_through_exchanges_and_by_name() -> None:
    assert dead_letter_queues(QUEUES, BINDINGS) == {QueueKey("/", "dead"), QueueKey("/", "mails.dead")}


def test_exchanges_bound_in_a_circle_are_walked_once() -> None:
    topology = Topology(QUEUES, EXCHANGES, BINDINGS)
    assert topology.reached_from(ExchangeKey("/", "dlx")) == {QueueKey("/", "dead")}


def test_dead_letters_to_nowhere_and_exchanges_to_nowhere_are_named() -> None:
    topology = Topology(QUEUES, EXCHANGES, BINDINGS)
    assert QueueKey("/", "lost") in topology.dead_letters_to_nowhere()
    assert QueueKey("/", "orders") not in topology.dead_letters_to_nowhere()
    assert topology.exchanges_to_nowhere() == (ExchangeKey("/", "idle"),)


def test_bindings_are_found_from_both_ends() -> None:
    topology = Topology(QUEUES, EXCHANGES, BINDINGS)
    assert len(topology.leaving(ExchangeKey("/", "fan"))) == 2
    assert [binding.source for binding in topology.arriving(QueueKey("/", "dead"))] == ["fan"]
