"""PURE: what a body is, told without running any of it: JSON, text, binary, packed, a Celery task, a pickle.

Unpacking is bounded, a pickle is only listed, and nothing here raises: what cannot be read is said in ``words``.
"""

from __future__ import annotations

import bz2
import io
import json
import lzma
import pickletools
import struct
import zlib
from typing import Any, Literal

import msgspec

from broker_client.rabbit.amqp_message import Message, Properties

Kind = Literal["empty", "json", "text", "pickle", "binary"]
MOST_UNPACKED_BYTES = 16 << 20
MOST_PICKLE_LINES = 200
MOST_JSON_DEPTH = 200
_PICKLE_BYTES = 64 << 10
_PICKLE_TYPES = ("application/x-python-serialize", "application/x-python")
_JSON_FAILURES = (ValueError, RecursionError, MemoryError)


class CeleryTask(msgspec.Struct, frozen=True):
    """A task message. ``args``, ``kwargs`` and ``embed`` are JSON texts, ``None`` when they cannot be read."""

    name: str
    id: str
    protocol: int
    args: str | None = None
    kwargs: str | None = None
    embed: str | None = None
    retries: int | None = None
    eta: str | None = None
    expires: str | None = None
    words: str = ""
    """What a worker would do with it if it could not read it."""


class Body(msgspec.Struct, frozen=True):
    """A body as it can be shown. ``raw`` are the bytes after unpacking; ``text`` is set for JSON, text and pickles (the
    listing). ``parsed`` is the JSON value. ``cut``: only the beginning is here."""

    kind: Kind
    raw: bytes
    text: str | None = None
    parsed: Any = None
    packing: str = ""
    cut: bool = False
    words: tuple[str, ...] = ()
    task: CeleryTask | None = None


def read_body(message: Message, most_bytes: int = MOST_UNPACKED_BYTES) -> Body:
    """What the message's body is."""
    words: list[str] = []
    cut = not message.is_whole
    if cut:
        words.append(f"the first {len(message.body):,} of {message.body_size or 0:,} bytes")
    packing = _packing(message)
    raw = message.body
    if packing:
        raw, told, ends_early = _unpacked(raw, packing, most_bytes)
        cut = cut or ends_early
        words += told
        packing = "" if any("is not" in line for line in told) else packing
    kind, text, parsed, more = _looked_at(raw, message.properties, cut)
    body = Body(kind, raw, text, parsed, packing, cut, (*words, *more))
    return msgspec.structs.replace(body, task=celery_task(message.properties, body))


def celery_task(properties: Properties, body: Body) -> CeleryTask | None:
    """The Celery task in a message (protocol 2: headers; 1: all in the body), or ``None``."""
    headers = properties.headers or {}
    if isinstance(headers.get("task"), str) and isinstance(headers.get("id"), str):
        args, kwargs, embed = _call_of(body.parsed)
        return CeleryTask(
            headers["task"],
            headers["id"],
            2,
            args,
            kwargs,
            embed,
            _count(headers.get("retries")),
            _optional_text(headers.get("eta")),
            _optional_text(headers.get("expires")),
            _worker_words(body, is_call=args is not None),
        )
    given = body.parsed
    if isinstance(given, dict) and isinstance(given.get("task"), str) and isinstance(given.get("id"), str):
        return CeleryTask(
            given["task"],
            given["id"],
            1,
            _dumped(given.get("args", [])),
            _dumped(given.get("kwargs", {})),
            None,
            _count(given.get("retries")),
            _optional_text(given.get("eta")),
            _optional_text(given.get("expires")),
        )
    return None


def hex_lines(raw: bytes, most_lines: int = 4_096) -> str:
    """Sixteen bytes a line: offset, hexadecimal, and what is printable."""
    lines = []
    for start in range(0, min(len(raw), most_lines * 16), 16):
        part = raw[start : start + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"{start:08x}  {part.hex(' '):<47}  {shown}")
    return "\n".join(lines)


# ---- packed bodies --------------------------------------------------------------------------------------------------


def _packing(message: Message) -> str:
    """How the body is packed, by what the publisher says and by its first bytes; empty when it is not."""
    headers = message.properties.headers or {}
    told = f"{message.properties.content_encoding or ''} {headers.get('compression') or ''}".lower()
    first = message.body[:6]
    if first[:2] == b"\x1f\x8b" or "gzip" in told:
        return "gzip"
    if first[:3] == b"BZh" or "bzip2" in told:
        return "bzip2"
    if first == b"\xfd7zXZ\0" or "lzma" in told:
        return "lzma"
    if "zlib" in told or "deflate" in told or (first[:1] == b"\x78" and first[1:2] in (b"\x01", b"\x9c", b"\xda")):
        return "zlib"
    return ""


