"""Which queues are looked into for a task that nobody knows."""

from __future__ import annotations

import pytest

from broker_client.tasks.queue_looks import may_hold


@pytest.mark.parametrize("name", ["celery", "dead", "celery_delayed_5", "orders.celeryevents", "reply"])
def test_queues_that_may_hold_tasks(name: str) -> None:
    assert may_hold(name)


@pytest.mark.parametrize(
    "name",
    [
        "w1@host.celery.pidbox",
        "4a6b0a0e-27ba-45c5-9d4c-9f6a2a7a1f11.reply.celery.pidbox",
        "celeryev",
        "celeryev.4a6b0a0e-27ba-45c5-9d4c-9f6a2a7a1f11",
        "amq.gen-xyz",
        "warren.tap.1",
        "4a6b0a0e-27ba-45c5-9d4c-9f6a2a7a1f11",
    ],
)
def test_queues_of_the_machinery_hold_none(name: str) -> None:
    assert not may_hold(name)
