"""AMQP 0-9-1 field tables: every value type read and written so that the same bytes come out again. PURE.

====  ==================================  =======================================
kind  on the wire                         in Python
====  ==================================  =======================================
t     boolean                             ``bool``
I, l  32 and 64 bits, signed              ``int``; ``l`` within 32 bits: ``SizedInt``
bBsuUiL  other widths                     ``SizedInt``
d, f  double, single                      ``float``, ``SingleFloat``
D     decimal                             ``decimal.Decimal`` (its exponent is kept)
S     text                                ``str``; ``RawText`` when it is not UTF-8
x     bytes                               ``bytes``
T     seconds since the epoch             ``Timestamp``
V     nothing                             ``None``
A, F  array, table                        ``list``, ``dict``; ``Opaque`` when nested too deep
====  ==================================  =======================================
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from broker_client.errors import BadAnswer, BadInput

MAX_DEPTH = 100
"""How deep tables and arrays may be nested before they are carried along unread."""
MAX_TABLE_BYTES = 130_000
"""All properties of a message must fit into one frame of 131,072 bytes."""
MAX_KEY_BYTES = 255

_INT_FORMATS = {"b": ">b", "B": ">B", "s": ">h", "U": ">h", "u": ">H", "I": ">i", "i": ">I", "l": ">q", "L": ">q"}
_SIZES = {"t": 1, "b": 1, "B": 1, "s": 2, "U": 2, "u": 2, "I": 4, "i": 4, "f": 4, "l": 8, "L": 8}
_SIZES |= {"d": 8, "T": 8, "D": 5, "V": 0}
_MEASURED = frozenset("SxAF")
_UINT32 = struct.Struct(">I")
_INT32_RANGE = range(-(2**31), 2**31)
_INT64_RANGE = range(-(2**63), 2**63)


class SizedInt(int):
    """A whole number of a width that an ``int`` would not be given. ``kind`` is its letter on the wire."""

    kind: str

    def __new__(cls, value: int, kind: str) -> SizedInt:
        made = super().__new__(cls, value)
        made.kind = kind
        return made

    def __getnewargs__(self) -> tuple[int, str]:  # type: ignore[override]
        return int(self), self.kind


class SingleFloat(float):
    """A floating-point number of 32 bits. Raises OverflowError when it is too large for them."""

    def __new__(cls, value: float) -> SingleFloat:
        return super().__new__(cls, struct.unpack(">f", struct.pack(">f", value))[0])


class Timestamp(int):
    """Seconds since the epoch, of 64 bits: more than ``datetime`` can tell."""


class RawText(bytes):
    """A text whose bytes are not UTF-8."""


class Opaque(bytes):
    """The bytes of an array or a table that is nested too deep to be read. ``kind`` is ``A`` or ``F``."""

    kind: str

    def __new__(cls, value: bytes, kind: str) -> Opaque:
        made = super().__new__(cls, value)
        made.kind = kind
        return made

    def __getnewargs__(self) -> tuple[bytes, str]:  # type: ignore[override]
        return bytes(self), self.kind


class Entry(NamedTuple):
    """Where one entry of a table lies: from ``start`` (its name's length) up to ``end``; its kind is at ``value``."""

    name: bytes
    start: int
    value: int
    end: int


def entries(data: bytes, start: int = 0) -> Iterator[Entry]:
    """The entries of the table whose length is at ``start``, without reading their values. Raises BadAnswer."""
    try:
        position, end = start + 4, start + 4 + _UINT32.unpack_from(data, start)[0]
        if end > len(data):
            raise BadAnswer("a table of headers is cut short")
        while position < end:
            value = position + 1 + data[position]
            after = _value_end(data, value)
            yield Entry(data[position + 1 : value], position, value, after)
            position = after
    except (struct.error, IndexError):
        raise BadAnswer("a table of headers is cut short") from None


def decode_table(data: bytes, start: int = 0, depth: int = 0) -> dict[str, Any]:
    """The table whose length is at ``start``. Raises :class:`BadAnswer`."""
    return {
        entry.name.decode("utf-8", "surrogateescape"): decode_value(data, entry.value, depth)
        for entry in entries(data, start)
    }


def decode_value(data: bytes, start: int, depth: int = 0) -> Any:
    """The value whose kind is at ``start``. Raises :class:`BadAnswer`."""
    try:
        return _decoded(chr(data[start]), data, start + 1, depth)
    except (struct.error, IndexError):
        raise BadAnswer("a header value is cut short") from None


def value_end(data: bytes, start: int) -> int:
    """Where the value whose kind is at ``start`` ends. Raises :class:`BadAnswer`."""
    try:
        return _value_end(data, start)
    except (struct.error, IndexError):
        raise BadAnswer("a header value is cut short") from None


def encode_table(table: Mapping[str, Any]) -> bytes:
    """The table with its length in front. Raises :class:`BadInput` naming the path of what cannot be sent."""
    body = b"".join(_named(name, value, str(name)) for name, value in table.items())
    return _UINT32.pack(len(body)) + body


def encode_value(value: Any) -> bytes:
    """The value with its kind in front. Raises :class:`BadInput`."""
    return _encoded(value, "the value")


def check_headers(headers: Mapping[str, Any]) -> None:
    """Raises :class:`BadInput` naming the path of the first value that cannot be sent, or their size."""
    size = len(encode_table(headers))
    if size > MAX_TABLE_BYTES:
        raise BadInput("the headers are too large", f"{size:,} bytes, {MAX_TABLE_BYTES:,} are allowed")


# ---- reading --------------------------------------------------------------------------------------------------------


def _value_end(data: bytes, start: int) -> int:
    kind = chr(data[start])
    size = _SIZES.get(kind)
    if size is None:
        if kind not in _MEASURED:
            raise BadAnswer("a header value cannot be read", f"its type {kind!r} is unknown")
        size = 4 + int(_UINT32.unpack_from(data, start + 1)[0])
    end = start + 1 + size
    if end > len(data):
        raise BadAnswer("a header value is cut short")
    return end


def _decoded(kind: str, data: bytes, start: int, depth: int) -> Any:
    if kind in _MEASURED:
        end = _value_end(data, start - 1)
        return _decoded_measured(kind, data, start, end, depth)
    if kind in _INT_FORMATS:
        number = struct.unpack_from(_INT_FORMATS[kind], data, start)[0]
        return number if _kind_of_int(number) == kind else SizedInt(number, kind)
    match kind:
        case "t":
            return bool(data[start])
        case "d":
            return struct.unpack_from(">d", data, start)[0]
        case "f":
            return SingleFloat(struct.unpack_from(">f", data, start)[0])
        case "T":
            return Timestamp(struct.unpack_from(">Q", data, start)[0])
        case "D":
            scale, digits = struct.unpack_from(">Bi", data, start)
            return Decimal(digits).scaleb(-scale)
        case "V":
            return None
        case _:
            raise BadAnswer("a header value cannot be read", f"its type {kind!r} is unknown")


def _decoded_measured(kind: str, data: bytes, start: int, end: int, depth: int) -> Any:
    body = data[start + 4 : end]
    if kind == "x":
        return body
    if kind == "S":
        try:
            return body.decode()
        except UnicodeDecodeError:
            return RawText(body)
    if depth >= MAX_DEPTH:
        return Opaque(body, kind)
    if kind == "F":
        return decode_table(data[start:end], 0, depth + 1)
    found, position = [], 0
    while position < len(body):
        found.append(decode_value(body, position, depth + 1))
        position = _value_end(body, position)
    return found


# ---- writing --------------------------------------------------------------------------------------------------------


def _kind_of_int(number: int) -> str:
    return "I" if number in _INT32_RANGE else "l"


def _named(name: object, value: Any, path: str, depth: int = 0) -> bytes:
    if not isinstance(name, str):
        raise BadInput(f"the header {path} cannot be sent", "a name must be a text")
    encoded = _utf8(name, path)
    if len(encoded) > MAX_KEY_BYTES:
        raise BadInput(
            f"the name of the header {path[:40]}… is too long",
            f"{len(encoded)} bytes in UTF-8, {MAX_KEY_BYTES} are allowed",
        )
    return bytes((len(encoded),)) + encoded + _encoded(value, path, depth)


def _encoded(value: Any, path: str, depth: int = 0) -> bytes:
    match value:
        case None:
            return b"V"
        case bool():
            return b"t\1" if value else b"t\0"
        case str():
            return _measured(b"S", _utf8(value, path))
        case Timestamp() | int():
            return _encoded_int(value, path)
        case SingleFloat():
            return b"f" + struct.pack(">f", value)
        case float():
            return b"d" + struct.pack(">d", value)
        case Decimal():
            return _encoded_decimal(value, path)
        case datetime():
            return _encoded_int(Timestamp(int(value.timestamp())), path)
        case Opaque():
            return _measured(value.kind.encode(), value)
        case RawText():
            return _measured(b"S", value)
        case bytes() | bytearray():
            return _measured(b"x", bytes(value))
    if depth > MAX_DEPTH:
        raise BadInput(f"the header {path[:80]}… cannot be sent", f"it is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        return _measured(b"F", b"".join(_named(key, item, f"{path}.{key}", depth + 1) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return _measured(b"A", b"".join(_encoded(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)))
    raise BadInput(f"the header {path} cannot be sent", f"AMQP has no type for a {type(value).__name__}")


def _encoded_int(value: int, path: str) -> bytes:
    if isinstance(value, Timestamp):
        kind, code = "T", ">Q"
    else:
        kind = value.kind if isinstance(value, SizedInt) else _kind_of_int(value)
        code = _INT_FORMATS[kind]
    try:
        return kind.encode() + struct.pack(code, int(value))
    except struct.error:
        raise BadInput(f"the header {path} cannot be sent", "the number is too large for its type") from None


def _encoded_decimal(value: Decimal, path: str) -> bytes:
    sign, digits, exponent = value.as_tuple()
    if isinstance(exponent, int):
        whole = int("".join(map(str, digits)) or "0") * 10 ** max(0, min(exponent, 20))
        number, scale = (-whole if sign else whole), max(0, -exponent)
        if number in _INT32_RANGE and scale <= 255 and exponent <= 20:
            return b"D" + struct.pack(">Bi", scale, number)
    why = "AMQP's decimals have 32 bits of digits and at most 255 places"
    raise BadInput(f"the header {path} cannot be sent", why)


def _measured(kind: bytes, body: bytes) -> bytes:
    return kind + _UINT32.pack(len(body)) + body


def _utf8(text: str, path: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as problem:
        raise BadInput(
            f"the header {path[:80]!r} cannot be sent", f"character {problem.start + 1} is half a pair"
        ) from None
