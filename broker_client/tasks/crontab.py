"""PURE: Celery's crontab, read from its five texts: which minutes it means, and when the next of them are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta, tzinfo

import msgspec

from broker_client.errors import BadInput

WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LONGEST_SEARCH_DAYS = 8 * 366
"""A 29th of February comes after eight years at the latest."""
_COLLECTION = re.compile(r"(?:frozenset\()?[\[{(]([\d, ]+)[\]})]\)?$")
_RANGE = re.compile(r"range\((\d+), (\d+)(?:, (\d+))?\)$")
_PART = re.compile(r"(?:(?P<star>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?$")
_MOST_TEXT = 400


class Crontab(msgspec.Struct, frozen=True):
    """The numbers each field allows. A day must fit all three of its fields; Sunday is 0."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]


EVERY = Crontab(
    frozenset(range(60)),
    frozenset(range(24)),
    frozenset(range(1, 32)),
    frozenset(range(1, 13)),
    frozenset(range(7)),
)


def read_crontab(minute: str, hour: str, day_of_month: str, month: str, day_of_week: str) -> Crontab:
    """Read the five fields as Celery writes them. Raises :class:`BadInput` naming the one that cannot be read."""
    return Crontab(
        _numbers(minute, EVERY.minutes, ()),
        _numbers(hour, EVERY.hours, ()),
        _numbers(day_of_month, EVERY.days, ()),
        _numbers(month, EVERY.months, MONTHS),
        _numbers(day_of_week, EVERY.weekdays, WEEKDAYS),
    )


def next_runs(crontab: Crontab, after: datetime, zone: tzinfo, count: int = 3) -> tuple[datetime, ...]:
    """The next ``count`` minutes after ``after`` (aware) that fit by the clocks of ``zone``; fewer when none come."""
    found: list[datetime] = []
    for moment in _moments(crontab, after.astimezone(zone), zone):
        if moment > after:
            found.append(moment)
            if len(found) == count:
                break
    return tuple(found)


def _moments(crontab: Crontab, start: datetime, zone: tzinfo) -> Iterator[datetime]:
    times = [time(hour, minute) for hour in sorted(crontab.hours) for minute in sorted(crontab.minutes)]
    for offset in range(_LONGEST_SEARCH_DAYS):
        day = start.date() + timedelta(days=offset)
        if day.month in crontab.months and day.day in crontab.days and day.isoweekday() % 7 in crontab.weekdays:
            for at in times:
                yield datetime.combine(day, at, zone)


def _numbers(text: str, every: frozenset[int], names: tuple[str, ...]) -> frozenset[int]:
    """The numbers that one field means."""
    text = text.strip()
    if not text or len(text) > _MOST_TEXT:
        raise BadInput("a crontab cannot be read", f"{text[:40]!r} is no field of one")
    if found := _COLLECTION.match(text):
        numbers = [int(part) for part in found[1].split(",") if part.strip()]
    elif found := _RANGE.match(text):
        numbers = list(range(int(found[1]), min(int(found[2]), 100), int(found[3] or 1) or 1))
    else:
        numbers = [number for part in text.split(",") for number in _of_part(part.strip(), every, names)]
    if not numbers or not every.issuperset(numbers):
        raise BadInput("a crontab cannot be read", f"{text!r} is outside {min(every)} to {max(every)}")
    return frozenset(numbers)


def _of_part(part: str, every: frozenset[int], names: tuple[str, ...]) -> list[int]:
    """``*``, ``*/5``, ``3``, ``8-17``, ``8-17/2``, ``fri-mon`` (which goes round)."""
    found = _PART.match(part)
    if found is None:
        raise BadInput("a crontab cannot be read", f"{part!r} is no field of one")
    step = int(found["step"] or 1)
    if step == 0:
        raise BadInput("a crontab cannot be read", f"{part!r} steps by nothing")
    if found["star"]:
        return sorted(every)[::step]
    first = _number(found["first"], every, names)
    if found["last"] is None:
        return [first]
    last = _number(found["last"], every, names)
    if last >= first:
        return list(range(first, last + 1))[::step]
    return [*range(first, max(every) + 1), *range(min(every), last + 1)][::step]


def _number(text: str, every: frozenset[int], names: tuple[str, ...]) -> int:
    if text.isdecimal() and len(text) < 4:
        return int(text)
    for place, name in enumerate(names):
        if text[:3].lower() == name[:3].lower() and name.lower().startswith(text.lower()):
            return place + min(every)
    raise BadInput("a crontab cannot be read", f"{text!r} is no number or name that it knows")
