"""The columns of the table of task types and its model: the most painful name first."""

from __future__ import annotations

from collections.abc import Callable

from broker_client.tasks.task_types import TaskTypeRow
from dashboard.look.wording import DASH, count, rate, span
from dashboard.models.keyed_table import Column, KeyedTable
from dashboard.models.task_type_wording import NO_WAIT, fate, fate_words, share_text
from dashboard.models.task_wording import ago

DEFAULT_ORDER = "fate"
_SHARES = (("p50", 0, "half of them"), ("p95", 1, "95 of 100"), ("p99", 2, "99 of 100"))


def task_type_table(now: Callable[[], float], window_s: Callable[[], int]) -> KeyedTable:
    """An empty model of :class:`TaskTypeRow` by name. ``now`` gives epoch seconds, ``window_s`` what is shown."""
    return KeyedTable(task_type_columns(now, window_s), lambda row: row.name)


def task_type_columns(now: Callable[[], float], window_s: Callable[[], int]) -> tuple[Column, ...]:
    return (*_identity(window_s), *_counts(), *_times("wait", "Wait"), *_times("run", "Run"), *_rest(now))


def _identity(window_s: Callable[[], int]) -> tuple[Column, ...]:
    return (
        Column(
            "fate",
            "Fares",
            "pill",
            text=lambda row: fate(row)[0],
            value=lambda row: -row.pain,
            tone=lambda row: fate(row)[1],
            tip=lambda row: fate_words(row, window_s()),
            width_hint=106,
            help="Sorted by pain: how many runs fail or are tried again, and how long tasks wait before they run.",
        ),
        Column(
            "name",
            "Task",
            "strong",
            text=lambda row: row.name,
            value=lambda row: row.name.casefold(),
            width_hint=210,
            stretch=True,
        ),
    )


def _counts() -> tuple[Column, ...]:
    return (
        _count("finished", "Ended", "Runs that came to an end in this window: successes and failures"),
        Column(
            "rate",
            "Per second",
            "number",
            text=lambda row: rate(row.rate_per_s if row.finished else 0.0),
            value=lambda row: row.rate_per_s,
            width_hint=78,
            help="Ends in a second, over as much of the window as was watched",
        ),
        Column(
            "trend",
            "Ends",
            "trend",
            text=lambda row: count(row.finished),
            value=lambda row: row.finished,
            samples=lambda row: row.trend,
            width_hint=96,
            help="How many ended in each piece of the window, newest at the right",
        ),
        _count("failed", "Failed", "Runs that failed in this window", lambda row: "crit" if row.failed else None),
        Column(
            "share",
            "Fail %",
            "number",
            text=lambda row: share_text(row.failure_share),
            value=lambda row: row.failure_share,
            tone=lambda row: fate(row)[1] if row.failed else None,
            width_hint=62,
            help="The share of runs that failed",
        ),
        _count("retried", "Retried", "Runs that are to be tried again", shown=False),
        _count("revoked", "Revoked", "Tasks that were revoked", shown=False),
    )


def _times(field: str, title: str) -> tuple[Column, ...]:
    what = "waited, from its sending (or its ETA) to its start" if field == "wait" else "ran"
    return tuple(_time(field, f"{title} {name}", name, place, f"{share} {what}") for name, place, share in _SHARES)


def _time(field: str, title: str, name: str, place: int, help: str) -> Column:
    def value(row: TaskTypeRow) -> float | None:
        times: tuple[float | None, ...] = getattr(row, field)
        return times[place]

    return Column(
        f"{field}_{name}",
        title,
        "number",
        text=lambda row: span(value(row)),
        value=value,
        tip=lambda row: _time_tip(row, field, value(row)),
        width_hint=72,
        help=f"{help} for no longer than this",
        shown=name != "p99",
    )


def _time_tip(row: TaskTypeRow, field: str, seconds: float | None) -> str:
    if seconds is None and field == "wait" and row.finished:
        return NO_WAIT
    return span(seconds)


def _rest(now: Callable[[], float]) -> tuple[Column, ...]:
    return (
        Column(
            "last",
            "Last end",
            "time",
            text=lambda row: ago(row.last_at, now()),
            value=lambda row: row.last_at,
            align="right",
            width_hint=82,
            help="When the last one ended",
        ),
        Column(
            "queue", "Queue", "text", lambda row: row.queue or DASH, lambda row: row.queue, width_hint=110, shown=False
        ),
        Column(
            "exception",
            "Last exception",
            "text",
            lambda row: row.exception or DASH,
            lambda row: row.exception,
            width_hint=130,
            shown=False,
        ),
    )


def _count(
    field: str, title: str, help: str, tone: Callable[[TaskTypeRow], str | None] | None = None, shown: bool = True
) -> Column:
    def value(row: TaskTypeRow) -> int:
        found: int = getattr(row, field)
        return found

    return Column(
        field, title, "number", lambda row: count(value(row)), value, tone, width_hint=66, help=help, shown=shown
    )
