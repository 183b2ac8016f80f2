"""Workers' answers, well-formed and odd."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from broker_client.tasks.inspection import HeldTask, read_replies
from broker_client.tasks.pidbox import read_reply

REQUEST = {
    "id": "t1",
    "name": "shop.add",
    "args": [2, "ü"],
    "kwargs": {"k": None},
    "time_start": 1_790_000_000.5,
    "delivery_info": {"exchange": "", "routing_key": "celery", "priority": 0, "redelivered": False},
}
STATS = {
    "total": {"shop.add": 40, "shop.mail": 2},
    "pid": 99,
    "uptime": 60,
    "prefetch_count": 16,
    "pool": {"implementation": "celery.concurrency.prefork:TaskPool", "max-concurrency": 4},
}


def test_answers_of_a_worker_become_facts() -> None:
    replies: dict[str, dict[str, Any]] = {
        "active": {"w1": [REQUEST]},
        "reserved": {"w1": []},
        "scheduled": {"w1": [{"eta": "2026-11-23T07:51:01+00:00", "priority": 6, "request": {**REQUEST, "id": "t2"}}]},
        "stats": {"w1": STATS},
        "active_queues": {"w1": [{"name": "celery"}, {"name": "mail"}]},
    }
    inspection = read_replies(replies, 5.0)
    (worker,) = inspection.workers
    assert (worker.pool, worker.slots, worker.processed, worker.active, worker.reserved) == ("prefork", 4, 42, 1, 1)
    assert worker.queues == ("celery", "mail")
    active, scheduled = inspection.held
    assert active == HeldTask(
        "t1", "w1", "active", "shop.add", '[2, "ü"]', '{"k": null}', 1_790_000_000.5, None, "celery"
    )
    assert (scheduled.id, scheduled.phase, scheduled.eta is not None) == ("t2", "scheduled", True)


def test_a_worker_that_answers_only_some_questions_is_still_listed() -> None:
    (worker,) = read_replies({"stats": {}, "active": {"w1": []}}, 5.0).workers
    assert (worker.name, worker.active, worker.pool, worker.queues) == ("w1", 0, None, None)


def test_replies_that_are_no_replies_are_empty() -> None:
    for body in (b"", b"[1]", b"{", b"[" * 9000, b"\xff"):
        assert read_reply(body) == {}
    assert read_reply(b'{"w1": NaN}').keys() == {"w1"}


_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text() | st.sampled_from([*REQUEST, *STATS, "request", "eta"]), inner, max_size=4)
    ),
    max_leaves=8,
)
_methods = st.sampled_from(["active", "reserved", "scheduled", "stats", "active_queues"])


@given(st.dictionaries(_methods, st.dictionaries(st.text(max_size=5), _json, max_size=3)))
def test_any_answers_become_facts(replies: dict[str, dict[str, Any]]) -> None:
    sent = {method: json.loads(json.dumps(answers)) for method, answers in replies.items()}
    inspection = read_replies(sent, 5.0)
    assert {worker.name for worker in inspection.workers} <= {
        name.encode("utf-8", "backslashreplace").decode() for answers in replies.values() for name in answers
    }
