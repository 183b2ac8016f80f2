"""Typed header values as JSON and back, without loss: for files, journals and forms. PURE.

What JSON has a word for is written as itself. Everything else is an object with one member that names its type::

    {"$long": 5}  {"$bytes": "base64"}  {"$time": 1700000000}  {"$decimal": "1.50"}  {"$float": 1.5}  {"$double": "nan"}

A table of the user's own that looks like that is wrapped: ``{"$table": {"$long": 5}}``.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import struct
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_table import Opaque, RawText, SingleFloat, SizedInt, Timestamp

_INT_WORDS = {
    "b": "$byte",
    "B": "$ubyte",
    "s": "$short",
    "U": "$short-U",
    "u": "$ushort",
    "I": "$int",
    "i": "$uint",
    "l": "$long",
    "L": "$long-L",
}
_OPAQUE_WORDS = {"A": "$opaque-array", "F": "$opaque-table"}


def to_json(value: Any) -> Any:
    """``value`` (a header's value, or a whole table) made of what JSON has. Texts may hold lone surrogates."""
    match value:
        case None | bool() | str():
            return value
        case SizedInt():
            return {_INT_WORDS[value.kind]: int(value)}
        case Timestamp():
            return {"$time": int(value)}
        case int():
            return value
        case float():
            return _float_to_json(value)
        case Decimal():
            return {"$decimal": str(value)}
        case Opaque():
            return {_OPAQUE_WORDS[value.kind]: _base64(value)}
        case RawText():
            return {"$text": _base64(value)}
        case bytes() | bytearray():
            return {"$bytes": _base64(value)}
        case list() | tuple():
            return [to_json(item) for item in value]
        case Mapping():
            made = {str(name): to_json(item) for name, item in value.items()}
            return {"$table": made} if _looks_typed(made) else made
        case _:
            raise BadInput("a header cannot be written", f"AMQP has no type for a {type(value).__name__}")


def from_json(value: Any, path: str = "headers") -> Any:
    """What :func:`to_json` was given. Raises :class:`BadInput` naming the path of what cannot be understood."""
    if isinstance(value, list):
        return [from_json(item, f"{path}[{index}]") for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if not _looks_typed(value):
        return {name: from_json(item, f"{path}.{name}") for name, item in value.items()}
    ((word, content),) = value.items()
    if word == "$table":
        if not isinstance(content, dict):
            raise BadInput(f"{path} cannot be read", "$table must hold an object")
        return {name: from_json(item, f"{path}.{name}") for name, item in content.items()}
    reader = _READERS.get(word)
    if reader is None:
        raise BadInput(f"{path} cannot be read", f"there is no type {word!r}", f"one of {', '.join(sorted(_READERS))}")
    try:
        return reader(content)
    except (ValueError, TypeError, InvalidOperation, OverflowError, binascii.Error, struct.error):
        raise BadInput(f"{path} cannot be read", f"{content!r} is no {word.removeprefix('$')}") from None


def to_text(headers: Mapping[str, Any] | None) -> str:
    """One line of JSON for a table of headers; ASCII only, so that it can stand in any file."""
    return json.dumps(to_json(headers or {}))


def from_text(text: str) -> dict[str, Any]:
    """A table of headers from JSON. Raises :class:`BadInput` with the place of the fault."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as problem:
        raise BadInput(
            "the headers are no JSON", f"line {problem.lineno}, column {problem.colno}: {problem.msg}"
        ) from None
    except (RecursionError, ValueError):
        raise BadInput(
            "the headers cannot be read", "they are nested too deep, or hold a number that is too long"
        ) from None
    headers = from_json(value)
    if not isinstance(headers, dict):
        raise BadInput("the headers cannot be read", "they must be an object: names and values")
    return headers


def _looks_typed(table: Mapping[str, Any]) -> bool:
    return len(table) == 1 and next(iter(table)).startswith("$")


def _float_to_json(value: float) -> Any:
    """A number; the words ``inf`` and ``-inf``; the 64 bits of what is not a number, which come in many kinds."""
    if not math.isfinite(value):
        bits = f"0x{struct.pack('>d', value).hex()}" if math.isnan(value) else str(float(value))
        return {"$float" if isinstance(value, SingleFloat) else "$double": bits}
    return {"$float": float(value)} if isinstance(value, SingleFloat) else value


def _number(content: Any) -> float:
    if isinstance(content, str) and content.startswith("0x"):
        return float(struct.unpack(">d", bytes.fromhex(content[2:]))[0])
    return float(content)


def _base64(value: bytes | bytearray) -> str:
    return base64.b64encode(value).decode()


def _bytes(content: Any) -> bytes:
    return base64.b64decode(content, validate=True)


def _whole(content: Any) -> int:
    if not isinstance(content, int) or isinstance(content, bool):
        raise TypeError
    return content


def _sized(kind: str) -> Callable[[Any], Any]:
    # What has a width by itself needs none: reading gives the same value as the wire does.
    return lambda content: _whole(content) if kind == "I" else SizedInt(_whole(content), kind)


def _opaque(kind: str) -> Callable[[Any], Any]:
    return lambda content: Opaque(_bytes(content), kind)


_READERS: dict[str, Callable[[Any], Any]] = {
    **{word: _sized(kind) for kind, word in _INT_WORDS.items()},
    "$time": lambda content: Timestamp(_whole(content)),
    "$decimal": lambda content: Decimal(str(content)),
    "$float": lambda content: SingleFloat(_number(content)),
    "$double": _number,
    "$bytes": _bytes,
    "$text": lambda content: RawText(_bytes(content)),
    **{word: _opaque(kind) for kind, word in _OPAQUE_WORDS.items()},
}
