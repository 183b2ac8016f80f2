"""PURE: a remote control command as one would type it: Celery's command line, and Python."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from broker_client.errors import BadInput
from broker_client.tasks.control_effect import Control
from broker_client.tasks.task_controls import RateLimit, Revoke, Terminate, TimeLimit
from broker_client.tasks.worker_controls import AddConsumer, Autoscale, CancelConsumer, Ping, PoolGrow, PoolShrink

CONTROL_LANGUAGES = ("celery", "Python")
_MOST_IDS = 50
_NO_SHELL_FORM = "# Python: the command line takes a lone limit as the soft one"


def control_code(command: Control, workers: Sequence[str], language: str) -> str:
    """``command`` to ``workers`` (none = all) in ``language``; empty while the command cannot be sent."""
    try:
        arguments = command.arguments()
    except BadInput:
        return ""
    if language != CONTROL_LANGUAGES[0]:
        return _python(command, arguments, workers)
    if isinstance(command, TimeLimit) and command.soft_s is None:
        return f"{_NO_SHELL_FORM}\n{_python(command, arguments, workers)}"
    return _note(command) + _shell(command, workers)


def _shell(command: Control, workers: Sequence[str]) -> str:
    door = "inspect" if isinstance(command, Ping) else "control"
    words = ["celery", "-A", "YOUR_APP", door, *_words(command)]
    if workers:
        words[4:4] = ["--destination", ",".join(workers)]
    return " ".join(map(shlex.quote, words))


def _note(command: Control) -> str:
    """What the command line leaves out, as a comment above it."""
    count = len(command.task_ids) if isinstance(command, Revoke | Terminate) else 0
    return (
        f"# The first {_MOST_IDS} of {count:,} tasks; the Python form holds all of them\n" if count > _MOST_IDS else ""
    )


def _words(command: Control) -> list[str]:
    match command:
        case Revoke(task_ids=ids):
            return ["revoke", *ids[:_MOST_IDS]]
        case Terminate(task_ids=ids, signal=signal):
            return ["terminate", signal, *ids[:_MOST_IDS]]
        case RateLimit(task=task, rate=rate):
            return ["rate_limit", task, rate]
        case TimeLimit(task=task, soft_s=soft, hard_s=hard):
            return ["time_limit", task, *(f"{limit:g}" for limit in (soft, hard) if limit is not None)]
        case PoolGrow(by=by) | PoolShrink(by=by):
            return [command.method, str(by)]
        case Autoscale(most=most, least=least):
            return ["autoscale", str(most), str(least)]
        case AddConsumer(queue=queue, exchange=exchange, exchange_type=kind, routing_key=key):
            return ["add_consumer", queue, *((exchange, kind or "direct", key) if exchange else ())]
        case CancelConsumer(queue=queue):
            return ["cancel_consumer", queue]
        case _:
            return [command.method]


def _python(command: Control, arguments: dict[str, object], workers: Sequence[str]) -> str:
    destination = f"    destination={json.dumps(list(workers))},\n" if workers else ""
    given = "".join(f"        {json.dumps(name)}: {value!r},\n" for name, value in arguments.items())
    told = f"    arguments={{\n{given}    }},\n" if arguments else ""
    return f"app.control.broadcast(\n    {json.dumps(command.method)},\n{told}{destination}    reply=True,\n)"
