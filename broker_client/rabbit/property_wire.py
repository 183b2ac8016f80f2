"""The properties of a message as they are in a content header's frame: flags, then the values that are set. PURE."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from broker_client.errors import BadAnswer, BadInput
from broker_client.rabbit.amqp_message import Properties
from broker_client.rabbit.amqp_table import MAX_TABLE_BYTES, decode_table, encode_table

NAMES = tuple(Properties.__struct_fields__)
"""In the order of the wire; the first has the highest flag."""

_NUMBERS = {"delivery_mode": "B", "priority": "B", "timestamp": ">Q"}
_SIZES = {name: struct.calcsize(kind) for name, kind in _NUMBERS.items()}
_FLAG = {name: 1 << (15 - index) for index, name in enumerate(NAMES)}
_MORE_FLAGS = 1
_UINT16 = struct.Struct(">H")
_UINT32 = struct.Struct(">I")


class Field(NamedTuple):
    """Where the value of one property lies in the bytes."""

    name: str
    start: int
    end: int


def fields(data: bytes) -> list[Field]:
    """The properties that are set, with their places. Raises :class:`BadAnswer`."""
    found: list[Field] = []
    try:
        flags = _UINT16.unpack_from(data)[0]
        if flags & _MORE_FLAGS:
            raise BadAnswer("a message has properties that AMQP 0-9-1 does not know")
        position = 2
        for name, flag in _FLAG.items():
            if flags & flag:
                end = position + _length(name, data, position)
                found.append(Field(name, position, end))
                position = end
    except (struct.error, IndexError):
        raise BadAnswer("the properties of a message are cut short") from None
    if found and found[-1].end > len(data):
        raise BadAnswer("the properties of a message are cut short")
    return found


def decode_properties(data: bytes) -> Properties:
    """Raises :class:`BadAnswer`."""
    return Properties(**{field.name: _value(field, data) for field in fields(data)})


def encode_properties(properties: Properties) -> bytes:
    """Raises :class:`BadInput` naming the property that cannot be sent."""
    values = {name: getattr(properties, name) for name in NAMES}
    data = join({name: _encoded(name, value) for name, value in values.items() if value is not None})
    if len(data) > MAX_TABLE_BYTES:
        raise BadInput("the properties are too large", f"{len(data):,} bytes, {MAX_TABLE_BYTES:,} are allowed")
    return data


def split(data: bytes) -> dict[str, bytes]:
    """The encoded value of each property that is set; :func:`join` puts them together again."""
    return {field.name: data[field.start : field.end] for field in fields(data)}


def join(parts: dict[str, bytes]) -> bytes:
    flags = sum(_FLAG[name] for name in parts)
    return _UINT16.pack(flags) + b"".join(parts[name] for name in NAMES if name in parts)


def encode_short_text(text: str, what: str) -> bytes:
    """A text with its length in one byte in front. Raises :class:`BadInput`."""
    try:
        encoded = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as problem:
        raise BadInput(f"the {what} cannot be sent", f"character {problem.start + 1} is half a pair") from None
    if len(encoded) > 255:
        raise BadInput(f"the {what} is too long", f"{len(encoded)} bytes in UTF-8, 255 are allowed")
    return bytes((len(encoded),)) + encoded


def _length(name: str, data: bytes, position: int) -> int:
    if name in _NUMBERS:
        return _SIZES[name]
    return int(4 + _UINT32.unpack_from(data, position)[0]) if name == "headers" else 1 + data[position]


def _value(field: Field, data: bytes) -> Any:
    if field.name == "headers":
        return decode_table(data, field.start)
    if field.name in _NUMBERS:
        return struct.unpack_from(_NUMBERS[field.name], data, field.start)[0]
    return data[field.start + 1 : field.end].decode("utf-8", "surrogateescape")


def _encoded(name: str, value: Any) -> bytes:
    if name == "headers":
        return encode_table(value)
    words = name.replace("_", " ")
    if name not in _NUMBERS:
        return encode_short_text(value, words)
    try:
        return struct.pack(_NUMBERS[name], value)
    except struct.error:
        most = 2**64 - 1 if name == "timestamp" else 255
        raise BadInput(f"the {words} cannot be sent", f"{value} is not a whole number from 0 to {most}") from None
