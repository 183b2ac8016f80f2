"""What would be lost, when Redis is full, and what stays for ever: said with its figures, or not at all."""

from __future__ import annotations

import pytest

from broker_client.insight.redis_outlook import Growth, full_in_s, outlook
from broker_client.redis_condition import RedisCondition
from broker_client.redis_keys import Census
from broker_client.redis_server import RedisFacts
from broker_client.tasks.redis_transport import Transport
from broker_client.tasks.result_census import ResultRow

MB = 1_000_000


def facts(**changes: object) -> RedisFacts:
    told: dict[str, object] = {"used_bytes": 50 * MB, "max_bytes": 100 * MB, "eviction_policy": "noeviction"}
    return RedisFacts("7.0.15", **{**told, **changes})  # type: ignore[arg-type]


def census(*rows: ResultRow, queues: tuple[str, ...] = ()) -> Census:
    return Census(0.0, 1.0, 10, 10, True, results=rows, queues=queues)


def titles(*given: object, **more: object) -> str:
    return " | ".join(f"{remark.tone}: {remark.title}" for remark in outlook(*given, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "queues", "said"),
    [
        ("noeviction", (), "info: Nothing is dropped"),
        ("allkeys-lru", (), "warn: The policy allkeys-lru can drop results of tasks"),
        ("allkeys-lru", ("celery",), "crit: The policy allkeys-lru can drop waiting tasks and results"),
        ("volatile-ttl", (), "warn: The policy volatile-ttl can drop results"),
    ],
)
def test_a_policy_that_would_drop_results_is_named(policy: str, queues: tuple[str, ...], said: str) -> None:
    assert said in titles(facts(eviction_policy=policy), None, census(queues=queues))


def test_no_limit_and_keys_that_were_dropped_are_said() -> None:
    said = titles(facts(max_bytes=None, evicted_keys=1200))
    assert "no limit of memory" in said and "warn: Redis has dropped 1,200 keys" in said


def test_growth_says_when_it_is_full_and_shrinking_does_not() -> None:
    assert full_in_s(facts(), Growth(MB, 60)) == 50
    assert "crit: Full in about 50 s" in titles(facts(), growth=Growth(MB, 60))
    assert "warn: Full in about 2 h" in titles(facts(), growth=Growth(MB / 144, 60))
    assert "Full" not in titles(facts(), growth=Growth(MB / 10_000, 60))
    assert full_in_s(facts(), Growth(-MB, 60)) is None
    assert full_in_s(facts(max_bytes=None), Growth(MB, 60)) is None


def test_results_that_never_expire_or_have_no_name_are_counted_and_a_sample_is_called_so() -> None:
    exact = ResultRow(None, 12, 100, 12, never_expires=5)
    assert "warn: 5 results never expire" in titles(facts(), None, census(exact))
    assert "12 results do not name their task" in titles(facts(), None, census(exact))
    sampled = ResultRow("a", 120, 100, 12, never_expires=50, sampled=True)
    assert "About 50 results never expire" in titles(facts(), None, census(sampled))
    assert "never" not in titles(facts(), None, census(ResultRow("a", 3, 3, 3)))


def test_a_task_held_longer_than_the_visibility_timeout_will_run_twice() -> None:
    transport = Transport((), 1, 1_000.0)
    assert "warn: A task has been held for 2 h 0 m" in titles(facts(), transport=transport, now=8_200.0)
    assert "held" not in titles(facts(), transport=transport, now=2_000.0)


def test_what_is_not_on_disk_is_said_worst_first() -> None:
    unsaved = RedisCondition(aof_on=False, unsaved_changes=5, save_ok=True)
    assert "info: Nothing was saved" in titles(facts(), unsaved)
    assert "warn: Nothing was saved" in titles(facts(), unsaved, transport=Transport(()))
    failed = RedisCondition(save_ok=False, rejected=3, max_clients=10, link_up=False, primary="h:1")
    said = titles(facts(clients=9), failed)
    assert said.startswith("crit:") and "last write to disk failed" in said and "link to its primary h:1" in said
    assert "3 connections were rejected" in said and "running out of connections" in said


def test_what_is_unknown_is_not_guessed() -> None:
    assert outlook(RedisFacts("")) == ()
    assert outlook(RedisFacts(""), RedisCondition(), census(), None, None) == ()
