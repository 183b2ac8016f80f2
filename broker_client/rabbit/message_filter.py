"""Which messages are meant, in a line of words. PURE.

Terms are parted by spaces and must all hold; ``!`` in front turns one around; quotes keep spaces together::

    key:order   exchange=shop   header.x-kind=refund*   type:mail   body:"no such user"   body.items.0.sku=A-17   urgent

``field:text`` = contains it, in either case; ``field=text`` = is it, where ``*`` stands for any characters. Fields are
``key``, ``exchange``, ``redelivered``, ``body``, ``body.PATH`` (of a JSON body), ``header.NAME`` and every property
(``message_id``, also ``id``; ``type``, ``priority`` ...). A term without a field is looked for in key and body.
"""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from collections.abc import Callable
from typing import Any, NamedTuple

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.property_wire import NAMES

_TERM = re.compile(r"(?P<no>!?)(?:(?P<field>[A-Za-z_]+(?:\.[^:=]*)?)(?P<how>[:=]))?(?P<text>.*)", re.DOTALL)
_ALIASES = {"id": "message_id", "routing_key": "key"}
_PLAIN = frozenset({"key", "exchange", "redelivered", "body", *NAMES} - {"headers"})
_MISSING = object()


class Term(NamedTuple):
    """One condition. ``path`` is what stands behind ``body.`` or ``header.``; ``exact``: written with ``=``."""

    field: str
    path: str
    text: str
    exact: bool
    wanted: bool


class MessageFilter:
    """A line of terms; raises :class:`BadInput` naming the term that cannot be understood."""

    def __init__(self, line: str) -> None:
        self.line = line
        try:
            words = shlex.split(line)
        except ValueError as problem:
            raise BadInput("the filter cannot be read", str(problem).lower(), "close the quotes") from None
        self.terms = tuple(_term(word) for word in words)
        self._tests = tuple((_pattern(term), term) for term in self.terms)

    def __call__(self, message: Message) -> bool:
        parsed: list[Any] = []
        return all(_holds(pattern, term, message, parsed) is term.wanted for pattern, term in self._tests)


def _term(word: str) -> Term:
    found = _TERM.fullmatch(word)
    assert found is not None
    wanted = not found["no"]
    if found["field"] is None:
        return Term("", "", found["text"], False, wanted)
    field, _, path = found["field"].partition(".")
    field = _ALIASES.get(field, field)
    if field in ("header", "body") and (path or field == "body"):
        return Term(field, path, found["text"], found["how"] == "=", wanted)
    if field not in _PLAIN or path:
        known = ", ".join(sorted(_PLAIN))
        raise BadInput(f"the filter knows no field {found['field']!r}", "", f"one of header.NAME, body.PATH, {known}")
    return Term(field, "", found["text"], found["how"] == "=", wanted)


def _pattern(term: Term) -> Callable[[str], bool]:
    if term.exact:
        escaped = term.text.replace("[", "[[]").replace("?", "[?]")
        match = re.compile(fnmatch.translate(escaped)).match
        return lambda text: match(text) is not None
    needle = term.text.lower()
    return lambda text: needle in text.lower()


def _holds(pattern: Callable[[str], bool], term: Term, message: Message, parsed: list[Any]) -> bool:
    match term.field:
        case "":
            return pattern(message.routing_key) or pattern(_body_text(message))
        case "key":
            return pattern(message.routing_key)
        case "exchange":
            return pattern(message.exchange)
        case "redelivered":
            return pattern(str(bool(message.redelivered)).lower())
        case "header":
            value = (message.properties.headers or {}).get(term.path, _MISSING)
        case "body" if not term.path:
            return pattern(_body_text(message))
        case "body":
            if not parsed:
                parsed.append(_body_json(message))
            value = _at(parsed[0], term.path)
        case _:
            value = getattr(message.properties, term.field)
            value = _MISSING if value is None else value
    return value is not _MISSING and pattern(_as_text(value))


def _body_text(message: Message) -> str:
    return message.body.decode("utf-8", "replace")


def _body_json(message: Message) -> Any:
    try:
        return json.loads(message.body)
    except (ValueError, RecursionError):
        return _MISSING


def _at(value: Any, path: str) -> Any:
    """The part of a JSON value that a path like ``items.0.sku`` leads to."""
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step, _MISSING)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _MISSING
    return value


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | dict | list):
        try:
            return json.dumps(value, default=str, ensure_ascii=False)
        except (ValueError, RecursionError):
            return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
