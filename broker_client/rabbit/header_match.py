"""Headers bindings: do a message's headers fit the arguments of a binding, and why not. PURE.

The answer is True, False, or ``None`` where the broker's answer hangs on something the management API does not show.
Measured on RabbitMQ 3.10.8 and 4.0.5:

- Without ``x-match`` it is ``all``. ``all`` and ``any`` do not look at keys that begin with ``x-`` (small x), the forms
  ``-with-x`` do, apart from ``x-match`` itself. With nothing left to look at, ``all`` matches and ``any`` does not.
- A void value in the binding asks for presence only. The management API writes void as the text ``undefined``.
- Text and byte arrays are the same. A boolean is never a number. All widths of integers are the same.
- 3.10: ``1`` and ``1.0`` are the same, a timestamp is its seconds. 4.0: ``1`` and ``1.0`` differ, so do ``0.0`` and
  ``-0.0``; the timestamp of a message counts in milliseconds and that of a binding in seconds.
- Inside arrays and tables the width of an integer counts, and the order of a table's keys: neither can be seen. Text
  and byte arrays differ there, but look the same in the API: a binding's is taken for text, which it nearly always is.
- ``BCC`` is gone before headers are looked at.
"""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from broker_client.rabbit.amqp_table import Opaque, Timestamp

MATCH_KINDS = ("all", "any", "all-with-x", "any-with-x")

_VOID = "undefined"
_SHOWN_CHARS = 60
_BOUNDED = reprlib.Repr()
_BOUNDED.maxlevel, _BOUNDED.maxstring, _BOUNDED.maxdict, _BOUNDED.maxlist = 3, _SHOWN_CHARS, 4, 6


class Numbers(Enum):
    """How a broker compares an integer with a float."""

    BY_VALUE = "by value"
    BY_TYPE = "by type"
    UNKNOWN = "unknown"


def number_rule(version: str) -> Numbers:
    """The rule of a RabbitMQ version (``3.10.8``). Measured for 3.10 and 4.0; 3.13 rewrote it, and none is unknown."""
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None or (3, 13) <= (parsed := (int(found[1]), int(found[2]))) < (4, 0):
        return Numbers.UNKNOWN
    return Numbers.BY_TYPE if parsed >= (4, 0) else Numbers.BY_VALUE


class Verdict(NamedTuple):
    """``why`` is one sentence without full stop."""

    matched: bool | None
    why: str


class HeaderPattern:
    """The arguments of one binding, taken apart once so that they can be asked many times."""

    __slots__ = ("_any", "_fields", "_kind", "_numbers")

    def __init__(self, arguments: Mapping[str, Any], numbers: Numbers) -> None:
        kind = arguments.get("x-match", "all")
        self._kind = kind if kind in MATCH_KINDS else "all"
        self._any = self._kind.startswith("any")
        self._numbers = numbers
        with_x = self._kind.endswith("-with-x")
        self._fields = tuple(
            (name, None if wanted == _VOID else wanted)
            for name, wanted in arguments.items()
            if name != "x-match" and (with_x or not name.startswith("x-"))
        )

    def matches(self, headers: Mapping[str, Any]) -> bool | None:
        """``headers`` without ``BCC``."""
        doubt: bool | None = False
        for name, wanted in self._fields:
            fits = name in headers and (wanted is None or same_value(wanted, headers[name], self._numbers))
            if fits is None:
                doubt = None
            elif fits is self._any:
                return self._any
        return doubt if doubt is None else not self._any

    def verdict(self, headers: Mapping[str, Any]) -> Verdict:
        """The same with its reason."""
        matched = self.matches(headers)
        if not self._fields:
            rest = ", so it matches every message" if matched else ", so it matches no message"
            return Verdict(matched, f"`{self._kind}` has no header to look at{rest}")
        if matched is None:
            return Verdict(None, next(filter(None, (self._doubt(field, headers) for field in self._fields))))
        if matched:
            if self._any:
                return Verdict(True, next(filter(None, (self._hit(field, headers) for field in self._fields))))
            plural = "header is" if len(self._fields) == 1 else f"{len(self._fields)} headers are"
            return Verdict(True, f"`{self._kind}`: the {plural} as asked: {_names(self._fields)}")
        misses = [miss for field in self._fields if (miss := self._miss(field, headers))]
        if self._any and len(misses) > 1:
            return Verdict(False, f"`{self._kind}` asks for one of {_names(self._fields)}, and none fits: {misses[0]}")
        return Verdict(False, f"`{self._kind}`: {misses[0]}")

    def _miss(self, field: tuple[str, Any], headers: Mapping[str, Any]) -> str:
        name, wanted = field
        if name not in headers:
            return f"the message has no header `{name}`"
        if wanted is None or same_value(wanted, headers[name], self._numbers) is not False:
            return ""
        return f"`{name}` must be {shown(wanted)}, the message has {shown(headers[name])}"

    def _hit(self, field: tuple[str, Any], headers: Mapping[str, Any]) -> str:
        name, wanted = field
        if name not in headers:
            return ""
        if wanted is None:
            return f"`{self._kind}`: `{name}` is there, any value will do"
        fits = same_value(wanted, headers[name], self._numbers)
        return f"`{self._kind}`: `{name}` is {shown(wanted)}" if fits else ""

    def _doubt(self, field: tuple[str, Any], headers: Mapping[str, Any]) -> str:
        name, wanted = field
        if name not in headers or wanted is None or same_value(wanted, headers[name], self._numbers) is not None:
            return ""
        if _is_number(wanted):
            if isinstance(headers[name], Decimal):
                return f"`{name}`: whether the binding holds a decimal or a float cannot be seen"
            return f"`{name}`: whether {shown(wanted)} is {shown(headers[name])} depends on RabbitMQ's version"
        return f"`{name}`: what differs inside an array or a table (a number's width, the order) cannot be seen"


