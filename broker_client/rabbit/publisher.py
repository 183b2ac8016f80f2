"""Publish with confirms, always able to say what became of a message.

``confirmed`` the broker has taken it; ``returned`` no queue takes it (nothing is kept); ``nacked`` a queue refused it;
``refused`` the broker closed the channel over it; ``unknown`` no word came: it may have been taken, and publishing it
again may double it. An ``unknown`` is never called a failure. Used only by the thread that made it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from pika.exceptions import ChannelClosedByBroker

from broker_client.errors import BadInput, BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import check_name
from broker_client.rabbit.amqp_errors import AMQP_FAILURES
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.confirm_window import ConfirmWindow
from broker_client.rabbit.placeholders import MessageTemplate, Moment
from broker_client.rabbit.property_wire import encode_properties

Kind = Literal["confirmed", "returned", "nacked", "unknown", "refused"]
DEADLINE_S = 5.0
MOST_BODY_BYTES = 512 << 20
_SLOWEST_BYTES_PER_S = 4 << 20
_PROGRESS_S = 0.1


class Outcome(msgspec.Struct, frozen=True):
    """What became of one message. ``reply_code`` is AMQP's (312 no route, 404 ...), ``None`` when there is none."""

    kind: Kind
    words: str
    reply_code: int | None = None


class StreamCounts(msgspec.Struct, frozen=True):
    """How far a stream has come. ``waiting`` are sent and not yet confirmed. ``words`` say why it ended early."""

    asked: int
    sent: int = 0
    confirmed: int = 0
    returned: int = 0
    nacked: int = 0
    refused: int = 0
    unknown: int = 0
    elapsed_s: float = 0.0
    finished: bool = False
    words: str = ""

    @property
    def waiting(self) -> int:
        return self.sent - self.confirmed - self.returned - self.nacked - self.refused - self.unknown


class Publisher:
    """Opens its connection when first asked and again after it was lost. Raises BrokerError only while nothing has been
    sent: bad input, no connection, no right to log in."""

    def __init__(self, profile: Profile, secrets: Secrets, *, deadline_s: float = DEADLINE_S) -> None:
        self._profile = profile
        self._secrets = secrets
        self._deadline_s = deadline_s
        self._window: ConfirmWindow | None = None

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._window is not None:
            self._window.close()
            self._window = None

    def publish(self, message: Message, mandatory: bool = True) -> Outcome:
        """Publish one message and wait for its outcome."""
        check_message(message)
        window = self._opened()
        deadline = time.monotonic() + self._deadline_s + len(message.body) / _SLOWEST_BYTES_PER_S
        outcome = _published(window, message, mandatory, deadline)
        if not window.is_usable or outcome.kind == "unknown":
            self.close()
        return outcome

    def stream(
        self,
        template: MessageTemplate,
        count: int,
        *,
        rate_per_s: float | None = None,
        rows: Sequence[Mapping[str, str]] = (),
        mandatory: bool = True,
        window: int = 500,
        seed: int | None = None,
        stop: threading.Event | None = None,
        progress: Callable[[StreamCounts], None] = lambda _counts: None,
    ) -> StreamCounts:
        """Publish ``count`` messages made from a template, at most ``rate_per_s``: see :meth:`send_all`."""
        chance = random.Random(seed)

        def make(number: int) -> Message:
            row = rows[(number - 1) % len(rows)] if rows else {}
            return template.fill(Moment(number, time.time(), chance, row))

        def due_s(number: int) -> float:
            return (number - 1) / rate_per_s if rate_per_s else 0.0

        return self.send_all(make, count, due_s, mandatory=mandatory, window=window, stop=stop, progress=progress)

    def send_all(
        self,
        make: Callable[[int], Message],
        count: int,
        due_s: Callable[[int], float] = lambda _number: 0.0,
        *,
        mandatory: bool = True,
        window: int = 500,
        stop: threading.Event | None = None,
        progress: Callable[[StreamCounts], None] = lambda _counts: None,
    ) -> StreamCounts:
        """Publish messages 1 to ``count``, each not before ``due_s`` after the start; the last counts are returned and
        handed to ``progress``. At most ``window`` wait for their confirm.

        The first message goes alone: when the broker refuses it, nothing else is sent. Raises BrokerError only before
        that.
        """

        def message(number: int) -> Message:
            made = make(number)
            check_message(made)
            return made

        if count < 1:
            raise BadInput("there is nothing to publish", "the number of messages must be at least 1")
        first = message(1)
        self._opened()
        began = time.monotonic()
        outcome = self.publish(first, mandatory)
        one: dict[str, Any] = {outcome.kind: 1}
        counts = StreamCounts(count, sent=1, words=_reason(outcome), **one)
        if outcome.kind in ("refused", "unknown") or count == 1:
            counts = msgspec.structs.replace(counts, elapsed_s=time.monotonic() - began, finished=True)
            progress(counts)
            return counts
        run = _Stream(self._opened(), counts, message, due_s, mandatory, window, self._deadline_s)
        counts = run.run(began, stop or threading.Event(), progress)
        if counts.unknown or not run.window.is_usable:
            self.close()
        return counts

    def _opened(self) -> ConfirmWindow:
        if self._window is None or not self._window.serve():
            self.close()
            self._window = ConfirmWindow(self._profile, self._secrets, name="warren publisher")
        return self._window


