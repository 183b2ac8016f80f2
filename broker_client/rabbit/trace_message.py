"""PURE: messages as RabbitMQ's tracing (the firehose) wraps them: what was published, and which queues took it."""

from __future__ import annotations

from typing import Any

from broker_client.rabbit.amqp_message import Message, Properties

_NAMES = frozenset(Properties.__struct_fields__)


def message_of_trace(wrapper: Properties, body: bytes, body_size: int | None = None) -> Message:
    """The message that was published, out of the trace of it."""
    headers = wrapper.headers or {}
    keys = _texts(headers.get("routing_keys"))
    given = headers.get("properties")
    return Message(
        exchange=_text(headers.get("exchange_name")),
        routing_key=keys[0] if keys else "",
        properties=properties_of_json(given if isinstance(given, dict) else {}),
        body=body,
        body_size=body_size,
    )


def routed_queues(wrapper: Properties) -> tuple[str, ...]:
    """The queues that the broker put the message into, in its order."""
    return _texts((wrapper.headers or {}).get("routed_queues"))


def properties_of_json(given: dict[str, Any]) -> Properties:
    """Properties as the broker tells them in tables and in JSON, without what is not theirs."""
    found: dict[str, Any] = {name: value for name, value in given.items() if name in _NAMES and value is not None}
    for name, value in found.items():
        if name in ("delivery_mode", "priority", "timestamp"):
            found[name] = int(value) if isinstance(value, int) else None
        elif name == "headers":
            found[name] = value if isinstance(value, dict) else None
        else:
            found[name] = _text(value)
    return Properties(**found)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(item) for item in value) if isinstance(value, list) else ()


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return "" if value is None else str(value)