def _unpacked(raw: bytes, packing: str, most_bytes: int) -> tuple[bytes, list[str], bool]:
    """The first ``most_bytes`` unpacked, what to say of it, and whether there is more."""
    try:
        if packing in ("gzip", "zlib"):
            inflater = zlib.decompressobj(31 if packing == "gzip" else 15)
            out = inflater.decompress(raw, most_bytes)
            more = not inflater.eof
        else:
            opener: Any = bz2.BZ2Decompressor() if packing == "bzip2" else lzma.LZMADecompressor()
            out = opener.decompress(raw, most_bytes)
            more = not opener.eof
    except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError):
        return raw, [f"it is not {packing}, or damaged: shown as it came"], False
    words = [f"unpacked from {len(raw):,} bytes of {packing}"]
    if more and len(out) >= most_bytes:
        words.append(f"only the first {most_bytes:,} bytes were unpacked: there is more")
    return out, words, more


# ---- kinds ----------------------------------------------------------------------------------------------------------


def _looked_at(raw: bytes, properties: Properties, cut: bool) -> tuple[Kind, str | None, Any, list[str]]:
    said = (properties.content_type or "").lower()
    if not raw:
        return "empty", "", None, []
    if raw[:1] == b"\x80" or said in _PICKLE_TYPES:
        return _pickled(raw)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        if cut and problem.start >= len(raw) - 3:
            text = raw[: problem.start].decode("utf-8")
        else:
            return "binary", None, None, ["marked as JSON, but it is not UTF-8"] if "json" in said else []
    looks_like_json = text.lstrip()[:1] in ("{", "[")
    if "json" not in said and not looks_like_json:
        return ("binary" if "\0" in text else "text"), text, None, []
    if cut:
        return "text", text, None, ["JSON whose end is missing"] if "json" in said or looks_like_json else []
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as problem:
        words = f"not valid JSON: line {problem.lineno}, column {problem.colno}: {problem.msg}"
        return "text", text, None, [words] if "json" in said else []
    except _JSON_FAILURES:
        return "text", text, None, ["JSON that is nested too deep, or holds a number that is too long: shown as text"]
    if _is_deep(parsed):
        return "text", text, None, [f"JSON nested deeper than {MOST_JSON_DEPTH} levels: shown as text"]
    return "json", text, parsed, []


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_JSON_DEPTH):
        level = [
            item
            for parent in level
            if isinstance(parent, (dict, list))
            for item in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True


def _pickled(raw: bytes) -> tuple[Kind, str | None, Any, list[str]]:
    """The opcodes of a pickle, none of them executed."""
    lines = []
    try:
        for opcode, argument, position in pickletools.genops(io.BytesIO(raw[:_PICKLE_BYTES])):
            shown = "" if argument is None else f" {str(argument)[:200]!r}"
            lines.append(f"{position:>6} {opcode.name}{shown}")
            if len(lines) >= MOST_PICKLE_LINES:
                lines.append("...")
                break
    except (ValueError, IndexError, KeyError, OverflowError, MemoryError, struct.error, UnicodeError):
        if len(lines) < 2:
            return "binary", None, None, []
        lines.append("... its end cannot be read")
    return "pickle", "\n".join(lines), None, ["a pickle: its steps are listed, none of them is run"]


# ---- Celery ---------------------------------------------------------------------------------------------------------


def _call_of(parsed: Any) -> tuple[str | None, str | None, str | None]:
    """``args``, ``kwargs`` and ``embed`` of a protocol 2 body."""
    match parsed:
        case [list() as args, dict() as kwargs, dict() as embed]:
            return _dumped(args), _dumped(kwargs), _dumped(embed)
        case [list() as args, dict() as kwargs, None]:
            return _dumped(args), _dumped(kwargs), None
    return None, None, None


def _worker_words(body: Body, *, is_call: bool) -> str:
    if is_call or body.kind == "pickle" or body.cut:
        return ""
    return "a worker cannot read this body: it would acknowledge and destroy the message"


def _dumped(value: Any) -> str | None:
    try:
        return json.dumps(value, ensure_ascii=False)
    except _JSON_FAILURES:
        return None


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _optional_text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
