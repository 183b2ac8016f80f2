"""PURE: an action as a shell command: curl against the management API, or RabbitMQ's own rabbitmqadmin (in Python).

What is not plain text is quoted as ``$'...'``, which bash and zsh understand.
"""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.changes import (
    Bind,
    Change,
    DeclareExchange,
    DeclareQueue,
    DeleteExchange,
    DeleteQueue,
    Publish,
    PurgeQueue,
    Unbind,
)
from broker_client.rabbit.code_place import BODY_FILE, MOST_BODY_BYTES, PASSWORD_VARIABLE, CodePlace
from broker_client.rabbit.entities import Binding
from broker_client.rabbit.python_code import Code, notes_of

_HTTP_NOTE = "over HTTP the answer says routed or not; a publish stopped by an alarm is not told"


def shell_word(text: str) -> str:
    """``text`` as one word of a shell, whatever it holds (but NUL, which no word can hold)."""
    if text.isascii() and text.isprintable():
        return shlex.quote(text)
    parts = []
    for char in text:
        if char in "\\'":
            parts.append(f"\\{char}")
        elif char.isascii() and char.isprintable():
            parts.append(char)
        else:
            parts.extend(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
    return f"$'{''.join(parts)}'"


def json_text(value: Any) -> str:
    """ASCII JSON; what JSON has no word for becomes the nearest it has."""
    return json.dumps(_plain(value))


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(name): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case None | bool() | str() | float():
            return value
        case int():
            return int(value)
        case bytes() | bytearray():
            return value.decode("utf-8", "backslashreplace")
        case Decimal():
            return float(value)
        case datetime():
            return int(value.timestamp())
    return str(value)


def curl_code(action: Change | Publish, place: CodePlace) -> Code:
    method, path, body = _request(action, place.vhost)
    lines = [f"curl --fail-with-body --silent --show-error -X {method}"]
    lines.append(f'-u {shell_word(place.user + ":")}"${PASSWORD_VARIABLE}"')
    before = ""
    if isinstance(action, Publish) and len(action.message.body) > MOST_BODY_BYTES:
        before = _payload_from_file(action.message)
        lines += ["-H 'content-type: application/json'", "--data-binary @-"]
    elif body is not None:
        lines += ["-H 'content-type: application/json'", f"--data-binary {shell_word(json_text(body))}"]
    notes = notes_of(action, "curl")
    if isinstance(action, Publish):
        notes = (*notes, _HTTP_NOTE)
    if isinstance(action, Unbind) and not _properties_key(action.binding):
        notes = (*notes, "the binding's key in the API is not known: look it up and put it at the end of the address")
    url = shell_word(place.management_url.rstrip("/") + path)
    return before + " \\\n  ".join([*lines, url]) + "\n", notes


def _payload_from_file(message: Message) -> str:
    """A group of commands that writes the request of a publish around the body in the file."""
    request = _publish_body(msgspec.structs.replace(message, body=b"")) | {"payload_encoding": "base64"}
    start, _, end = json_text(request).partition('"payload": "')
    start = f'{start}"payload": "'
    return f"{{ printf %s {shell_word(start)}; base64 -w0 {BODY_FILE}; printf %s {shell_word(end)}; }} | "


def _request(action: Change | Publish, vhost: str) -> tuple[str, str, dict[str, Any] | None]:
    """Method, path and JSON body of the management API."""
    place = _part(vhost)
    match action:
        case Publish(message=message):
            return "POST", f"/api/exchanges/{place}/{_exchange_part(message.exchange)}/publish", _publish_body(message)
        case DeclareQueue(key=key):
            body = {"durable": action.durable, "auto_delete": action.auto_delete, "arguments": action.all_arguments}
            return "PUT", f"/api/queues/{place}/{_part(key.name)}", body
        case DeleteQueue(key=key):
            asked = {"if-empty": action.if_empty, "if-unused": action.if_unused}
            return "DELETE", f"/api/queues/{place}/{_part(key.name)}{_query(asked)}", None
        case PurgeQueue(key=key):
            return "DELETE", f"/api/queues/{place}/{_part(key.name)}/contents", None
        case DeclareExchange(key=exchange):
            names = ("type", "durable", "auto_delete", "internal", "arguments")
            body = {name: getattr(action, name) for name in names}
            return "PUT", f"/api/exchanges/{place}/{_part(exchange.name)}", body
        case DeleteExchange(key=exchange):
            return (
                "DELETE",
                f"/api/exchanges/{place}/{_part(exchange.name)}{_query({'if-unused': action.if_unused})}",
                None,
            )
        case Bind(binding=binding):
            return (
                "POST",
                _bindings_path(binding, place),
                {
                    "routing_key": binding.routing_key,
                    "arguments": binding.arguments,
                },
            )
        case Unbind(binding=binding):
            return "DELETE", f"{_bindings_path(binding, place)}/{_part(_properties_key(binding))}", None


def _bindings_path(binding: Binding, place: str) -> str:
    kind = "q" if binding.destination_type == "queue" else "e"
    return f"/api/bindings/{place}/e/{_exchange_part(binding.source)}/{kind}/{_part(binding.destination)}"


def _properties_key(binding: Binding) -> str:
    """What the API calls this binding; empty when only the broker knows (it hashes the arguments)."""
    if binding.properties_key or binding.arguments:
        return binding.properties_key
    return quote(binding.routing_key, safe="") or "~"


def _query(asked: Mapping[str, bool]) -> str:
    wanted = [f"{name}=true" for name, is_asked in asked.items() if is_asked]
    return f"?{'&'.join(wanted)}" if wanted else ""


def _publish_body(message: Message) -> dict[str, Any]:
    payload, encoding = _payload(message.body)
    return {
        "properties": _set_properties(message.properties),
        "routing_key": message.routing_key,
        "payload": payload,
        "payload_encoding": encoding,
    }


def _payload(body: bytes) -> tuple[str, str]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"
    return (base64.b64encode(body).decode(), "base64") if "\0" in text else (text, "string")


def _set_properties(properties: Properties) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(properties).items() if value is not None}


