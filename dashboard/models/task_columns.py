"""The columns of the task table. A column's id is the field of ``TaskRow`` by which the collector sorts."""

from __future__ import annotations

from broker_client.tasks.records import TaskRow
from dashboard.look.wording import count, span
from dashboard.models.keyed_table import Column
from dashboard.models.task_wording import exception_tone, moment, state_tone, state_word, words


def task_columns() -> tuple[Column, ...]:
    """All columns in order; those with ``shown=False`` wait in the column chooser."""
    return (*_identity(), *_course(), *_more())


def _identity() -> tuple[Column, ...]:
    return (
        Column(
            "state",
            "State",
            "pill",
            text=lambda row: state_word(row.state),
            value=lambda row: row.state,
            tone=lambda row: state_tone(row.state),
            width_hint=112,
        ),
        Column(
            "name", "Task", "strong", lambda row: words(row.name), lambda row: row.name, width_hint=200, stretch=True
        ),
        Column("id", "Id", "mono", lambda row: words(row.id), lambda row: row.id, width_hint=100),
        Column("args", "Arguments", "mono", lambda row: words(row.args), lambda row: row.args, width_hint=130),
    )


def _course() -> tuple[Column, ...]:
    return (
        Column("worker", "Worker", "text", lambda row: words(row.worker), lambda row: row.worker, width_hint=104),
        Column("queue", "Queue", "text", lambda row: words(row.queue), lambda row: row.queue, width_hint=100),
        _time("received", "Received", help="When a worker took the task from the queue"),
        Column(
            "runtime_s",
            "Runtime",
            "number",
            text=lambda row: span(row.runtime_s),
            value=lambda row: row.runtime_s,
            align="right",
            width_hint=76,
        ),
        Column(
            "retries",
            "Retries",
            "number",
            text=lambda row: count(row.retries),
            value=lambda row: row.retries,
            tone=_retries_tone,
            align="right",
            width_hint=70,
        ),
        Column(
            "exception",
            "Exception",
            "text",
            text=lambda row: words(row.exception),
            value=lambda row: row.exception,
            tone=exception_tone,
            width_hint=170,
        ),
    )


def _more() -> tuple[Column, ...]:
    return (
        Column(
            "kwargs",
            "Keyword arguments",
            "mono",
            text=lambda row: words(row.kwargs),
            value=lambda row: row.kwargs,
            width_hint=170,
            shown=False,
        ),
        _time("started", "Started", shown=False),
        _time("finished", "Finished", shown=False),
        _time("eta", "ETA", help="Not before this time", shown=False),
        _time("updated", "Updated", help="When the newest fact about it happened", shown=False),
    )


def _time(field: str, title: str, help: str = "", shown: bool = True) -> Column:
    def epoch(row: TaskRow) -> float | None:
        value: float | None = getattr(row, field)
        return value or None

    return Column(
        field,
        title,
        "time",
        text=lambda row: moment(epoch(row)),
        value=epoch,
        align="right",
        width_hint=84,
        help=help,
        shown=shown,
    )


def _retries_tone(row: TaskRow) -> str:
    return "warn" if row.retries else "idle"