def check_message(message: Message) -> None:
    """Raises :class:`BadInput` for what could not be sent: names, properties, headers, a part of a body."""
    check_name(message.exchange, "exchange name")
    check_name(message.routing_key, "routing key")
    encode_properties(message.properties)
    expiration = message.properties.expiration
    if expiration is not None and not (expiration.isdecimal() and expiration.isascii()):
        raise BadInput("the expiration cannot be used", f"{expiration!r} is not a number of milliseconds")
    if not message.is_whole:
        raise BadInput("only the beginning of the body is here", f"{len(message.body)} of {message.body_size} bytes")
    if len(message.body) > MOST_BODY_BYTES:
        raise BadInput("the body is too large", f"{len(message.body):,} bytes, {MOST_BODY_BYTES:,} are the most")


def _published(window: ConfirmWindow, message: Message, mandatory: bool, deadline: float) -> Outcome:
    returns_before = window.returned
    try:
        window.send(message, mandatory)
        window.wait(lambda: not window.waiting, deadline)
    except TimeoutError:
        return _unknown(window, "no confirm came in time")
    except ChannelClosedByBroker as refusal:
        return Outcome("refused", refusal_words(refusal), refusal.reply_code)
    except BrokerError as lost:
        return _unknown(window, str(lost))
    except AMQP_FAILURES as lost:
        return _unknown(window, str(lost) or type(lost).__name__)
    if window.returned > returns_before:
        return Outcome("returned", "no queue takes it: the broker has not kept it", window.last_return[0])
    if window.nacked:
        window.nacked = 0
        return Outcome("nacked", "a queue refused it: it is full, or could not store it")
    return Outcome("confirmed", "the broker has taken it")


def _unknown(window: ConfirmWindow, why: str) -> Outcome:
    if window.blocked:
        why = f"the broker stopped all publishers ({window.blocked})"
    return Outcome("unknown", f"{why}: it may have been taken, or be taken yet. Look before you send it again")


def refusal_words(refusal: ChannelClosedByBroker) -> str:
    """Why the broker closed the channel over a publish."""
    code, text = refusal.reply_code, refusal.reply_text
    if code == 404:
        return f"the exchange does not exist: nothing was sent ({text})"
    if code == 403:
        return f"not allowed to publish there: nothing was sent ({text})"
    if code == 406 and "message size" in text:
        return f"the broker takes no message of that size ({text})"
    return f"the broker refused it ({code} {text})"


def _reason(outcome: Outcome) -> str:
    return outcome.words if outcome.kind in ("refused", "unknown") else ""


class _Stream:
    """One run of many messages over a window of unconfirmed ones."""

    def __init__(
        self,
        window: ConfirmWindow,
        counts: StreamCounts,
        message: Callable[[int], Message],
        due_s: Callable[[int], float],
        mandatory: bool,
        most_waiting: int,
        deadline_s: float,
    ) -> None:
        self.window = window
        self._start = counts
        self._message = message
        self._due_s = due_s
        self._mandatory = mandatory
        self._most_waiting = most_waiting
        self._deadline_s = deadline_s
        self._returned_before = window.returned
        self._sent = 0
        self._words = ""

    def run(self, began: float, stop: threading.Event, progress: Callable[[StreamCounts], None]) -> StreamCounts:
        self.window.confirmed = self.window.nacked = 0
        told = 0.0
        try:
            for number in range(2, self._start.asked + 1):
                self._until_due(began, number, stop)
                if stop.is_set():
                    self._words = "stopped"
                    break
                self.window.send(self._message(number), self._mandatory)
                self._sent += 1
                self.window.serve()
                now = time.monotonic()
                if now - told >= _PROGRESS_S:
                    told = now
                    progress(self._counts(began))
            self.window.wait(lambda: not self.window.waiting, self._deadline())
        except TimeoutError:
            why = f"the broker stopped all publishers ({self.window.blocked})" if self.window.blocked else ""
            self._words = why or "no confirm came in time"
        except ChannelClosedByBroker as refusal:
            self._words = refusal_words(refusal)
        except BadInput as problem:
            self._words = str(problem)
            self._settle()
        except (*AMQP_FAILURES, BrokerError) as lost:
            self._words = str(lost) or type(lost).__name__
        counts = self._counts(began)
        counts = msgspec.structs.replace(counts, unknown=counts.waiting, finished=True, words=self._words)
        progress(counts)
        return counts

    def _settle(self) -> None:
        """Wait for the confirms of what was sent before a message that cannot be made."""
        try:
            self.window.wait(lambda: not self.window.waiting, self._deadline())
        except (*AMQP_FAILURES, BrokerError, TimeoutError):
            return

    def _until_due(self, began: float, number: int, stop: threading.Event) -> None:
        due = began + self._due_s(number)
        deadline = self._deadline()
        while not stop.is_set():
            late = time.monotonic()
            is_full = self.window.is_full(self._most_waiting)
            if not is_full and late >= due:
                return
            if is_full and late >= deadline:
                raise TimeoutError
            self.window.turn(min(0.05, max(0.0005, due - late)))
            if not is_full:
                deadline = self._deadline()

    def _deadline(self) -> float:
        return time.monotonic() + self._deadline_s + self.window.waiting_bytes / _SLOWEST_BYTES_PER_S

    def _counts(self, began: float) -> StreamCounts:
        start, returned = self._start, self.window.returned - self._returned_before
        changes: dict[str, Any] = {
            "sent": start.sent + self._sent,
            # A returned message is confirmed too.
            "confirmed": start.confirmed + max(0, self.window.confirmed - returned),
            "returned": start.returned + returned,
            "nacked": start.nacked + self.window.nacked,
            "elapsed_s": time.monotonic() - began,
        }
        return msgspec.structs.replace(start, **changes)
