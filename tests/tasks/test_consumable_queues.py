"""Which queues a worker may be told to consume: those that Celery can declare anew without a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from broker_client.rabbit.entities import Exchange, Queue
from broker_client.tasks.consumable_queues import default_priority, is_offered, own_queues, why_not_consumed

PLAIN: dict[str, Any] = {"durable": True, "exclusive": False, "auto_delete": False}


def queue(name: str = "mail", **told: Any) -> Queue:
    return Queue("/", name, **{**PLAIN, **told})


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (queue(type="quorum", arguments={"x-queue-type": "quorum"}), "it is a quorum queue"),
        (queue(type="stream"), "it is a stream queue"),
        (queue(arguments={"x-max-priority": 5}), "it has x-max-priority"),
        (queue(exclusive=True), "it is exclusive: one connection alone may use it"),
        (queue(durable=False), "it is not durable"),
        (queue(auto_delete=True), "it deletes itself when nobody consumes it any more"),
        (queue("w2@h.celery.pidbox"), "Celery itself talks to workers through it; no tasks come in there"),
        (queue("celeryev.1234"), "Celery itself talks to workers through it; no tasks come in there"),
        (queue("amq.gen-1"), "names that begin with “amq.” are the broker's own"),
    ],
)
def test_a_queue_that_celery_would_declare_otherwise_is_refused_and_not_offered(there: Queue, why: str) -> None:
    assert why_not_consumed(there.name, there, None) == why
    assert not is_offered(there, None)


@pytest.mark.parametrize("there", [queue(), queue(arguments={"x-queue-type": "classic"})])
def test_a_plain_queue_is_offered(there: Queue) -> None:
    assert why_not_consumed(there.name, there, None) == "" and is_offered(there, None)


def test_a_name_that_is_not_there_yet_may_be_typed() -> None:
    assert why_not_consumed("new", None, None) == ""


def test_a_queue_of_which_only_the_name_is_known_is_not_offered_and_not_refused() -> None:
    unsure = Queue("/", "mail")
    assert why_not_consumed("mail", unsure, None) == "" and not is_offered(unsure, None)


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange("/", "mail", "topic", durable=True),
        Exchange("/", "mail", "direct", durable=False),
        Exchange("/", "mail", "direct", durable=True, internal=True),
    ],
)
def test_an_exchange_of_the_same_name_must_be_one_that_celery_can_declare(exchange: Exchange) -> None:
    assert "the exchange of the same name" in why_not_consumed("mail", queue(), exchange)
    assert "the exchange of the same name" in why_not_consumed("mail", None, exchange)
    assert why_not_consumed("mail", queue(), Exchange("/", "mail", "direct", durable=True)) == ""


def test_a_worker_that_gives_every_queue_a_priority_needs_queues_that_have_it() -> None:
    assert why_not_consumed("mail", queue(arguments={"x-max-priority": 5}), None, 5) == ""
    assert why_not_consumed("mail", queue(arguments={"x-max-priority": 5}), None, 9) == "it has x-max-priority"
    assert "task_queue_max_priority is 5" in why_not_consumed("mail", queue(), None, 5)


def test_a_workers_own_queues_are_those_it_consumes_and_those_its_configuration_names() -> None:
    active = [{"name": "celery"}, {"no": "name"}, 7]
    assert own_queues(active, {"task_queues": [{"name": "fast"}, "<Queue slow>", []]}) == {
        "celery",
        "fast",
        "<Queue slow>",
    }
    assert own_queues(None, {"task_queues": {"fast": {"exchange": "fast"}}}) == {"fast"}
    assert own_queues("no", {"error": "x"}) == own_queues(None, None) == frozenset()
    assert default_priority({"task_queue_max_priority": 5}) == 5
    assert default_priority({"task_queue_max_priority": True}) is default_priority(None) is None
