"""PURE: a schedule of Celery's beat, read from what a worker's configuration says of it, and put into words.

Configurations travel as JSON, in which a schedule is a number of seconds or the ``repr`` of an object. Such a text
is taken apart by patterns and never run; what fits none is :class:`Unread` and keeps its text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec

from broker_client.errors import BadInput
from broker_client.tasks.crontab import EVERY, MONTHS, WEEKDAYS, Crontab, read_crontab
from broker_client.tasks.plain_text import cut, printable

_FIELD = r"((?:frozenset\()?(?:\{[^{}]*\}|\[[^\[\]]*\])\)?|range\([^()]*\)|\S+)"
_CRONTAB = re.compile(rf"<crontab: {' '.join([_FIELD] * 5)} \((m/h/dM/MY/d|m/h/d/dM/MY)\)>$")
_FREQ = re.compile(r"<freq: (?:(now)|([\d.]+) (second|minute|hour|day)(s?))>$")
_SOLAR = re.compile(r"<solar: (\w+) at latitude (-?[\d.]+), longitude: (-?[\d.]+)>$")
_DELTA = re.compile(r"(?:(-?\d+) days?, )?(\d{1,2}):(\d\d):(\d\d)(?:\.(\d+))?$")
_GRAINS = {"second": 0.01, "minute": 1.0, "hour": 60.0, "day": 3_600.0}
"""How fine a span is told that Celery has rounded to hundredths of its unit, in seconds."""
_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3_600.0, "day": 86_400.0}
_MOST_TEXT = 1_000
_FEW = 5
_MANY = 12
_LONGEST_S = 1e10


class Interval(msgspec.Struct, frozen=True, tag=True):
    """Again and again after so many seconds. ``exact`` is False where the text was rounded."""

    seconds: float
    exact: bool = True


class AtTimes(msgspec.Struct, frozen=True, tag=True):
    """Whenever the clock fits."""

    crontab: Crontab


class Solar(msgspec.Struct, frozen=True, tag=True):
    """With the sun: ``sunset``, ``dawn_civil`` ... at a place (degrees, north and east positive)."""

    event: str
    latitude: float
    longitude: float


class Unread(msgspec.Struct, frozen=True, tag=True):
    """A schedule of a kind that we do not know."""

    text: str


Schedule = Interval | AtTimes | Solar | Unread


def read_schedule(value: Any) -> Schedule:
    """Read what stands in a configuration as ``schedule``. Never raises."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Interval(float(value)) if 0 < value < _LONGEST_S else Unread(str(value)[:40])
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        return Unread(cut(printable(str(value)[:_MOST_TEXT]), 200))
    if found := _CRONTAB.match(value):
        return _crontab(found, value)
    if found := _FREQ.match(value):
        return _frequency(found) or Unread(value)
    if found := _SOLAR.match(value):
        return Solar(found[1], _real(found[2]), _real(found[3]))
    if found := _DELTA.match(value):
        hours = int(found[1] or 0) * 24 + int(found[2])
        seconds = hours * 3_600 + int(found[3]) * 60 + int(found[4]) + _real(f"0.{found[5] or 0}")
        return Interval(seconds) if seconds > 0 else Unread(value)
    return Unread(cut(printable(value), 200))


def schedule_words(schedule: Schedule) -> str:
    """``Every 30 seconds``, ``Monday to Friday at 09:00``, ``At sunset at 48.2° north, 16.4° east``."""
    match schedule:
        case Interval():
            return f"{'Every' if schedule.exact else 'About every'} {span_words(schedule.seconds)}"
        case AtTimes(crontab=crontab):
            words = crontab_words(crontab)
            return words[0].upper() + words[1:]
        case Solar(event=event, latitude=latitude, longitude=longitude):
            north = f"{abs(latitude):g}° {'north' if latitude >= 0 else 'south'}"
            east = f"{abs(longitude):g}° {'east' if longitude >= 0 else 'west'}"
            return f"At {_sun_words(event)} at {north}, {east}"
        case Unread(text=text):
            return f"Unknown: {text}"


def span_words(seconds: float) -> str:
    """``second``, ``30 seconds``, ``1.5 seconds``, ``hour``, ``2 hours 30 minutes``: for after "every"."""
    if seconds < 60 or seconds != int(seconds):
        return "second" if seconds == 1 else f"{seconds:g} seconds"
    parts, rest = [], int(seconds)
    for name in ("day", "hour", "minute", "second"):
        number, rest = divmod(rest, int(_UNITS[name]))
        if number:
            parts.append(f"{number} {name}{'s' if number > 1 else ''}")
    return parts[0].removeprefix("1 ") if len(parts) == 1 else " ".join(parts)


def crontab_words(crontab: Crontab) -> str:
    """The crontab as a clause."""
    days, months = _day_words(crontab), "" if crontab.months == EVERY.months else _names(crontab.months, MONTHS, 1)
    time = _time_words(crontab)
    if time.startswith("every"):
        parts = [time, f", {days}" if days else ""]
    else:
        parts = [days or "every day", f" {time}"]
    return "".join(parts) + (f" in {months}" if months else "")


