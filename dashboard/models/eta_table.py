"""The columns of the table of tasks that wait for their time, and its model: the next one first."""

from __future__ import annotations

from collections.abc import Callable

from broker_client.tasks.records import TaskRow
from dashboard.look.wording import DASH, moment, span
from dashboard.models.keyed_table import Column, KeyedTable
from dashboard.models.task_wording import state_tone, state_word, words

DEFAULT_ORDER = "left"
_MEANINGS = {
    "PENDING": "Sent; no worker has told that it took it",
    "RECEIVED": "A worker holds it until its time",
    "RETRY": "It failed, and its worker holds it until it is tried again",
}


def eta_table(now: Callable[[], float]) -> KeyedTable:
    """An empty model of :class:`TaskRow` by id. ``now`` gives epoch seconds, for the time left in painted cells."""
    return KeyedTable(eta_columns(now), lambda row: row.id)


def time_left(row: TaskRow, now: float) -> str:
    """``in 2 m 5 s``, ``due``, ``12 s late``."""
    if row.eta is None:
        return DASH
    left_s = row.eta - now
    if left_s >= 1.0:
        return f"in {span(float(int(left_s)) if left_s < 10 else left_s).replace('.0', '')}"
    return "due" if left_s > -1.0 else f"{span(float(round(-left_s))).replace('.0', '')} late"


def eta_columns(now: Callable[[], float]) -> tuple[Column, ...]:
    return (
        Column(
            "left",
            "Runs",
            "strong",
            text=lambda row: time_left(row, now()),
            value=lambda row: row.eta,
            tone=lambda row: "warn" if row.eta is not None and row.eta < now() - 1.0 else None,
            tip=lambda row: moment(row.eta),
            width_hint=104,
            help="Time left until its ETA. Late = no worker has had a free slot since.",
        ),
        Column(
            "state",
            "State",
            "pill",
            text=lambda row: state_word(row.state),
            value=lambda row: row.state,
            tone=lambda row: state_tone(row.state),
            tip=lambda row: _MEANINGS.get(row.state, ""),
            width_hint=96,
        ),
        Column("name", "Task", "text", lambda row: words(row.name), lambda row: row.name, width_hint=190, stretch=True),
        Column("args", "Arguments", "mono", lambda row: words(row.args), lambda row: row.args, width_hint=170),
        Column("kwargs", "Keywords", "mono", lambda row: words(row.kwargs), lambda row: row.kwargs, shown=False),
        Column("worker", "Held by", "text", lambda row: words(row.worker), lambda row: row.worker, width_hint=130),
        Column("queue", "Queue", "text", lambda row: words(row.queue), lambda row: row.queue, width_hint=110),
        Column(
            "eta",
            "At",
            "time",
            lambda row: moment(row.eta),
            lambda row: row.eta,
            align="right",
            width_hint=168,
            help="Its ETA, by this machine's clock",
        ),
        Column("id", "Id", "mono", lambda row: row.id, lambda row: row.id, width_hint=90, shown=False),
    )
