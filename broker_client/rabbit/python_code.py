"""PURE: an action as Python code for pika and for kombu. Every text is written as an ASCII literal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.amqp_table import SizedInt, Timestamp
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

Code = tuple[str, tuple[str, ...]]
_PROPERTY_NAMES = tuple(name for name in Properties.__struct_fields__ if name != "headers")


def literal(value: Any) -> str:
    """``value`` (a header's or an argument's) as an ASCII Python literal."""
    match value:
        case None | bool():
            return repr(value)
        case Timestamp():
            return f"datetime.datetime.fromtimestamp({int(value)}, datetime.timezone.utc)"
        case SizedInt() | int():
            return repr(int(value))
        case float():
            return f"float({str(float(value))!r})" if value != value or value in (_INF, -_INF) else repr(float(value))
        case Decimal():
            return f"decimal.Decimal({str(value)!r})"
        case datetime():
            return literal(Timestamp(int(value.timestamp())))
        case str():
            return ascii(value)
        case bytes() | bytearray():
            return repr(bytes(value))
        case Mapping():
            return "{" + ", ".join(f"{str(name)!a}: {literal(item)}" for name, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(literal, value)) + "]"
    return ascii(str(value))


_INF = float("inf")


def body_literal(body: bytes) -> str:
    """An expression for the body; a long one is read from a file."""
    if len(body) > MOST_BODY_BYTES:
        return f"pathlib.Path({BODY_FILE!r}).read_bytes()"
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return repr(body)
    return f"{text!a}.encode()" if not text.isascii() else repr(body)


def notes_of(action: Change | Publish, library: str) -> tuple[str, ...]:
    """What the copied code does otherwise than the action itself."""
    found: list[str] = []
    if isinstance(action, Publish):
        if not action.message.is_whole:
            found.append("only the beginning of the body is known: the code sends that")
        if len(action.message.body) > MOST_BODY_BYTES:
            found.append(f"the body of {len(action.message.body):,} bytes is read from {BODY_FILE}: save it there")
    tables = _tables_of(action)
    if library == "pika" and any(_holds(table, float) for table in tables):
        found.append("pika 1.4 cannot send floating-point values: use the kombu code")
    if library == "curl" and any(_holds(table, (Timestamp, bytes, Decimal, datetime)) for table in tables):
        found.append("JSON has no words for times, bytes and decimals: their AMQP types are lost")
    if library == "curl" and any(_holds(table, type(None)) for table in tables):
        found.append("the API takes no empty values (null): the broker refuses the request")
    return tuple(found)


def _tables_of(action: Change | Publish) -> list[Mapping[str, Any]]:
    if isinstance(action, Publish):
        return [action.message.properties.headers or {}]
    if isinstance(action, Bind | Unbind):
        return [action.binding.arguments]
    return [getattr(action, "arguments", {})]


def _holds(value: Any, kinds: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds(item, kinds) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_holds(item, kinds) for item in value)
    return isinstance(value, kinds)


def pika_code(action: Change | Publish, place: CodePlace) -> Code:
    call = _pika_publish(action.message) if isinstance(action, Publish) else _channel_call(action, "pika")
    imports = _imports("import os", call, ["import pika"])
    tls = ""
    if place.tls:
        imports = _imports("import os", call + "ssl.", ["import pika"])
        tls = f"    ssl_options=pika.SSLOptions(ssl.create_default_context(), {place.host!a}),\n"
    text = (
        f"{imports}\n\n"
        "parameters = pika.ConnectionParameters(\n"
        f"    host={place.host!a},\n"
        f"    port={place.port},\n"
        f"    virtual_host={place.vhost!a},\n"
        f"    credentials=pika.PlainCredentials({place.user!a}, os.environ[{PASSWORD_VARIABLE!r}]),\n"
        f"{tls}"
        ")\n"
        "with pika.BlockingConnection(parameters) as connection:\n"
        "    channel = connection.channel()\n"
        f"{_indented(call)}"
    )
    return text, notes_of(action, "pika")


def kombu_code(action: Change | Publish, place: CodePlace) -> Code:
    call = _kombu_publish(action.message) if isinstance(action, Publish) else _channel_call(action, "kombu")
    tls = "    ssl=True,\n" if place.tls else ""
    options = "    transport_options={'confirm_publish': True},\n" if isinstance(action, Publish) else ""
    text = (
        f"{_imports('import os', call, ['import kombu'])}\n\n"
        "connection = kombu.Connection(\n"
        "    transport='amqp',\n"
        f"    hostname={place.host!a},\n"
        f"    port={place.port},\n"
        f"    virtual_host={place.vhost!a},\n"
        f"    userid={place.user!a},\n"
        f"    password=os.environ[{PASSWORD_VARIABLE!r}],\n"
        f"{options}{tls}"
        ")\n"
        "with connection:\n"
        "    channel = connection.default_channel\n"
        f"{_indented(call)}"
    )
    return text, notes_of(action, "kombu")


def _imports(first: str, call: str, libraries: list[str]) -> str:
    found = {first, *(f"import {name}" for name in ("datetime", "decimal", "pathlib", "ssl") if f"{name}." in call)}
    return "\n".join([*sorted(found), "", *libraries])


def _indented(call: str) -> str:
    return "".join(f"    {line}\n" for line in call.splitlines())


def _set_properties(properties: Properties) -> list[tuple[str, str]]:
    found = [(name, getattr(properties, name)) for name in _PROPERTY_NAMES]
    return [(name, literal(value)) for name, value in found if value is not None]


def _pika_publish(message: Message) -> str:
    given = _set_properties(message.properties)
    if message.properties.headers is not None:
        given.append(("headers", literal(message.properties.headers)))
    lines = "".join(f"    {name}={value},\n" for name, value in given)
    properties = f"properties = pika.BasicProperties(\n{lines})" if given else "properties = pika.BasicProperties()"
    return (
        f"channel.confirm_delivery()\n{properties}\n"
        "# raises UnroutableError when no queue takes it, NackError when a queue refuses it\n"
        "channel.basic_publish(\n"
        f"    exchange={message.exchange!a},\n"
        f"    routing_key={message.routing_key!a},\n"
        f"    body={body_literal(message.body)},\n"
        "    properties=properties,\n"
        "    mandatory=True,\n"
        ")"
    )


def _kombu_publish(message: Message) -> str:
    given = [
        (name, value)
        for name, value in _set_properties(message.properties)
        if name not in ("content_type", "content_encoding", "cluster_id")
    ]
    if (message.properties.expiration or "").isdecimal():
        # kombu takes seconds and makes milliseconds of them.
        given = [(name, value) for name, value in given if name != "expiration"]
        given.append(("expiration", f"{message.properties.expiration} / 1000"))
    lines = "".join(f"    {name}={value},\n" for name, value in given)
    kind = literal(message.properties.content_type or "application/octet-stream")
    encoding = literal(message.properties.content_encoding or "binary")
    return (
        "def returned(error, exchange, routing_key, message):\n"
        "    raise error  # no queue takes it\n"
        "\n"
        "producer = kombu.Producer(channel, on_return=returned)\n"
        "producer.publish(\n"
        f"    {body_literal(message.body)},\n"
        f"    exchange={message.exchange!a},\n"
        f"    routing_key={message.routing_key!a},\n"
        f"    headers={literal(message.properties.headers or {})},\n"
        f"{lines}"
        f"    content_type={kind},\n"
        f"    content_encoding={encoding},\n"
        "    mandatory=True,\n"
        ")"
    )


def _channel_call(action: Change, library: str) -> str:
    """A call on a channel: pika and py-amqp name their methods and most of their arguments alike."""
    name, given = _method(action, library)
    lines = "".join(f"    {key}={value},\n" for key, value in given.items())
    return f"channel.{name}(\n{lines})"


def _method(action: Change, library: str) -> tuple[str, dict[str, str]]:
    match action:
        case DeclareQueue():
            return "queue_declare", {
                "queue": ascii(action.key.name),
                "durable": repr(action.durable),
                "exclusive": repr(action.exclusive),
                "auto_delete": repr(action.auto_delete),
                "arguments": literal(action.all_arguments),
            }
        case DeleteQueue():
            return "queue_delete", {
                "queue": ascii(action.key.name),
                "if_unused": repr(action.if_unused),
                "if_empty": repr(action.if_empty),
            }
        case PurgeQueue():
            return "queue_purge", {"queue": ascii(action.key.name)}
        case DeclareExchange():
            return "exchange_declare", {
                "exchange": ascii(action.key.name),
                "exchange_type" if library == "pika" else "type": ascii(action.type),
                "durable": repr(action.durable),
                "auto_delete": repr(action.auto_delete),
                **({"internal": repr(action.internal)} if library == "pika" else {}),
                "arguments": literal(action.arguments),
            }
        case DeleteExchange():
            return "exchange_delete", {"exchange": ascii(action.key.name), "if_unused": repr(action.if_unused)}
        case Bind(binding=binding) | Unbind(binding=binding):
            verb = "bind" if isinstance(action, Bind) else "unbind"
            to_queue = binding.destination_type == "queue"
            return f"{'queue' if to_queue else 'exchange'}_{verb}", {
                "queue" if to_queue else "destination": ascii(binding.destination),
                "exchange" if to_queue else "source": ascii(binding.source),
                "routing_key": ascii(binding.routing_key),
                "arguments": literal(binding.arguments),
            }
