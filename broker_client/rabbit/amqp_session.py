"""An AMQP connection on which every wait ends by a deadline of ours. Used only by the thread that made it.

pika's blocking calls have no deadline and wait for ever when a name comes back changed. Here requests are written to
the connection below and its loop is turned by us (``BlockingConnection._impl``, ``Channel._send_method``; pika 1.4.4).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pika.channel import Channel
from pika.frame import Method

import broker_client.rabbit.pika_properties  # noqa: F401 - pika then sends every type of argument and header
from broker_client.errors import BrokerError, ConnectionLost, NoAnswer
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import broker_label, open_connection
from broker_client.rabbit.amqp_errors import AMQP_FAILURES, amqp_error

_GOOD_BYE_S = 0.3


class AmqpSession:
    """One connection with as many channels as are asked for. ``blocked`` is the broker's reason while an alarm stops
    publishers, else empty. Opening raises BrokerError."""

    def __init__(self, profile: Profile, secrets: Secrets, *, name: str, socket_s: float = 3.0) -> None:
        self.what = broker_label(profile)
        # The blocking face is kept: its connection below is closed when it is collected.
        self._face = open_connection(profile, secrets, socket_s=socket_s, name=name)
        self.connection = self._face._impl
        self._loop = self.connection.ioloop
        self.blocked = ""
        self.connection.add_on_connection_blocked_callback(self._on_blocked)
        self.connection.add_on_connection_unblocked_callback(self._on_unblocked)
        self._reason: BaseException | None = None
        self.connection.add_on_close_callback(self._on_closed)

    def __enter__(self) -> AmqpSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        return bool(self.connection.is_open)

    def channel(self, deadline: float) -> AmqpChannel:
        """A fresh channel by ``deadline`` (monotonic). Raises TimeoutError or errors of pika: see :meth:`telling`."""
        opened: list[Channel] = []
        raw = self.connection.channel(on_open_callback=opened.append)
        channel = AmqpChannel(self, raw)
        self.wait(lambda: bool(opened) or channel.refusal is not None, deadline)
        if not opened:
            raise channel.refusal or self.ended()
        return channel

    @contextmanager
    def telling(self, doing: str) -> Iterator[None]:
        """Turn whatever pika raises inside into a BrokerError whose ``what`` begins with ``doing``."""
        try:
            yield
        except TimeoutError:
            raise NoAnswer(f"{doing}: no answer from {self.what}", "the broker did not answer in time") from None
        except BrokerError:
            raise
        except AMQP_FAILURES as problem:
            raise amqp_error(problem, doing) from None

    def wait(self, done: Callable[[], bool], deadline: float) -> None:
        """Serve the connection until ``done``. Raises TimeoutError at the deadline, or why the connection ended."""
        while not done():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if self.connection.is_closed:
                raise self.ended()
            self.turn(left)

    def turn(self, longest_s: float) -> None:
        """Handle what has arrived; wait for something at most ``longest_s``."""
        alarm = self._loop.call_later(longest_s, lambda: None)
        self._loop.poll()
        self._loop.process_timeouts()
        self._loop.remove_timeout(alarm)

    def ended(self) -> BaseException:
        return self._reason if self._reason is not None else ConnectionLost("the connection was closed")

    def close(self) -> None:
        """Say good-bye, but wait for the answer no longer than a moment."""
        try:
            if self.connection.is_open:
                self.connection.close()
                self.wait(lambda: bool(self.connection.is_closed), time.monotonic() + _GOOD_BYE_S)
        except (*AMQP_FAILURES, TimeoutError, BrokerError):
            pass
        finally:
            self.drop()

    def drop(self) -> None:
        """End the connection without a word, as a crash would."""
        transport = self.connection._transport
        if transport is not None and not self.connection.is_closed:
            with suppress(*AMQP_FAILURES):
                transport.abort()
                self.turn(0)  # the socket is closed by the loop
        self._loop.close()

    def _on_blocked(self, _: object, frame: Method) -> None:
        reason = frame.method.reason
        self.blocked = (reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) or "alarm"

    def _on_unblocked(self, _: object, _frame: object) -> None:
        self.blocked = ""

    def _on_closed(self, _: object, reason: BaseException) -> None:
        self._reason = reason


class AmqpChannel:
    """One channel. ``refusal`` is why the broker closed it, ``None`` while it is open."""

    def __init__(self, session: AmqpSession, raw: Channel) -> None:
        self._session = session
        self.raw = raw
        self.refusal: BaseException | None = None
        self._answers: list[Any] = []
        self._awaited: set[type] = set()
        raw.add_on_close_callback(self._on_closed)

    def ask(self, request: Any, answer: type, deadline: float) -> Any:
        """Send a method and return the answering method. Raises TimeoutError, or why the channel was closed."""
        if self.refusal is not None:
            raise self.refusal
        if answer not in self._awaited:
            self._awaited.add(answer)
            self.raw.callbacks.add(self.raw.channel_number, answer, self._on_answer, one_shot=False)
        self._answers.clear()
        self.raw._send_method(request)
        self._session.wait(lambda: bool(self._answers) or self.refusal is not None, deadline)
        return self._first_answer()

    def _first_answer(self) -> Any:
        if self._answers:
            return self._answers[0]
        raise self.refusal or self._session.ended()

    def _on_answer(self, frame: Method) -> None:
        self._answers.append(frame.method)

    def _on_closed(self, _: Channel, reason: BaseException) -> None:
        self.refusal = reason
