"""PURE: the messages of Celery's remote control: a question to workers, and what one worker replies.

Nothing here knows a transport: :mod:`rabbit_mailbox` and :mod:`redis_mailbox` carry these messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from broker_client.tasks.value_formats import read_foreign

NAMESPACE = "celery"
EXCHANGE, REPLY_EXCHANGE = f"{NAMESPACE}.pidbox", f"reply.{NAMESPACE}.pidbox"
MAX_REPLY_BYTES = 8 << 20
_MOST_OPCODES = 200_000
_MOST_NAMES = 100
"""A worker replies under its own name alone."""
_FAILED_DECODE = (ValueError, RecursionError, msgspec.MsgspecError)

Questions = Mapping[str, Mapping[str, Any]]
"""Method to its arguments."""
Answers = dict[str, dict[str, Any]]
"""Method to worker name to its decoded answer."""
OnReply = Callable[[str, str, Any], None]
"""``on_reply(method, worker, answer)``, called at once for each reply, on the asking thread."""


def question_body(
    method: str, arguments: Mapping[str, Any], ticket: str, address: str, workers: Sequence[str] = ()
) -> bytes:
    """The message that asks ``workers`` (none = all). Each puts ``ticket`` on its reply to ``address``.

    The names go as a list: in a plain text a worker looks for its own name as a part of it.
    """
    message = {
        "method": method,
        "arguments": arguments,
        "destination": list(workers) or None,
        "pattern": None,
        "matcher": None,
        "ticket": ticket,
        "reply_to": {"exchange": REPLY_EXCHANGE, "routing_key": address},
    }
    return json.dumps(message).encode()


def read_reply(body: bytes) -> dict[str, Any]:
    """One worker's reply, ``{name: answer}``; empty when it cannot be read. Workers reply in their application's task
    serializer: a pickle is read without unpickling it."""
    if len(body) > MAX_REPLY_BYTES:
        return {}
    try:
        reply = msgspec.json.decode(body)
    except _FAILED_DECODE:
        try:
            reply = json.loads(body)
        except _FAILED_DECODE:
            reply = read_foreign(body, _MOST_OPCODES).fields
    return reply if isinstance(reply, dict) and len(reply) <= _MOST_NAMES else {}


def mailbox_queue(worker: str) -> str:
    """The queue that a worker has for as long as it listens to remote control."""
    return f"{worker}.{EXCHANGE}"


def reply_queue(address: str) -> str:
    return f"{address}.{REPLY_EXCHANGE}"
