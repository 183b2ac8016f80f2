"""The queues that a task can be sent to, as far as they are known, and what is said of the one that is typed. Qt-free.

RabbitMQ knows its queues; Redis knows none that is empty, so there it is those that workers say they consume.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from dashboard.actions.controlling import likely_workers
from dashboard.look.wording import full_count
from dashboard.store.app_state import AppState

USUAL = "celery"
_NOT_SEEN = "No queue of this name was seen: the broker would return the task."
_IDLE = "Nobody consumes this queue now: the task waits until somebody does."
_NOT_CONSUMED = "No worker consumes a queue of this name: nothing is sent unless one has declared it."
_NOT_ALL = "Not every worker has said which queues it consumes: this one cannot be checked."
_NO_WORKER = "No worker is known: the queue cannot be checked."


class TaskQueues(msgspec.Struct, frozen=True):
    """``consumers`` by the queue's name, ``None`` = not known how many. ``trouble``: why these may not be all."""

    consumers: dict[str, int | None]
    over_redis: bool = False
    trouble: str = ""

    @property
    def names(self) -> list[str]:
        return sorted(self.consumers)

    @property
    def usual(self) -> str:
        """The one to begin with; empty = none stands out. With Redis a single one that is consumed does."""
        if USUAL in self.consumers:
            return USUAL
        return self.names[0] if self.over_redis and len(self.consumers) == 1 else ""

    @property
    def most_urgent(self) -> str:
        """Which priority comes first: kombu's Redis looks into the list of the lowest one first."""
        if self.over_redis:
            return "0 is the most urgent and 9 the least; none is 0"
        return "For queues with priorities: the highest number is the most urgent"

    def words(self, queue: str) -> tuple[str, str]:
        """What is said of ``queue``, and what is unwise about it."""
        if not queue or (not self.consumers and not self.over_redis):
            return "", ""
        if queue not in self.consumers:
            if self.trouble:
                return self.trouble, ""
            return "", _NOT_CONSUMED if self.over_redis else _NOT_SEEN
        consumers = self.consumers[queue]
        if consumers == 0:
            return "", _IDLE
        return ("" if consumers is None else _consumed(consumers, self.over_redis)), ""


def queues_of_rabbitmq(state: AppState, vhost: str) -> TaskQueues:
    rows = state.queues.rows if state.queues is not None else ()
    return TaskQueues({row.queue.name: row.queue.consumers for row in rows if row.key.vhost == vhost})


def queues_over_redis(state: AppState) -> TaskQueues:
    """With the number of workers that consume each."""
    rows = state.tasks.snapshot.workers if state.tasks is not None else ()
    likely = frozenset(likely_workers(rows))
    told = [row.queues for row in rows if row.name in likely]
    trouble = _NO_WORKER if not told else _NOT_ALL if None in told else ""
    return TaskQueues(dict(Counter(name for names in told for name in names or ())), True, trouble)


def _consumed(number: int, by_workers: bool) -> str:
    if by_workers:
        return f"{full_count(number)} worker{' consumes' if number == 1 else 's consume'} it"
    return f"{full_count(number)} consumer{'' if number == 1 else 's'}"
