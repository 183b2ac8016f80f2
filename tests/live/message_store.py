"""Fills queues with messages and reads queues to their end: what was sent, and what is there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import open_connection
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.pika_properties import from_pika, to_pika
from tests.waiting import until


class MessageStore:
    """One channel in confirm mode on a connection of its own."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._connection = open_connection(profile, secrets)
        self.channel: BlockingChannel = self._connection.channel()
        self.channel.confirm_delivery()

    def declare(self, *names: str, kind: str = "classic", **arguments: Any) -> None:
        """``x_max_length=5`` is the argument ``x-max-length``."""
        made = {name.replace("_", "-"): value for name, value in arguments.items()}
        for name in names:
            self.channel.queue_declare(name, durable=True, arguments={"x-queue-type": kind, **made})

    def put(self, queue: str, count: int, properties: Properties | None = None, size_bytes: int = 64) -> list[bytes]:
        """Messages with ids ``0``, ``1`` ... and random bodies; the bodies."""
        bodies = [os.urandom(size_bytes) for _ in range(count)]
        for number, body in enumerate(bodies):
            made = properties or Properties(delivery_mode=2, message_id=str(number))
            self.channel.basic_publish("", queue, body, to_pika(made), mandatory=True)
        return bodies

    def put_all(self, queue: str, messages: Iterable[tuple[str, bytes]]) -> None:
        """Many at once, without waiting for each confirm: (message id, body)."""
        channel = self._connection.channel()
        count = 0
        for message_id, body in messages:
            channel.basic_publish("", queue, body, pika.BasicProperties(delivery_mode=2, message_id=message_id))
            count += 1
        until(lambda: self.depth(queue) >= count, timeout_s=60)
        channel.close()

    def depth(self, queue: str) -> int:
        return int(self.channel.queue_declare(queue, passive=True).method.message_count)

    def take(self, queue: str) -> list[Message]:
        """Everything that is ready, taken out of the queue."""
        found: list[Message] = []
        expected = self.depth(queue)
        if not expected:
            return found
        for method, properties, body in self.channel.consume(queue, auto_ack=True, inactivity_timeout=1.0):
            if method is None:
                break
            read = from_pika(properties)
            found.append(Message(method.exchange, method.routing_key, read, body or b"", method.redelivered))
            if len(found) >= expected and not self.depth(queue):
                break
        self.channel.cancel()
        return found

    def bodies(self, queue: str) -> list[bytes]:
        return [message.body for message in self.take(queue)]

    def close(self) -> None:
        if self._connection.is_open:
            self._connection.close()
