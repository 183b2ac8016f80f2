"""PURE: which queues a worker can be told to consume. Celery declares such a queue anew, as a plain durable one; where
one of that name is of another kind the broker refuses (406), and the worker process ends (Celery 5.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from broker_client.rabbit.entities import Exchange, Queue

_MAILBOX_END, _EVENTS_START, _RESERVED_START = ".pidbox", "celeryev.", "amq."
_PLAIN = {"x-queue-type": "classic"}
_PRIORITY = "x-max-priority"


def why_not_consumed(name: str, queue: Queue | None, exchange: Exchange | None, max_priority: int | None = None) -> str:
    """Why a worker must not be told to consume ``name``; empty = nothing known speaks against it.

    ``queue`` and ``exchange`` are those of that name, ``None`` = there is none, or it is not known. ``max_priority`` is
    what the worker gives to every queue that it declares (``task_queue_max_priority``).
    """
    if name.endswith(_MAILBOX_END) or name.startswith(_EVENTS_START):
        return "Celery itself talks to workers through it; no tasks come in there"
    if name.startswith(_RESERVED_START):
        return "names that begin with “amq.” are the broker's own"
    return (_of_queue(queue, max_priority) if queue is not None else "") or _of_exchange(exchange)


def is_offered(queue: Queue, exchange: Exchange | None, max_priority: int | None = None) -> bool:
    """Whether it is known for certain that Celery can declare this queue anew."""
    certain = queue.durable is True and queue.exclusive is False and queue.auto_delete is False
    return certain and not why_not_consumed(queue.name, queue, exchange, max_priority)


def own_queues(active: Any, conf: Any) -> frozenset[str]:
    """The queues that a worker declares in its own way: those it consumes, and those its configuration names."""
    told = conf.get("task_queues") if isinstance(conf, dict) else None
    named = list(told) if isinstance(told, dict) else told if isinstance(told, list) else []
    items = [*named, *(active if isinstance(active, list) else ())]
    names = (item.get("name") if isinstance(item, dict) else item for item in items)
    return frozenset(name for name in names if isinstance(name, str))


def default_priority(conf: Any) -> int | None:
    """What a worker gives as ``x-max-priority`` to every queue; ``None`` = nothing, or it did not say."""
    told = conf.get("task_queue_max_priority") if isinstance(conf, dict) else None
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def _of_queue(queue: Queue, max_priority: int | None) -> str:
    if queue.type != "classic":
        return f"it is a {queue.type} queue"
    if queue.exclusive:
        return "it is exclusive: one connection alone may use it"
    if queue.durable is False:
        return "it is not durable"
    if queue.auto_delete:
        return "it deletes itself when nobody consumes it any more"
    return "" if queue.durable is None else _of_arguments(queue.arguments, max_priority)


def _of_arguments(arguments: Mapping[str, Any], max_priority: int | None) -> str:
    wanted = {} if max_priority is None else {_PRIORITY: max_priority}
    told = {key: value for key, value in arguments.items() if (key, value) not in _PLAIN.items()}
    if told == wanted:
        return ""
    extra = [key for key, value in told.items() if wanted.get(key) != value]
    if extra:
        return f"it has {', '.join(sorted(extra))}"
    return f"the worker's task_queue_max_priority is {max_priority}, and the queue has no {_PRIORITY}"


def _of_exchange(exchange: Exchange | None) -> str:
    """Celery binds it to an exchange of the same name, which it declares too."""
    if exchange is None:
        return ""
    if exchange.type != "direct":
        return f"the exchange of the same name is of the type {exchange.type}, not direct"
    if exchange.durable is False or exchange.auto_delete or exchange.internal:
        return "the exchange of the same name is not a plain durable one"
    return ""
