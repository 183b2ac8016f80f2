"""Findings from sources that cannot both be right: when each is told, and when nothing may be said."""

from __future__ import annotations

from typing import Any

import pytest

from broker_client.insight.disagreements import HOLD_S, DisagreementWatch, disagreements
from broker_client.insight.findings import Finding
from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Queue, QueueKey, Rates
from broker_client.tasks.records import TaskQuery, WorkerRow
from broker_client.tasks.stray_tasks import HeldCount, StrayGroup, Strays, StrayTask

NOW, W1 = 1_000_000.0, "w1@host"
BUSY = WorkerRow(W1, "online", active=1, queues=("orders",), clock_behind_s=0.0)


def orders(growth: float | None = None, **figures: Any) -> QueueRow:
    return QueueRow(Queue("/", "orders", **{"consumers": 1, **figures}), "running", "steady", growth=growth)


def strays(**known: Any) -> Strays:
    return Strays(NOW, **{"inspected_at": NOW - 3, "held": (HeldCount(W1, 1, 1),), **known})


def found(told: Strays, workers: tuple[WorkerRow, ...] = (BUSY,), rows: tuple[QueueRow, ...] = ()) -> Finding | None:
    """The one finding there is."""
    all_of_them = disagreements(told, workers, rows, "/", NOW)
    assert len(all_of_them) <= 1
    return all_of_them[0] if all_of_them else None


def must(finding: Finding | None, rule: str) -> Finding:
    assert finding is not None and finding.rule == rule
    return finding


def test_sources_that_agree_are_no_finding() -> None:
    assert found(strays(), rows=(orders(unacked=2, ready=5),)) is None


def test_started_tasks_that_no_worker_runs() -> None:
    ghosts = (StrayTask("a", "shop.pay", W1, NOW - 90), StrayTask("b", "shop.pay", W1, NOW - 60))
    told = must(found(strays(ghosts=ghosts, ghost_count=2)), "ghost-task")
    assert told.evidence == "They are STARTED, the oldest since 1 m, and not among its active tasks"
    assert told.tasks == TaskQuery(text=f"worker:{W1}", states=("STARTED",)) and told.task is None
    assert must(found(strays(ghosts=ghosts[:1])), "ghost-task").task == "a"


def test_a_ghost_in_a_state_of_the_application_is_called_by_it_and_found_by_it() -> None:
    started, progress = StrayTask("a", "shop.pay", W1, NOW - 90), StrayTask("b", "shop.pay", W1, NOW - 60, "PROGRESS")
    alone = must(found(strays(ghosts=(progress,), ghost_count=1)), "ghost-task")
    assert alone.evidence.startswith("It is PROGRESS,")
    assert alone.tasks == TaskQuery(text=f"worker:{W1}", states=("PROGRESS",))
    both = must(found(strays(ghosts=(progress, started), ghost_count=2)), "ghost-task")
    assert both.evidence.startswith("They are STARTED or PROGRESS,")
    assert both.tasks == TaskQuery(text=f"worker:{W1}", states=("STARTED", "PROGRESS"))
    own = tuple(StrayTask(state, None, W1, NOW, state) for state in ("A", "B", "C", "D"))
    assert must(found(strays(ghosts=own)), "ghost-task").evidence.startswith("They are A, B, C or another state,")


def test_unacknowledged_messages_that_are_no_task() -> None:
    told = must(found(strays(), rows=(orders(unacked=5, consumers=2),)), "unacked-unheld")
    assert told.title == "3 unacknowledged in orders belong to no task"
    assert told.evidence.endswith("its workers hold 2 tasks; 1 of its 2 consumers did not answer as workers")


@pytest.mark.parametrize(
    "blind",
    [strays(held=()), strays(inspected_at=None), strays(inspected_at=NOW - 60)],
    ids=["no answer", "not asked", "asked long ago"],
)
def test_without_the_workers_answer_nothing_is_said_of_unacknowledged(blind: Strays) -> None:
    assert found(blind, rows=(orders(unacked=9),)) is None


def test_results_that_are_not_in_this_redis() -> None:
    told = must(found(strays(resultless=(StrayGroup("shop.mail", 12, "id-1"),))), "result-missing")
    assert told.title == "Results of shop.mail are not in this Redis" and told.evidence.startswith("12 tasks succeeded")


def test_a_queue_that_grows_while_its_workers_idle() -> None:
    idle = WorkerRow(W1, "online", active=0, reserved=4, queues=("orders",))
    told = must(found(strays(), (idle,), (orders(growth=2.5, ready=40),)), "idle-workers")
    assert told.severity == "crit" and "hold 4 for later" in told.evidence
    assert found(strays(), (BUSY,), (orders(growth=2.5, ready=40),)) is None
    moving = orders(growth=2.5, ready=40, rates=Rates(deliver_get=9.0))
    assert found(strays(), (idle,), (moving,)) is None
    unknown = WorkerRow(W1, "online", queues=("orders",))
    assert found(strays(), (unknown,), (orders(growth=2.5, ready=40),)) is None


def test_a_queue_that_no_worker_consumes() -> None:
    waiting = (StrayGroup("mail", 3, "id-1", "mail", NOW - 120),)
    mail = QueueRow(Queue("/", "mail", ready=3, consumers=0), "no_consumer", "never")
    told = must(found(strays(waiting=waiting), rows=(mail,)), "no-worker")
    assert told.evidence == "3 tasks wait there, the oldest since 2 m; workers consume orders"
    assert (told.queue, told.task) == (QueueKey("/", "mail"), "id-1")
    untold = WorkerRow("w2@host", "online")
    assert found(strays(waiting=waiting), (BUSY, untold), (mail,)) is None


def test_a_name_that_nobody_registered() -> None:
    told = must(found(strays(unregistered=(StrayGroup("shop old", 1, "id-1", "orders"),))), "task-unregistered")
    assert told.evidence == "1 task in orders; a worker that gets one drops it"
    assert told.tasks == TaskQuery(text='name:"shop old"')


def test_clocks_and_events_are_told_for_each_worker() -> None:
    late = WorkerRow(W1, "online", active=1, clock_behind_s=-41.0)
    assert must(found(strays(), (late,)), "clocks-apart").title == "The clock of w1@host is 41 s ahead"
    mute = WorkerRow(W1, "online", active=1, events_on=False, ran=31, runs_heard=0)
    assert must(found(strays(), (mute,)), "events-off").evidence == "It ran 31 tasks meanwhile and told of none"
    assert found(strays(), (WorkerRow(W1, "offline", events_on=False),)) is None


def test_a_disagreement_counts_only_when_it_lasts() -> None:
    watch, ghost = DisagreementWatch(), Finding("ghost-task", "warn", "t", "e", worker=W1)
    hold_s = HOLD_S["ghost-task"]
    assert watch.lasting((ghost,), 0.0) == ()
    assert watch.lasting((ghost,), hold_s) == (ghost,)
    assert watch.lasting((), hold_s + 1) == ()
    assert watch.lasting((ghost,), hold_s + 2) == ()
