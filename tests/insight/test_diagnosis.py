"""Findings: what is wrong in one clause, and the numbers it rests on."""

from __future__ import annotations

from typing import Any

import pytest

from broker_client.insight.diagnosis import node_findings, queue_findings, redis_findings, worker_findings
from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Node, Queue, QueueKey, Rates
from broker_client.redis_server import RedisFacts
from broker_client.tasks.records import WorkerRow


def row(name: str, status: str, *, growth: float | None = None, system: bool = False, **fields: Any) -> QueueRow:
    return QueueRow(Queue("/", name, **fields), status, "unknown", growth=growth, system=system, since=100.0)


def words(*rows: QueueRow, at: float = 1_000.0, dead: frozenset[QueueKey] = frozenset()) -> list[tuple[str, str, str]]:
    return [(finding.severity, finding.title, finding.evidence) for finding in queue_findings(rows, at, dead)]


def test_a_queue_without_consumer_that_grows_is_critical() -> None:
    found = words(row("email.transactional", "no_consumer", ready=18_400, growth=41.0))
    assert found == [("crit", "email.transactional has no consumer", "18.4k ready, growing 41.0 /s")]


def test_a_few_forgotten_messages_are_a_warning() -> None:
    assert words(row("old", "no_consumer", ready=3)) == [("warn", "old has no consumer", "3 ready")]


def test_a_consumer_that_reconnects_is_no_finding() -> None:
    assert words(row("q", "no_consumer", ready=3), at=102.0) == []


def test_dead_letters_are_said_as_such() -> None:
    letters = row("shop.dead-letter", "no_consumer", ready=61, total=61)
    found = words(letters, dead=frozenset({letters.key}))
    assert found == [("warn", "shop.dead-letter holds 61 dead letters", "61 messages, no consumer")]


def test_a_growing_queue_names_in_and_out() -> None:
    rates = Rates(publish=126.4, deliver_get=98.1)
    found = words(row("orders.fulfil", "backlog", ready=9_210, growth=28.3, rates=rates))
    assert found == [("warn", "orders.fulfil grows by 28.3 /s", "Out 98.1 below In 126")]


def test_a_large_but_draining_queue_is_no_finding() -> None:
    assert words(row("media.transcode", "backlog", ready=2_304)) == []


def test_stuck_and_down_queues_are_found_and_the_worst_comes_first() -> None:
    down = row("a", "down", state="minority", members=("n1", "n2", "n3"), online=("n1",), leader="n1")
    found = words(row("b", "stuck", unacked=4, ready=0), down)
    assert found == [
        ("crit", "a is minority", "Node n1, 1 of 3 members online"),
        ("warn", "b acknowledges nothing", "4 unacknowledged, 0 ready"),
    ]


def test_system_queues_give_no_findings() -> None:
    assert words(row("celeryev.x", "no_consumer", ready=3, system=True)) == []


@pytest.mark.parametrize(
    ("node", "severity", "word"),
    [
        (Node("rabbit@a", running=False), "crit", "not running"),
        (Node("rabbit@a", memory_alarm=True, memory_bytes=900, memory_limit_bytes=800), "crit", "memory alarm"),
        (Node("rabbit@a", disk_alarm=True, disk_free_bytes=9, disk_limit_bytes=50_000_000), "crit", "disk alarm"),
        (Node("rabbit@a", memory_bytes=95, memory_limit_bytes=100), "warn", "95 %"),
        (Node("rabbit@a", files_used=95, files_limit=100), "warn", "file descriptors"),
    ],
)
def test_a_node_in_need_is_found(node: Node, severity: str, word: str) -> None:
    (finding,) = node_findings([node])
    assert finding.rule == "broker-alarm"
    assert finding.severity == severity
    assert word in f"{finding.title} {finding.evidence}"


def test_a_healthy_or_silent_node_gives_no_finding() -> None:
    healthy = Node("b", running=True, memory_alarm=False, memory_bytes=1, memory_limit_bytes=100, disk_alarm=False)
    assert node_findings([Node("a"), healthy]) == ()


@pytest.mark.parametrize(
    ("used", "policy", "severity", "word"),
    [(92, "noeviction", "warn", "refuses writes"), (99, "allkeys-lru", "crit", "vanish")],
)
def test_redis_near_its_limit_says_what_will_happen(used: int, policy: str, severity: str, word: str) -> None:
    (finding,) = redis_findings(RedisFacts("7", used_bytes=used, max_bytes=100, eviction_policy=policy))
    assert finding.severity == severity
    assert word in finding.advice


def test_redis_without_a_limit_gives_no_finding() -> None:
    assert redis_findings(RedisFacts("7", used_bytes=99)) == ()
    assert redis_findings(RedisFacts("7", used_bytes=50, max_bytes=100)) == ()


def test_a_silent_worker_is_named_with_the_age_of_its_heartbeat() -> None:
    workers = [
        WorkerRow("celery@img-3", "silent", heartbeat_at=959.0),
        WorkerRow("celery@img-1", "online", heartbeat_at=999.0),
        WorkerRow("celery@img-2", "offline", heartbeat_at=1.0),
    ]
    (finding,) = worker_findings(workers, 1_000.0)
    assert (finding.title, finding.evidence) == ("worker celery@img-3 is silent", "Last heartbeat 41 s ago")
    assert finding.worker == "celery@img-3"
