"""The queue of a task that a worker holds: joined by exchange and routing key, and unknown where they do not join."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.rabbit.entities import Consumer, QueueKey
from broker_client.tasks.holders import Holder, holders, unplaced_words
from broker_client.tasks.origin_queue import held_with_queues

WORKER = "w1@h"
DELAY = "0." * 26 + "1.1."
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def consumed(queue: str, exchange: str, kind: str, key: str) -> dict[str, Any]:
    return {"name": queue, "exchange": {"name": exchange, "type": kind}, "routing_key": key, "bindings": []}


def bound_twice(queue: str) -> dict[str, Any]:
    bindings = [{"exchange": {"name": name, "type": "direct"}, "routing_key": "many"} for name in ("a", "b")]
    return {"name": queue, "exchange": None, "routing_key": "", "bindings": bindings}


QUEUES = [
    consumed("celery", "celery", "direct", "celery"),
    consumed("mailq", "mx", "direct", "mkey"),
    consumed("topical", "news", "topic", "sport.#"),
    consumed("copies", "all", "fanout", ""),
    consumed("first", "twice", "direct", "same"),
    consumed("second", "twice", "direct", "same"),
    consumed("picked", "heads", "headers", "x"),
    bound_twice("many-ways"),
]


def came(exchange: object, key: object) -> dict[str, Any]:
    return {"id": "t1", "name": "shop.mail", "delivery_info": {"exchange": exchange, "routing_key": key}}


@pytest.mark.parametrize(
    ("exchange", "key", "queue"),
    [
        ("", "anything", "anything"),
        ("celery", "celery", "celery"),
        ("mx", "mkey", "mailq"),
        ("news", "sport.ski", "topical"),
        ("all", "whatever", "copies"),
        ("b", "many", "many-ways"),
        ("celery_delayed_delivery", DELAY + "sport.ski", "topical"),
        ("mx", "other", None),
        ("dead", "mkey", None),
        ("twice", "same", None),
        ("heads", "x", None),
        (None, "mkey", None),
        ("mx", None, None),
    ],
)
def test_exchange_and_key_lead_to_one_queue_or_it_is_not_known(exchange: object, key: object, queue: str) -> None:
    for phase, item in (("active", came(exchange, key)), ("scheduled", {"eta": None, "request": came(exchange, key)})):
        (task,) = held_with_queues({phase: {WORKER: [item]}, "active_queues": {WORKER: QUEUES}})
        assert (task.id, task.phase, task.queue) == ("t1", phase, queue)


def test_each_worker_is_joined_by_its_own_queues_only() -> None:
    answers = {"active": {WORKER: [came("mx", "mkey")]}, "active_queues": {"w2@h": QUEUES}}
    (task,) = held_with_queues(answers)
    assert task.queue is None


@given(JSON, JSON)
def test_any_answer_is_read(tasks: Any, queues: Any) -> None:
    assert isinstance(held_with_queues({"active": {WORKER: tasks}, "active_queues": {WORKER: queues}}), tuple)


def holder_of(*tasks: dict[str, Any]) -> Holder:
    answers = {
        "active": {WORKER: list(tasks[:1])},
        "reserved": {WORKER: list(tasks[1:])},
        "active_queues": {WORKER: QUEUES},
    }
    consumers = [Consumer(QueueKey("/", name), name, "c1", "c1 (1)") for name in (f"{WORKER}.celery.pidbox", "mailq")]
    (holder,) = holders(consumers, {}, held_with_queues(answers), frozenset({WORKER}))
    return holder


def test_tasks_are_counted_for_the_queue_whose_key_is_not_its_name() -> None:
    holder = holder_of(came("mx", "mkey"), came("mx", "mkey"), came("", "celery"))
    assert (holder.running, holder.waiting, holder.unplaced) == (1, 1, 0)
    assert unplaced_words([holder]) == ""


def test_a_task_of_an_unknown_queue_makes_the_count_unknown_and_is_told() -> None:
    holder = holder_of(came("mx", "mkey"), came("dead", "mkey"))
    assert (holder.running, holder.waiting, holder.unplaced) == (1, None, 1)
    assert unplaced_words([holder, holder]).startswith("it is not known from which queue one task came")
    assert holder_of(came("dead", "x")).running is None
