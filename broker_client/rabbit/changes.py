"""PURE: the changes that can be made to a broker's topology, as frozen values: to preview, to carry out, to undo."""

from __future__ import annotations

from typing import Any

import msgspec

from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey


class DeclareQueue(msgspec.Struct, frozen=True):
    """A queue to declare. ``arguments`` without ``x-queue-type``, which ``type`` sets (classic leaves it out)."""

    key: QueueKey
    type: str = "classic"
    durable: bool = True
    exclusive: bool = False
    auto_delete: bool = False
    arguments: dict[str, Any] = {}

    @property
    def all_arguments(self) -> dict[str, Any]:
        return self.arguments if self.type == "classic" else {"x-queue-type": self.type, **self.arguments}


class DeleteQueue(msgspec.Struct, frozen=True):
    key: QueueKey
    if_empty: bool = False
    if_unused: bool = False


class PurgeQueue(msgspec.Struct, frozen=True):
    """Throw away every ready message of a queue."""

    key: QueueKey


class DeclareExchange(msgspec.Struct, frozen=True):
    key: ExchangeKey
    type: str = "topic"
    durable: bool = True
    auto_delete: bool = False
    internal: bool = False
    arguments: dict[str, Any] = {}


class DeleteExchange(msgspec.Struct, frozen=True):
    key: ExchangeKey
    if_unused: bool = False


class Bind(msgspec.Struct, frozen=True):
    binding: Binding


class Unbind(msgspec.Struct, frozen=True):
    binding: Binding


class Publish(msgspec.Struct, frozen=True):
    """Publish one message, mandatory and confirmed. Not a change of the topology, but shown and copied like one."""

    vhost: str
    message: Message


Change = DeclareQueue | DeleteQueue | PurgeQueue | DeclareExchange | DeleteExchange | Bind | Unbind


def vhost_of_change(change: Change) -> str:
    """The vhost that a change is made in."""
    return change.binding.vhost if isinstance(change, Bind | Unbind) else change.key.vhost


def change_words(change: Change) -> str:
    """What it does, as a clause: ``declare queue 'orders'``."""
    match change:
        case DeclareQueue():
            return f"declare queue {change.key.name!r}"
        case DeleteQueue():
            return f"delete queue {change.key.name!r}"
        case PurgeQueue():
            return f"purge queue {change.key.name!r}"
        case DeclareExchange():
            return f"declare exchange {change.key.name!r}"
        case DeleteExchange():
            return f"delete exchange {change.key.name!r}"
        case Bind(binding=binding):
            return f"bind {binding.destination_type} {binding.destination!r} to exchange {binding.source!r}"
        case Unbind(binding=binding):
            return f"unbind {binding.destination_type} {binding.destination!r} from exchange {binding.source!r}"
