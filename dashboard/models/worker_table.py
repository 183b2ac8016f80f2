"""The columns of the worker table and its model."""

from __future__ import annotations

from collections.abc import Callable

from broker_client.tasks.records import WorkerRow
from dashboard.look.wording import DASH, count, visible
from dashboard.models.keyed_table import Column, KeyedTable
from dashboard.models.task_wording import ago, load_text, words, worker_meaning, worker_tone, worker_word, yes_no

_RANK = {"silent": 3, "unknown": 2, "offline": 1, "online": 0}
DEFAULT_ORDER = "name"


def worker_table(now: Callable[[], float]) -> KeyedTable:
    """An empty model of :class:`WorkerRow` by name. ``now`` gives epoch seconds, for ages in painted cells."""
    return KeyedTable(worker_columns(now), lambda worker: worker.name)


def worker_columns(now: Callable[[], float]) -> tuple[Column, ...]:
    return (*_identity(), *_load(), *_signs_of_life(now))


def queues_text(worker: WorkerRow) -> str:
    return ", ".join(map(visible, worker.queues)) if worker.queues else DASH


def busy_text(worker: WorkerRow) -> str:
    """``3 of 4``: running tasks and slots; whatever is unknown is a dash."""
    return f"{count(worker.active)} of {count(worker.slots)}" if worker.slots is not None else count(worker.active)


def free_slots(worker: WorkerRow) -> int | None:
    """``None`` = slots or running tasks are unknown."""
    if worker.slots is None or worker.active is None:
        return None
    return max(0, worker.slots - worker.active)


def busy_tone(worker: WorkerRow) -> str:
    full = worker.slots is not None and worker.active is not None and worker.active >= worker.slots
    return "warn" if full and worker.slots else "plain" if worker.active else "idle"


def _identity() -> tuple[Column, ...]:
    return (
        Column(
            "status",
            "Status",
            "pill",
            text=worker_word,
            value=lambda worker: _RANK.get(worker.status, 2),
            tone=worker_tone,
            tip=worker_meaning,
            width_hint=106,
        ),
        Column(
            "name",
            "Worker",
            "strong",
            text=lambda worker: words(worker.name),
            value=lambda worker: worker.name,
            width_hint=150,
        ),
        Column("pool", "Pool", "text", lambda worker: words(worker.pool), lambda worker: worker.pool, width_hint=76),
        Column(
            "queues", "Queues", "text", queues_text, lambda worker: worker.queues or None, width_hint=160, stretch=True
        ),
    )


def _load() -> tuple[Column, ...]:
    return (
        _number("slots", "Slots", "How many tasks it can run at the same time"),
        Column(
            "active",
            "Active",
            "number",
            text=lambda worker: count(worker.active),
            value=lambda worker: worker.active,
            tone=busy_tone,
            width_hint=62,
            help="Tasks that run now",
        ),
        Column(
            "free",
            "Free",
            "number",
            text=lambda worker: count(free_slots(worker)),
            value=free_slots,
            width_hint=56,
            help="Slots that run nothing now",
        ),
        _number(
            "reserved", "Prefetched", "Tasks it took from its queues that wait in it: for a free slot or their time"
        ),
        _number("processed", "Processed", "Tasks since it started"),
        Column(
            "load",
            "Load",
            "text",
            text=lambda worker: load_text(worker.load),
            value=lambda worker: worker.load[0] if worker.load else None,
            align="right",
            width_hint=116,
            help="Load of its machine over 1, 5 and 15 minutes",
        ),
    )


def _signs_of_life(now: Callable[[], float]) -> tuple[Column, ...]:
    return (
        Column(
            "heartbeat",
            "Heartbeat",
            "time",
            text=lambda worker: ago(worker.heartbeat_at, now()),
            value=lambda worker: worker.heartbeat_at,
            tone=lambda worker: "warn" if worker.status == "silent" else None,
            align="right",
            width_hint=96,
            help="When it last said that it is alive",
        ),
        Column(
            "events",
            "Events",
            "text",
            text=lambda worker: yes_no(worker.events_on),
            value=lambda worker: worker.events_on,
            tone=lambda worker: "warn" if worker.events_on is False else None,
            width_hint=62,
            help="Whether it tells of its tasks (-E)",
        ),
        _number("pid", "Process", "Its process id on its own machine"),
        Column(
            "version",
            "Celery",
            "text",
            text=lambda worker: words(worker.version),
            value=lambda worker: worker.version,
            width_hint=62,
        ),
    )


def _number(field: str, title: str, help: str) -> Column:
    def value(worker: WorkerRow) -> int | None:
        found: int | None = getattr(worker, field)
        return found

    def text(worker: WorkerRow) -> str:
        found = value(worker)
        return DASH if found is None else str(found) if field == "pid" else count(found)

    return Column(field, title, "number", text, value, width_hint=84 if len(title) > 8 else 64, help=help)
