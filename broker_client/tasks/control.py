"""Asks workers by raw pidbox messages over RabbitMQ. Answers that come late or that nobody asked for are ignored.

"No answer" is not death: a busy worker of the ``solo`` pool answers when its task has ended.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import msgspec
import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import broker_label, open_connection
from broker_client.rabbit.amqp_errors import AMQP_FAILURES, amqp_error
from broker_client.tasks.inspection import Inspection, read_replies

EXCHANGE, REPLY_EXCHANGE = "celery.pidbox", "reply.celery.pidbox"
QUESTIONS = ("active", "reserved", "scheduled", "stats", "active_queues")
_MAX_REPLY_BYTES = 8 << 20
_REPLY_QUEUE_EXPIRES_MS = 10_000
_NOT_FOUND = 404
_FAILED_DECODE = (ValueError, RecursionError, msgspec.MsgspecError)

Answers = dict[str, dict[str, Any]]
"""Method to worker name to its decoded answer."""


class Inspector:
    """Asks all workers on one connection of its own. Used by the thread that made it; every call raises BrokerError."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._what = f"the workers' mailbox on {broker_label(profile)}"
        self._connection = open_connection(profile, secrets, name="warren inspection")

    def inspect_all(self, expected: frozenset[str] = frozenset(), deadline_s: float = 2.0) -> Inspection:
        """Ask every worker what it does. Returns early once all ``expected`` workers have answered everything."""
        asked_at = time.time()
        return read_replies(self.ask({method: {} for method in QUESTIONS}, expected, deadline_s), asked_at)

    def ping(self, deadline_s: float = 1.0) -> tuple[str, ...]:
        """Names of the workers that answered within the deadline."""
        return tuple(sorted(self.ask({"ping": {}}, frozenset(), deadline_s)["ping"]))

    def ask(self, questions: Mapping[str, Mapping[str, Any]], expected: frozenset[str], deadline_s: float) -> Answers:
        """Send ``questions`` (method to arguments) to all workers and collect answers until the deadline."""
        answers: Answers = {method: {} for method in questions}
        try:
            if self._mailbox_exists():
                channel = self._connection.channel()
                self._exchange(channel, questions, answers, expected, deadline_s)
                channel.close()
        except AMQP_FAILURES as problem:
            raise amqp_error(problem, self._what) from None
        return answers

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

    def _mailbox_exists(self) -> bool:
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

    def _exchange(
        self,
        channel: BlockingChannel,
        questions: Mapping[str, Mapping[str, Any]],
        answers: Answers,
        expected: frozenset[str],
        deadline_s: float,
    ) -> None:
        address = uuid4().hex
        tickets = {uuid4().hex: method for method in questions}
        self._open_mailbox(channel, address, _reply_handler(tickets, answers))
        for ticket, method in tickets.items():
            _publish(channel, method, questions[method], ticket, address, deadline_s)
        end = time.monotonic() + deadline_s
        while (left_s := end - time.monotonic()) > 0 and not _all_answered(answers, expected):
            self._connection.process_data_events(time_limit=left_s)

    def _open_mailbox(self, channel: BlockingChannel, address: str, on_reply: Callable[..., None]) -> None:
        queue = f"{address}.{REPLY_EXCHANGE}"
        arguments = {"x-expires": _REPLY_QUEUE_EXPIRES_MS}
        channel.exchange_declare(REPLY_EXCHANGE, exchange_type="direct", durable=False)
        channel.queue_declare(queue, exclusive=True, auto_delete=True, arguments=arguments)
        channel.queue_bind(queue, REPLY_EXCHANGE, address)
        channel.basic_consume(queue, on_reply, auto_ack=True)


def _publish(
    channel: BlockingChannel,
    method: str,
    arguments: Mapping[str, Any],
    ticket: str,
    address: str,
    deadline_s: float,
) -> None:
    reply_to = {"exchange": REPLY_EXCHANGE, "routing_key": address}
    message = {"method": method, "arguments": arguments, "destination": None, "pattern": None, "matcher": None}
    # Celery sends "expires" as a float, which pika cannot write.
    headers = {"clock": 1, "expires": math.ceil(time.time() + deadline_s) + 1}
    properties = pika.BasicProperties(
        content_type="application/json", content_encoding="utf-8", delivery_mode=1, headers=headers
    )
    body = json.dumps({**message, "ticket": ticket, "reply_to": reply_to}).encode()
    channel.basic_publish(EXCHANGE, "", body, properties)


def _reply_handler(tickets: Mapping[str, str], answers: Answers) -> Callable[..., None]:
    def on_reply(_channel: object, _method: object, properties: pika.BasicProperties, body: bytes) -> None:
        method = tickets.get(str((properties.headers or {}).get("ticket")))
        if method is not None:
            answers[method].update(read_reply(body))

    return on_reply


def read_reply(body: bytes) -> dict[str, Any]:
    """One worker's reply, ``{name: answer}``; empty when it cannot be read."""
    if len(body) > _MAX_REPLY_BYTES:
        return {}
    try:
        reply = msgspec.json.decode(body)
    except _FAILED_DECODE:
        try:
            reply = json.loads(body)
        except _FAILED_DECODE:
            return {}
    return reply if isinstance(reply, dict) else {}


def _all_answered(answers: Answers, expected: frozenset[str]) -> bool:
    return bool(expected) and all(expected <= by_worker.keys() for by_worker in answers.values())
