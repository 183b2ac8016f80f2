"""Celery's delaying queues are one thing: counted together, never mistaken for a person's queue."""

from __future__ import annotations

import pytest

from broker_client.insight.delayed_queues import delay_groups, delay_number, delays_tasks
from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Queue


def row(name: str, total: int | None = 0, vhost: str = "/") -> QueueRow:
    return QueueRow(Queue(vhost, name, total=total), "idle", "steady")


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("celery_delayed_0", 0),
        ("celery_delayed_27", 27),
        ("celery_delayed_delivery", None),
        ("celery_delayed_x", None),
        ("my_celery_delayed_3", None),
        ("celery_delayed_300", None),
        ("celery_delayed_", None),
    ],
)
def test_only_numbered_queues_delay(name: str, number: int | None) -> None:
    assert delay_number(name) == number


def test_the_exchange_that_delivers_belongs_to_them() -> None:
    assert delays_tasks("celery_delayed_delivery") and delays_tasks("celery_delayed_5") and not delays_tasks("celery")


def test_tasks_are_counted_together_and_the_latest_is_bounded() -> None:
    (group,) = delay_groups([row("celery_delayed_10", 1), row("orders", 99), row("celery_delayed_0", 2)])
    assert (group.name, group.tasks, group.latest_s) == ("celery_delayed_0…10", 3, 2048.0)
    assert group.levels[1].span_s == 1024.0


def test_nothing_waiting_and_nothing_told_differ() -> None:
    (empty,) = delay_groups([row("celery_delayed_0", 0)])
    (unknown,) = delay_groups([row("celery_delayed_0", None)])
    assert (empty.tasks, empty.latest_s) == (0, None)
    assert unknown.tasks is None
    assert delay_groups([row("celery")]) == ()


def test_each_vhost_has_its_own() -> None:
    groups = delay_groups([row("celery_delayed_0", 1, "b"), row("celery_delayed_0", 5, "a")])
    assert [(group.vhost, group.tasks) for group in groups] == [("a", 5), ("b", 1)]
