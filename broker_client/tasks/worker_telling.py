"""PURE: what workers told of themselves before they are changed: their tasks, their queues and their pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from broker_client.tasks.consumable_queues import default_priority, own_queues
from broker_client.tasks.pidbox import Answers, Questions
from broker_client.tasks.task_controls import registered_settings
from broker_client.tasks.worker_controls import pool_kind, pool_size

QUESTIONS: Questions = {"registered": {}, "stats": {}, "active_queues": {}, "conf": {}}


class WorkerTelling(msgspec.Struct, frozen=True):
    """What one worker told; ``None`` and empty = it did not say."""

    tasks: tuple[str, ...] = ()
    queues: frozenset[str] = frozenset()
    """Those it declares in its own way."""
    max_priority: int | None = None
    pool_size: int | None = None
    pool_kind: str = ""


Tellings = Mapping[str, WorkerTelling]
"""By worker; one that is missing gave no answer."""


def read_tellings(answers: Answers) -> dict[str, WorkerTelling]:
    """The answers to :data:`QUESTIONS`, worker by worker."""
    workers = {worker for by_worker in answers.values() for worker in by_worker}
    return {worker: _read({method: told.get(worker) for method, told in answers.items()}) for worker in workers}


def _read(told: Mapping[str, Any]) -> WorkerTelling:
    conf, stats = told.get("conf"), told.get("stats")
    return WorkerTelling(
        tuple(sorted(registered_settings(told.get("registered")))),
        own_queues(told.get("active_queues"), conf),
        default_priority(conf),
        pool_size(stats),
        pool_kind(stats),
    )
