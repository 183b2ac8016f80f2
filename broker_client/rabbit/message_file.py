"""Messages in a file, a JSON object a line: all properties, typed headers, the body as base64. Byte for byte both ways.

A line that cannot be read is reported with its number; the others are kept.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.header_text import from_json, to_json

MOST_LINE_BYTES = 1 << 30
_PLAIN = tuple(name for name in Properties.__struct_fields__ if name != "headers")
_NUMBERS = frozenset({"delivery_mode", "priority", "timestamp"})


class Recorded(msgspec.Struct, frozen=True):
    """One message of a file. ``at`` is when it was seen (epoch seconds), ``None`` when the file does not say; ``line``
    counts from 1."""

    message: Message
    at: float | None
    line: int


class BadLine(msgspec.Struct, frozen=True):
    """A line that cannot be read, with the reason."""

    line: int
    words: str


def line_of(message: Message, at: float | None = None) -> str:
    """The line for a message, without its line feed; ASCII only."""
    given = msgspec.structs.asdict(message.properties)
    properties = {name: given[name] for name in _PLAIN if given[name] is not None}
    if message.properties.headers is not None:
        properties["headers"] = to_json(message.properties.headers)
    row: dict[str, Any] = {} if at is None else {"at": round(at, 6)}
    row |= {"exchange": message.exchange, "routing_key": message.routing_key, "properties": properties}
    row["body"] = base64.b64encode(message.body).decode()
    if message.body_size is not None:
        row["body_size"] = message.body_size
    if message.redelivered is not None:
        row["redelivered"] = message.redelivered
    return json.dumps(row)


def message_of_line(text: str) -> tuple[Message, float | None]:
    """A message and its time. Raises :class:`BadInput` with the reason."""
    row = _parsed(text)
    exchange, key = row.get("exchange", ""), row.get("routing_key", "")
    if not isinstance(exchange, str) or not isinstance(key, str):
        raise BadInput("exchange and routing_key must be texts")
    size, redelivered, at = row.get("body_size"), row.get("redelivered"), row.get("at")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
        raise BadInput("body_size must be a number of bytes")
    if at is not None and (not isinstance(at, int | float) or isinstance(at, bool) or at != at or abs(at) > 1e11):
        raise BadInput("at must be seconds since the epoch")
    message = Message(
        exchange,
        key,
        _properties(row.get("properties", {})),
        _body(row.get("body", "")),
        redelivered=redelivered if isinstance(redelivered, bool) else None,
        body_size=size,
    )
    return message, None if at is None else float(at)


def read_lines(lines: Iterable[bytes]) -> Iterator[Recorded | BadLine]:
    """Every message, and every line that is none. Empty lines are passed over."""
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            message, at = message_of_line(raw.decode("utf-8"))
        except UnicodeDecodeError:
            yield BadLine(number, "it is not UTF-8")
        except BadInput as problem:
            yield BadLine(number, str(problem))
        else:
            yield Recorded(message, at, number)


def read_file(path: Path) -> Iterator[Recorded | BadLine]:
    """The messages of a file, read as they are asked for. Raises :class:`BadInput` when the file cannot be read."""
    try:
        with path.open("rb") as file:
            yield from read_lines(_bounded(file))
    except OSError as problem:
        raise BadInput(f"{path} cannot be read", problem.strerror or str(problem)) from None


def write_file(path: Path, messages: Iterable[tuple[Message, float | None]]) -> int:
    """Write a new file; how many messages. Raises :class:`BadInput` when it exists or cannot be written."""
    count = 0
    try:
        with path.open("x", encoding="ascii", newline="\n") as file:
            for message, at in messages:
                file.write(line_of(message, at) + "\n")
                count += 1
    except FileExistsError:
        raise BadInput(f"{path} exists already", "", "choose another name") from None
    except OSError as problem:
        raise BadInput(f"{path} cannot be written", problem.strerror or str(problem)) from None
    return count


def _bounded(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(MOST_LINE_BYTES):
        yield line


def _parsed(text: str) -> dict[str, Any]:
    try:
        row = json.loads(text)
    except json.JSONDecodeError as problem:
        raise BadInput("it is not JSON", f"column {problem.colno}: {problem.msg}") from None
    except (ValueError, RecursionError, MemoryError):
        raise BadInput("it is not JSON that can be read", "too deep, or a number that is too long") from None
    if not isinstance(row, dict):
        raise BadInput("it is not an object")
    return row


def _properties(given: object) -> Properties:
    if not isinstance(given, dict):
        raise BadInput("properties must be an object")
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name == "headers":
            headers = None if value is None else from_json(value)
            if headers is not None and not isinstance(headers, dict):
                raise BadInput("headers must be an object")
            found["headers"] = headers
        elif name not in _PLAIN:
            raise BadInput(f"there is no property {name!r}")
        elif value is not None:
            wanted = int if name in _NUMBERS else str
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise BadInput(f"{name} must be a {'number' if wanted is int else 'text'}")
            found[name] = value
    return Properties(**found)


def _body(text: object) -> bytes:
    if not isinstance(text, str):
        raise BadInput("the body must be base64")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("the body is not base64") from None
