"""One part of a worker's details, asked and read on a job's thread. Qt-free; raises BrokerError."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from broker_client.tasks.control_effect import refusal_of
from broker_client.tasks.holders import unplaced_words
from broker_client.tasks.worker_answers import (
    QUESTIONS,
    Compared,
    Setting,
    compare,
    held_tasks,
    limits,
    registered_list,
    revoked_ids,
    settings_of,
)
from dashboard.actions.controlling import ask_workers
from dashboard.actions.holding import who_holds
from dashboard.actions.orders import Clients

HOLDERS = "holders"
_DEADLINE_S = 3.0


class PartAnswer(msgspec.Struct, frozen=True):
    """``rows`` ``None`` = no answer came in time; ``trouble``: a refusal, or what is missing of it. ``at`` is epoch."""

    rows: tuple[Any, ...] | None
    at: float
    trouble: str = ""


def ask_part(part: str, worker: str, clients: Clients) -> PartAnswer:
    """``part``: one of :data:`QUESTIONS`, or :data:`HOLDERS` (the consumers of ``worker``)."""
    if part == HOLDERS:
        holding = who_holds((worker,), clients)
        mine = tuple(one for one in holding.holders if one.worker == worker)
        return PartAnswer(mine, time.time(), holding.trouble or unplaced_words(mine))
    answers = ask_workers(QUESTIONS[part], (worker,), clients, _DEADLINE_S)
    told = {method: by_worker[worker] for method, by_worker in answers.items() if worker in by_worker}
    now = time.time()
    if len(told) < len(answers):
        return PartAnswer(None, now)
    refusal = next((words for answer in told.values() if (words := refusal_of(answer)) is not None), "")
    if refusal:
        return PartAnswer((), now, refusal)
    return PartAnswer(_rows(part, told, worker, now), now)


def ask_compared(worker: str, other: str, clients: Clients) -> PartAnswer:
    """The configurations of both, line by line."""
    answers = ask_workers({"conf": {}}, (worker, other), clients, _DEADLINE_S)["conf"]
    silent = [name for name in (worker, other) if name not in answers]
    if silent:
        return PartAnswer(None, time.time(), f"{silent[0]} gave no answer")
    lines: Sequence[tuple[Setting, ...]] = [settings_of(answers[name]) for name in (worker, other)]
    rows: tuple[Compared, ...] = compare(*lines)
    return PartAnswer(rows, time.time())


def _rows(part: str, told: dict[str, Any], worker: str, now: float) -> tuple[Any, ...]:
    match part:
        case "active" | "reserved" | "scheduled":
            return held_tasks(part, told[part], worker, now)
        case "revoked":
            return revoked_ids(told["revoked"])
        case "registered":
            return registered_list(told["registered"])
        case "limits":
            return limits(told["stats"], registered_list(told["registered"]))
        case "configuration":
            return settings_of(told["conf"])
        case _:
            return settings_of(told["stats"])
