"""AMQP 0-9-1 by pika: connections with deadlines, and the passive depth probe. Used only by the thread that made it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import unquote

import pika
from pika import spec
from pika.channel import Channel
from pika.exceptions import ChannelClosedByBroker

from broker_client import __version__
from broker_client.errors import BadAnswer, BadInput, BrokerError, ConnectionLost, NoAnswer, WrongService
from broker_client.profile import Profile, Secrets, with_vhost
from broker_client.rabbit.amqp_errors import AMQP_FAILURES, amqp_error
from broker_client.rabbit.amqp_greeting import greet_at
from broker_client.rabbit.entities import Depth, ExchangeKey, QueueKey
from broker_client.rabbit.tcp_door import Address, address_of, tls_context

# Whatever pika logs also reaches us as an exception; a probe of deleted queues would fill a log with warnings.
logging.getLogger("pika").setLevel(logging.CRITICAL)

MAX_NAME_BYTES = 255

_REFUSED_DECLARE = {404: "deleted", 405: "locked", 403: "no access"}
_FULL_WINDOW = 256
_SMALL_WINDOW = 16


def check_name(text: str, what: str) -> str:
    """``text`` if it can name a ``what`` (queue, exchange, routing key); raises :class:`BadInput`.

    The broker strips CR and LF from names, after which pika waits for an answer that never comes.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_NAME_BYTES:
        raise BadInput(f"the {what} is too long", f"{size} bytes in UTF-8, {MAX_NAME_BYTES} are allowed")
    for position, char in enumerate(text):
        if char in "\r\n\0" or "\ud800" <= char <= "\udfff":
            raise BadInput(f"the {what} cannot be used", f"character {position + 1} is {char!r}", "remove it")
    return text


def vhost_of(profile: Profile) -> str:
    """The vhost in the profile's AMQP URL; none means ``/``."""
    return unquote(address_of(profile.amqp_url).path[1:]) or "/"


def connection_parameters(
    profile: Profile, secrets: Secrets, *, heartbeat: int = 10, socket_s: float = 3.0, name: str = "warren"
) -> pika.ConnectionParameters:
    """pika's parameters with every limit set: one attempt, ``socket_s`` for TCP, a second more for the greeting."""
    address = amqp_address(profile)
    return pika.ConnectionParameters(
        host=address.host,
        port=address.port,
        virtual_host=vhost_of(profile),
        credentials=pika.PlainCredentials(profile.username, secrets.rabbitmq),
        heartbeat=heartbeat,
        ssl_options=pika.SSLOptions(tls_context(profile), address.host) if address.tls else None,
        connection_attempts=1,
        socket_timeout=socket_s,
        stack_timeout=socket_s + 1,
        blocked_connection_timeout=socket_s,
        client_properties={"connection_name": name, "product": "Warren", "version": __version__},
    )


def open_connection(
    profile: Profile, secrets: Secrets, *, heartbeat: int = 10, socket_s: float = 3.0, name: str = "warren"
) -> pika.BlockingConnection:
    """An open connection; raises the BrokerError that tells what stood in the way."""
    parameters = connection_parameters(profile, secrets, heartbeat=heartbeat, socket_s=socket_s, name=name)
    try:
        return pika.BlockingConnection(parameters)
    except AMQP_FAILURES as problem:
        raise _explained(amqp_error(problem, broker_label(profile)), amqp_address(profile)) from None


def _explained(error: BrokerError, address: Address) -> BrokerError:
    """Where pika only knows that the greeting failed, look who answers there."""
    if address.tls or not isinstance(error, (NoAnswer, ConnectionLost, WrongService, BadAnswer)):
        return error
    try:
        greet_at(address, time.monotonic() + 2.0, f"RabbitMQ at {address.label}")
    except WrongService as better:
        return better
    except BrokerError:
        return error
    return error


def amqp_address(profile: Profile) -> Address:
    address = address_of(profile.amqp_url)
    if address.scheme not in {"amqp", "amqps"}:
        raise BadInput("the RabbitMQ address must start with amqp:// or amqps://", profile.amqp_url)
    return address


def broker_label(profile: Profile) -> str:
    return f"RabbitMQ at {address_of(profile.amqp_url).label}"