def _frequency(found: re.Match[str]) -> Interval | None:
    """``2.78 hours`` were rounded, and so were ``1.00 hours``, which are no ``1.00 hour``; seconds are always told."""
    number, unit = _real(found[2] or "0"), found[3] or "second"
    seconds, grain = number * _UNITS[unit], _GRAINS[unit]
    if not 0 < seconds < _LONGEST_S:
        return None
    exact = unit == "second" or (number.is_integer() and not (number == 1 and found[4]))
    return Interval(seconds if exact else max(1, round(seconds / grain)) * grain, exact)


def _crontab(found: re.Match[str], text: str) -> Schedule:
    """Celery 5.2 and older write the day of the week third, newer ones last; the legend says which."""
    minute, hour, third, fourth, fifth, legend = found.groups()
    day, month, weekday = (third, fourth, fifth) if legend == "m/h/dM/MY/d" else (fourth, fifth, third)
    try:
        return AtTimes(read_crontab(minute, hour, day, month, weekday))
    except (BadInput, ValueError):
        return Unread(cut(printable(text), 200))


def _time_words(crontab: Crontab) -> str:
    minutes, hours = sorted(crontab.minutes), sorted(crontab.hours)
    all_hours = crontab.hours == EVERY.hours
    step = _step(minutes, 60)
    if all_hours and step:
        return "every minute" if step == 1 else f"every {step} minutes"
    if len(minutes) * len(hours) <= _FEW:
        return "at " + _listed([f"{hour:02}:{minute:02}" for hour in hours for minute in minutes])
    if all_hours:
        return f"every hour at minute {_ranges(minutes)}"
    hour_step = _step(hours, 24)
    if len(minutes) == 1 and hour_step:
        return f"every {hour_step} hours at minute {minutes[0]}"
    if step:
        often = "every minute" if step == 1 else f"every {step} minutes"
    else:
        often = f"at minute {_ranges(minutes)}"
    return f"{often} of {'the hours' if len(hours) > 1 else 'hour'} {_ranges(hours)}"


def _step(numbers: list[int], whole: int) -> int:
    """5 of 0, 5, 10 ... 55; 0 when they are not all multiples of one step, or the last gap is another: 0, 7 ... 56."""
    if len(numbers) < 2 or numbers[0] != 0:
        return 0
    step = numbers[1]
    return step if whole % step == 0 and numbers == list(range(0, whole, step)) else 0


def _day_words(crontab: Crontab) -> str:
    weekdays = "" if crontab.weekdays == EVERY.weekdays else _weekday_words(crontab.weekdays)
    if crontab.days == EVERY.days:
        return weekdays if not weekdays or len(crontab.weekdays) > 1 else f"every {weekdays}"
    days = f"on day {_ranges(sorted(crontab.days))} of the month"
    return f"{days} if that is a {weekdays}" if weekdays else days


def _weekday_words(numbers: frozenset[int]) -> str:
    """From Monday on, as most people count."""
    from_monday = frozenset((number - 1) % 7 for number in numbers)
    return _names(from_monday, (*WEEKDAYS[1:], WEEKDAYS[0]), 0)


def _names(numbers: frozenset[int], names: Sequence[str], first: int) -> str:
    runs = _runs(sorted(numbers))
    return _listed(
        [
            f"{names[low - first]} to {names[high - first]}"
            if high - low > 1
            else _listed_names(low, high, names, first)
            for low, high in runs
        ]
    )


def _listed_names(low: int, high: int, names: Sequence[str], first: int) -> str:
    return ", ".join(names[number - first] for number in range(low, high + 1))


def _ranges(numbers: list[int]) -> str:
    """``8 to 17``, ``0, 7, 14 … 56``, ``1, 3, 4, 8``; of very many the first ones and how many more there are."""
    gaps = {after - before for before, after in pairwise(numbers)}
    if len(numbers) > _FEW and len(gaps) == 1 and gaps != {1}:
        return f"{', '.join(map(str, numbers[:3]))} … {numbers[-1]}"
    runs = _runs(numbers)
    if len(runs) > _MANY:
        told = sum(high - low + 1 for low, high in runs[: _MANY - 2])
        return f"{_run_words(runs[: _MANY - 2])} and {len(numbers) - told} more"
    return _run_words(runs)


def _run_words(runs: list[tuple[int, int]]) -> str:
    return ", ".join(
        f"{low} to {high}" if high - low > 1 else ", ".join(map(str, range(low, high + 1))) for low, high in runs
    )


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    cuts = [place for place, (before, after) in enumerate(pairwise(numbers), 1) if after != before + 1]
    edges = [0, *cuts, len(numbers)]
    return [(numbers[start], numbers[end - 1]) for start, end in pairwise(edges)]


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _sun_words(event: str) -> str:
    """``civil dawn`` of ``dawn_civil``."""
    if event == "solar_noon":
        return "solar noon"
    part, _, kind = event.partition("_")
    return f"{kind} {part}".strip()


def _real(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
