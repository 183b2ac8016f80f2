"""The queues through which Celery delays tasks on RabbitMQ's quorum queues, read as the one thing they are. PURE.

For an ETA or a countdown Celery makes ``celery_delayed_0`` ... ``celery_delayed_27``: a task waits 2**n seconds in
number n for each binary digit of its delay, the highest first, and leaves by ``celery_delayed_delivery`` for its queue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import QueueKey

DELIVERY = "celery_delayed_delivery"
_LEVEL = re.compile(r"celery_delayed_(\d{1,2})$")


class DelayLevel(msgspec.Struct, frozen=True):
    """``tasks`` wait in one of the queues, each for ``span_s`` seconds; ``None`` = unknown."""

    number: int
    key: QueueKey
    tasks: int | None

    @property
    def span_s(self) -> float:
        return float(1 << self.number)


class DelayGroup(msgspec.Struct, frozen=True):
    """All of one vhost, the shortest delay first."""

    vhost: str
    levels: tuple[DelayLevel, ...]

    @property
    def name(self) -> str:
        """``celery_delayed_0…27``."""
        return f"celery_delayed_{self.levels[0].number}…{self.levels[-1].number}"

    @property
    def tasks(self) -> int | None:
        """How many tasks wait for their time; ``None`` = not even one of the queues told."""
        known = [level.tasks for level in self.levels if level.tasks is not None]
        return sum(known) if known else None

    @property
    def latest_s(self) -> float | None:
        """Before so many seconds have passed, all of them are due; ``None`` = none waits."""
        held = [level.number for level in self.levels if level.tasks]
        return float(2 << max(held)) if held else None


def delay_number(queue: str) -> int | None:
    """Which of the delaying queues (or of their exchanges) it is; ``None`` = none of them."""
    found = _LEVEL.match(queue) if queue.startswith("celery_delayed_") else None
    return int(found[1]) if found is not None else None


def delays_tasks(name: str) -> bool:
    """Whether a queue or an exchange is part of the delaying."""
    return name == DELIVERY or delay_number(name) is not None


def delay_groups(rows: Iterable[QueueRow]) -> tuple[DelayGroup, ...]:
    """The delaying queues among ``rows``, by vhost."""
    found: dict[str, list[DelayLevel]] = {}
    for row in rows:
        queue = row.queue
        number = delay_number(queue.name)
        if number is not None:
            tasks = queue.total if queue.total is not None else queue.ready
            found.setdefault(queue.vhost, []).append(DelayLevel(number, queue.key, tasks))
    return tuple(
        DelayGroup(vhost, tuple(sorted(levels, key=lambda level: level.number)))
        for vhost, levels in sorted(found.items())
    )
