"""PURE: the commands that are about tasks: revoke, terminate, and the limits of one kind of task."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from broker_client.errors import BadInput
from broker_client.tasks.control_effect import Control, Looks, check_word, reply_words
from broker_client.tasks.pidbox import Questions
from broker_client.tasks.worker_controls import pool_kind

SIGNALS = {
    "SIGTERM": "ends the process that runs it",
    "SIGKILL": "ends it at once; nothing can be tidied up",
    "SIGINT": "as Ctrl-C would",
    "SIGUSR1": "raises SoftTimeLimitExceeded in it; it may tidy up and go on",
}
MOST_IDS = 10_000
KEEP_NO_LIMITS = frozenset({"solo", "threads", "eventlet"})
"""Pools that never stop a task for its time (Celery 5.7)."""
_HARD_ALONE = "gevent"
_RATE = re.compile(r"\d{1,9}(\.\d{1,6})?(/[smh])?")


class Revoke(Control, frozen=True):
    """No worker shall start these tasks. What runs already goes on."""

    method: ClassVar[str] = "revoke"
    task_ids: tuple[str, ...] = ()

    def arguments(self) -> dict[str, Any]:
        return {"task_id": list(check_ids(self.task_ids)), "terminate": False}

    def look(self) -> Questions:
        return {"revoked": {}, "query_task": {"ids": list(self.task_ids)}}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        if not _all_revoked(self.task_ids, after.get("revoked")):
            return ""
        running = tasks_it_runs(after.get("query_task"))
        if running:
            return f"{_tasks(len(running))} already here and {'goes' if len(running) == 1 else 'go'} on"
        return "it will not start " + ("it" if len(self.task_ids) == 1 else "them")


class Terminate(Control, frozen=True):
    """Stop these tasks, also when they run: ``signal`` goes to the process. The pool must be prefork."""

    method: ClassVar[str] = "revoke"
    task_ids: tuple[str, ...] = ()
    signal: str = "SIGTERM"

    def arguments(self) -> dict[str, Any]:
        if self.signal not in SIGNALS:
            raise BadInput(f"the signal {self.signal!r} is not offered", "", f"one of {', '.join(SIGNALS)}")
        return {"task_id": list(check_ids(self.task_ids)), "terminate": True, "signal": self.signal}

    def look(self) -> Questions:
        return {"revoked": {}, "query_task": {"ids": list(self.task_ids)}}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        told = after.get("query_task")
        running = tasks_it_runs(told)
        if not _all_revoked(self.task_ids, after.get("revoked")) or running is None or running:
            return ""
        if "unknown" in reply_words(reply):
            return "it holds none of them, and will not start them"
        return "what waits in it will not start" if told else "what it ran of them has stopped"


class RateLimit(Control, frozen=True):
    """At most ``rate`` tasks of this name: ``10/s``, ``100/m``, ``5/h``; ``0`` = no limit. Each worker for itself."""

    method: ClassVar[str] = "rate_limit"
    task: str = ""
    rate: str = "0"

    def arguments(self) -> dict[str, Any]:
        if not _RATE.fullmatch(self.rate):
            raise BadInput(
                f"the rate {self.rate[:40]!r} cannot be used", "", "write 10/s, 100/m, 5/h, or 0 for no limit"
            )
        return {"task_name": check_word(self.task, "task's name"), "rate_limit": self.rate}

    def look(self) -> Questions:
        return {"registered": {"taskinfoitems": ["rate_limit"]}}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        settings = registered_settings(after.get("registered")).get(self.task)
        if settings is None or settings.get("rate_limit") != self.rate:
            return ""
        return "no limit" if self.rate == "0" else f"at most {self.rate}"


class TimeLimit(Control, frozen=True):
    """How long a task of this name may run, in seconds. ``None`` = no limit of its own: the worker's then holds.
    At ``hard`` its process is killed. Pools of threads and solo ones keep no limits."""

    method: ClassVar[str] = "time_limit"
    task: str = ""
    soft_s: float | None = None
    hard_s: float | None = None

    def arguments(self) -> dict[str, Any]:
        for limit in (self.soft_s, self.hard_s):
            if limit is not None and not 0 < limit <= 31_536_000:
                raise BadInput(f"a time limit cannot be {limit:g} s", "it must be above 0 and at most a year")
        if self.soft_s is not None and self.hard_s is not None and self.soft_s >= self.hard_s:
            raise BadInput("the time limits cannot be used", "the soft one must be below the hard one")
        return {"task_name": check_word(self.task, "task's name"), "soft": self.soft_s, "hard": self.hard_s}

    def look(self) -> Questions:
        return {"registered": {"taskinfoitems": ["soft_time_limit", "time_limit"]}, "stats": {}}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        settings = registered_settings(after.get("registered")).get(self.task)
        if settings is None:
            return ""
        told = _seconds(settings.get("soft_time_limit")), _seconds(settings.get("time_limit"))
        stats = after.get("stats")
        if told != (self.soft_s, self.hard_s) or self.why_unseen(stats):
            return ""
        if pool_kind(stats) == _HARD_ALONE:
            return (
                f"hard {self.hard_s:g} s, where the task lets others run; its pool ({_HARD_ALONE}) keeps no soft limit"
            )
        soft, hard = pool_limits(stats)
        return f"soft{_limit_words(self.soft_s, soft)}, hard{_limit_words(self.hard_s, hard)}"

    def why_unseen(self, stats: Any) -> str:
        kind = pool_kind(stats)
        if kind in KEEP_NO_LIMITS or (kind == _HARD_ALONE and self.hard_s is None):
            return f"its pool ({kind}) does not keep time limits"
        return ""


def check_ids(task_ids: tuple[str, ...]) -> tuple[str, ...]:
    if not task_ids:
        raise BadInput("no task is named")
    if len(task_ids) > MOST_IDS:
        raise BadInput("these are too many tasks at once", f"{len(task_ids):,}; {MOST_IDS:,} are allowed")
    for task_id in task_ids:
        check_word(task_id, "task's id")
    return task_ids


def registered_settings(answer: Any) -> dict[str, Mapping[str, str]]:
    """Task name to what a worker's ``registered`` says of it: ``shop.add [rate_limit=5/m]``."""
    told: dict[str, Mapping[str, str]] = {}
    for line in answer if isinstance(answer, list) else ():
        if isinstance(line, str):
            name, bracket, rest = line.partition(" [")
            pairs = (part.partition("=") for part in rest.removesuffix("]").split(" ")) if bracket else ()
            told[name] = {key: value for key, _, value in pairs if key}
    return told


