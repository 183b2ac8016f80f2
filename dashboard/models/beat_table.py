"""The columns of the table of beat entries and its model: what is due first on top."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from broker_client.tasks.beat_entries import BeatEntry, runs_after
from broker_client.tasks.schedule_words import AtTimes, Interval, schedule_words
from dashboard.look.wording import DASH, moment, shorten, span, visible
from dashboard.models.keyed_table import Column, KeyedTable
from dashboard.models.task_wording import ago, words

DEFAULT_ORDER = "next"
_ONLY_BEAT = "Only beat itself knows when it sent it last: the next one is at most this far away, while beat runs."
_NOBODY = "When that is next cannot be told from here."
_NO_ZONE = "Its clock times are meant in the time zone of the worker's machine, which is not told."


class BeatRow(NamedTuple):
    """``runs`` are its next times in epoch seconds; ``seen_at`` when a task of its name last ended."""

    entry: BeatEntry
    runs: tuple[float, ...] = ()
    seen_at: float | None = None
    due: float | None = None
    """The latest it can be, for the order."""


def beat_table(now: Callable[[], float]) -> KeyedTable:
    """An empty model of :class:`BeatRow` by name and workers. ``now`` gives epoch seconds."""
    return KeyedTable(beat_columns(now), lambda row: row.entry.key)


def beat_row(entry: BeatEntry, now: float, seen_at: float | None) -> BeatRow:
    runs, schedule = runs_after(entry, now), entry.schedule
    due = runs[0] if runs else now + schedule.seconds if isinstance(schedule, Interval) else None
    return BeatRow(entry, runs, seen_at, due)


def next_text(row: BeatRow, now: float) -> str:
    """``in 2 h 8 m``, ``within 30 s``; a dash when nobody can tell."""
    if row.runs:
        return f"in {span(max(1.0, row.runs[0] - now))}"
    schedule = row.entry.schedule
    return f"within {span(schedule.seconds).replace('.0', '')}" if isinstance(schedule, Interval) else DASH


def next_words(row: BeatRow) -> str:
    """The next moments, or why they are not known."""
    if row.runs:
        zone = f" ({row.entry.zone})" if row.entry.zone else ""
        return "\n".join(moment(at) for at in row.runs) + f"\nby this machine's clock; meant in{zone or ' UTC'}"
    schedule = row.entry.schedule
    if isinstance(schedule, Interval):
        return _ONLY_BEAT
    return _NO_ZONE if isinstance(schedule, AtTimes) and not row.entry.zone else _NOBODY


def beat_columns(now: Callable[[], float]) -> tuple[Column, ...]:
    return (
        Column(
            "next",
            "Next",
            "strong",
            text=lambda row: next_text(row, now()),
            value=lambda row: row.due,
            tip=next_words,
            width_hint=124,
            help="When beat sends it next, as long as a beat runs with this schedule",
        ),
        Column("name", "Entry", "text", lambda row: row.entry.name, lambda row: row.entry.name, width_hint=224),
        Column(
            "schedule",
            "When",
            "text",
            lambda row: schedule_words(row.entry.schedule),
            lambda row: schedule_words(row.entry.schedule),
            tip=lambda row: f"{schedule_words(row.entry.schedule)}\n{next_words(row)}",
            width_hint=210,
            stretch=True,
        ),
        Column("task", "Task", "text", lambda row: words(row.entry.task), lambda row: row.entry.task, width_hint=190),
        Column("args", "Arguments", "mono", arguments_text, arguments_text, width_hint=150),
        Column(
            "seen",
            "Task last seen",
            "time",
            text=lambda row: ago(row.seen_at, now()),
            value=lambda row: row.seen_at,
            align="right",
            width_hint=104,
            help="When a task of this name last ended, whoever sent it. Nobody tells whether a beat runs.",
        ),
        Column(
            "workers",
            "Told by",
            "text",
            lambda row: _few(row.entry.workers),
            lambda row: len(row.entry.workers),
            tip=lambda row: "\n".join(row.entry.workers),
            width_hint=120,
            help="The workers in whose configuration it stands",
        ),
        Column("options", "Options", "mono", lambda row: row.entry.options, lambda row: row.entry.options, shown=False),
        Column("zone", "Zone", "text", lambda row: row.entry.zone or DASH, lambda row: row.entry.zone, shown=False),
    )


def arguments_text(row: BeatRow) -> str:
    """Positional ones, then keywords; what is empty is left out."""
    entry = row.entry
    parts = [text for text, empty in ((entry.args, "[]"), (entry.kwargs, "{}")) if text != empty]
    return " ".join(parts) or "none"


def _few(names: tuple[str, ...]) -> str:
    first = visible(shorten(names[0], 60)) if names else DASH
    return first if len(names) < 2 else f"{first} + {len(names) - 1}"
