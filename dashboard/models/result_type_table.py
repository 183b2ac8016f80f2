"""The columns of stored results by task: states, bytes, times to live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from broker_client.tasks.records import TERMINAL_STATES
from broker_client.tasks.result_census import ResultRow
from dashboard.look.wording import DASH, full_count, moment, size, span, visible
from dashboard.models.keyed_table import Column, KeyedTable

DEFAULT_ORDER = "size"
NO_NAME = "(name not stored)"
_NAMELESS_KEY = "\0"


def result_table() -> KeyedTable:
    """An empty model of :class:`ResultRow`."""
    return KeyedTable(result_columns(), result_key)


def result_key(row: ResultRow) -> str:
    return _NAMELESS_KEY if row.name is None else row.name


def name_of(key: object) -> str | None:
    """The task's name behind a row's key; ``None`` = the results that do not say."""
    return None if key == _NAMELESS_KEY else str(key)


def other_states(row: ResultRow) -> str:
    """``2 STARTED, 1 PROGRESS``: states that are not final."""
    others = [(state, number) for state, number in row.states if state not in TERMINAL_STATES]
    return ", ".join(f"{_about(number, row)} {visible(state)}" for state, number in others)


def result_columns() -> tuple[Column, ...]:
    return (
        Column(
            "name",
            "Task",
            "strong",
            text=lambda row: NO_NAME if row.name is None else visible(row.name),
            value=lambda row: (row.name or "").casefold(),
            tone=lambda row: "muted" if row.name is None else None,
            tip=lambda row: "result_extended is off in its application." if row.name is None else "",
            width_hint=200,
            stretch=True,
        ),
        _number(
            "count", "Results", lambda row: row.count, lambda row: _about(row.count, row), "Results that are kept."
        ),
        _state("SUCCESS", "Succeeded", "ok"),
        _state("FAILURE", "Failed", "crit"),
        Column(
            "others",
            "Other states",
            text=lambda row: other_states(row) or DASH,
            tone=lambda row: "plain" if other_states(row) else "idle",
            width_hint=130,
            help="Results of tasks that have not ended, or never will: STARTED stays when a worker dies.",
        ),
        _number(
            "size", "Bytes", lambda row: row.size_bytes, lambda row: _sized(row.size_bytes, row), "The values alone."
        ),
        _number("mean", "Each", _mean, lambda row: size(_mean(row)), "One value, on the average.", shown=False),
        _number(
            "ttl",
            "Lives for",
            lambda row: row.ttl_median_s,
            lambda row: span(row.ttl_median_s) if row.ttl_median_s is not None else "for ever",
            "How long half of them have to live (result_expires).",
        ),
        _number(
            "never",
            "Never expire",
            lambda row: row.never_expires,
            lambda row: _about(row.never_expires, row),
            "Results without a time to live.",
            tone=lambda row: "warn" if row.never_expires else "idle",
        ),
        _time("oldest", "Oldest", lambda row: row.oldest),
        _time("newest", "Newest", lambda row: row.newest),
    )


def _about(number: float, row: ResultRow) -> str:
    return f"≈ {full_count(number)}" if row.sampled and number else full_count(number)


def _sized(size_bytes: float, row: ResultRow) -> str:
    return f"≈ {size(size_bytes)}" if row.sampled else size(size_bytes)


def _mean(row: ResultRow) -> float | None:
    return row.size_bytes / row.count if row.count else None


def _state(state: str, title: str, tone: str) -> Column:
    def number(row: ResultRow) -> float:
        return dict(row.states).get(state, 0.0)

    return _number(
        state.lower(),
        title,
        number,
        lambda row: _about(number(row), row),
        f"Results in the state {state}.",
        tone=lambda row: tone if number(row) else "idle",
    )


def _time(identity: str, title: str, read: Callable[[ResultRow], float | None]) -> Column:
    return Column(
        identity,
        title,
        "time",
        text=lambda row: moment(read(row)),
        value=read,
        width_hint=140,
        shown=False,
        help="When it was last written, as far as the results say.",
    )


def _number(
    identity: str,
    title: str,
    value: Callable[[Any], float | None],
    text: Callable[[Any], str],
    help_text: str,
    tone: Callable[[Any], str] | None = None,
    shown: bool = True,
) -> Column:
    return Column(
        identity, title, "text", text, value, tone=tone, align="right", width_hint=84, help=help_text, shown=shown
    )
