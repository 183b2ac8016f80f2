"""PURE: messages made from a template: ``{{counter}}`` and the like are filled in anew for each one.

======================  ==========================================================
``{{counter}}``         1, 2, 3 ...; ``{{counter:1000}}`` begins at 1000
``{{uuid}}``            a random UUID
``{{now}}``             the time as ISO 8601 in UTC; ``{{now:s}}``, ``{{now:ms}}`` since the epoch
``{{random:1:6}}``      a whole number from 1 to 6; with a point in it, a fraction: ``{{random:0.5:2.0}}``
``{{choice:a|b|c}}``    one of them
``{{csv:column}}``      the column of the next row of a CSV file, from its start again after the last
``\\{{``                 two braces as they stand
======================  ==========================================================
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import Message, Properties

NAMES = ("counter", "uuid", "now", "random", "choice", "csv")
_MARK = re.compile(r"(\\\{\{)|\{\{([^{}]*)\}\}")
_MOST_ROWS = 1_000_000
_TEXT_PROPERTIES = ("correlation_id", "reply_to", "expiration", "message_id", "type", "app_id")


class Moment(NamedTuple):
    """What one message is filled from: its number from 1, the time (epoch seconds), chance, and its CSV row."""

    number: int
    now: float
    chance: random.Random
    row: Mapping[str, str] = {}


Part = str | Callable[[Moment], str]


class TextTemplate:
    """A text with its placeholders taken apart. Raises :class:`BadInput` naming the one that cannot be understood."""

    def __init__(self, text: str, columns: Sequence[str] = (), *, json_text: bool = False) -> None:
        self._parts = _parts(text, columns)
        self._json = json_text
        self.is_constant = all(isinstance(part, str) for part in self._parts)

    def fill(self, moment: Moment) -> str:
        """The text for one message. In a JSON text what is filled in is escaped, so that it stays inside its quotes."""
        if self._json:
            return "".join(part if isinstance(part, str) else _escaped(part(moment)) for part in self._parts)
        return "".join(part if isinstance(part, str) else part(moment) for part in self._parts)


class MessageTemplate:
    """A message whose routing key, text properties, header texts and body may hold placeholders.

    A body that is not UTF-8 is sent as it stands. ``columns`` are those of the CSV file, if there is one.
    """

    def __init__(self, message: Message, columns: Sequence[str] = ()) -> None:
        self._message = message
        self._key = TextTemplate(message.routing_key, columns)
        given = {name: getattr(message.properties, name) for name in _TEXT_PROPERTIES}
        self._texts = {name: TextTemplate(text, columns) for name, text in given.items() if text is not None}
        self._headers = _header_templates(message.properties.headers, columns)
        self._body: TextTemplate | None = None
        if b"{{" in message.body:
            try:
                text = message.body.decode("utf-8")
            except UnicodeDecodeError:
                return
            self._body = TextTemplate(text, columns, json_text="json" in (message.properties.content_type or ""))

    def fill(self, moment: Moment) -> Message:
        """The message for one moment."""
        message = self._message
        properties: Properties = message.properties
        changes: dict[str, Any] = {name: text.fill(moment) for name, text in self._texts.items()}
        if self._headers is not None:
            changes["headers"] = _filled(self._headers, moment)
        if changes:
            properties = msgspec.structs.replace(properties, **changes)
        body = message.body if self._body is None else self._body.fill(moment).encode("utf-8", "surrogateescape")
        return Message(message.exchange, self._key.fill(moment), properties, body)


def csv_rows(text: str) -> tuple[tuple[str, ...], tuple[dict[str, str], ...]]:
    """The columns and rows of a CSV text with a header line. Raises :class:`BadInput` with the line that is wrong."""
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        columns = tuple(next(reader))
        if len(set(columns)) != len(columns) or not all(columns):
            raise BadInput("the CSV file cannot be used", "line 1: each column needs a name of its own")
        rows: list[dict[str, str]] = []
        for row in reader:
            if not row:
                continue
            if len(row) != len(columns):
                why = f"line {reader.line_num}: {len(row)} values for {len(columns)} columns"
                raise BadInput("the CSV file cannot be used", why)
            if len(rows) >= _MOST_ROWS:
                raise BadInput("the CSV file is too long", f"more than {_MOST_ROWS:,} rows")
            rows.append(dict(zip(columns, row, strict=True)))
    except StopIteration:
        raise BadInput("the CSV file is empty", "its first line must name the columns") from None
    except csv.Error as problem:
        raise BadInput("the CSV file cannot be read", f"line {reader.line_num}: {problem}") from None
    if not rows:
        raise BadInput("the CSV file has no rows", "its first line names the columns")
    return columns, tuple(rows)


def _parts(text: str, columns: Sequence[str]) -> tuple[Part, ...]:
    found: list[Part] = []
    position = 0
    for mark in _MARK.finditer(text):
        found.append(text[position : mark.start()])
        found.append("{{" if mark[1] else _filler(mark[2].strip(), columns))
        position = mark.end()
    found.append(text[position:])
    return tuple(part for part in found if part != "")


def _filler(mark: str, columns: Sequence[str]) -> Callable[[Moment], str]:
    name, _, given = mark.partition(":")
    title = f"the placeholder {{{{{mark[:60]}}}}} cannot be used"
    match name:
        case "counter":
            first = _whole(given or "1", title)
            return lambda moment: str(first + moment.number - 1)
        case "uuid" if not given:
            return lambda moment: str(uuid.UUID(int=moment.chance.getrandbits(128), version=4))
        case "now" if given in _CLOCKS:
            return _CLOCKS[given]
        case "random":
            return _random_filler(given, title)
        case "choice" if given:
            options = given.split("|")
            return lambda moment: moment.chance.choice(options)
        case "csv" if given in columns:
            return lambda moment: moment.row[given]
        case "csv":
            known = f"the file has {', '.join(columns)}" if columns else "no CSV file was given"
            raise BadInput(title, f"there is no column {given!r}: {known}")
    if name in NAMES:
        raise BadInput(title, f"{given!r} cannot stand behind {name}")
    raise BadInput(title, f"there are {', '.join(NAMES)}", "write \\{{ for two braces as they stand")


def _random_filler(given: str, title: str) -> Callable[[Moment], str]:
    low, separator, high = given.partition(":")
    if not separator:
        raise BadInput(title, "it needs two numbers: {{random:1:6}}")
    if "." in given:
        try:
            least, most = float(low), float(high)
        except ValueError:
            raise BadInput(title, f"{given!r} are not two numbers") from None
        return lambda moment: f"{moment.chance.uniform(least, most):.6g}"
    first, last = _whole(low, title), _whole(high, title)
    if first > last:
        raise BadInput(title, f"{first} is more than {last}")
    return lambda moment: str(moment.chance.randint(first, last))


def _whole(text: str, title: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text.strip()):
        raise BadInput(title, f"{text!r} is not a whole number")
    return int(text)


def _iso(moment: Moment) -> str:
    return datetime.fromtimestamp(moment.now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_CLOCKS: dict[str, Callable[[Moment], str]] = {
    "": _iso,
    "s": lambda moment: str(int(moment.now)),
    "ms": lambda moment: str(int(moment.now * 1000)),
}


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _header_templates(headers: Mapping[str, Any] | None, columns: Sequence[str]) -> Any:
    """The headers with their texts as templates; ``None`` when no text holds a placeholder."""
    made = _templates(headers or {}, columns)
    return made if _has_filler(made) else None


def _templates(value: Any, columns: Sequence[str]) -> Any:
    if isinstance(value, str):
        template = TextTemplate(value, columns)
        return value if template.is_constant and "\\{{" not in value else template
    if isinstance(value, Mapping):
        return {name: _templates(item, columns) for name, item in value.items()}
    return [_templates(item, columns) for item in value] if isinstance(value, list) else value


def _has_filler(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_filler, value.values()))
    return any(map(_has_filler, value)) if isinstance(value, list) else isinstance(value, TextTemplate)


def _filled(value: Any, moment: Moment) -> Any:
    if isinstance(value, TextTemplate):
        return value.fill(moment)
    if isinstance(value, dict):
        return {name: _filled(item, moment) for name, item in value.items()}
    return [_filled(item, moment) for item in value] if isinstance(value, list) else value
