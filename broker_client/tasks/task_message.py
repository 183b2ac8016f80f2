"""PURE: one call of a Celery task, and the message (protocol 2) that makes a worker run it.

A body that a worker cannot read is destroyed by it, so everything is checked here, before anything is sent. The texts
of the arguments go into the body as they are: no number is rounded, no text is written anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import Message, Properties

MAX_ID_BYTES = 255
MAX_NAME_BYTES = 255
MAX_QUEUE_BYTES = 255
MAX_PRIORITY = 255
MAX_BODY_CHARS = 16 << 20
LONGEST_WAIT_S = 10 * 365 * 86_400.0
_REPR_CHARS = 1_024
_EMBED = '{"callbacks": null, "errbacks": null, "chain": null, "chord": null}'
_ORIGIN = "warren"


class TaskCall(msgspec.Struct, frozen=True):
    """What is to be run. ``args`` and ``kwargs`` are JSON texts: a list and an object with texts as names.

    ``eta`` is epoch seconds, ``countdown_s`` how that was said where it was said so: for the code that is shown.
    ``expires_s`` counts from the sending. ``id_given``: a person chose the id.
    """

    name: str
    queue: str
    task_id: str
    args: str = "[]"
    kwargs: str = "{}"
    eta: float | None = None
    countdown_s: float | None = None
    expires_s: float | None = None
    priority: int | None = None
    id_given: bool = False


def task_message(call: TaskCall, now: float) -> Message:
    """The message to publish at ``now`` (epoch seconds). Raises :class:`BadInput` naming what cannot be sent.

    It goes through the default exchange, as Celery's own do: straight into the queue.
    """
    troubles = call_troubles(call)
    if troubles:
        field, words = next(iter(troubles.items()))
        raise BadInput(f"the task cannot be sent: {FIELD_NAMES[field]}", words)
    args, kwargs = json.loads(call.args), json.loads(call.kwargs)
    headers: dict[str, Any] = {
        "lang": "py",
        "task": call.name,
        "id": call.task_id,
        "shadow": None,
        "eta": _iso(due_at(call, now)),
        "expires": _iso(None if call.expires_s is None else now + call.expires_s),
        "group": None,
        "group_index": None,
        "retries": 0,
        "timelimit": [None, None],
        "root_id": call.task_id,
        "parent_id": None,
        "argsrepr": _short_repr(tuple(args)),
        "kwargsrepr": _short_repr(kwargs),
        "origin": _ORIGIN,
        "ignore_result": False,
        "replaced_task_nesting": 0,
        "stamped_headers": None,
        "stamps": {},
    }
    properties = Properties(
        content_type="application/json",
        content_encoding="utf-8",
        headers=headers,
        delivery_mode=2,
        priority=call.priority,
        correlation_id=call.task_id,
        expiration=None if call.expires_s is None else str(round(call.expires_s * 1_000)),
    )
    return Message("", call.queue, properties, f"[{call.args}, {call.kwargs}, {_EMBED}]".encode())


def sent_event(call: TaskCall, now: float, hostname: str) -> Message:
    """The event with which Celery's own producers say that they sent a task (``task_send_sent_event``)."""
    headers = task_message(call, now).properties.headers or {}
    told = ("root_id", "parent_id", "retries", "eta", "expires")
    body = {
        "type": "task-sent",
        "uuid": call.task_id,
        "hostname": hostname,
        "timestamp": now,
        "utcoffset": 0,
        "name": call.name,
        "args": headers["argsrepr"],
        "kwargs": headers["kwargsrepr"],
        "queue": call.queue,
        "exchange": "",
        "routing_key": call.queue,
        **{name: headers[name] for name in told},
    }
    properties = Properties(content_type="application/json", content_encoding="utf-8", delivery_mode=1)
    return Message("celeryev", "task.sent", properties, json.dumps(body).encode())


