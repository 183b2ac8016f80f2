"""PURE: the fields that a search over tasks knows, what each holds, and how numbers and times are written in it."""

from __future__ import annotations

import difflib
import re
from typing import Literal, NamedTuple

Holds = Literal["text", "number", "duration"]
COMPARISONS = ("<=", ">=", "<", ">")


class Field(NamedTuple):
    """One field. ``shared``: few tasks have a value of their own, so that one look answers for all that share it."""

    name: str
    holds: Holds
    help: str
    shared: bool = False
    paths: bool = False
    """Whether ``name.PATH`` leads into its value."""


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("name", "text", "the task's name", shared=True),
        Field("state", "text", "its state, such as FAILURE", shared=True),
        Field("worker", "text", "the worker that has or had it", shared=True),
        Field("queue", "text", "the queue it was sent to", shared=True),
        Field("args", "text", "its positional arguments"),
        Field("kwargs", "text", "its keyword arguments; kwargs.user=7 looks at one of them", paths=True),
        Field("exception", "text", "what it was ended with: type and message"),
        Field("result", "text", "the beginning of its result"),
        Field("id", "text", "the task's id"),
        Field("root", "text", "the id of the task that its family began with"),
        Field("parent", "text", "the id of the task that called it"),
        Field("runtime", "duration", "how long it ran: runtime>5, runtime<200ms"),
        Field("age", "duration", "how long ago it last changed: age<1h"),
        Field("retries", "number", "how often it was tried again: retries>2"),
    )
}

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
UNITS = frozenset(_UNITS) - {""}
_PIECE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{0,9})?)(ms|min|[smhdw]|)")


def nearest_field(name: str) -> str:
    """The field that was perhaps meant, or nothing."""
    close = difflib.get_close_matches(name.lower()[:40], FIELDS, 1, 0.6)
    return close[0] if close else ""


def number_of(text: str, holds: Holds) -> float | None:
    """A number, or a duration such as ``200ms`` and ``1h30m`` in seconds; ``None`` = it is neither."""
    if holds == "number":
        return float(text) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{0,9})?", text) else None
    total, end = 0.0, 0
    while found := _PIECE.match(text, end):
        total += float(found[1]) * _UNITS[found[2]]
        end = found.end()
        if not found[2]:
            break
    return total if text and end == len(text) else None
