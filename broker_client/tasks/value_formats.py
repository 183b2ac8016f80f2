"""PURE: stored results that are not JSON: compressed, pickle, MessagePack or YAML, read without running anything.

Nothing here raises. What cannot be read is said in words, with its format and size.
"""

from __future__ import annotations

import bz2
import lzma
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from broker_client.tasks.pickle_reading import Raised, read_mapping
from broker_client.tasks.plain_text import from_bytes, printable

MOST_UNPACKED_BYTES = 4 << 20
_COMPRESSED = b"\x00celery-compressed\x00"
_INFLATE: dict[str, Callable[[], Any]] = {
    "application/x-gzip": lambda: zlib.decompressobj(wbits=47),
    "application/x-bz2": bz2.BZ2Decompressor,
    "application/x-lzma": lzma.LZMADecompressor,
}
_PICKLES = tuple(bytes((0x80, protocol)) for protocol in (2, 3, 4, 5))
_UNPACK_FAILED = (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError, MemoryError)
_YAML_FIELD = re.compile(r"^(\w+): (?:'([^'\n]*)'|\"([^\"\\\n]*)\"|([^\s'\"&*!|>{\[][^\n#]*))$", re.MULTILINE)
_YAML_RAISED = re.compile(r"^  exc_type: (\w+)$", re.MULTILINE)
_YAML_MESSAGE = re.compile(r"^  exc_message:\n((?:  - [^\n]*\n)+)", re.MULTILINE)
_YAML_TEXTS = ("status", "date_done", "name", "queue", "worker", "parent_id", "group_id")


class Unpacked(NamedTuple):
    """``raw`` is what was compressed with ``method``; empty ``method`` = it was not. ``cut``: there was more."""

    raw: bytes
    method: str = ""
    cut: bool = False


class Foreign(NamedTuple):
    """``fields`` is the stored mapping as far as it was read (``None`` = not at all), ``form`` names the format."""

    fields: dict[str, Any] | None
    form: str


def unpack(raw: bytes) -> Unpacked:
    """Take Celery's ``result_compression`` off, at most ``MOST_UNPACKED_BYTES`` of what comes out."""
    if not raw.startswith(_COMPRESSED):
        return Unpacked(raw)
    kind, _, body = raw[len(_COMPRESSED) :].partition(b"\0")
    method = from_bytes(kind[:80])
    made = _INFLATE.get(method)
    if made is None:
        return Unpacked(raw, method, True)
    try:
        out: bytes = made().decompress(body, MOST_UNPACKED_BYTES + 1)
    except _UNPACK_FAILED:
        return Unpacked(raw, method, True)
    return Unpacked(out[:MOST_UNPACKED_BYTES], method, len(out) > MOST_UNPACKED_BYTES)


def read_foreign(raw: bytes, most_opcodes: int) -> Foreign:
    """Read a value that is not JSON. A pickle with more than ``most_opcodes`` opcodes is left unread."""
    first = raw[:1]
    if raw[:2] in _PICKLES:
        fields = read_mapping(raw, most_opcodes)
        return Foreign(_as_celery_writes(fields) if fields is not None else None, "pickle")
    if first and (0x81 <= first[0] <= 0x8F or first[0] in (0xDE, 0xDF)):
        return Foreign(_packed(raw), "MessagePack")
    if re.match(rb"[a-z_]+:(?: |\n)", raw):
        return Foreign(_yaml(from_bytes(raw)), "YAML")
    return Foreign(None, "")


def _packed(raw: bytes) -> dict[str, Any] | None:
    try:
        parsed = msgspec.msgpack.decode(raw, strict=False)
    except (msgspec.MsgspecError, ValueError, RecursionError, MemoryError, struct.error):
        return None
    return parsed if isinstance(parsed, dict) and all(isinstance(name, str) for name in parsed) else None


def _as_celery_writes(fields: dict[str, Any]) -> dict[str, Any]:
    """An exception as Celery writes it in JSON; any other object as words."""
    made: dict[str, Any] = {}
    for name, value in fields.items():
        if not isinstance(value, Raised):
            made[name] = value
        elif name == "result" and fields.get("status") != "SUCCESS":
            made[name] = {"exc_type": value.type, "exc_message": value.arguments, "exc_module": value.module}
        else:
            said = ", ".join(map(repr, value.arguments))
            made[name] = f"<{value.module}.{value.type}({said})>"
    return made


def _yaml(text: str) -> dict[str, Any] | None:
    """The plain fields at the left margin; the rest of the text is the result as it stands."""
    found = {match[1]: match[2] or match[3] or match[4] or "" for match in _YAML_FIELD.finditer(text)}
    if "status" not in found:
        return None
    fields: dict[str, Any] = {name: found[name] for name in _YAML_TEXTS if found.get(name, "null") != "null"}
    if found.get("retries", "").isdigit():
        fields["retries"] = int(found["retries"][:9])
    raised = _YAML_RAISED.search(text)
    if raised and fields["status"] != "SUCCESS":
        message = _YAML_MESSAGE.search(text)
        words = [line[4:].strip("'\"") for line in message[1].splitlines()] if message else []
        fields["result"] = {"exc_type": raised[1], "exc_message": words}
    else:
        fields["result"] = found.get("result", printable(text))
    return fields