class DepthProbe:
    """Asks for the depth of many queues at once: passive declares, pipelined, on one connection per vhost.

    ``last_ms`` is how long the latest pass took. A pass of 1,000 queues costs the broker some 20 ms of CPU.
    """

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._profile = profile
        self._secrets = secrets
        self._pipelines: dict[str, _Pipeline] = {}
        self.last_ms: float | None = None

    def probe(self, keys: Sequence[QueueKey], deadline_s: float = 3.0) -> tuple[Depth, ...]:
        """One :class:`Depth` per key, in the order of ``keys``. Raises BrokerError when the broker cannot be asked."""
        started = time.monotonic()
        found: dict[QueueKey, Depth] = {}
        by_vhost: dict[str, list[QueueKey]] = {}
        for key in dict.fromkeys(keys):
            if _probable(key.name):
                by_vhost.setdefault(key.vhost, []).append(key)
            else:
                found[key] = Depth(key, None, None, "unprobable name")
        for vhost, part in by_vhost.items():
            found.update((depth.key, depth) for depth in self._probe_vhost(vhost, part, started + deadline_s))
        self.last_ms = (time.monotonic() - started) * 1000
        return tuple(found[key] for key in keys)

    def has_exchange(self, key: ExchangeKey, deadline_s: float = 3.0) -> bool:
        """Whether the exchange exists; raises BrokerError when the broker cannot be asked."""
        deadline = time.monotonic() + deadline_s
        with self._failing(key.vhost):
            return self._pipeline(key.vhost, deadline).has_exchange(key.name, deadline)

    def keep_alive(self) -> None:
        """Serve heartbeats; call it every few seconds while nothing is probed."""
        for vhost, pipeline in list(self._pipelines.items()):
            if not pipeline.serve():
                self._drop(vhost)

    def close(self) -> None:
        for vhost in list(self._pipelines):
            self._drop(vhost)

    def _probe_vhost(self, vhost: str, keys: Sequence[QueueKey], deadline: float) -> list[Depth]:
        with self._failing(vhost):
            return self._pipeline(vhost, deadline).depths(keys, deadline)

    @contextmanager
    def _failing(self, vhost: str) -> Iterator[None]:
        """Turn what goes wrong into a BrokerError, and never use that connection again."""
        what = broker_label(self._profile)
        try:
            yield
        except TimeoutError:
            self._drop(vhost)
            raise NoAnswer(f"no answer from {what}", "the broker did not answer in time") from None
        except BrokerError:
            self._drop(vhost)
            raise
        except AMQP_FAILURES as problem:
            self._drop(vhost)
            raise amqp_error(problem, what) from None

    def _pipeline(self, vhost: str, deadline: float) -> _Pipeline:
        pipeline = self._pipelines.get(vhost)
        if pipeline is not None and pipeline.serve():
            return pipeline
        socket_s = max(0.1, deadline - time.monotonic() - 1)
        profile = with_vhost(self._profile, vhost)
        connection = open_connection(profile, self._secrets, socket_s=socket_s, name="warren depth probe")
        self._pipelines[vhost] = pipeline = _Pipeline(connection)
        return pipeline

    def _drop(self, vhost: str) -> None:
        pipeline = self._pipelines.pop(vhost, None)
        if pipeline is not None:
            pipeline.close()


def _probable(name: str) -> bool:
    try:
        return bool(check_name(name.replace("\0", " "), "queue name"))
    except BadInput:
        return False


