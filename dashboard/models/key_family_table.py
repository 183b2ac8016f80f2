"""The columns of what fills Redis: families of keys with their number, room and time to live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from broker_client.tasks.key_census import FamilyRow
from broker_client.tasks.key_family import BINDINGS, CHORDS, GROUPS, OTHER, QUEUES, REPLIES, RESULTS, UNACKED, WARREN
from broker_client.tasks.plain_text import from_bytes
from dashboard.look.wording import DASH, count, full_count, shorten, size, span, visible
from dashboard.models.keyed_table import Column, KeyedTable

DEFAULT_ORDER = "size"
KINDS = {
    RESULTS: "Task results",
    GROUPS: "Groups",
    CHORDS: "Chords",
    QUEUES: "Celery queue",
    UNACKED: "Held tasks",
    BINDINGS: "Bindings",
    REPLIES: "Workers' replies",
    WARREN: "Warren's own",
    OTHER: "Not Celery's",
}
_MEANINGS = {
    RESULTS: "One key per task: its state, and what it returned or raised.",
    GROUPS: "Which tasks belong to a group that was saved.",
    CHORDS: "What Celery counts and keeps until a chord's body can run.",
    QUEUES: "A list of waiting tasks; Celery has one for each priority.",
    UNACKED: "Tasks that workers hold and have not acknowledged, with the time at which each was delivered.",
    BINDINGS: "Which queues Celery knows, kept by kombu.",
    REPLIES: "Answers of workers that nobody has fetched yet.",
    WARREN: "Keys that Warren writes itself.",
    OTHER: "Keys of another application, or of Celery under another name.",
}


def family_table() -> KeyedTable:
    """An empty model of :class:`FamilyRow`."""
    return KeyedTable(family_columns(), lambda row: (row.kind, row.pattern))


def kind_word(row: FamilyRow) -> str:
    return KINDS.get(row.kind, row.kind)


def family_text(row: FamilyRow) -> str:
    """What a filter looks at."""
    return f"{row.pattern} {kind_word(row)}"


def measured_words(row: FamilyRow) -> str:
    """What sizes and times rest on."""
    if not row.measured:
        return "none"
    return "all" if not row.sampled else f"{count(row.measured)} of {count(row.count)}"


def estimated(text: str, row: FamilyRow) -> str:
    """A figure of a sample wears a sign."""
    return f"≈ {text}" if row.sampled and text != DASH else text


def family_columns() -> tuple[Column, ...]:
    return (
        Column(
            "pattern",
            "Keys",
            "strong",
            text=lambda row: visible(row.pattern),
            value=lambda row: row.pattern.casefold(),
            width_hint=220,
            stretch=True,
            help="What their names have in common; * is where they differ.",
        ),
        Column(
            "kind",
            "What it is",
            text=kind_word,
            tone=lambda row: "quiet" if row.kind == OTHER else "plain",
            tip=lambda row: _MEANINGS.get(row.kind, ""),
            width_hint=120,
        ),
        _number("count", "Number", lambda row: row.count, lambda row: full_count(row.count), "Counted one by one."),
        _number("size", "Memory", lambda row: row.size_bytes, lambda row: estimated(size(row.size_bytes), row), _ROOM),
        _number("mean", "Each", _mean, lambda row: size(_mean(row)), "Memory of one key, on the average.", shown=False),
        _number(
            "largest",
            "Largest",
            lambda row: row.largest_bytes,
            lambda row: size(row.largest_bytes),
            "The largest key that was measured; rest the mouse on it for its name.",
            tip=lambda row: shorten(from_bytes(row.largest_key), 300),
        ),
        _number("ttl", "Lives for", lambda row: row.ttl_median_s, _lives_for, "How long half of them have to live."),
        _number(
            "never",
            "Never expire",
            lambda row: row.never_expires,
            _never,
            "Keys without a time to live: they stay until somebody deletes them.",
            tone=_never_tone,
        ),
        Column("types", "Types", text=lambda row: ", ".join(row.types) or DASH, width_hint=80, shown=False),
        Column(
            "measured",
            "Measured",
            text=measured_words,
            value=lambda row: row.measured / row.count if row.count else 0.0,
            tone=lambda row: "quiet" if row.sampled else "plain",
            width_hint=110,
            shown=False,
            help="How many keys were asked for their size and time to live. Figures with ≈ rest on these.",
        ),
    )


_ROOM = "Redis' own estimate with its overhead. ≈ is worked out from a sample."


def _mean(row: FamilyRow) -> float | None:
    return row.size_bytes / row.count if row.size_bytes is not None and row.count else None


def _lives_for(row: FamilyRow) -> str:
    if row.measured and row.ttl_median_s is None:
        return "for ever"
    return span(row.ttl_median_s)


def _never(row: FamilyRow) -> str:
    return estimated(full_count(None if row.never_expires is None else round(row.never_expires)), row)


def _never_tone(row: FamilyRow) -> str:
    return "warn" if row.kind == RESULTS and row.never_expires else "plain" if row.never_expires else "idle"


def _number(
    identity: str,
    title: str,
    value: Callable[[Any], float | None],
    text: Callable[[Any], str],
    help_text: str,
    tone: Callable[[Any], str] | None = None,
    tip: Callable[[Any], str] | None = None,
    shown: bool = True,
) -> Column:
    return Column(
        identity,
        title,
        "text",
        text,
        value,
        tone=tone,
        align="right",
        width_hint=86,
        help=help_text,
        tip=tip,
        shown=shown,
    )
