"""PURE: what stands in the form "Send a task", as texts, and what they mean: a call, or what is wrong, by field."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import msgspec

from broker_client.tasks.task_message import FIELD_NAMES, TaskCall, call_troubles

NOW, IN, AT = "now", "in", "at"
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|sec|min|m|h|d)?\s*", re.IGNORECASE)
_UNIT_S = {"ms": 0.001, "s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?$")
_SPAN_HELP = "seconds, or such as 5m or 1h 30m"
_TIME_HELP = "a time such as 18:30, or a date and a time such as 2026-11-24 06:00"


class TaskDraft(msgspec.Struct, frozen=True):
    """``when`` is ``now``, ``in`` (``when_text`` is a span) or ``at`` (a time of this machine's clock)."""

    name: str = ""
    args: str = "[]"
    kwargs: str = "{}"
    queue: str = ""
    when: str = NOW
    when_text: str = ""
    expires: str = ""
    priority: str = ""
    task_id: str = ""


def read_draft(draft: TaskDraft, new_id: str, now: float) -> tuple[TaskCall, dict[str, str]]:
    """The call that ``draft`` means, and what is wrong by field of :data:`FIELD_NAMES`; empty = it can be sent."""
    troubles: dict[str, str] = {}
    countdown_s = eta = None
    if draft.when == IN:
        countdown_s = seconds_of(draft.when_text)
        if countdown_s is None:
            troubles["eta"] = _SPAN_HELP
    elif draft.when == AT:
        eta = moment_of(draft.when_text, now)
        if eta is None:
            troubles["eta"] = _TIME_HELP
        elif eta <= now:
            troubles["eta"] = "it has passed"
    expires_s = seconds_of(draft.expires) if draft.expires.strip() else None
    if draft.expires.strip() and expires_s is None:
        troubles["expires"] = _SPAN_HELP
    priority = _whole(draft.priority)
    if draft.priority.strip() and priority is None:
        troubles["priority"] = "a whole number, 0 to 255"
    call = TaskCall(
        draft.name.strip(),
        draft.queue.strip(),
        draft.task_id.strip() or new_id,
        draft.args.strip() or "[]",
        draft.kwargs.strip() or "{}",
        eta,
        countdown_s,
        expires_s,
        priority,
        bool(draft.task_id.strip()),
    )
    found = {**call_troubles(call), **troubles}
    return call, {field: found[field] for field in FIELD_NAMES if field in found}


def seconds_of(text: str) -> float | None:
    """``90``, ``90 s``, ``5m``, ``1h 30m``, in seconds; ``None`` = it says no span."""
    rest, total = text.strip(), 0.0
    if not rest or len(rest) > 40:
        return None
    while rest:
        found = _SPAN.match(rest)
        if found is None or (found[2] is None and (total or found.end() < len(rest))):
            return None
        total += float(found[1]) * _UNIT_S[(found[2] or "s").lower()]
        rest = rest[found.end() :]
    return total


def moment_of(text: str, now: float) -> float | None:
    """A time of day (the next such moment) or a date with a time, of this machine's clock, in epoch seconds."""
    text = text.strip()
    found = _CLOCK.match(text)
    try:
        if found is None:
            moment = datetime.fromisoformat(text)
            return moment.timestamp() if ":" in text else None
        today = datetime.fromtimestamp(now)
        moment = today.replace(hour=int(found[1]), minute=int(found[2]), second=int(found[3] or 0), microsecond=0)
        return (moment if moment > today else moment + timedelta(days=1)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None
