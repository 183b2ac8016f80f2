"""A channel in confirm mode with many messages in flight: what was sent, confirmed, refused and returned."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

import pika
from pika import spec
from pika.channel import Channel
from pika.frame import Method

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp_errors import AMQP_FAILURES
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.amqp_session import AmqpSession
from broker_client.rabbit.pika_properties import to_pika

MOST_BYTES_WAITING = 64 << 20
_OPEN_S = 4.0


class ConfirmWindow:
    """One connection with one channel. Opening raises BrokerError; :meth:`send` and :meth:`wait` raise what pika
    raises, ``ChannelClosedByBroker`` when the broker refused a message, TimeoutError at a deadline.

    ``confirmed`` counts returned messages too: the broker confirms what it has returned. ``last_return`` is reply code,
    exchange and routing key.
    """

    def __init__(self, profile: Profile, secrets: Secrets, *, name: str) -> None:
        self._session = AmqpSession(profile, secrets, name=name)
        self.confirmed = 0
        self.nacked = 0
        self.returned = 0
        self.last_return: tuple[int, str, str] = (0, "", "")
        self.waiting_bytes = 0
        self._waiting: OrderedDict[int, int] = OrderedDict()
        self._next_tag = 1
        deadline = time.monotonic() + _OPEN_S
        try:
            with self._session.telling("open a channel to publish"):
                self._channel = self._session.channel(deadline)
                self._channel.ask(spec.Confirm.Select(), spec.Confirm.SelectOk, deadline)
        except BaseException:
            self._session.close()
            raise
        raw = self._channel.raw
        raw.add_on_return_callback(self._on_return)
        raw.callbacks.add(raw.channel_number, spec.Basic.Ack, self._on_ack, one_shot=False)
        raw.callbacks.add(raw.channel_number, spec.Basic.Nack, self._on_nack, one_shot=False)

    @property
    def waiting(self) -> int:
        """Messages sent and not yet confirmed."""
        return len(self._waiting)

    @property
    def blocked(self) -> str:
        return self._session.blocked

    @property
    def is_usable(self) -> bool:
        return self._session.is_open and self._channel.refusal is None

    def is_full(self, most: int) -> bool:
        return len(self._waiting) >= most or self.waiting_bytes >= MOST_BYTES_WAITING

    def send(self, message: Message, mandatory: bool) -> int:
        """Write a message; its delivery tag is returned. Raises BadInput before anything is sent."""
        properties: pika.BasicProperties = to_pika(message.properties)
        if self._channel.refusal is not None:
            raise self._channel.refusal
        tag = self._next_tag
        self._next_tag += 1
        self._waiting[tag] = len(message.body)
        self.waiting_bytes += len(message.body)
        self._channel.raw.basic_publish(
            message.exchange, message.routing_key, message.body, properties, mandatory=mandatory
        )
        return tag

    def wait(self, done: Callable[[], bool], deadline: float) -> None:
        self._session.wait(lambda: done() or self._channel.refusal is not None, deadline)
        if self._channel.refusal is not None and not done():
            raise self._channel.refusal

    def turn(self, longest_s: float) -> None:
        """Handle what has arrived. Raises why the channel or the connection has ended."""
        self._session.turn(longest_s)
        if self._channel.refusal is not None:
            raise self._channel.refusal

    def serve(self) -> bool:
        """Handle what has arrived without waiting; False when it is of no use any more."""
        with suppress(*AMQP_FAILURES):
            self._session.turn(0)
        return self.is_usable

    def close(self) -> None:
        self._session.close()

    def _on_ack(self, frame: Method) -> None:
        self.confirmed += self._settle(frame.method.delivery_tag, frame.method.multiple)

    def _on_nack(self, frame: Method) -> None:
        self.nacked += self._settle(frame.method.delivery_tag, frame.method.multiple)

    def _settle(self, tag: int, multiple: bool) -> int:
        """Take the tag (or all up to it) off the window; how many they were."""
        if not multiple:
            tags = [tag] if tag in self._waiting else []
        else:
            tags = []
            for waiting in self._waiting:
                if waiting > tag > 0:
                    break
                tags.append(waiting)
        for settled in tags:
            self.waiting_bytes -= self._waiting.pop(settled)
        return len(tags)

    def _on_return(self, _: Channel, method: spec.Basic.Return, _properties: object, _body: bytes) -> None:
        self.returned += 1
        self.last_return = (method.reply_code, method.exchange, method.routing_key)
