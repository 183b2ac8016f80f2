"""PURE: a worker's raw answers as lines to show: settings, registered tasks, revoked ids, limits; and two compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from broker_client.errors import scrub
from broker_client.tasks.inspection import HeldTask, mapping_of, read_replies
from broker_client.tasks.pidbox import Questions
from broker_client.tasks.plain_text import cut, printable
from broker_client.tasks.task_controls import registered_settings
from broker_client.tasks.worker_controls import pool_size

TASK_ITEMS = ("rate_limit", "soft_time_limit", "time_limit", "acks_late", "ignore_result")
_REGISTERED: Questions = {"registered": {"taskinfoitems": list(TASK_ITEMS)}}
QUESTIONS: Mapping[str, Questions] = {
    "active": {"active": {}},
    "reserved": {"reserved": {}},
    "scheduled": {"scheduled": {}},
    "revoked": {"revoked": {}},
    "registered": _REGISTERED,
    "limits": {"stats": {}, **_REGISTERED},
    "configuration": {"conf": {}},
    "statistics": {"stats": {}},
}
"""What is asked for each part of a worker's details."""
_VALUE_CHARS = 4_000
_MOST_LINES = 20_000
_MASK = "***"
_SETS = frozenset({"include", "imports"})
"""Settings that Celery keeps as sets: their order means nothing."""
_SECRET_WORDS = ("password", "passwd", "secret", "token", "api_key", "apikey", "private_key", "credential")


class Setting(msgspec.Struct, frozen=True):
    """One line of a configuration or of statistics; a nested name has dots."""

    name: str
    value: str


class Compared(msgspec.Struct, frozen=True):
    """One setting of two workers; ``None`` = it has no such setting."""

    name: str
    mine: str | None
    other: str | None

    @property
    def hidden(self) -> bool:
        """Both are masked, as a whole or in part, and nothing else tells them apart: they may be equal or not."""
        return self.mine is not None and self.mine == self.other and _MASK in self.mine

    @property
    def differs(self) -> bool:
        if self.name in _SETS and self.mine and self.other:
            return sorted(self.mine.strip("[]").split(", ")) != sorted(self.other.strip("[]").split(", "))
        return self.mine != self.other


class RegisteredTask(msgspec.Struct, frozen=True):
    """A task that a worker knows, and its limits there. ``None`` = none, or not told."""

    name: str
    rate: str | None = None
    soft: str | None = None
    hard: str | None = None
    acks_late: bool | None = None
    ignores_result: bool | None = None


class RevokedId(msgspec.Struct, frozen=True):
    id: str


def held_tasks(phase: str, answer: Any, worker: str, at: float) -> tuple[HeldTask, ...]:
    """The tasks of one ``phase`` (``active``, ``reserved``, ``scheduled``) with their real arguments."""
    return read_replies({phase: {worker: answer}}, at).held


def revoked_ids(answer: Any) -> tuple[RevokedId, ...]:
    """The ids that a worker will not start, newest last."""
    told = answer[-_MOST_LINES:] if isinstance(answer, list) else ()
    ids = dict.fromkeys(cut(printable(one), 255) for one in told if isinstance(one, str) and one)
    return tuple(map(RevokedId, ids))


def registered_list(answer: Any) -> tuple[RegisteredTask, ...]:
    """The tasks that a worker knows, by name."""
    told = sorted(registered_settings(answer).items())
    return tuple(
        RegisteredTask(
            cut(printable(name), 512),
            _text(settings.get("rate_limit")),
            _text(settings.get("soft_time_limit")),
            _text(settings.get("time_limit")),
            _flag(settings.get("acks_late")),
            _flag(settings.get("ignore_result")),
        )
        for name, settings in told[:_MOST_LINES]
    )


def limits(stats: Any, tasks: tuple[RegisteredTask, ...]) -> tuple[Setting, ...]:
    """What bounds this worker: its pool first, then each task that has a limit of its own."""
    facts = stats if isinstance(stats, dict) else {}
    pool, scaler = mapping_of(facts.get("pool")), mapping_of(facts.get("autoscaler"))
    lines = [
        ("Tasks at the same time", pool_size(facts)),
        ("Prefetch count", facts.get("prefetch_count")),
        ("Autoscale", f"{scaler.get('min')} to {scaler.get('max')}" if scaler else None),
        ("Tasks until a process is replaced", _unless_none(pool.get("max-tasks-per-child"))),
        ("Time limits of the pool, s (soft, hard; 0 = none)", pool.get("timeouts")),
    ]
    found = [Setting(name, _value_text(value)) for name, value in lines if value is not None]
    for task in tasks:
        words = (
            ("rate", task.rate),
            ("soft", task.soft and f"{task.soft} s"),
            ("hard", task.hard and f"{task.hard} s"),
        )
        told = ", ".join(f"{word} {value}" for word, value in words if value)
        if told:
            found.append(Setting(task.name, told))
    return tuple(found)


def settings_of(answer: Any) -> tuple[Setting, ...]:
    """A configuration or statistics as flat lines. Whatever looks like a password is masked."""
    lines: list[Setting] = []
    _flatten("", answer if isinstance(answer, dict) else {}, lines, 0)
    return tuple(sorted(lines[:_MOST_LINES], key=lambda line: line.name))


def compare(mine: tuple[Setting, ...], other: tuple[Setting, ...]) -> tuple[Compared, ...]:
    """Both configurations line by line, by name."""
    left, right = ({line.name: line.value for line in lines} for lines in (mine, other))
    return tuple(Compared(name, left.get(name), right.get(name)) for name in sorted(left.keys() | right.keys()))


def _flatten(prefix: str, told: Mapping[Any, Any], lines: list[Setting], depth: int) -> None:
    for key, value in told.items():
        name = f"{prefix}{cut(printable(str(key)), 200)}"
        if isinstance(value, dict) and value and depth < 6:
            _flatten(f"{name}.", value, lines, depth + 1)
        elif len(lines) < _MOST_LINES:
            secret = any(word in name.lower() for word in _SECRET_WORDS) and value
            lines.append(Setting(name, _MASK if secret else _value_text(value)))


def _value_text(value: Any) -> str:
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = str(type(value).__name__)
    return cut(printable(scrub(text)), _VALUE_CHARS)


def _unless_none(value: Any) -> Any:
    return "no limit" if value == "N/A" else value


def _text(value: str | None) -> str | None:
    return cut(printable(value), 100) if value not in (None, "", "None") else None


def _flag(value: str | None) -> bool | None:
    return {"True": True, "False": False}.get(value or "")