def tasks_it_runs(answer: Any) -> tuple[str, ...] | None:
    """Of a worker's ``query_task``, the ids of those it runs now; ``None`` = it did not say."""
    if not isinstance(answer, dict):
        return None
    return tuple(str(key) for key, told in answer.items() if isinstance(told, list) and told and told[0] == "active")


def _all_revoked(task_ids: tuple[str, ...], answer: Any) -> bool:
    return isinstance(answer, list) and set(task_ids) <= {item for item in answer if isinstance(item, str)}


def _tasks(count: int) -> str:
    return "1 of them runs" if count == 1 else f"{count:,} of them run"


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


def pool_limits(stats: Any) -> tuple[float | None, float | None]:
    """The worker's own soft and hard limit, for tasks that have none; 0 = it has none, ``None`` = it did not say."""
    pool = stats.get("pool") if isinstance(stats, dict) else None
    told = pool.get("timeouts") if isinstance(pool, dict) else None
    match told:
        case [int() | float() as soft, int() | float() as hard]:
            return soft, hard
        case _:
            return None, None


def _limit_words(limit_s: float | None, own_s: float | None) -> str:
    if limit_s is not None:
        return f" {limit_s:g} s"
    if own_s is None:
        return " none of its own"
    return f": the worker's own limit, {own_s:g} s, holds" if own_s else " none"
