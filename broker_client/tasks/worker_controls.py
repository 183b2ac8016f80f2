"""PURE: the commands that change a worker: its pool, its queues, its events, its life."""

from __future__ import annotations

from typing import Any, ClassVar

from broker_client.errors import BadInput
from broker_client.tasks.control_effect import Control, Looks, check_whole, check_word, reply_words
from broker_client.tasks.pidbox import Questions
from broker_client.tasks.plain_text import cut, printable

_POOL_ROUND_S = 7.0
"""A prefork pool looks after its processes every 5 s (Celery 5.7)."""


class Ping(Control, frozen=True):
    """Does it answer?"""

    method: ClassVar[str] = "ping"


class PoolResize(Control, frozen=True):
    """``by`` processes (or threads) more, or less. A prefork pool does it when it next looks after its processes."""

    compares: ClassVar[bool] = True
    takes_s: ClassVar[float] = _POOL_ROUND_S
    sign: ClassVar[int]
    by: int = 1

    def arguments(self) -> dict[str, Any]:
        return {"n": check_whole(self.by, "number of processes", 1, 1_000)}

    def look(self) -> Questions:
        return {"stats": {}}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        return _resized(before, after, self.sign * self.by)


class PoolGrow(PoolResize, frozen=True):
    """More of them."""

    method: ClassVar[str] = "pool_grow"
    sign: ClassVar[int] = 1


class PoolShrink(PoolResize, frozen=True):
    """Fewer; one that runs a task goes when it has ended."""

    method: ClassVar[str] = "pool_shrink"
    sign: ClassVar[int] = -1


class PoolRestart(Control, frozen=True):
    """New processes for the old ones: each goes when it has ended a task, so an idle one may stay until its next
    (Celery 5.7). Works only with ``worker_pool_restarts``."""

    method: ClassVar[str] = "pool_restart"
    compares: ClassVar[bool] = True
    takes_s: ClassVar[float] = 2 * _POOL_ROUND_S

    def arguments(self) -> dict[str, Any]:
        return {"reload": False}

    def look(self) -> Questions:
        return {"stats": {}}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        old, new = pool_processes(before.get("stats")), pool_processes(after.get("stats"))
        if not old or not new or set(new) <= set(old):
            return ""
        stay = len(set(old) & set(new))
        fresh = f"{len(new) - stay} of {len(new)} processes are new"
        return f"{fresh}; the others follow after their next task" if stay else fresh


class Autoscale(Control, frozen=True):
    """The limits between which the pool grows and shrinks by itself. Works only with ``--autoscale``."""

    method: ClassVar[str] = "autoscale"
    most: int = 1
    least: int = 0

    def arguments(self) -> dict[str, Any]:
        most, least = check_whole(self.most, "upper limit", 1), check_whole(self.least, "lower limit", 0)
        if least > most:
            raise BadInput("the limits cannot be used", f"the lower one ({least}) is above the upper one ({most})")
        return {"max": most, "min": least}

    def look(self) -> Questions:
        return {"stats": {}}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        stats = after.get("stats")
        scaler = stats.get("autoscaler") if isinstance(stats, dict) else None
        if not isinstance(scaler, dict) or (scaler.get("max"), scaler.get("min")) != (self.most, self.least):
            return ""
        return f"it keeps {self.least} to {self.most} processes"


class AddConsumer(Control, frozen=True):
    """Let it consume one more queue. Without ``exchange`` the queue is bound as Celery binds its own."""

    method: ClassVar[str] = "add_consumer"
    queue: str = ""
    exchange: str = ""
    exchange_type: str = ""
    routing_key: str = ""

    def arguments(self) -> dict[str, Any]:
        return {
            "queue": check_word(self.queue, "queue's name"),
            "exchange": self.exchange or None,
            "exchange_type": self.exchange_type or None,
            "routing_key": self.routing_key or None,
        }

    def look(self) -> Questions:
        return {"active_queues": {}}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        queues = consumed_queues(after.get("active_queues"))
        return f"it consumes {_listed(queues)}" if queues and self.queue in queues else ""


class CancelConsumer(Control, frozen=True):
    """Let it consume a queue no more."""

    method: ClassVar[str] = "cancel_consumer"
    queue: str = ""

    def arguments(self) -> dict[str, Any]:
        return {"queue": check_word(self.queue, "queue's name")}

    def look(self) -> Questions:
        return {"active_queues": {}}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        queues = consumed_queues(after.get("active_queues"))
        if queues is None or self.queue in queues:
            return ""
        return f"it consumes {_listed(queues)}" if queues else "it consumes no queue now"


class Shutdown(Control, frozen=True):
    """Take nothing new, end what runs, and go. A worker that obeys does not reply."""

    method: ClassVar[str] = "shutdown"
    takes_s: ClassVar[float] = 10.0
    gives_up_mailbox: ClassVar[bool] = True


class EnableEvents(Control, frozen=True):
    """Let it tell of its tasks until it restarts. Asked twice, it says the second time that it does already."""

    method: ClassVar[str] = "enable_events"

    def look(self) -> Questions:
        return {self.method: {}}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        return reply_words(reply) if "already enabled" in reply_words(after.get(self.method)) else ""


class DisableEvents(Control, frozen=True):
    """Let it tell of its tasks no more."""

    method: ClassVar[str] = "disable_events"

    def look(self) -> Questions:
        return {self.method: {}}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        return reply_words(reply) if "already disabled" in reply_words(after.get(self.method)) else ""


def pool_processes(stats: Any) -> tuple[int, ...] | None:
    """Process ids of a prefork pool; ``None`` = it did not say, or its pool has none."""
    pool = stats.get("pool") if isinstance(stats, dict) else None
    processes = pool.get("processes") if isinstance(pool, dict) else None
    return tuple(processes) if isinstance(processes, list) else None


def pool_size(stats: Any) -> int | None:
    """How many tasks it can run at once. A prefork pool's ``max-concurrency`` stays what it was at the start."""
    processes = pool_processes(stats)
    if processes is not None:
        return len(processes)
    pool = stats.get("pool") if isinstance(stats, dict) else None
    size = pool.get("max-concurrency") if isinstance(pool, dict) else None
    return size if isinstance(size, int) and not isinstance(size, bool) else None


def pool_kind(stats: Any) -> str:
    """``prefork``, ``solo``, ``threads``, ``gevent``, ``eventlet`` or the module of another one; empty = not told."""
    pool = stats.get("pool") if isinstance(stats, dict) else None
    made_of = pool.get("implementation") if isinstance(pool, dict) else None
    if not isinstance(made_of, str):
        return ""
    module = cut(printable(made_of.partition(":")[0]), 80)
    kind = module.removeprefix("celery.concurrency.")
    return "threads" if kind == "thread" else kind


def consumed_queues(answer: Any) -> tuple[str, ...] | None:
    if not isinstance(answer, list):
        return None
    return tuple(item["name"] for item in answer if isinstance(item, dict) and isinstance(item.get("name"), str))


def _resized(before: Looks, after: Looks, by: int) -> str:
    old, new = pool_size(before.get("stats")), pool_size(after.get("stats"))
    if old is None or new is None or new == old or (new > old) != (by > 0):
        return ""
    wanted = max(0, old + by)
    return f"{old} → {new} processes" + ("" if new == wanted else f", {wanted} were asked for")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
