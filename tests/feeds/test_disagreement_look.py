"""The feed's look for disagreements: now and then, only when the collector has looked around, told when it lasts."""

from __future__ import annotations

from typing import Any, cast

import pytest

from broker_client.insight.queue_rows import QueueRow
from broker_client.profile import Profile
from broker_client.rabbit.entities import Queue
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import Snapshot, TaskQuery, TaskSummary, TaskWindow, WorkerRow
from broker_client.tasks.stray_tasks import HeldCount, StrayGroup, Strays
from dashboard.feeds import disagreement_look
from dashboard.feeds.disagreement_look import LOOK_EVERY_S, DisagreementLook

AT = 1_000_000.0
WORKER = WorkerRow("w1@host", "online", active=0, queues=("orders",))
OLD_NAME = (StrayGroup("shop.old", 2, "id-1"),)


class Collector:
    """Tells the same strays whenever it is asked, and counts that."""

    def __init__(self) -> None:
        self.strays_now = Strays(AT, AT, (HeldCount("w1@host", 0, 0),), unregistered=OLD_NAME)
        self.asked = 0

    def strays(self) -> Strays:
        self.asked += 1
        return self.strays_now


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(disagreement_look, "time", clock)
    return clock


def snapshot(synced: bool = True) -> Snapshot:
    return Snapshot(1, AT, TaskSummary(), TaskWindow(TaskQuery()), (WORKER,), (), synced)


def rules(look: DisagreementLook, collector: Any, told: Snapshot) -> list[str]:
    return [finding.rule for finding in look.findings(cast(CollectorClient, collector), told)]


def test_nothing_is_asked_before_the_collector_has_looked_around(clock: Clock) -> None:
    look, collector = DisagreementLook(Profile("shop", "amqp://h/")), Collector()
    assert rules(look, collector, snapshot(synced=False)) == [] and collector.asked == 0


def test_it_asks_now_and_then_and_keeps_what_it_found(clock: Clock) -> None:
    look, collector = DisagreementLook(Profile("shop", "amqp://h/")), Collector()
    assert rules(look, collector, snapshot()) == ["task-unregistered"]
    clock.now += LOOK_EVERY_S - 0.1
    assert rules(look, collector, snapshot()) == ["task-unregistered"] and collector.asked == 1
    collector.strays_now = Strays(AT)
    clock.now += 0.2
    assert rules(look, collector, snapshot()) == [] and collector.asked == 2


def test_the_queues_of_the_profiles_vhost_are_held_against_the_workers(clock: Clock) -> None:
    look, collector = DisagreementLook(Profile("shop", "amqp://h/")), Collector()
    collector.strays_now = Strays(AT)
    growing = QueueRow(Queue("/", "orders", ready=40, consumers=1), "backlog", "growing", growth=3.0)
    look.rows = (growing,)
    seen = []
    for _ in range(6):
        seen.append(rules(look, collector, snapshot()))
        clock.now += LOOK_EVERY_S
    assert seen[0] == [] and seen[-1] == ["idle-workers"]
    look.forget()
    assert rules(look, collector, snapshot()) == []