def rabbitmqadmin_code(action: Change | Publish, place: CodePlace) -> Code:
    parts = urlsplit(place.management_url)
    head = ["rabbitmqadmin", "-H", shell_word(parts.hostname or place.host)]
    head += ["-P", str(parts.port or (443 if parts.scheme == "https" else 80)), "-u", shell_word(place.user)]
    head += ["-p", f'"${PASSWORD_VARIABLE}"', "-V", shell_word(place.vhost)]
    if parts.scheme == "https":
        head.append("--ssl")
    words, given = _admin_words(action)
    line = " ".join([*head, *words, *(shell_word(f"{name}={value}") for name, value in given.items())])
    notes = notes_of(action, "curl")
    if isinstance(action, Publish):
        notes = (*notes, _HTTP_NOTE)
        if len(action.message.body) > MOST_BODY_BYTES:
            line += f" < {BODY_FILE}"
    if isinstance(action, DeleteQueue | DeleteExchange) and (action.if_unused or getattr(action, "if_empty", False)):
        notes = (*notes, "rabbitmqadmin knows no if-empty and no if-unused: it deletes in any case")
    return line + "\n", notes


def _admin_words(action: Change | Publish) -> tuple[list[str], dict[str, str]]:
    match action:
        case Publish(message=message):
            return ["publish"], _admin_publish(message)
        case DeclareQueue(key=key):
            return ["declare", "queue"], {
                "name": key.name,
                "durable": json_text(action.durable),
                "auto_delete": json_text(action.auto_delete),
                "arguments": json_text(action.all_arguments),
            }
        case DeleteQueue(key=key):
            return ["delete", "queue"], {"name": key.name}
        case PurgeQueue(key=key):
            return ["purge", "queue"], {"name": key.name}
        case DeclareExchange(key=exchange):
            return ["declare", "exchange"], {
                "name": exchange.name,
                "type": action.type,
                "durable": json_text(action.durable),
                "auto_delete": json_text(action.auto_delete),
                "internal": json_text(action.internal),
                "arguments": json_text(action.arguments),
            }
        case DeleteExchange(key=exchange):
            return ["delete", "exchange"], {"name": exchange.name}
        case Bind(binding=binding):
            return ["declare", "binding"], {
                "source": binding.source,
                "destination": binding.destination,
                "destination_type": binding.destination_type,
                "routing_key": binding.routing_key,
                "arguments": json_text(binding.arguments),
            }
        case Unbind(binding=binding):
            return ["delete", "binding"], {
                "source": binding.source,
                "destination": binding.destination,
                "destination_type": binding.destination_type,
                "properties_key": _properties_key(binding),
            }


def _admin_publish(message: Message) -> dict[str, str]:
    given = {
        "exchange": message.exchange or "amq.default",
        "routing_key": message.routing_key,
        "properties": json_text(_set_properties(message.properties)),
    }
    if len(message.body) > MOST_BODY_BYTES:
        return given
    payload, encoding = _payload(message.body)
    return {**given, "payload": payload, "payload_encoding": encoding}


def _part(name: str) -> str:
    return quote(name, safe="", errors="surrogateescape")


def _exchange_part(name: str) -> str:
    return _part(name or "amq.default")