# ---- values ---------------------------------------------------------------------------------------------------------


def same_value(wanted: Any, given: Any, numbers: Numbers) -> bool | None:
    """Whether the broker takes a binding's value and a message's value for the same."""
    if isinstance(wanted, bool) or isinstance(given, bool) or wanted is None or given is None:
        return wanted is given
    if isinstance(wanted, Opaque) or isinstance(given, Opaque):
        return None
    if isinstance(wanted, str | bytes) or isinstance(given, str | bytes):
        return _same_text(wanted, given)
    if isinstance(wanted, Mapping | list | tuple) or isinstance(given, Mapping | list | tuple):
        return _same_inside(wanted, given)
    if isinstance(wanted, Decimal) or isinstance(given, Decimal):
        return _same_decimal(wanted, given)
    return _same_number(wanted, given, numbers)


def _same_text(wanted: Any, given: Any) -> bool:
    return _octets(wanted) == _octets(given) is not None


def _octets(value: Any) -> bytes | None:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return value if isinstance(value, bytes) else None


def _same_number(wanted: Any, given: Any, numbers: Numbers) -> bool | None:
    if isinstance(wanted, datetime):
        wanted = _seconds(wanted)
    if isinstance(given, datetime | Timestamp):
        if numbers is Numbers.UNKNOWN:
            return None if wanted in (_seconds(given), _seconds(given) * 1000) else False
        given = _seconds(given) * (1000 if numbers is Numbers.BY_TYPE else 1)
    if wanted != given:
        return False
    zeros = wanted == 0 and math.copysign(1, wanted) != math.copysign(1, given)
    if isinstance(wanted, float) is isinstance(given, float) and not zeros:
        return True
    return {Numbers.BY_VALUE: True, Numbers.BY_TYPE: False, Numbers.UNKNOWN: None}[numbers]


def _same_decimal(wanted: Any, given: Any) -> bool | None:
    if isinstance(wanted, Decimal) and isinstance(given, Decimal):
        return wanted.as_tuple() == given.as_tuple()
    # The management API writes a decimal as a float of another value.
    return None if isinstance(wanted, float) else False


def _same_inside(wanted: Any, given: Any) -> bool | None:
    """Arrays and tables. The empty ones are the same."""
    if not isinstance(wanted, Mapping | list | tuple) or not isinstance(given, Mapping | list | tuple):
        return False
    if not wanted and not given:
        return True
    if isinstance(wanted, Mapping) is not isinstance(given, Mapping) or len(wanted) != len(given):
        return False
    if isinstance(wanted, Mapping) and isinstance(given, Mapping):
        if wanted.keys() != given.keys():
            return False
        fits = [_same_nested(wanted[name], given[name]) for name in wanted]
        if len(wanted) > 1:
            fits.append(None)
    else:
        fits = [_same_nested(one, other) for one, other in zip(wanted, given, strict=True)]
    return False if False in fits else None if None in fits else True


def _same_nested(wanted: Any, given: Any) -> bool | None:
    if wanted == _VOID and given in (None, _VOID):
        return True if given is None else None
    if isinstance(wanted, Mapping | list | tuple) or isinstance(given, Mapping | list | tuple):
        # An empty array and an empty table are of different types, which counts here.
        return _same_inside(wanted, given) if isinstance(wanted, Mapping) is isinstance(given, Mapping) else False
    if isinstance(wanted, float) or isinstance(given, float):
        return isinstance(wanted, float) and isinstance(given, float) and wanted == given
    if _is_number(wanted) and _is_number(given):
        return None if same_value(wanted, given, Numbers.BY_VALUE) else False
    if isinstance(wanted, str | bytes) and isinstance(given, str | bytes):
        return None if type(wanted) is not type(given) and _same_text(wanted, given) else _same_text(wanted, given)
    return same_value(wanted, given, Numbers.BY_TYPE)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | datetime) and not isinstance(value, bool)


def _seconds(moment: datetime | int) -> int:
    if isinstance(moment, int):
        return int(moment)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


# ---- words ----------------------------------------------------------------------------------------------------------


def shown(value: Any) -> str:
    """A header's value in words, with its type where it could be mistaken; at most about sixty characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "void"
    if isinstance(value, datetime):
        return f"the time {value.isoformat(' ')}"
    if isinstance(value, str):
        return f'"{_cut(value)}"'
    if isinstance(value, bytes):
        return f'the bytes "{_cut(value.decode("utf-8", "backslashreplace"))}"'
    kind = "an array" if isinstance(value, list | tuple) else "a table" if isinstance(value, Mapping) else ""
    return f"{kind} {_cut(_BOUNDED.repr(value))}" if kind else _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…"


def _names(fields: tuple[tuple[str, Any], ...]) -> str:
    return ", ".join(f"`{name}`" for name, _ in fields[:4]) + (", …" if len(fields) > 4 else "")
