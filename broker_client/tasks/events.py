"""PURE: decode the bodies of Celery's event messages.

A body is one JSON object or a list of them (``task.multi``). The fast path decodes a whole body into :class:`Event` at
once; a body with one odd value goes item by item through the lenient path, which repairs what can be repaired. Nothing
here raises: what cannot be read is counted.
"""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, NamedTuple

import msgspec

from broker_client.tasks.plain_text import printable

MAX_BODY_BYTES = 8 << 20
MAX_ID_CHARS = 255
Whole = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""A number that every encoder can write again."""


class Event(msgspec.Struct, gc=False):
    """One event of a worker or a producer. Only ``type`` is certain; ``None`` = the event did not say.

    ``args``, ``kwargs`` and ``result`` are ``repr`` texts that Celery cut at 1,024 characters.
    """

    type: str
    uuid: str = ""
    hostname: str = ""
    timestamp: float = 0.0
    name: str | None = None
    args: str | None = None
    kwargs: str | None = None
    retries: Whole | None = None
    eta: str | None = None
    root_id: str | None = None
    parent_id: str | None = None
    queue: str | None = None
    runtime: float | None = None
    result: str | None = None
    exception: str | None = None
    traceback: str | None = None
    terminated: bool | None = None
    expired: bool | None = None
    requeue: bool | None = None
    pid: Whole | None = None
    freq: float | None = None
    active: Whole | None = None
    processed: Whole | None = None
    loadavg: tuple[float, ...] | None = None
    sw_ver: str | None = None


class Decoded(NamedTuple):
    """The events of one body, and how many of its items could not be read."""

    events: list[Event]
    unreadable: int


_NAMES = ("uuid", "hostname", "name", "root_id", "parent_id", "queue", "sw_ver")
_TEXTS = (*_NAMES, "args", "kwargs", "eta", "result", "exception", "traceback")
_WHOLES = ("retries", "pid", "active", "processed")
_REALS = ("timestamp", "runtime", "freq")
_FLAGS = ("terminated", "expired", "requeue")

_many = msgspec.json.Decoder(list[Event])
_one = msgspec.json.Decoder(Event)


def decode_events(body: bytes) -> Decoded:
    """Decode one message body. Never raises; ``unreadable`` counts items (or 1 for a whole body) that were given up."""
    if len(body) > MAX_BODY_BYTES:
        return Decoded([], 1)
    try:
        if body[:1] == b"[":
            return Decoded(_many.decode(body), 0)
        return Decoded([_one.decode(body)], 0)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return _decode_leniently(body)


def _decode_leniently(body: bytes) -> Decoded:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError, MemoryError):
        return Decoded([], 1)
    items = parsed if isinstance(parsed, list) else [parsed]
    events = [event for event in map(_repaired, items) if event is not None]
    return Decoded(events, len(items) - len(events))


def _repaired(item: Any) -> Event | None:
    """Build an event from whatever the fields hold, or ``None`` when not even its type is a text."""
    if not isinstance(item, dict) or not isinstance(item.get("type"), str) or not item["type"]:
        return None
    event = Event(printable(item["type"]))
    for field in _TEXTS:
        value = item.get(field)
        if value is not None:
            setattr(event, field, _as_text(value))
    for field in _WHOLES:
        setattr(event, field, _as_whole(item.get(field)))
    for field in _REALS:
        setattr(event, field, _as_real(item.get(field)))
    for field in _FLAGS:
        value = item.get(field)
        setattr(event, field, value if isinstance(value, bool) else None)
    event.timestamp = event.timestamp or 0.0
    event.loadavg = _as_reals(item.get("loadavg"))
    return event


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return printable(value)
    try:
        return printable(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        return "(unreadable)"


def _as_whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**53:
        return None
    return value


def _as_real(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        real = float(value)
    except OverflowError:
        return None
    return real if math.isfinite(real) else None


def _as_reals(value: Any) -> tuple[float, ...] | None:
    if not isinstance(value, list):
        return None
    reals = [_as_real(item) for item in value[:3]]
    return tuple(real for real in reals if real is not None) if None not in reals else None
