"""PURE: which queue a task that a worker holds came from.

A delivered message names the exchange and the routing key that it was sent with, and no queue. Only with the default
exchange is the routing key the queue's name; for others the worker's own answer to ``active_queues`` joins them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from broker_client.rabbit.topic_pattern import TopicPattern, words_of
from broker_client.tasks.inspection import ACTIVE, RESERVED, SCHEDULED, HeldTask, Replies, held_in, mapping_of
from broker_client.tasks.plain_text import printable

QUEUES = "active_queues"
_DELAYED = "celery_delayed_delivery"
_DELAY = re.compile(r"(?:[01]\.){28}")
_MAX_QUEUES = 2_000


class _Way(msgspec.Struct, frozen=True):
    """One binding of a queue that a worker consumes."""

    queue: str
    exchange: str
    kind: str
    key: str

    def leads(self, exchange: str, key: str) -> bool:
        """Whether the queue gets what was sent so. What Celery delayed left its own exchange behind, a topic one."""
        if exchange == _DELAYED:
            return self.kind == "topic" and self._fits(_DELAY.sub("", key, count=1))
        return exchange == self.exchange and self._fits(key)

    def _fits(self, key: str) -> bool:
        match self.kind:
            case "fanout":
                return True
            case "topic":
                return TopicPattern(self.key).miss(words_of(key)) is None
            case _:
                return key == self.key


def held_with_queues(answers: Replies) -> tuple[HeldTask, ...]:
    """What the workers say they hold, each with the name of its queue; ``None`` = it cannot be told."""
    ways = {worker: _ways(queues) for worker, queues in answers.get(QUEUES, {}).items()}
    found = []
    for phase in (ACTIVE, RESERVED, SCHEDULED):
        for worker, tasks in answers.get(phase, {}).items():
            for item in tasks if isinstance(tasks, list) else ():
                queue = _queue_of(item, ways.get(worker, ()))
                found += [msgspec.structs.replace(task, queue=queue) for task in held_in({worker: [item]}, phase)]
    return tuple(found)


def _queue_of(item: Any, ways: tuple[_Way, ...]) -> str | None:
    known = mapping_of(item)
    delivery = mapping_of(mapping_of(known.get("request", known)).get("delivery_info"))
    exchange, key = delivery.get("exchange"), delivery.get("routing_key")
    if not isinstance(exchange, str) or not isinstance(key, str):
        return None
    if not exchange:
        return printable(key)
    queues = {way.queue for way in ways if way.leads(exchange, key)}
    return queues.pop() if len(queues) == 1 else None


def _ways(answer: Any) -> tuple[_Way, ...]:
    queues = [mapping_of(item) for item in answer[:_MAX_QUEUES]] if isinstance(answer, list) else []
    found = []
    for queue in queues:
        bindings = queue.get("bindings")
        for binding in (queue, *(bindings if isinstance(bindings, list) else ())):
            way = _way(queue.get("name"), mapping_of(binding))
            found += [way] if way is not None else []
    return tuple(found)


def _way(queue: Any, binding: Mapping[str, Any]) -> _Way | None:
    """``None`` where it is no binding, or one whose rule is not about the routing key."""
    exchange = mapping_of(binding.get("exchange"))
    name, kind, key = exchange.get("name"), exchange.get("type", "direct"), binding.get("routing_key")
    if not isinstance(queue, str) or not isinstance(name, str) or not isinstance(key, str):
        return None
    return _Way(printable(queue), name, kind, key) if kind in ("direct", "topic", "fanout") else None
