"""The tables of one worker's details: what it holds, knows, is set to, and who holds messages for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from broker_client.tasks.holders import Holder
from broker_client.tasks.inspection import HeldTask
from broker_client.tasks.worker_answers import Compared, RegisteredTask, RevokedId, Setting
from dashboard.look.wording import DASH, count, shorten, span, visible
from dashboard.models.keyed_table import Column, KeyedTable

_CELL_CHARS = 300
_ALIKE = (("Differs", "warn"), ("Hidden", "info"), ("Same", "idle"))
"""The word and tone of a compared line, the most telling first."""


def held_table(now: Callable[[], float]) -> KeyedTable:
    """An empty model of :class:`HeldTask`; ``now`` gives epoch seconds."""
    return KeyedTable(
        (
            _text("name", "Task", lambda task: task.name, 190, kind="strong"),
            _text("id", "Id", lambda task: task.id, 120, kind="mono"),
            _text("args", "Arguments", lambda task: task.args, 180, kind="mono", stretch=True),
            _text("kwargs", "Keyword arguments", lambda task: task.kwargs, 180, kind="mono"),
            _text("queue", "Queue", lambda task: task.queue, 100),
            Column(
                "since",
                "Running for",
                "number",
                text=lambda task: span(max(0.0, now() - task.started)) if task.started else DASH,
                value=lambda task: task.started,
                width_hint=96,
                help="By the clock of this machine",
            ),
            Column(
                "eta",
                "Due in",
                "number",
                text=lambda task: _due(task, now()),
                value=lambda task: task.eta,
                width_hint=90,
                help="When it may start at the earliest",
            ),
        ),
        lambda task: task.id,
    )


def revoked_table() -> KeyedTable:
    return KeyedTable((_text("id", "Id of a task it will not start", lambda one: one.id, 400, kind="mono"),), _id_of)


def registered_table() -> KeyedTable:
    return KeyedTable(
        (
            _text("name", "Task", lambda task: task.name, 260, kind="strong", stretch=True),
            _text("rate", "Rate limit", lambda task: task.rate, 100),
            _text("soft", "Soft limit, s", lambda task: task.soft, 100),
            _text("hard", "Hard limit, s", lambda task: task.hard, 100),
            _text("late", "Acknowledges", lambda task: _late(task.acks_late), 130),
            _text("result", "Result", lambda task: _kept(task.ignores_result), 100),
        ),
        lambda task: task.name,
    )


def setting_table() -> KeyedTable:
    return KeyedTable(
        (
            _text("name", "Name", lambda line: line.name, 320, kind="strong"),
            _text("value", "Value", lambda line: line.value, 400, kind="mono", stretch=True),
        ),
        lambda line: line.name,
    )


def compared_table() -> KeyedTable:
    """Settings of two workers side by side: what differs is marked, and what nobody can compare."""
    return KeyedTable(
        (
            Column(
                "differs",
                "",
                "pill",
                text=lambda line: _ALIKE[_likeness(line)][0],
                value=_likeness,
                tone=lambda line: _ALIKE[_likeness(line)][1],
                width_hint=88,
                help="Hidden: Celery masks its value, which cannot be compared",
            ),
            _text("name", "Name", lambda line: line.name, 280, kind="strong"),
            _text("mine", "This worker", lambda line: line.mine, 260, kind="mono", stretch=True),
            _text("other", "The other", lambda line: line.other, 260, kind="mono", stretch=True),
        ),
        lambda line: line.name,
    )


def holder_table() -> KeyedTable:
    return KeyedTable(
        (
            _text("queue", "Queue", lambda one: one.queue.name, 110, kind="strong"),
            _text("tag", "Consumer", lambda one: one.tag, 90),
            _text("peer", "Connection", lambda one: one.peer or one.connection, 150),
            _text("worker", "Worker", lambda one: one.worker, 150, kind="strong", stretch=True),
            _number("unacked", "Unacked", "Messages its channel was given and has not acknowledged, of all its queues"),
            _number("running", "Running", "Tasks of this queue that its worker says it runs"),
            _number("waiting", "Waiting", "Tasks of this queue that its worker has, but does not run yet"),
            Column(
                "prefetch",
                "Prefetch",
                "number",
                text=lambda one: "∞" if one.prefetch == 0 else count(one.prefetch),
                value=lambda one: one.prefetch,
                width_hint=76,
                help="How many it may hold at the same time; ∞ is no limit",
            ),
        ),
        lambda one: one.key,
    )


Line = HeldTask | RevokedId | RegisteredTask | Setting | Compared | Holder


def line_text(line: Line) -> str:
    """What a filter looks into."""
    fields = (getattr(line, name) for name in line.__struct_fields__)
    return " ".join(str(value) for value in fields if value is not None)


def _text(
    field: str,
    title: str,
    of: Callable[[Any], str | None],
    width: int,
    *,
    kind: str = "text",
    stretch: bool = False,
) -> Column:
    return Column(
        field,
        title,
        kind,
        text=lambda row: visible(shorten(of(row) or "", _CELL_CHARS)) or DASH,
        value=of,
        tip=lambda row: of(row) or "",
        width_hint=width,
        stretch=stretch,
    )


def _number(field: str, title: str, help: str) -> Column:
    def value(one: Holder) -> int | None:
        found: int | None = getattr(one, field)
        return found

    return Column(field, title, "number", lambda one: count(value(one)), value, width_hint=76, help=help)


def _likeness(line: Compared) -> int:
    return 0 if line.differs else 1 if line.hidden else 2


def _id_of(one: RevokedId) -> str:
    return one.id


def _due(task: HeldTask, now: float) -> str:
    if task.eta is None:
        return DASH
    return span(task.eta - now) if task.eta > now else "now"


def _late(late: bool | None) -> str | None:
    return None if late is None else "when it has run" if late else "before it runs"


def _kept(ignored: bool | None) -> str | None:
    return None if ignored is None else "ignored" if ignored else "kept"
