"""PURE: a verdict on a task's whereabouts as words and a tone for the window."""

from __future__ import annotations

from broker_client.tasks.clues import RUNS_LATER, Evidence, Whereabouts
from dashboard.look.wording import DASH, age, clock, full_count, sentences, span

_TONES = {
    "never_seen": "idle",
    "waiting": "info",
    "held": "info",
    "running": "ok",
    "scheduled": "info",
    "retrying": "warn",
    "finished": "ok",
    "expired": "idle",
    "revoked": "warn",
    "not_run": "warn",
    "worker_lost": "crit",
    "unknown": "warn",
}
_FAILED = "Failed"


def verdict_tone(found: Whereabouts) -> str:
    return "crit" if found.words.startswith(_FAILED) else _TONES.get(found.verdict, "idle")


def verdict_words(found: Whereabouts) -> str:
    """The sentence with how many are ahead: ``Waiting in queue orders, about 12 ahead of it``."""
    if found.verdict != "waiting" or found.ahead is None:
        return found.words
    if not found.ahead:
        return f"{found.words}, next in line"
    return f"{found.words}, {'at most' if found.ahead_at_most else 'about'} {full_count(found.ahead)} ahead of it"


def time_words(found: Whereabouts, now: float) -> str:
    """``since 14:02:11 (3 m) · due 14:10:00 (in 5 m)``; empty when no time is known. ``now`` is epoch seconds."""
    parts = []
    if found.since is not None:
        parts.append(f"since {clock(found.since)} ({span(max(0.0, now - found.since))})")
    if found.until is not None:
        left_s = found.until - now
        when = f"in {span(left_s)}" if left_s > 0 else f"{span(-left_s)} ago"
        parts.append(f"{'due' if found.verdict in RUNS_LATER else 'kept until'} {clock(found.until)} ({when})")
    return " · ".join(parts)


def reason_words(found: Whereabouts) -> str:
    return sentences(found.reason) if found.reason else ""


def evidence_age(line: Evidence, now: float) -> str:
    """How old the line is; a dash when nobody knows."""
    return DASH if line.at is None else age(max(0.0, now - line.at))
