"""A family of tasks in words. PURE: members in, sentences out."""

from __future__ import annotations

from collections import Counter

from broker_client.tasks.family import MOST_LOOKED_AT, FamilyMember, TaskFamily
from dashboard.look.wording import DASH, span, visible
from dashboard.models.task_wording import state_tone, state_word

_UNSEEN = "Not seen yet"
_ORDER = ("FAILURE", "REJECTED", "REVOKED", "RETRY", "STARTED", "RECEIVED", "PENDING", "", "SUCCESS")
_COUNTED = {
    "FAILURE": "failed",
    "REJECTED": "rejected",
    "REVOKED": "revoked",
    "RETRY": "to be tried again",
    "STARTED": "running",
    "RECEIVED": "held by a worker",
    "PENDING": "waiting",
    "SUCCESS": "succeeded",
}
_NAME_CHARS = 60
_ID_CHARS = 8


def summary(family: TaskFamily) -> str:
    """``12 tasks: 1 failed, 2 running, 9 succeeded``."""
    states = Counter(NOT_RUN if member.never_run else member.state for member in family.members)
    order = sorted(states, key=lambda state: (_place(state), state))
    parts = ", ".join(f"{states[state]:,} {_COUNTED.get(state) or _word(state).lower()}" for state in order)
    total = len(family.members)
    words = f"{total:,} task{'' if total == 1 else 's'}: {parts}"
    least = "at least " if family.left_out + total >= MOST_LOOKED_AT else ""
    more = f" and {least}{family.left_out:,} more that are not drawn" if family.left_out else ""
    return words + more


NOT_RUN = "\0not run"


def member_word(member: FamilyMember) -> str:
    """Its state; one that an earlier step kept from running says so."""
    return _word(NOT_RUN if member.never_run else member.state)


def member_tone(member: FamilyMember) -> str:
    return "idle" if member.never_run or not member.state else state_tone(member.state)


def short_name(member: FamilyMember) -> str:
    """The end of the task's name, by which tasks of one application differ."""
    name = visible(member.name or "")
    if member.body and not name:
        return "Body of the chord"
    return ".".join(name.split(".")[-2:])[-_NAME_CHARS:] if name else "Name unknown"


def second_line(member: FamilyMember, count: int) -> str:
    if count > 1:
        return f"{count:,} tasks · {member_word(member).lower()}"
    took = span(member.runtime_s)
    parts = (member_word(member), took if took != DASH else "", visible(member.id[:_ID_CHARS]))
    return " · ".join(part for part in parts if part)


def sentence(member: FamilyMember, count: int = 1) -> str:
    """The box for a screen reader and as its tooltip."""
    name = visible(member.name or "") or "Name unknown"
    if count > 1:
        return f"{count:,} tasks {name}: {member_word(member).lower()}. Click to see each"
    parts = [f"{name}, {member_word(member)}"]
    if member.exception:
        parts.append(visible(member.exception))
    parts.append(visible(member.id))
    if member.body:
        parts.append("the body of the chord: it runs when its whole header has succeeded")
    if member.guessed:
        parts.append("its place is concluded from time and exception, Celery does not store it")
    return "\n".join(parts)


def _word(state: str) -> str:
    return "Not run" if state == NOT_RUN else state_word(state) if state else _UNSEEN


def _place(state: str) -> float:
    if state == NOT_RUN:
        return 1.5
    return float(_ORDER.index(state)) if state in _ORDER else 4.5
