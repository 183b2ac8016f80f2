"""Takes single messages out of queues over one channel, each within a deadline."""

from __future__ import annotations

from typing import Any

from pika import spec

from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.amqp_session import AmqpChannel, AmqpSession
from broker_client.rabbit.pika_properties import from_pika


class MessageGetter:
    """Raises what pika raises, and TimeoutError: use it inside :meth:`AmqpSession.telling`."""

    def __init__(self, session: AmqpSession, channel: AmqpChannel) -> None:
        self._session = session
        self._channel = channel
        self._got: list[Message | None] = []
        raw = channel.raw
        raw.callbacks.add(raw.channel_number, spec.Basic.GetEmpty, self._on_empty, one_shot=False)

    def get(self, queue: str, deadline: float, *, auto_ack: bool = False) -> Message | None:
        """The message at the head, or ``None`` when the queue is empty."""
        if self._channel.refusal is not None:
            raise self._channel.refusal
        self._got.clear()
        self._channel.raw.basic_get(queue, self._on_message, auto_ack=auto_ack)
        self._session.wait(lambda: bool(self._got) or self._channel.refusal is not None, deadline)
        return self._answer()

    def _answer(self) -> Message | None:
        if self._got:
            return self._got[0]
        raise self._channel.refusal or self._session.ended()

    def _on_message(self, _: object, method: spec.Basic.GetOk, properties: Any, body: bytes) -> None:
        message = Message(
            method.exchange,
            method.routing_key,
            from_pika(properties),
            body,
            redelivered=bool(method.redelivered),
            behind=int(method.message_count),
        )
        self._got.append(message)

    def _on_empty(self, _: object) -> None:
        self._got.append(None)
