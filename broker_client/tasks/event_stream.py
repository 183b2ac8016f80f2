"""Where Celery's events come from: RabbitMQ or Redis, in one shape. Only reads bodies; decoding is the board's side.

A stream hands over lists of at most ``BATCH`` message bodies and waits while the receiver has no room.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable
from uuid import uuid4

import msgspec
import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from broker_client.errors import AccessRefused, ConnectionLost, NoAnswer
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import broker_label, open_connection
from broker_client.rabbit.amqp_errors import AMQP_FAILURES, amqp_error
from broker_client.redis_server import redis_address
from broker_client.tasks.redis_listener import RedisListener
from broker_client.tasks.source_loop import SourceStatus

EXCHANGE = "celeryev"
BATCH = 20
_PREFETCH = 1000
_MAX_WAITING = 100_000
_QUEUE_ARGUMENTS = {"x-message-ttl": 120_000, "x-max-length": _MAX_WAITING, "x-max-length-bytes": 256 << 20}
_QUEUE_CHECK_S = 5.0
_GATHER_S = 0.02
"""Pause after a turn that brought little, so that the next reads more: a turn of pika costs more than a message."""
_FULL_TURN_BYTES = 48 << 10
"""pika reads at most 100 KB in a turn."""
_NOT_FOUND, _REFUSED = 404, 403

Receiver = Callable[[list[bytes], float, float], bool]
"""``receive(bodies, at, timeout_s)``: take bodies that arrived at ``at``; False = no room within ``timeout_s``."""


class RabbitEventStream:
    """Celery's events from the exchange ``celeryev``, through an exclusive queue of our own."""

    def __init__(self, profile: Profile, secrets: Secrets, status: SourceStatus, receive: Receiver) -> None:
        self._profile = profile
        self._secrets = secrets
        self._status = status
        self._receive = receive
        self._what = f"the events of {broker_label(profile)}"

    def session(self) -> None:
        """Connect, subscribe and hand over events until something breaks. Raises BrokerError."""
        connection = open_connection(self._profile, self._secrets, name="warren events")
        try:
            self._listen(connection)
        except AMQP_FAILURES as problem:
            raise amqp_error(problem, self._what) from None
        finally:
            _close(connection)

    def _listen(self, connection: pika.BlockingConnection) -> None:
        _ensure_exchange(connection)
        channel = connection.channel()
        queue = self._own_queue(channel)
        received: list[bytes] = []
        last_tag = [0]
        ended: list[bool] = []

        def on_message(_channel: object, method: pika.spec.Basic.Deliver, _properties: object, body: bytes) -> None:
            received.append(body)
            last_tag[0] = method.delivery_tag

        channel.basic_qos(prefetch_count=_PREFETCH)
        channel.add_on_cancel_callback(lambda _frame: ended.append(True))
        channel.basic_consume(queue, on_message)
        self._status.live()
        next_check = time.monotonic() + _QUEUE_CHECK_S
        while not ended:
            connection.process_data_events(time_limit=1.0)
            if received:
                bodies, tag = received[:], last_tag[0]
                received.clear()
                self._hand_over(connection, bodies)
                channel.basic_ack(tag, multiple=True)
                if sum(map(len, bodies)) < _FULL_TURN_BYTES:
                    time.sleep(_GATHER_S)
            if time.monotonic() > next_check:
                next_check = time.monotonic() + _QUEUE_CHECK_S
                self._check_overflow(channel, queue)
        raise ConnectionLost(f"{self._what} have stopped", "our queue was deleted on the broker")

    def _own_queue(self, channel: BlockingChannel) -> str:
        queue = f"{EXCHANGE}.warren-{uuid4().hex[:12]}"
        try:
            channel.queue_declare(queue, exclusive=True, auto_delete=True, arguments=_QUEUE_ARGUMENTS)
            channel.queue_bind(queue, EXCHANGE, "#")
        except ChannelClosedByBroker as refusal:
            if refusal.reply_code != _REFUSED:
                raise
            remedy = f"grant configure, write and read on '{EXCHANGE}.*', and read on the exchange '{EXCHANGE}'"
            raise AccessRefused("Celery's events may not be read", refusal.reply_text, remedy, "configure") from None
        return queue

    def _hand_over(self, connection: pika.BlockingConnection, bodies: list[bytes]) -> None:
        at = time.time()
        for start in range(0, len(bodies), BATCH):
            batch = bodies[start : start + BATCH]
            while not self._receive(batch, at, 1.0):
                connection.process_data_events(time_limit=0)

    def _check_overflow(self, channel: BlockingChannel, queue: str) -> None:
        """A queue near its limit has dropped events, or soon will."""
        waiting = channel.queue_declare(queue, passive=True).method.message_count
        if waiting > _MAX_WAITING * 0.95:
            self._status.gap()


class RedisEventStream:
    """Celery's events from a Redis that serves as Celery's broker."""

    def __init__(self, profile: Profile, secrets: Secrets, status: SourceStatus, receive: Receiver) -> None:
        # kombu publishes a fanout exchange on "/<db>.<exchange>", with the routing key appended after a slash.
        _address, database = redis_address(profile)
        pattern = f"/{database}.{EXCHANGE}*"
        self._listener = RedisListener(profile, secrets, pattern)
        self._status = status
        self._receive = receive

    def session(self) -> None:
        """Connect, subscribe and hand over events until something breaks. Raises BrokerError."""
        for batch in self._listener.batches(BATCH):
            if batch.subscribed:
                self._status.live()
            bodies = [body for body in map(kombu_body, (message.data for message in batch.messages)) if body]
            if bodies and not self._receive(bodies, batch.at, 10.0):
                raise NoAnswer("Celery's events come faster than they can be folded")


class _Properties(msgspec.Struct, frozen=True):
    body_encoding: str | None = None


class _Envelope(msgspec.Struct):
    body: str = ""
    properties: _Properties = _Properties()


_envelopes = msgspec.json.Decoder(_Envelope)


def kombu_body(payload: bytes) -> bytes | None:
    """The message body inside kombu's JSON envelope, or ``None`` when there is none."""
    try:
        envelope = _envelopes.decode(payload)
        if envelope.properties.body_encoding == "base64":
            return base64.b64decode(envelope.body)
    except (msgspec.MsgspecError, RecursionError, binascii.Error, ValueError):
        return None
    return envelope.body.encode("utf-8", "surrogatepass")


def _ensure_exchange(connection: pika.BlockingConnection) -> None:
    """Declare ``celeryev`` as Celery does, when no worker has done it yet."""
    channel = connection.channel()
    try:
        channel.exchange_declare(EXCHANGE, passive=True)
        channel.close()
        return
    except ChannelClosedByBroker as refusal:
        if refusal.reply_code != _NOT_FOUND:
            raise
    channel = connection.channel()
    try:
        channel.exchange_declare(EXCHANGE, exchange_type="topic", durable=True)
        channel.close()
    except ChannelClosedByBroker as refusal:
        if refusal.reply_code != _REFUSED:
            raise
        why = f"no worker has made the exchange '{EXCHANGE}' yet, and this user may not"
        raise AccessRefused("there are no Celery events", why, "start a worker with -E", "configure") from None


def _close(connection: pika.BlockingConnection) -> None:
    try:
        if connection.is_open:
            connection.close()
    except AMQP_FAILURES:
        pass
