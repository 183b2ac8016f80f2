"""PURE: what Celery's beat is to send and when, read from the configuration that workers tell of themselves.

It is the application's setting, as each worker has it: whether a beat runs, and with which schedule, no worker knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from broker_client.tasks.crontab import next_runs
from broker_client.tasks.plain_text import cut, printable
from broker_client.tasks.schedule_words import AtTimes, Schedule, read_schedule

QUESTION = {"conf": {"with_defaults": True}}
"""What ``add_periodic_task`` adds stands among the defaults, and only so is a namespace (``CELERY_``) resolved."""
MOST_ENTRIES = 2_000
_TEXT_CHARS = 300
_ZONE_KEY = re.compile(r"(?:zoneinfo\.ZoneInfo\(key='|<DstTzInfo ')?([A-Za-z0-9_+\-]+(?:/[A-Za-z0-9_+\-]+)*)")
_DEFAULT_SCHEDULERS = ("celery.beat:PersistentScheduler", "celery.beat.PersistentScheduler")
_SCHEDULE = ("beat_schedule", "CELERYBEAT_SCHEDULE")
_SCHEDULER = ("beat_scheduler", "CELERYBEAT_SCHEDULER")
_TIMEZONE = ("timezone", "CELERY_TIMEZONE", "TIME_ZONE")
"""The name today, that of before Celery 4, which a configuration may still have throughout; the last is Django's."""
_ENABLE_UTC = ("enable_utc", "CELERY_ENABLE_UTC", "ENABLE_UTC")
_KNOWN_SCHEDULERS = {"django_celery_beat": "in Django's database", "redbeat": "in Redis"}


class BeatEntry(msgspec.Struct, frozen=True):
    """One entry of a ``beat_schedule``, and the ``workers`` whose configuration has it so. ``zone`` is where its clock
    times are meant, empty = unknown. Texts are cut."""

    name: str
    task: str
    schedule: Schedule
    args: str
    kwargs: str
    options: str
    zone: str
    workers: tuple[str, ...]

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        return self.name, self.workers


class BeatBook(msgspec.Struct, frozen=True):
    """The entries of every worker that answered. ``notes`` are sentences about what may be elsewhere."""

    entries: tuple[BeatEntry, ...] = ()
    answered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_beat(answers: Mapping[str, Any]) -> BeatBook:
    """Read ``{worker: its configuration}``. An answer of a strange shape is left out."""
    told: dict[BeatEntry, list[str]] = {}
    notes: dict[str, None] = {}
    read = sorted((printable(name), conf) for name, conf in answers.items() if _is_conf(conf))
    for worker, conf in read:
        notes.update(dict.fromkeys(_notes(conf)))
        for entry in _entries(conf):
            if entry in told or len(told) < MOST_ENTRIES:
                told.setdefault(entry, []).append(worker)
    entries = (msgspec.structs.replace(entry, workers=tuple(workers)) for entry, workers in told.items())
    return BeatBook(
        tuple(sorted(entries, key=lambda entry: entry.key)), tuple(worker for worker, _conf in read), tuple(notes)
    )


def runs_after(entry: BeatEntry, now: float, count: int = 3) -> tuple[float, ...]:
    """When beat will send it next, in epoch seconds; empty when only beat itself, or nobody, can know."""
    zone = zone_of(entry.zone)
    if not isinstance(entry.schedule, AtTimes) or zone is None:
        return ()
    moments = next_runs(entry.schedule.crontab, datetime.fromtimestamp(now, UTC), zone, count)
    return tuple(moment.timestamp() for moment in moments)


def zone_of(name: str) -> tzinfo | None:
    """The time zone of that name; ``None`` = there is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError, KeyError):
        return None


def _is_conf(conf: Any) -> bool:
    return isinstance(conf, dict) and "error" not in conf


def _setting(conf: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((conf[name] for name in names if conf.get(name) is not None), None)


def _entries(conf: Mapping[str, Any]) -> list[BeatEntry]:
    table = _setting(conf, _SCHEDULE)
    zone = _zone(conf)
    if not isinstance(table, dict):
        return []
    return [_entry(name, entry, zone) for name, entry in table.items() if isinstance(entry, dict)]


def _entry(name: str, entry: Mapping[str, Any], zone: str) -> BeatEntry:
    return BeatEntry(
        cut(printable(name), _TEXT_CHARS),
        cut(printable(str(entry.get("task") or "")), _TEXT_CHARS),
        read_schedule(entry.get("schedule")),
        _text(entry.get("args"), "[]"),
        _text(entry.get("kwargs"), "{}"),
        _text(entry.get("options"), "{}"),
        zone,
        (),
    )


def _zone(conf: Mapping[str, Any]) -> str:
    """The application's zone: UTC unless it says otherwise; empty where it is the worker's machine that knows."""
    told = _setting(conf, _TIMEZONE)
    if isinstance(told, str) and told:
        found = _ZONE_KEY.match(told)
        name = found[1] if found else ""
        return name if zone_of(name) is not None else ""
    return "" if _setting(conf, _ENABLE_UTC) is False else "UTC"


def _notes(conf: Mapping[str, Any]) -> list[str]:
    scheduler = _setting(conf, _SCHEDULER)
    if not isinstance(scheduler, str) or not scheduler or scheduler in _DEFAULT_SCHEDULERS:
        return []
    place = next((words for part, words in _KNOWN_SCHEDULERS.items() if part in scheduler), "in a place of its own")
    name = cut(printable(scheduler), 100)
    return [f"Beat is set to {name}, which keeps entries {place}: those are not listed here."]


def _text(value: Any, empty: str) -> str:
    if not value:
        return empty
    try:
        return cut(printable(json.dumps(value, ensure_ascii=False)), _TEXT_CHARS)
    except (TypeError, ValueError, RecursionError):
        return "…"
