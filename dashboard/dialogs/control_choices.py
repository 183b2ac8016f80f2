"""PURE: what can be done to workers: a title, what it changes, what is lost by it, and the fields it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker_client.errors import BadInput
from broker_client.tasks.control_effect import Control
from broker_client.tasks.task_controls import RateLimit, TimeLimit
from broker_client.tasks.worker_controls import (
    AddConsumer,
    Autoscale,
    CancelConsumer,
    DisableEvents,
    EnableEvents,
    Ping,
    PoolGrow,
    PoolRestart,
    PoolShrink,
    Shutdown,
)

Values = Mapping[str, str]
"""What stands in each field of the form."""

_OWN_LIMIT = "Empty = none for this task; the worker's own limit holds, if it has one"
_FORGOTTEN = "It forgets this when it restarts."


@dataclass(frozen=True)
class ControlField:
    """``name`` is the key of its value; ``offers``: ``queues``, those that are ``consumable``, or ``tasks``."""

    name: str
    title: str
    placeholder: str = ""
    hint: str = ""
    first: str = ""
    offers: str = ""


@dataclass(frozen=True)
class ControlChoice:
    """``make`` reads the fields and raises BadInput. ``loses`` makes the button red and production ask twice."""

    id: str
    title: str
    verb: str
    meaning: str
    make: Callable[[Values], Control]
    fields: tuple[ControlField, ...] = ()
    loses: str = ""


def choices() -> tuple[ControlChoice, ...]:
    """All of them, harmless ones first."""
    return (*_harmless(), *_pool(), *_queues(), *_limits(), _shutdown())


def _harmless() -> tuple[ControlChoice, ...]:
    return (
        ControlChoice("ping", "Ping", "Ping", "Asks whether it answers. Nothing is changed.", lambda _values: Ping()),
        ControlChoice(
            "enable_events",
            "Turn task events on",
            "Turn on",
            f"It will tell of every task it receives, starts and ends, to everybody who listens. {_FORGOTTEN}",
            lambda _values: EnableEvents(),
        ),
        ControlChoice(
            "disable_events",
            "Turn task events off",
            "Turn off",
            f"Its tasks are then known from the result backend alone, here and in every other monitor. {_FORGOTTEN}",
            lambda _values: DisableEvents(),
        ),
    )


def _pool() -> tuple[ControlChoice, ...]:
    by = ControlField("by", "Processes", "1", "A prefork pool acts within five seconds.", "1")
    return (
        ControlChoice(
            "pool_grow",
            "Grow the pool",
            "Grow",
            f"More tasks run at the same time, and as many more are taken from the queues. {_FORGOTTEN}",
            lambda values: PoolGrow(_whole(values, "by", "number of processes")),
            (by,),
        ),
        ControlChoice(
            "pool_shrink",
            "Shrink the pool",
            "Shrink",
            f"Idle processes end; it refuses while all are busy. {_FORGOTTEN}",
            lambda values: PoolShrink(_whole(values, "by", "number of processes")),
            (by,),
        ),
        ControlChoice(
            "autoscale",
            "Set autoscale limits",
            "Set limits",
            f"Works only on a worker that was started with --autoscale. {_FORGOTTEN}",
            lambda values: Autoscale(_whole(values, "most", "upper limit"), _whole(values, "least", "lower limit")),
            (ControlField("most", "At most", "10"), ControlField("least", "At least", "3")),
        ),
        ControlChoice(
            "pool_restart",
            "Restart the pool",
            "Restart pool",
            "Each process is replaced when it has ended a task. Works only with worker_pool_restarts = True.",
            lambda _values: PoolRestart(),
        ),
    )


def _queues() -> tuple[ControlChoice, ...]:
    queue = ControlField("queue", "Queue", "celery", offers="queues")
    return (
        ControlChoice(
            "add_consumer",
            "Consume one more queue",
            "Add queue",
            f"It declares the queue when it is missing, and takes tasks from it. {_FORGOTTEN}",
            lambda values: AddConsumer(values.get("queue", "").strip()),
            (ControlField("queue", "Queue", "celery", offers="consumable"),),
        ),
        ControlChoice(
            "cancel_consumer",
            "Stop consuming a queue",
            "Stop consuming",
            f"What it took already is still run; the rest waits for other workers. {_FORGOTTEN}",
            lambda values: CancelConsumer(values.get("queue", "").strip()),
            (queue,),
            loses="If no other worker consumes that queue, its tasks wait.",
        ),
    )


def _limits() -> tuple[ControlChoice, ...]:
    task = ControlField("task", "Task", "shop.send_mail", offers="tasks")
    return (
        ControlChoice(
            "rate_limit",
            "Limit the rate of a task",
            "Set rate",
            f"Each worker keeps to it by itself: two workers run twice as many. {_FORGOTTEN}",
            lambda values: RateLimit(values.get("task", "").strip(), values.get("rate", "").strip()),
            (task, ControlField("rate", "Rate", "10/s", "10/s, 100/m, 5/h; 0 = no limit")),
        ),
        ControlChoice(
            "time_limit",
            "Limit how long a task may run",
            "Set limits",
            f"At the soft limit it gets SoftTimeLimitExceeded, at the hard one its process is killed. {_FORGOTTEN}",
            lambda values: TimeLimit(
                values.get("task", "").strip(), _seconds(values, "soft"), _seconds(values, "hard")
            ),
            (
                task,
                ControlField("soft", "Soft limit in seconds", "60", _OWN_LIMIT),
                ControlField("hard", "Hard limit in seconds", "90", _OWN_LIMIT),
            ),
        ),
    )


def _shutdown() -> ControlChoice:
    return ControlChoice(
        "shutdown",
        "Shut down",
        "Shut down",
        "It takes nothing new, lets what runs end, gives back what it reserved, and goes.",
        lambda _values: Shutdown(),
        loses="Nothing starts it again from here: that is up to whatever watches over it.",
    )


def _whole(values: Values, name: str, what: str) -> int:
    text = values.get(name, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise BadInput(f"the {what} is not a number" if text else f"the {what} is missing")
    return int(text)


def _seconds(values: Values, name: str) -> float | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"the {name} limit is not a number of seconds", text[:40]) from None
