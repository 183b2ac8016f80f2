"""A channel on a connection of its own whose messages pass as bytes. Used only by the thread that made it.

pika does the connection: greeting, TLS, heartbeats, alarms, errors. Messages and confirms are taken out of its stream
before it decodes them. That reaches behind pika's public face (pika 1.4.4): ``_on_data_available`` receives all bytes
of a connection, ``_output_marshaled_frames`` sends frames that are already bytes, and ``_transport`` holds what the
socket has not taken yet and reads 4 KiB at a time if nobody tells it otherwise.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import pika
from pika.adapters.select_connection import IOLoop
from pika.channel import Channel
from pika.exceptions import ChannelClosedByBroker

from broker_client.errors import BrokerError, ConnectionLost, NoAnswer
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import broker_label, connection_parameters
from broker_client.rabbit.amqp_errors import AMQP_FAILURES, amqp_error, channel_refusal
from broker_client.rabbit.frames import Confirm, Delivery, FrameReader, Publishing, Returned

OPEN_S = 8.0
"""How long opening a connection and a channel may take."""
_GOODBYE_S = 2.0
_READ_BYTES = 128 * 1024


class Turns:
    """pika's loop, turned by us: several connections are served by it, and every wait has a deadline."""

    def __init__(self) -> None:
        self.loop = IOLoop()
        self.loop.activate_poller()

    def turn(self, longest_s: float) -> None:
        """Wait at most so long for something to happen, and handle it. Raises BrokerError."""
        alarm = self.loop.call_later(max(0.0, longest_s), lambda: None)
        try:
            self.loop.poll()
            self.loop.process_timeouts()
        except AMQP_FAILURES as problem:
            raise amqp_error(problem, "RabbitMQ") from None
        self.loop.remove_timeout(alarm)

    def wait(self, done: Callable[[], bool], deadline: float, what: str) -> None:
        """Raises :class:`NoAnswer` at the deadline (``time.monotonic``)."""
        while not done():
            left = deadline - time.monotonic()
            if left <= 0:
                raise NoAnswer(f"no answer from {what}", "the broker did not answer in time")
            self.turn(min(left, 0.5))

    def close(self) -> None:
        self.loop.deactivate_poller()
        self.loop.close()


class Stock(NamedTuple):
    """What a queue says of itself."""

    ready: int
    consumers: int


