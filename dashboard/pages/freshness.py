"""How old a figure is, where it comes from, and why it is not newer: the words under and over every panel. Pure."""

from __future__ import annotations

from typing import NamedTuple

from dashboard.look import wording
from dashboard.store.app_state import Health, Stamp

LATE_FACTOR = 3.0
LATE_GRACE_S = 2.0

_NAMES = {
    "management": "the management API",
    "queue_detail": "the management API",
    "topology": "the management API",
    "amqp": "RabbitMQ",
    "redis": "Redis",
    "celery": "Celery",
}


class Waiting(NamedTuple):
    """What a panel says before its first data."""

    title: str
    words: str


def age_words(at: float, now: float) -> str:
    """``0.3 s ago``, ``14 s ago``: monotonic seconds in, words out."""
    age_s = max(0.0, now - at)
    return f"{age_s:.1f} s ago" if age_s < 0.95 else wording.age(age_s)


def source_words(stamp: Stamp | None, now: float) -> str:
    """``management API · 2 s ago``; nothing before the first data."""
    return "" if stamp is None else f"{stamp.source} · {age_words(stamp.at, now)}"


def stale_reason(health: Health, stamp: Stamp | None, now: float) -> str | None:
    """Why the figures on the screen are old, or ``None`` when they are not."""
    if stamp is None:
        return None
    age = age_words(stamp.at, now)
    if health.state in ("down", "refused"):
        return " · ".join(part for part in (f"From {age}: {failure_words(health)}", retry_words(health, now)) if part)
    if health.state == "off":
        return f"From {age}: not connected"
    if now - stamp.at > LATE_FACTOR * stamp.interval_s + LATE_GRACE_S:
        return f"From {age}: no news from {service_name(health.service)}"
    return None


def failure_words(health: Health) -> str:
    """What failed, why, and the remedy, as one line."""
    failed = ": ".join(part for part in (health.what, health.why) if part) or health.detail or "no answer"
    return f"{failed}. {health.remedy}" if health.remedy else failed


def retry_words(health: Health, now: float) -> str:
    """``next try in 3 s``, or that nothing happens before a person acts."""
    if health.state == "refused":
        return "waits for you"
    if health.next_try is None:
        return ""
    left_s = health.next_try - now
    return f"next try in {left_s:.0f} s" if left_s >= 1 else "trying now"


def waiting(health: Health, now: float) -> Waiting:
    """The words of a panel that has nothing to show yet; never a zero."""
    name = service_name(health.service)
    if health.state in ("down", "refused"):
        words = " · ".join(part for part in (failure_words(health), retry_words(health, now)) if part)
        return Waiting(f"No answer from {name}" if health.state == "down" else f"Refused by {name}", words)
    if health.state == "off":
        return Waiting("Not connected", health.remedy or f"This profile does not use {name}.")
    return Waiting(f"Connecting to {name} …", health.detail or "The first figures arrive in a moment.")


def service_name(service: str) -> str:
    """A service as it stands in a sentence."""
    return _NAMES.get(service, service)