class _Pipeline:
    """Many requests in flight on one channel. The only place that reaches behind pika's public face (pika 1.4.4):

    ``BlockingConnection._impl`` is the connection below, whose loop can be turned with a deadline of our own (the
    blocking calls wait without one), and ``Channel._send_method`` writes a frame without waiting for its answer.
    """

    def __init__(self, connection: pika.BlockingConnection) -> None:
        self._connection = connection._impl
        self._loop = self._connection.ioloop
        self._channel: Channel | None = None
        self._answers: list[tuple[int, int]] = []
        self._refusal: BaseException | None = None
        self._window = _FULL_WINDOW

    def depths(self, keys: Sequence[QueueKey], deadline: float) -> list[Depth]:
        """Raises TimeoutError, errors of pika, or ConnectionLost."""
        found: list[Depth] = []
        while len(found) < len(keys):
            part = keys[len(found) : len(found) + self._window]
            answers, refusal = self._ask([spec.Queue.Declare(queue=key.name, passive=True) for key in part], deadline)
            found.extend(Depth(key, ready, consumers) for key, (ready, consumers) in zip(part, answers, strict=False))
            if refusal is None:
                self._window = min(_FULL_WINDOW, self._window * 2)
                continue
            # The broker closes the channel at the first queue it refuses and ignores what was sent behind it.
            missing = _REFUSED_DECLARE.get(refusal.reply_code, refusal.reply_text)
            found.append(Depth(part[len(answers)], None, None, missing))
            self._window = max(_SMALL_WINDOW, self._window // 2)
        return found

    def has_exchange(self, name: str, deadline: float) -> bool:
        _, refusal = self._ask([spec.Exchange.Declare(exchange=name, passive=True)], deadline)
        if refusal is not None and refusal.reply_code != 404:
            raise refusal
        return refusal is None

    def serve(self) -> bool:
        """Handle what has arrived without waiting; False when the connection has ended."""
        try:
            self._turn(0)
        except AMQP_FAILURES:
            return False
        return bool(self._connection.is_open)

    def close(self) -> None:
        """Say good-bye, but wait for the answer no longer than a moment."""
        try:
            if self._connection.is_open:
                self._connection.close()
                self._wait(lambda: bool(self._connection.is_closed), time.monotonic() + 0.3)
        except (*AMQP_FAILURES, TimeoutError, BrokerError):
            pass
        finally:
            transport = self._connection._transport
            if transport is not None and not self._connection.is_closed:
                with suppress(*AMQP_FAILURES):
                    transport.abort()
                    self._turn(0)  # the socket is closed by the loop
            self._loop.close()

    def _ask(
        self, requests: Sequence[spec.Queue.Declare | spec.Exchange.Declare], deadline: float
    ) -> tuple[list[tuple[int, int]], ChannelClosedByBroker | None]:
        """Send all, then wait for all answers, or for those before the first refusal and for the refusal."""
        channel = self._open_channel(deadline)
        self._answers = []
        for request in requests:
            channel._send_method(request)
        self._wait(lambda: len(self._answers) >= len(requests) or self._channel is None, deadline)
        if self._channel is not None:
            return self._answers, None
        if isinstance(self._refusal, ChannelClosedByBroker):
            return self._answers, self._refusal
        raise self._ended()

    def _open_channel(self, deadline: float) -> Channel:
        if self._channel is None:
            opened: list[Channel] = []
            self._refusal = None
            channel = self._connection.channel(on_open_callback=opened.append)
            channel.add_on_close_callback(self._channel_closed)
            number, callbacks = channel.channel_number, channel.callbacks
            callbacks.add(number, spec.Queue.DeclareOk, self._queue_answered, one_shot=False)
            callbacks.add(number, spec.Exchange.DeclareOk, self._exchange_answered, one_shot=False)
            self._wait(lambda: bool(opened) or self._refusal is not None, deadline)
            if not opened:
                raise self._ended()
            self._channel = channel
        return self._channel

    def _queue_answered(self, frame: pika.frame.Method) -> None:
        self._answers.append((frame.method.message_count, frame.method.consumer_count))

    def _exchange_answered(self, _: pika.frame.Method) -> None:
        self._answers.append((0, 0))

    def _channel_closed(self, _: Channel, reason: BaseException) -> None:
        self._channel = None
        self._refusal = reason

    def _wait(self, done: Callable[[], bool], deadline: float) -> None:
        while not done():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if self._connection.is_closed:
                raise self._ended()
            self._turn(left)

    def _ended(self) -> BaseException:
        return self._refusal if self._refusal is not None else ConnectionLost("the connection was closed")

    def _turn(self, longest_s: float) -> None:
        """One turn of pika's loop, which would wait up to 5 s by itself."""
        alarm = self._loop.call_later(longest_s, lambda: None)
        self._loop.poll()
        self._loop.process_timeouts()
        self._loop.remove_timeout(alarm)
