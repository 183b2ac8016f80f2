"""Celery's remote control over RabbitMQ: asks workers and hands their replies over as they come."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import broker_label, open_connection
from broker_client.rabbit.amqp_errors import AMQP_FAILURES, amqp_error
from broker_client.tasks.asking import Mailbox, Round
from broker_client.tasks.pidbox import EXCHANGE, REPLY_EXCHANGE, mailbox_queue, reply_queue

_REPLY_QUEUE_EXPIRES_MS = 10_000
_NOT_FOUND, _LOCKED = 404, 405


class RabbitMailbox(Mailbox):
    """One connection."""

    def __init__(self, profile: Profile, secrets: Secrets, name: str) -> None:
        self._what = f"the workers' mailbox on {broker_label(profile)}"
        self._connection = open_connection(profile, secrets, name=name)

    def listens(self, worker: str) -> bool:
        """Whether ``worker`` holds its mailbox now; one that has shut down has given it up."""
        try:
            return self._queue_exists(mailbox_queue(worker))
        except AMQP_FAILURES as problem:
            raise amqp_error(problem, self._what) from None

    def keep_alive(self, span_s: float) -> None:
        """Serve the connection's heartbeats for ``span_s``."""
        try:
            self._connection.process_data_events(time_limit=span_s)
        except AMQP_FAILURES as problem:
            raise amqp_error(problem, self._what) from None

    def close(self) -> None:
        try:
            if self._connection.is_open:
                self._connection.close()
        except AMQP_FAILURES:
            pass

    def _carry(self, asked: Round) -> None:
        try:
            if self._exists():
                channel = self._connection.channel()
                self._exchange(channel, asked)
                channel.close()
        except AMQP_FAILURES as problem:
            raise amqp_error(problem, self._what) from None

    def _exists(self) -> bool:
        """Without the exchange no worker has ever connected; publishing to it would close the channel."""
        channel = self._connection.channel()
        try:
            channel.exchange_declare(EXCHANGE, passive=True)
            channel.close()
        except ChannelClosedByBroker as refusal:
            if refusal.reply_code != _NOT_FOUND:
                raise
            return False
        return True

    def _queue_exists(self, name: str) -> bool:
        channel = self._connection.channel()
        try:
            channel.queue_declare(name, passive=True)
            channel.close()
        except ChannelClosedByBroker as refusal:
            if refusal.reply_code not in (_NOT_FOUND, _LOCKED):
                raise
            return bool(refusal.reply_code == _LOCKED)
        return True

    def _exchange(self, channel: BlockingChannel, asked: Round) -> None:
        def take(_channel: object, _method: object, properties: pika.BasicProperties, body: bytes) -> None:
            asked.take(str((properties.headers or {}).get("ticket")), body)

        self._open_reply_queue(channel, asked.address, take)
        # Celery sends "expires" as a float, which pika cannot write.
        headers = {"clock": 1, "expires": math.ceil(time.time() + asked.deadline_s) + 1}
        properties = pika.BasicProperties(
            content_type="application/json", content_encoding="utf-8", delivery_mode=1, headers=headers
        )
        for body in asked.bodies():
            channel.basic_publish(EXCHANGE, "", body, properties)
        for left_s in asked.turns():
            self._connection.process_data_events(time_limit=left_s)

    def _open_reply_queue(self, channel: BlockingChannel, address: str, on_message: Callable[..., None]) -> None:
        queue = reply_queue(address)
        arguments = {"x-expires": _REPLY_QUEUE_EXPIRES_MS}
        channel.exchange_declare(REPLY_EXCHANGE, exchange_type="direct", durable=False)
        channel.queue_declare(queue, exclusive=True, auto_delete=True, arguments=arguments)
        channel.queue_bind(queue, REPLY_EXCHANGE, address)
        channel.basic_consume(queue, on_message, auto_ack=True)
