"""The columns of Celery's queues in Redis, and of the tasks that wait in them or are held by workers."""

from __future__ import annotations

from collections.abc import Callable

from broker_client.tasks.redis_transport import PRIORITY_STEPS, HeldTask, TransportQueue
from broker_client.tasks.transport_message import WaitingTask
from dashboard.look.wording import DASH, clock, count, size, span, visible
from dashboard.models.keyed_table import Column, KeyedTable

QUEUE_ORDER, HELD_ORDER = "ready", "since"


def transport_table() -> KeyedTable:
    """An empty model of :class:`TransportQueue`."""
    return KeyedTable(queue_columns(), lambda queue: queue.name)


def waiting_table() -> KeyedTable:
    """An empty model of ``(place, WaitingTask)``: the first is taken next."""
    return KeyedTable(waiting_columns(), lambda row: row[0])


def held_table(now: Callable[[], float]) -> KeyedTable:
    """An empty model of :class:`HeldTask`; ``now`` gives epoch seconds."""
    return KeyedTable(held_columns(now), lambda held: held.tag)


def task_text(task: WaitingTask | None) -> str:
    """What a filter looks at."""
    return " ".join(part for part in (task.name, task.id, task.args, task.kwargs) if part) if task else ""


def held_text(held: HeldTask) -> str:
    return f"{held.queue or ''} {task_text(held.task)}"


def queue_columns() -> tuple[Column, ...]:
    return (
        Column(
            "name",
            "Queue",
            "strong",
            text=lambda queue: visible(queue.name),
            value=lambda queue: queue.name.casefold(),
            width_hint=180,
            stretch=True,
        ),
        Column(
            "ready",
            "Waiting",
            "number",
            text=lambda queue: count(queue.ready),
            value=lambda queue: queue.ready,
            tone=lambda queue: "plain" if queue.ready else "idle",
            tip=lambda queue: "Its key is no list." if queue.ready is None else "",
            width_hint=90,
            help="Tasks that no worker has taken, over all priorities.",
        ),
        *(_step(step) for step in (0, *PRIORITY_STEPS)),
        _waiting_at(
            "other_steps",
            "Other priorities",
            _at_other_steps,
            "Lists of an app that has priority_steps of its own in broker_transport_options.",
            width=110,
            shown=False,
        ),
        Column(
            "size",
            "Memory",
            "text",
            text=lambda queue: size(queue.size_bytes),
            value=lambda queue: queue.size_bytes,
            align="right",
            width_hint=90,
            help="Redis' own estimate for its lists, from a few of their messages.",
        ),
    )


def waiting_columns() -> tuple[Column, ...]:
    def task(row: tuple[int, WaitingTask]) -> WaitingTask:
        return row[1]

    return (
        Column("place", "Next", "number", lambda row: str(row[0]), lambda row: row[0], width_hint=66),
        *_task_columns(task),
        Column(
            "priority",
            "Priority",
            "number",
            text=lambda row: str(task(row).priority),
            value=lambda row: task(row).priority,
            width_hint=66,
        ),
        Column(
            "size",
            "Size",
            "text",
            text=lambda row: size(task(row).size),
            value=lambda row: task(row).size,
            align="right",
            width_hint=72,
        ),
    )


def held_columns(now: Callable[[], float]) -> tuple[Column, ...]:
    def task(held: HeldTask) -> WaitingTask:
        return held.task or WaitingTask(words="too large to be read here")

    return (
        Column(
            "since",
            "Held for",
            "time",
            text=lambda held: span(max(0.0, now() - held.since)),
            value=lambda held: held.since,
            align="right",
            tip=lambda held: f"Delivered at {clock(held.since)}",
            width_hint=90,
            help="Since when a worker has it without acknowledging it.",
        ),
        Column("queue", "Queue", text=lambda held: visible(held.queue or "") or DASH, width_hint=110),
        *_task_columns(task),
    )


def _task_columns(task: Callable[..., WaitingTask]) -> tuple[Column, ...]:
    return (
        Column(
            "name",
            "Task",
            "strong",
            text=lambda row: visible(task(row).name or "") or task(row).words or DASH,
            width_hint=180,
            stretch=True,
        ),
        Column("id", "Id", "mono", text=lambda row: visible(task(row).id or "") or DASH, width_hint=250),
        Column(
            "args",
            "Arguments",
            "text",
            text=lambda row: visible(" ".join(part for part in (task(row).args, task(row).kwargs) if part)) or DASH,
            tone=lambda _row: "quiet",
            width_hint=150,
        ),
        Column(
            "eta",
            "ETA",
            "time",
            text=lambda row: clock(task(row).eta),
            value=lambda row: task(row).eta,
            width_hint=76,
        ),
    )


def _at_other_steps(queue: TransportQueue) -> int | None:
    own = (0, *PRIORITY_STEPS)
    return sum(number for step, number in queue.steps if step not in own) if queue.steps else None


def _step(step: int) -> Column:
    which = "The list that workers take from first." if step == 0 else "A list that workers take from later."
    return _waiting_at(f"step{step}", f"Priority {step}", lambda queue: dict(queue.steps).get(step), which)


def _waiting_at(
    name: str,
    title: str,
    number: Callable[[TransportQueue], int | None],
    help: str,
    *,
    width: int = 84,
    shown: bool = True,
) -> Column:
    return Column(
        name,
        title,
        "number",
        text=lambda queue: count(number(queue)),
        value=number,
        tone=lambda queue: "plain" if number(queue) else "idle",
        width_hint=width,
        shown=shown,
        help=help,
    )
