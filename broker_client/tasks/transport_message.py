"""PURE: a message as kombu keeps it in Redis: JSON with headers, properties and the body. Nothing here raises."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from broker_client.tasks.plain_text import cut, printable
from broker_client.tasks.result_value import epoch_of

_TEXT_CHARS = 200
_BROKEN = (ValueError, RecursionError, MemoryError)


class WaitingTask(msgspec.Struct, frozen=True):
    """A task in a message. ``eta`` is epoch seconds. ``words`` says why it cannot be read, else it is empty."""

    id: str | None = None
    name: str | None = None
    args: str | None = None
    kwargs: str | None = None
    retries: int | None = None
    eta: float | None = None
    origin: str | None = None
    priority: int = 0
    size: int = 0
    words: str = ""


def read_waiting(raw: bytes, priority: int = 0) -> WaitingTask:
    """The task in one element of a queue's list."""
    try:
        return _task_of(json.loads(raw), priority, len(raw))
    except _BROKEN:
        return WaitingTask(priority=priority, size=len(raw), words="not a message that kombu writes")


def read_held(raw: bytes | None) -> tuple[str | None, WaitingTask | None]:
    """Queue and task of a value of the hash ``unacked``, which is message, exchange and routing key."""
    if raw is None:
        return None, None
    try:
        parsed = json.loads(raw)
        message, _exchange, key = parsed
    except (*_BROKEN, TypeError):
        return None, WaitingTask(size=len(raw), words="not a message that kombu writes")
    return (printable(key) if isinstance(key, str) else None), _task_of(message, 0, len(raw))


def _task_of(message: Any, priority: int, size: int) -> WaitingTask:
    headers = message.get("headers") if isinstance(message, dict) else None
    if not isinstance(headers, dict):
        return WaitingTask(priority=priority, size=size, words="not a message that kombu writes")
    told = message.get("properties")
    properties = told if isinstance(told, dict) else {}
    given = properties.get("priority")
    retries = headers.get("retries")
    return WaitingTask(
        id=_text(headers.get("id")) or _text(properties.get("correlation_id")),
        name=_text(headers.get("task")),
        args=_text(headers.get("argsrepr")),
        kwargs=_text(headers.get("kwargsrepr")),
        retries=retries if isinstance(retries, int) else None,
        eta=epoch_of(headers.get("eta")) if isinstance(headers.get("eta"), str) else None,
        origin=_text(headers.get("origin")),
        priority=given if isinstance(given, int) and not isinstance(given, bool) else priority,
        size=size,
        words="" if headers.get("task") else "no task of Celery's protocol 2",
    )


def _text(value: Any) -> str | None:
    return cut(printable(value), _TEXT_CHARS) if isinstance(value, str) else None