class FrameChannel:
    """What has arrived waits in ``deliveries``, ``confirms`` and ``returns`` until somebody takes it.

    ``failure``: why the channel or its connection has ended. ``blocked``: the broker's reason for taking no messages.
    ``cancelled``: the broker has ended our consumer, because the queue is gone.
    """

    def __init__(self, turns: Turns, profile: Profile, secrets: Secrets, name: str) -> None:
        """Raises the BrokerError that tells what stood in the way."""
        self._turns = turns
        self.what = broker_label(profile)
        self.deliveries: deque[Delivery] = deque()
        self.confirms: deque[Confirm] = deque()
        self.returns: deque[Returned] = deque()
        self.failure: BrokerError | None = None
        self.blocked: str | None = None
        self.cancelled = False
        self._answered = False
        self._channel: Any = None
        self.number = 0
        deadline = time.monotonic() + OPEN_S
        self._connection = pika.SelectConnection(
            connection_parameters(profile, secrets, name=name),
            on_open_callback=self._opened,
            on_open_error_callback=self._not_opened,
            on_close_callback=self._closed,
            custom_ioloop=turns.loop,
        )
        try:
            self._wait(lambda: self._channel is not None, deadline)
            self._take_over(self.number)
        except BrokerError:
            self.close()
            raise

    @property
    def is_open(self) -> bool:
        return self.failure is None

    @property
    def unsent_bytes(self) -> int:
        transport = self._connection._transport
        return int(transport.get_write_buffer_size()) if transport is not None else 0

    def send(self, frames: Sequence[bytes]) -> None:
        """Queue frames for sending. Raises what has ended the channel."""
        self.check()
        if frames:
            self._connection._output_marshaled_frames([b"".join(frames)])

    def check(self) -> None:
        """Raises what has ended the channel; nothing while it is open."""
        if self.failure is not None:
            raise self.failure

    def pause(self, longest_s: float) -> None:
        """Wait for what comes, at most so long. Raises what has ended the channel."""
        self._turns.turn(longest_s)
        self.check()

    def publishing(self) -> Publishing:
        return Publishing(self.number, self._connection.params.frame_max)

    def ready_count(self, queue: str, deadline_s: float = 5.0) -> int:
        """Ready messages of a queue. Raises :class:`NotFound` and the like, after which this channel is closed."""
        return self.stock(queue, deadline_s).ready

    def stock(self, queue: str, deadline_s: float = 5.0) -> Stock:
        """Ready messages and consumers; a quorum queue that cannot answer now says that it has neither."""
        answer = self._ask(lambda done: self._channel.queue_declare(queue, passive=True, callback=done), deadline_s)
        method = answer.method
        return Stock(method.message_count, method.consumer_count)

    def require_exchange(self, exchange: str, deadline_s: float = 5.0) -> None:
        """Raises :class:`NotFound` when there is no such exchange, after which this channel is closed."""
        self._ask(lambda done: self._channel.exchange_declare(exchange, passive=True, callback=done), deadline_s)

    def make_own_queue(
        self, queue: str, arguments: dict[str, Any], exchange: str, routing_key: str, deadline_s: float = 5.0
    ) -> None:
        """Declare a queue that ends with this connection, and bind it. Raises :class:`AccessRefused` and the like."""
        self._ask(
            lambda done: self._channel.queue_declare(
                queue, exclusive=True, auto_delete=True, arguments=arguments, callback=done
            ),
            deadline_s,
        )
        self._ask(lambda done: self._channel.queue_bind(queue, exchange, routing_key, callback=done), deadline_s)

    def confirm_mode(self, deadline_s: float = 5.0) -> None:
        self._ask(lambda done: self._channel.confirm_delivery(lambda _: None, callback=done), deadline_s)

    def consume(self, queue: str, prefetch: int, tag: str, deadline_s: float = 5.0) -> None:
        """Begin to receive at most ``prefetch`` messages that are not acknowledged yet."""
        self._ask(lambda done: self._channel.basic_qos(prefetch_count=prefetch, callback=done), deadline_s)
        self._ask(
            lambda done: self._channel.basic_consume(queue, lambda *_: None, consumer_tag=tag, callback=done),
            deadline_s,
        )

    def cancel(self, tag: str, deadline_s: float = 5.0) -> None:
        """Stop receiving; what was sent until then is in ``deliveries``."""
        if not self.cancelled:
            self._ask(lambda done: self._channel.basic_cancel(tag, callback=done), deadline_s)

    def close(self) -> bool:
        """Close in order, so that the broker has handled all that was sent before; whether it said so in time."""
        deadline = time.monotonic() + _GOODBYE_S
        in_order = False
        try:
            if self.failure is None and self._channel is not None and self._channel.is_open:
                self._channel.close()
                self._turns.wait(lambda: bool(self._channel.is_closed), deadline, self.what)
                in_order = not isinstance(self.failure, ConnectionLost)
            if self._connection.is_open:
                self._connection.close()
                self._turns.wait(lambda: bool(self._connection.is_closed), deadline, self.what)
        except (*AMQP_FAILURES, BrokerError):
            pass
        finally:
            transport = self._connection._transport
            if transport is not None and not self._connection.is_closed:
                with suppress(*AMQP_FAILURES, BrokerError, AssertionError):  # pika wants a reason that it gave itself
                    transport.abort()
                    self._turns.turn(0)  # the socket is closed by the loop
        return in_order

    def _ask(self, request: Callable[[Callable[[Any], None]], Any], deadline_s: float) -> Any:
        self.check()
        answers: list[Any] = []
        try:
            request(answers.append)
        except AMQP_FAILURES as problem:
            raise amqp_error(problem, self.what) from None
        self._wait(lambda: bool(answers), time.monotonic() + deadline_s)
        return answers[0]

    def _wait(self, done: Callable[[], bool], deadline: float) -> None:
        self._turns.wait(lambda: done() or self.failure is not None, deadline, self.what)
        if not done():
            self.check()

    def _opened(self, _connection: object) -> None:
        self._connection.add_on_connection_blocked_callback(self._now_blocked)
        self._connection.add_on_connection_unblocked_callback(self._now_unblocked)
        self._connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel: Channel) -> None:
        self.number = int(channel.channel_number)
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_cancel_callback(self._consumer_cancelled)
        self._channel = channel

    def _take_over(self, number: int) -> None:
        reader = FrameReader(
            number,
            self.deliveries.append,
            self.returns.append,
            self.confirms.append,
            self._connection._on_data_available,
        )

        def received(data: bytes) -> None:
            self._connection.bytes_received += len(data)  # what pika's heartbeat looks at
            reader.feed(data)

        self._connection._on_data_available = received
        self._connection._transport._MAX_RECV_BYTES = _READ_BYTES

    def _not_opened(self, _connection: object, problem: BaseException) -> None:
        self.failure = amqp_error(problem, self.what)

    def _closed(self, _connection: object, problem: BaseException) -> None:
        if self.failure is None:
            self.failure = amqp_error(problem, self.what)

    def _channel_closed(self, _channel: Channel, problem: BaseException) -> None:
        if self.failure is None and isinstance(problem, ChannelClosedByBroker):
            self.failure = channel_refusal(problem.reply_code, problem.reply_text, self.what)
        elif self.failure is None:
            self.failure = amqp_error(problem, self.what)

    def _consumer_cancelled(self, _frame: object) -> None:
        self.cancelled = True

    def _now_blocked(self, _connection: object, frame: Any) -> None:
        self.blocked = str(frame.method.reason) or "an alarm"

    def _now_unblocked(self, _connection: object, _frame: object) -> None:
        self.blocked = None
