"""Fills queues with messages and reads queues to their end: what was sent, and what is there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.frame_channel import Turns
from broker_client.rabbit.pika_properties import from_pika, to_pika
from broker_client.rabbit.property_wire import encode_properties
from broker_client.rabbit.target import Sent, TargetChannel
from broker_client.rabbit.transfer_plan import to_queue
from tests.patient_connection import patient_connection
from tests.waiting import until


def depth(channel: BlockingChannel, queue: str) -> int:
    """How many are ready."""
    return int(channel.queue_declare(queue, passive=True).method.message_count)


def holds(channel: BlockingChannel, queue: str, count: int) -> bool:
    """That so many are ready, now or soon: what another consumer held comes back a moment after it is gone."""
    return until(lambda: depth(channel, queue) == count, words=f"{queue} holds {count}")


class MessageStore:
    """One channel in confirm mode on a connection of its own."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._profile, self._secrets = profile, secrets
        self._connection = patient_connection(profile, secrets)
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
        """Many at once, all of them confirmed at the end: (message id, body)."""
        turns = Turns()
        target = TargetChannel(turns, self._profile, self._secrets, to_queue(QueueKey("", ""), queue))
        for sent, (message_id, body) in enumerate(messages, 1):
            properties = encode_properties(Properties(delivery_mode=2, message_id=message_id))
            target.publish([(b"", Sent(properties, body))])
            if sent % 500 == 0:
                confirmed(turns, target)
        confirmed(turns, target)
        target.close()
        turns.close()

    def depth(self, queue: str) -> int:
        return depth(self.channel, queue)

    def holds(self, queue: str, count: int) -> bool:
        return holds(self.channel, queue, count)

    def take(self, queue: str, at_least: int = 0) -> list[Message]:
        """Everything that is ready, taken out of the queue, once there are so many."""
        found: list[Message] = []
        until(lambda: self.depth(queue) >= at_least, words=f"{queue} holds {at_least}")
        expected = self.depth(queue)
        if not expected:
            return found
        quiet = 0
        for method, properties, body in self.channel.consume(queue, auto_ack=True, inactivity_timeout=1.0):
            if method is None:
                quiet += 1
                assert quiet < 30, f"{queue} held {expected} messages and sends {len(found)}"
            else:
                read = from_pika(properties)
                found.append(Message(method.exchange, method.routing_key, read, body or b"", method.redelivered))
            if len(found) >= expected and not self.depth(queue) and not self.channel.get_waiting_message_count():
                break  # what came in addition is here before the answer about the depth, and would be thrown away
        self.channel.cancel()
        return found

    def bodies(self, queue: str, at_least: int = 0) -> list[bytes]:
        return [message.body for message in self.take(queue, at_least)]

    def close(self) -> None:
        if self._connection.is_open:
            self._connection.close()


def confirmed(turns: Turns, target: TargetChannel) -> None:
    """Wait until the broker has everything that was sent: what it has not confirmed does not survive a kill -9."""

    def nothing_out() -> bool:
        target.answers()
        return not target.outstanding

    turns.wait(nothing_out, time.monotonic() + 60, "the broker")