FIELD_NAMES = {
    "name": "its name",
    "args": "its arguments",
    "kwargs": "its keyword arguments",
    "queue": "its queue",
    "task_id": "its id",
    "eta": "when it is to run",
    "expires": "when it expires",
    "priority": "its priority",
}


def call_troubles(call: TaskCall) -> dict[str, str]:
    """What a worker or the broker could not take, by field of :data:`FIELD_NAMES`; empty = nothing."""
    found = {
        "name": text_trouble(call.name, MAX_NAME_BYTES),
        "args": args_trouble(call.args),
        "kwargs": kwargs_trouble(call.kwargs),
        "queue": text_trouble(call.queue, MAX_QUEUE_BYTES),
        "task_id": text_trouble(call.task_id, MAX_ID_BYTES),
        "eta": _wait_trouble(call),
        "expires": "" if call.expires_s is None else span_trouble(call.expires_s),
        "priority": "" if call.priority is None or 0 <= call.priority <= MAX_PRIORITY else "a whole number, 0 to 255",
    }
    return {field: words for field, words in found.items() if words}


def text_trouble(text: str, most_bytes: int) -> str:
    """Why ``text`` cannot be a name, a queue or an id; empty = it can."""
    if not text:
        return "it is empty"
    if any(character < " " or character == "\x7f" for character in text):
        return "it holds a control character"
    used = len(text.encode("utf-8", "surrogatepass"))
    return f"{used} bytes; {most_bytes} are allowed" if used > most_bytes else ""


def args_trouble(text: str) -> str:
    """Why ``text`` is not a JSON list, with line and column; empty = it is one."""
    value, trouble = _read(text)
    return trouble or ("" if isinstance(value, list) else 'a list in brackets, such as [1, "two"]')


def kwargs_trouble(text: str) -> str:
    """Why ``text`` is not a JSON object, with line and column; empty = it is one."""
    value, trouble = _read(text)
    return trouble or ("" if isinstance(value, dict) else 'an object in braces, such as {"size": 3}')


def span_trouble(seconds: float) -> str:
    """Why a time to wait cannot be used; empty = it can."""
    return "" if 0 < seconds <= LONGEST_WAIT_S else "more than nothing, and at most ten years"


def due_at(call: TaskCall, now: float) -> float | None:
    """When the task is to run (epoch seconds), ``None`` = at once."""
    return call.eta if call.countdown_s is None else now + call.countdown_s


def _wait_trouble(call: TaskCall) -> str:
    if call.countdown_s is not None:
        return span_trouble(call.countdown_s)
    return "" if call.eta is None or 0 < call.eta < 32_503_680_000 else "no time that a calendar has"


class _Unfit(ValueError):
    """JSON that readers understand differently."""


def _read(text: str) -> tuple[Any, str]:
    if len(text) > MAX_BODY_CHARS:
        return None, f"{len(text):,} characters; {MAX_BODY_CHARS:,} are allowed"
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_double)
        text.encode()
    except json.JSONDecodeError as problem:
        return None, f"line {problem.lineno}, column {problem.colno}: {problem.msg}"
    except _Unfit as problem:
        return None, str(problem)
    except UnicodeEncodeError:
        return None, "it holds half a character (a lone surrogate)"
    except (ValueError, RecursionError):
        return None, "nested too deep, or a number that is too long"
    return value, ""


def _no_constant(name: str) -> Any:
    raise _Unfit(f"{name} is not JSON")


def _no_double(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        raise _Unfit(f"“{next(name for name in names if names.count(name) > 1)}” stands there twice")
    return found


def _iso(epoch: float | None) -> str | None:
    return None if epoch is None else (datetime.fromtimestamp(0, UTC) + timedelta(seconds=epoch)).isoformat()


def _short_repr(value: object) -> str:
    text = ascii(value) if not repr(value).isprintable() else repr(value)
    return text if len(text) <= _REPR_CHARS else f"{text[: _REPR_CHARS - 3]}..."
