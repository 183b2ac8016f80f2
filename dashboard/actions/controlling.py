"""Remote control on a job's thread: a command to workers, a question to them, or the mark that aborts tasks.

Qt-free. Raises BrokerError when nothing was sent; afterwards the report tells what became of it at each worker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from broker_client.errors import BadInput
from broker_client.tasks.control_effect import Control, Outcome, Report
from broker_client.tasks.pidbox import Answers, Questions
from broker_client.tasks.records import WorkerRow
from dashboard.actions.orders import READ_ONLY, Clients

if TYPE_CHECKING:
    from broker_client.tasks.remote_control import RemoteControl

Tell = Callable[[Outcome], None]
_CONF_S = 1.5
_RUNS_AT_ONCE = frozenset({"online", "silent", "unknown"})


class Controlling(msgspec.Struct, frozen=True):
    """``command`` to ``workers``; none = all there are, of which ``expected`` should answer."""

    command: Control
    workers: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()


class Aborting(msgspec.Struct, frozen=True):
    """Mark tasks as aborted; ``expected`` workers are asked how their application stores results."""

    task_ids: tuple[str, ...]
    expected: tuple[str, ...] = ()


def control(wish: Controlling | Aborting, clients: Clients, tell: Tell) -> Report:
    """Send the command; ``tell`` hears of each worker as it replies, on this thread."""
    if clients.profile.read_only:
        raise BadInput("nothing was sent", READ_ONLY, "Open a profile that may write, or edit this one")
    if isinstance(wish, Aborting):
        return _abort(wish, clients, tell)
    return _remote(clients).send(wish.command, wish.workers, on_reply=tell, expected=wish.expected)


def ask_workers(questions: Questions, workers: tuple[str, ...], clients: Clients, deadline_s: float = 2.0) -> Answers:
    """What ``workers`` answer, as they told it; a worker that is missing gave no answer in time."""
    return _remote(clients).ask(questions, workers, deadline_s)


def likely_workers(rows: tuple[WorkerRow, ...]) -> tuple[str, ...]:
    """Those that should answer: all that have not said good-bye."""
    return tuple(row.name for row in rows if row.status in _RUNS_AT_ONCE)


def _abort(wish: Aborting, clients: Clients, tell: Tell) -> Report:
    from broker_client.tasks.abort import BackendHabits, abort, backend_habits

    conf = _first_conf(wish, clients)
    habits = backend_habits(conf) if conf is not None else BackendHabits()
    outcomes = abort(clients.profile, clients.secrets, wish.task_ids, habits)
    for outcome in outcomes:
        tell(outcome)
    return Report("abort", outcomes)


def _first_conf(wish: Aborting, clients: Clients) -> Mapping[str, Any] | None:
    """The configuration of any worker; ``None`` when none told it in time."""
    told = _remote(clients).ask({"conf": {}}, wish.expected[:3], _CONF_S)["conf"] if wish.expected else {}
    return next((conf for conf in told.values() if isinstance(conf, dict) and "error" not in conf), None)


def _remote(clients: Clients) -> RemoteControl:
    from broker_client.tasks.remote_control import RemoteControl

    return RemoteControl(clients.profile, clients.secrets)
