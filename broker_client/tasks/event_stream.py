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
from pika.exceptions import ChannelClosedByBroker

from broker_client.errors import AccessRefused, ConnectionLost, NoAnswer
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import broker_label, open_connection
from broker_client.rabbit.amqp_errors import AMQP_FAILURES, amqp_error
from broker_client.rabbit.frame_channel import FrameChannel, Turns
from broker_client.rabbit.frames import ack_frame
from broker_client.redis_server import redis_address
from broker_client.tasks.redis_listener import RedisListener
from broker_client.tasks.source_loop import SourceStatus

EXCHANGE = "celeryev"
BATCH = 20
_PREFETCH = 1000
_MAX_WAITING = 100_000
_QUEUE_ARGUMENTS = {"x-message-ttl": 120_000, "x-max-length": _MAX_WAITING, "x-max-length-bytes": 256 << 20}
_QUEUE_CHECK_S = 5.0
_GATHER_S = 0.06
"""Pause after a turn that brought little, so that the next reads more: a turn of pika costs more than a message."""
_FULL_TURN_BYTES = 48 << 10
"""A turn reads at most 128 KB."""
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
        self._prepare()
        turns = Turns()
        try:
            channel = FrameChannel(turns, self._profile, self._secrets, "warren events")
            try:
                self._listen(turns, channel)
            finally:
                channel.close()
        finally:
            turns.close()

    def _prepare(self) -> None:
        connection = open_connection(self._profile, self._secrets, name="warren events")
        try:
            _ensure_exchange(connection)
        except AMQP_FAILURES as problem:
            raise amqp_error(problem, self._what) from None
        finally:
            _close(connection)

    def _listen(self, turns: Turns, channel: FrameChannel) -> None:
        queue = self._own_queue(channel)
        channel.consume(queue, _PREFETCH, queue)
        self._status.live()
        next_check = time.monotonic() + _QUEUE_CHECK_S
        while not channel.cancelled:
            turns.turn(1.0)
            if channel.deliveries:
                self._take(turns, channel)
            channel.check()
            if time.monotonic() > next_check:
                next_check = time.monotonic() + _QUEUE_CHECK_S
                self._check_overflow(channel, queue)
        raise ConnectionLost(f"{self._what} have stopped", "our queue was deleted on the broker")

    def _take(self, turns: Turns, channel: FrameChannel) -> None:
        """Hand over what has arrived, then tell the broker that it may send more."""
        at, last_tag = time.time(), channel.deliveries[-1].tag
        bodies = [delivery.body for delivery in channel.deliveries]
        channel.deliveries.clear()
        for start in range(0, len(bodies), BATCH):
            while not self._receive(bodies[start : start + BATCH], at, 1.0):
                turns.turn(0.0)
        channel.send([ack_frame(channel.number, last_tag, multiple=True)])
        if sum(map(len, bodies)) < _FULL_TURN_BYTES:
            time.sleep(_GATHER_S)

    def _own_queue(self, channel: FrameChannel) -> str:
        queue = f"{EXCHANGE}.warren-{uuid4().hex[:12]}"
        try:
            channel.make_own_queue(queue, _QUEUE_ARGUMENTS, EXCHANGE, "#")
        except AccessRefused as refusal:
            remedy = f"grant configure, write and read on '{EXCHANGE}.*', and read on the exchange '{EXCHANGE}'"
            raise AccessRefused("Celery's events may not be read", refusal.why, remedy, "configure") from None
        return queue

    def _check_overflow(self, channel: FrameChannel, queue: str) -> None:
        """A queue near its limit has dropped events, or soon will."""
        if channel.ready_count(queue) > _MAX_WAITING * 0.95:
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
