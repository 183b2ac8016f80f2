"""PURE: what stands in the publish form, as a message; and back from a message, a template or the history."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.header_text import from_json, to_json
from broker_client.rabbit.placeholders import TextTemplate

BodyKind = Literal["text", "JSON", "base64", "hex", "file"]
BODY_KINDS: tuple[BodyKind, ...] = ("text", "JSON", "base64", "hex", "file")
JSON_TYPE = "application/json"
NUMBERS = {"delivery_mode": 255, "priority": 255, "timestamp": 2**63 - 1}
"""The properties that are whole numbers, with the largest."""
PROPERTY_NAMES = tuple(name for name in Properties.__struct_fields__ if name != "headers")
_MARK = re.compile(r"(\\\{\{)|\{\{[^{}]*\}\}")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=\s]")
_NOT_HEX = re.compile(r"[^0-9a-fA-F\s]")


class Draft(msgspec.Struct, frozen=True, omit_defaults=True):
    """The form's contents as they are typed. ``routing_key`` is the queue's name with ``to_queue``; ``headers`` are
    JSON as of :mod:`header_text`; ``body`` is the file's path for the kind ``file``. Holds no password."""

    vhost: str = "/"
    to_queue: bool = False
    exchange: str = ""
    routing_key: str = ""
    properties: dict[str, str] = {}
    headers: dict[str, Any] = {}
    body_kind: BodyKind = "text"
    body: str = ""
    count: int = 1
    rate: float | None = None
    fill: bool = True

    @property
    def place(self) -> tuple[str, str]:
        """Exchange and routing key: a queue is reached through the default exchange."""
        return ("" if self.to_queue else self.exchange), self.routing_key


def message_of(draft: Draft, file: bytes = b"") -> Message:
    """The message of ``draft``; ``file`` holds the bytes of its file. Raises :class:`BadInput` with what is wrong."""
    exchange, key = draft.place
    body = file if draft.body_kind == "file" else body_bytes(draft.body_kind, draft.body)
    headers = from_json(draft.headers)
    properties = properties_of(draft.properties, headers if isinstance(headers, dict) else {})
    if draft.body_kind == "JSON" and properties.content_type is None:
        properties = msgspec.structs.replace(properties, content_type=JSON_TYPE)
    return Message(exchange, key, properties, body)


def properties_of(texts: Mapping[str, str], headers: dict[str, Any]) -> Properties:
    """Typed properties; empty texts are not set. Raises :class:`BadInput` naming the property."""
    found: dict[str, Any] = {}
    for name, text in texts.items():
        trouble = property_trouble(name, text)
        if trouble:
            raise BadInput(f"the {name.replace('_', ' ')} cannot be used", trouble)
        if text:
            found[name] = int(text) if name in NUMBERS else text
    return Properties(headers=headers or None, **found)


def property_trouble(name: str, text: str) -> str:
    """Why the broker could not take ``text`` as this property; empty = it can."""
    if not text:
        return ""
    most = NUMBERS.get(name)
    if most is not None:
        is_whole = text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= most
        return "" if is_whole else f"a whole number from 0 to {most:,}"
    used = len(text.encode("utf-8", "surrogatepass"))
    if used > 255:
        return f"{used} bytes; 255 are allowed"
    if name == "expiration" and "{{" not in text and not (text.isascii() and text.isdecimal()):
        return "milliseconds, as a whole number"
    return ""


def body_bytes(kind: BodyKind, text: str) -> bytes:
    """What is typed, as bytes. Raises :class:`BadInput` with the position of what cannot be read."""
    if kind == "base64":
        return _decoded(text, "base64", _NOT_BASE64, lambda clean: base64.b64decode(clean, validate=True))
    if kind == "hex":
        return _decoded(text, "hexadecimal", _NOT_HEX, bytes.fromhex)
    return text.encode("utf-8", "surrogatepass")


def json_trouble(text: str, fill: bool, columns: tuple[str, ...] = ()) -> str:
    """Why ``text`` is not JSON, with line and column as typed; empty = it is. Placeholders count as what they become.
    Raises :class:`BadInput` naming a placeholder that is none."""
    if fill and "{{" in text:
        TextTemplate(text, columns)
        text = _MARK.sub(lambda mark: ("{{" if mark[1] else "1").ljust(len(mark[0])), text)
    try:
        json.loads(text)
    except json.JSONDecodeError as problem:
        return f"line {problem.lineno}, column {problem.colno}: {problem.msg}"
    except (ValueError, RecursionError):
        return "nested too deep, or a number that is too long"
    return ""


def tidy_json(text: str) -> str | None:
    """The same JSON, indented; ``None`` when it is none (placeholders outside of quotes are not)."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return None


def draft_of(message: Message, vhost: str) -> Draft:
    """A form that publishes ``message`` again: its properties and typed headers, its body as it can be typed."""
    given = msgspec.structs.asdict(message.properties)
    texts = {name: str(given[name]) for name in PROPERTY_NAMES if given[name] is not None}
    kind, body = _typed_body(message)
    return Draft(
        vhost,
        not message.exchange,
        message.exchange,
        message.routing_key,
        texts,
        to_json(message.properties.headers or {}),
        kind,
        body,
        fill=False,
    )


def _typed_body(message: Message) -> tuple[BodyKind, str]:
    try:
        text = message.body.decode("utf-8")
    except UnicodeDecodeError:
        return "base64", base64.b64encode(message.body).decode()
    if "\0" in text or "\r" in text:
        return "base64", base64.b64encode(message.body).decode()
    is_json = "json" in (message.properties.content_type or "") and not json_trouble(text, fill=False)
    return ("JSON" if is_json else "text"), text


def _decoded(text: str, words: str, wrong: re.Pattern[str], decode: Any) -> bytes:
    found = wrong.search(text)
    if found:
        raise BadInput(f"the body is not {words}", f"position {found.start() + 1}: {found.group()!r}")
    try:
        return bytes(decode("".join(text.split())))
    except (binascii.Error, ValueError):
        raise BadInput(f"the body is not {words}", "it ends too early: a digit is missing") from None
