"""PURE: what workers answer when they are asked what they do, read into frozen facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from broker_client.tasks.plain_text import cut, printable
from broker_client.tasks.result_value import epoch_of

ACTIVE, RESERVED, SCHEDULED = "active", "reserved", "scheduled"
_FULL_TEXT_CHARS = 64 << 10
_MAX_HELD = 20_000


class HeldTask(msgspec.Struct, frozen=True, gc=False):
    """A task that a worker holds. ``args`` and ``kwargs`` are the real values as JSON text."""

    id: str
    worker: str
    phase: str
    """``active``, ``reserved`` or ``scheduled``."""
    name: str | None = None
    args: str | None = None
    kwargs: str | None = None
    started: float | None = None
    eta: float | None = None
    queue: str | None = None
    """The routing key that brought it, which Celery calls its queue."""


class WorkerFacts(msgspec.Struct, frozen=True):
    """What one worker says of itself. ``None`` = it did not say."""

    name: str
    pool: str | None = None
    slots: int | None = None
    prefetch: int | None = None
    pid: int | None = None
    processed: int | None = None
    uptime_s: float | None = None
    active: int | None = None
    reserved: int | None = None
    queues: tuple[str, ...] | None = None


class Inspection(msgspec.Struct, frozen=True):
    """One round of questions to all workers. A worker that is not in ``workers`` gave no answer, which is not death."""

    asked_at: float
    workers: tuple[WorkerFacts, ...] = ()
    held: tuple[HeldTask, ...] = ()


Replies = Mapping[str, Mapping[str, Any]]
"""Method (``active``, ``stats`` ...) to worker name to its decoded answer."""


def read_replies(replies: Replies, asked_at: float) -> Inspection:
    """Turn the answers of all workers into facts. An answer of a strange shape is left out."""
    names = sorted({name for answers in replies.values() for name in answers})
    held = [task for phase in (ACTIVE, RESERVED, SCHEDULED) for task in held_in(replies.get(phase, {}), phase)]
    return Inspection(asked_at, tuple(_worker(name, replies) for name in names), tuple(held[:_MAX_HELD]))


def _worker(name: str, replies: Replies) -> WorkerFacts:
    stats = mapping_of(replies.get("stats", {}).get(name))
    pool = mapping_of(stats.get("pool"))
    total = stats.get("total")
    active = _count(replies, ACTIVE, name)
    reserved, scheduled = _count(replies, RESERVED, name), _count(replies, SCHEDULED, name)
    return WorkerFacts(
        printable(name),
        _pool_name(pool.get("implementation")),
        _slots(pool),
        _whole(stats.get("prefetch_count")),
        _whole(stats.get("pid")),
        sum(filter(None, map(_whole, total.values()))) if isinstance(total, dict) else None,
        _whole(stats.get("uptime")),
        active,
        None if reserved is None and scheduled is None else (reserved or 0) + (scheduled or 0),
        _queue_names(replies.get("active_queues", {}).get(name)),
    )


def held_in(answers: Mapping[str, Any], phase: str) -> list[HeldTask]:
    """What each worker says it holds in ``phase``: the answers to ``active``, ``reserved`` or ``scheduled``."""
    held = []
    for worker, tasks in answers.items():
        for item in tasks if isinstance(tasks, list) else ():
            entry = mapping_of(item)
            request = mapping_of(entry.get("request")) if phase == SCHEDULED else entry
            if isinstance(request.get("id"), str) and request["id"]:
                held.append(_held_task(request, entry.get("eta"), printable(worker), phase))
    return held


def held_of(request: Any, worker: str, phase: str) -> HeldTask | None:
    """One request as a worker describes it (``query_task``); ``None`` when it has no id."""
    known = mapping_of(request)
    if not isinstance(known.get("id"), str) or not known["id"]:
        return None
    return _held_task(known, None, printable(worker), phase)


def _held_task(request: Mapping[str, Any], eta: Any, worker: str, phase: str) -> HeldTask:
    delivery = mapping_of(request.get("delivery_info"))
    started = request.get("time_start")
    return HeldTask(
        cut(printable(request["id"]), 255),
        worker,
        phase,
        _text(request.get("name")),
        _json_text(request.get("args")),
        _json_text(request.get("kwargs")),
        float(started) if isinstance(started, int | float) and 0 < started < 1e11 else None,
        epoch_of(eta) if isinstance(eta, str) else None,
        _text(delivery.get("routing_key")),
    )


def _slots(pool: Mapping[str, Any]) -> int | None:
    """A prefork pool that grew or shrank shows it in its processes; ``max-concurrency`` stays as at the start."""
    processes = pool.get("processes")
    return len(processes) if isinstance(processes, list) else _whole(pool.get("max-concurrency"))


def _pool_name(implementation: Any) -> str | None:
    """``prefork`` of ``celery.concurrency.prefork:TaskPool``."""
    if not isinstance(implementation, str):
        return None
    return cut(printable(implementation.partition(":")[0].rpartition(".")[2]), 40)


def _queue_names(answer: Any) -> tuple[str, ...] | None:
    if not isinstance(answer, list):
        return None
    names = (_text(mapping_of(item).get("name")) for item in answer[:200])
    return tuple(name for name in names if name)


def _count(replies: Replies, phase: str, name: str) -> int | None:
    answer = replies.get(phase, {}).get(name)
    return len(answer) if isinstance(answer, list) else None


def mapping_of(value: Any) -> Mapping[str, Any]:
    """``value`` where an answer should have a mapping; empty when it is none."""
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def _text(value: Any) -> str | None:
    return printable(value[:1024]) if isinstance(value, str) and value else None


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return cut(printable(value), _FULL_TEXT_CHARS)
    try:
        return cut(printable(json.dumps(value, ensure_ascii=False)), _FULL_TEXT_CHARS)
    except (TypeError, ValueError, RecursionError):
        return None
