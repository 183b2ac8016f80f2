"""Whether a time limit that a worker took is kept there, and what holds where a task has none of its own."""

from __future__ import annotations

from typing import Any

import pytest

from broker_client.tasks.task_controls import TimeLimit
from broker_client.tasks.worker_controls import pool_kind

TOOK = {"ok": "time limits set successfully"}


def seen(command: TimeLimit, kind: str, timeouts: Any = None) -> str:
    """What the second look at a worker with this pool shows, whose task has just these limits."""
    told = f"shop.pay [soft_time_limit={command.soft_s} time_limit={command.hard_s}]"
    pool = {"implementation": f"celery.concurrency.{kind}:TaskPool", "timeouts": timeouts}
    return command.seen(TOOK, {}, {"registered": [told], "stats": {"pool": pool}})


@pytest.mark.parametrize(("kind", "name"), [("thread", "threads"), ("solo", "solo"), ("eventlet", "eventlet")])
def test_a_limit_that_a_pool_does_not_keep_is_not_called_done(kind: str, name: str) -> None:
    command = TimeLimit("shop.pay", 5.0, 9.0)
    assert seen(command, kind) == ""
    stats = {"pool": {"implementation": f"celery.concurrency.{kind}:TaskPool"}}
    assert f"its pool ({name}) does not keep time limits" in command.why_unseen(stats)


def test_a_pool_of_greenlets_keeps_the_hard_limit_alone() -> None:
    assert "keeps no soft limit" in seen(TimeLimit("shop.pay", 5.0, 9.0), "gevent")
    assert seen(TimeLimit("shop.pay", 5.0), "gevent") == ""


def test_where_a_task_has_no_limit_the_workers_own_is_said_to_hold() -> None:
    none = TimeLimit("shop.pay")
    assert seen(none, "prefork", [0, 3]) == "soft none, hard: the worker's own limit, 3 s, holds"
    assert seen(none, "prefork", [0, 0]) == "soft none, hard none"
    assert seen(none, "prefork") == "soft none of its own, hard none of its own"
    assert seen(TimeLimit("shop.pay", 5.0, 9.0), "prefork", [0, 3]) == "soft 5 s, hard 9 s"


def test_a_pool_of_another_make_is_taken_at_its_word() -> None:
    stats = {"pool": {"implementation": "shop.pools:Quick"}}
    assert (pool_kind(stats), TimeLimit("a").why_unseen(stats)) == ("shop.pools", "")
    assert pool_kind({"pool": {"implementation": 7}}) == pool_kind(None) == ""
