"""PURE: what kinds of messages a queue holds: grouped by task, type, key or shape, with how many of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

import msgspec

from broker_client.rabbit.amqp_message import Message, deaths

MOST_GROUPS = 200
_SHAPE_KEYS = 8


class MessageGroup(msgspec.Struct, frozen=True):
    """Messages of one kind. ``basis`` says how it was told: ``task``, ``type``, ``shape`` (the names in a JSON object)
    or ``key``. ``died_of``: the reason of their latest death, empty when they did not die. ``bytes`` is their sum."""

    kind: str
    basis: str
    count: int
    bytes: int
    died_of: str = ""


def kind_of(message: Message) -> tuple[str, str]:
    """The kind of a message and how it was told."""
    headers = message.properties.headers or {}
    task = headers.get("task")
    if isinstance(task, str) and "id" in headers:
        return task, "task"
    parsed = _object_of(message)
    if parsed is not None and isinstance(parsed.get("task"), str) and "id" in parsed:
        return str(parsed["task"]), "task"
    if message.properties.type:
        return message.properties.type, "type"
    if parsed is not None:
        for name in ("type", "event", "kind", "action"):
            if isinstance(parsed.get(name), str):
                return str(parsed[name]), f"body.{name}"
        names = sorted(parsed)
        more = ", …" if len(names) > _SHAPE_KEYS else ""
        return "{" + ", ".join(names[:_SHAPE_KEYS]) + more + "}", "shape"
    return message.routing_key, "key"


def groups_of(messages: Iterable[Message]) -> tuple[MessageGroup, ...]:
    """The groups, largest first; beyond ``MOST_GROUPS`` the rest are one group of kind ``other``."""
    counts: Counter[tuple[str, str, str]] = Counter()
    sizes: Counter[tuple[str, str, str]] = Counter()
    for message in messages:
        died = deaths(message.properties.headers)
        group = (*kind_of(message), died[0].reason if died else "")
        counts[group] += 1
        sizes[group] += message.body_size if message.body_size is not None else len(message.body)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    found = [
        MessageGroup(kind, basis, count, sizes[(kind, basis, died)], died)
        for (kind, basis, died), count in ordered[:MOST_GROUPS]
    ]
    rest = ordered[MOST_GROUPS:]
    if rest:
        total = sum(count for _, count in rest)
        found.append(MessageGroup("other", "", total, sum(sizes[group] for group, _ in rest)))
    return tuple(found)


def group_words(group: MessageGroup) -> str:
    """``9,120 x send_mail``."""
    died = f" ({group.died_of})" if group.died_of else ""
    return f"{group.count:,} x {group.kind}{died}"


def _object_of(message: Message) -> dict[str, object] | None:
    """The JSON object in a whole body of moderate size, else ``None``."""
    body = message.body
    if not message.is_whole or len(body) > 1 << 20 or body.lstrip()[:1] != b"{":
        return None
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError, MemoryError):
        return None
    return parsed if isinstance(parsed, dict) else None
