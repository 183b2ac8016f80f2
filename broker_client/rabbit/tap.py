"""Copy messages from now on into a queue of our own, without touching anybody else's.

The queue is exclusive: the broker deletes it, with its bindings, when the connection ends for whatever reason. Messages
that come faster than they can be read wait there; when too many wait they are purged, which the broker counts exactly,
so that nothing is lost without being counted. Used only by the thread that made it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import msgspec
from pika import spec
from pika.exceptions import ChannelClosed, ConnectionClosed

from broker_client.errors import BadInput, BrokerError
from broker_client.profile import Profile, Secrets, with_vhost
from broker_client.rabbit.amqp_errors import AMQP_FAILURES, amqp_error
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.amqp_session import AmqpChannel, AmqpSession
from broker_client.rabbit.declare import bind_request
from broker_client.rabbit.declare_refusal import refusal_in_words
from broker_client.rabbit.frames import Delivery, FrameReader, ack_frame
from broker_client.rabbit.tap_counts import TapCounts
from broker_client.rabbit.tap_plan import TapPlan
from broker_client.rabbit.tap_ring import Tapped, TapRing

MOST_BODY_BYTES = 64 << 10
"""How much of each body is kept unless asked otherwise."""
QUEUE_LIMIT = 200_000
"""The most messages the broker keeps for a tap; beyond it forgets the oldest without telling how many."""
PURGE_AT = 50_000
PURGE_AT_BYTES = 128 << 20
PREFETCH = 5_000
_OPEN_S = 10.0
_ANSWER_S = 5.0
_LOOK_EVERY_S = 0.25
_RATE_OVER_S = 1.0
_READ_BYTES = 128 << 10


class Tap:
    """An open tap: call :meth:`serve` again and again. Raises BrokerError; after one it is of no use.

    ``wanted`` is asked for each message (and costs the reading of each); ``on_counts`` of :meth:`run` comes ten times a
    second.
    """

    def __init__(
        self,
        profile: Profile,
        secrets: Secrets,
        plan: TapPlan,
        ring: TapRing,
        *,
        wanted: Callable[[Message], bool] | None = None,
        body_bytes: int = MOST_BODY_BYTES,
        name: str = "warren tap",
    ) -> None:
        if plan.impossible:
            raise BadInput(f"{plan.subject} cannot be tapped", plan.impossible)
        self.plan = plan
        self.ring = ring
        self.paused = False
        self.wanted = wanted
        """May be changed between two calls of :meth:`serve`."""
        self._body_bytes = body_bytes
        self._batch: list[Delivery] = []
        self._received = self._kept = self._filtered = self._passed = self._purged = self._bytes = self._waiting = 0
        self._uncounted = False
        self._rate = (time.monotonic(), 0, 0.0)
        self._looked = time.monotonic()
        self._session = AmqpSession(with_vhost(profile, plan.vhost), secrets, name=name)
        self.queue = f"warren.tap.{os.urandom(6).hex()}"
        try:
            self._channel = self._open()
        except BaseException:
            self._session.close()
            raise

    def __enter__(self) -> Tap:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def counts(self) -> TapCounts:
        return TapCounts(
            self._received,
            self._kept,
            self._filtered,
            self._passed,
            self.ring.pushed_out,
            self._purged,
            self._uncounted,
            self._waiting,
            self._bytes,
            self._rate[2],
            self.paused,
        )

    def serve(self, longest_s: float = 0.1) -> TapCounts:
        """Take in what has arrived; wait at most ``longest_s`` for something."""
        with self._session.telling(f"tap {self.plan.subject}"):
            self._session.turn(longest_s)
            self._take_in()
            self._check()
            if time.monotonic() - self._looked >= _LOOK_EVERY_S:
                self._look_at_queue()
        return self.counts

    def run(
        self,
        stop: threading.Event,
        on_counts: Callable[[TapCounts], None] = lambda _counts: None,
        *,
        until: Callable[[], bool] = lambda: False,
    ) -> TapCounts:
        """Serve until told to stop, or until ``until`` holds."""
        told = 0.0
        while not stop.is_set() and not until():
            counts = self.serve()
            if time.monotonic() - told >= 0.1:
                told = time.monotonic()
                on_counts(counts)
        on_counts(self.counts)
        return self.counts

    def close(self) -> None:
        """End the connection; the broker then deletes the queue and its bindings."""
        self._session.close()

    # ---- opening ----------------------------------------------------------------------------------------------------

    def _open(self) -> AmqpChannel:
        deadline = time.monotonic() + _OPEN_S
        doing = f"tap {self.plan.subject}"
        arguments = {"x-queue-type": "classic", "x-max-length": QUEUE_LIMIT}
        queue = spec.Queue.Declare(queue=self.queue, exclusive=True, auto_delete=True, arguments=arguments)
        with self._session.telling(doing):
            channel = self._session.channel(deadline)
            try:
                channel.ask(queue, spec.Queue.DeclareOk, deadline)
                for binding in self.plan.bindings:
                    request, answer, _ = bind_request(msgspec.structs.replace(binding, destination=self.queue))
                    channel.ask(request, answer, deadline)
                channel.ask(spec.Basic.Qos(prefetch_count=PREFETCH), spec.Basic.QosOk, deadline)
                self._take_over(channel)
                channel.ask(spec.Basic.Consume(queue=self.queue), spec.Basic.ConsumeOk, deadline)
            except (ChannelClosed, ConnectionClosed) as refusal:
                raise refusal_in_words(doing, refusal.reply_code, refusal.reply_text) from None
        return channel

    def _take_over(self, channel: AmqpChannel) -> None:
        """Take deliveries out of the connection's bytes before pika (1.4.4: ``_on_data_available``) decodes them."""
        connection = self._session.connection
        reader = FrameReader(
            channel.raw.channel_number,
            self._batch.append,
            lambda _returned: None,
            lambda _confirm: None,
            connection._on_data_available,
        )

        def received(data: bytes) -> None:
            connection.bytes_received += len(data)  # what pika's heartbeat looks at
            reader.feed(data)

        connection._on_data_available = received
        connection._transport._MAX_RECV_BYTES = _READ_BYTES

    # ---- running ----------------------------------------------------------------------------------------------------

    def _take_in(self) -> None:
        batch = self._batch[:]
        if not batch:
            return
        self._batch.clear()
        now = time.time()
        self._bytes += sum(len(delivery.body) for delivery in batch)
        if self.paused:
            self._received += len(batch)
            self._passed += len(batch)
        else:
            self.ring.add(self._kept_of(batch, now))
        frame = ack_frame(self._channel.raw.channel_number, batch[-1].tag, multiple=True)
        self._session.connection._output_marshaled_frames([frame])

    def _kept_of(self, batch: list[Delivery], now: float) -> list[Tapped]:
        kept, limit, traced = [], self._body_bytes, self.plan.traced
        for delivery in batch:
            self._received += 1
            body = delivery.body
            tapped = Tapped(
                self._received,
                now,
                delivery.exchange,
                delivery.routing_key,
                delivery.properties,
                body if len(body) <= limit else body[:limit],
                len(body),
                delivery.redelivered,
                traced,
            )
            if self.wanted is not None and not self._is_wanted(tapped):
                self._filtered += 1
                continue
            kept.append(tapped)
        self._kept += len(kept)
        return kept

    def _is_wanted(self, tapped: Tapped) -> bool:
        assert self.wanted is not None
        try:
            return self.wanted(tapped.message())
        except BrokerError:
            return True  # what cannot be read is shown rather than hidden

    def _look_at_queue(self) -> None:
        """How many wait; too many are purged. The broker says how many it purged."""
        self._looked = now = time.monotonic()
        deadline = now + _ANSWER_S
        passive = spec.Queue.Declare(queue=self.queue, passive=True)
        self._waiting = int(self._channel.ask(passive, spec.Queue.DeclareOk, deadline).message_count)
        if self._waiting >= QUEUE_LIMIT * 0.95:
            self._uncounted = True
        typical = self._bytes / self._received if self._received else 0.0
        if self._waiting >= PURGE_AT or self._waiting * typical >= PURGE_AT_BYTES:
            gone = self._channel.ask(spec.Queue.Purge(queue=self.queue), spec.Queue.PurgeOk, deadline)
            self._purged += int(gone.message_count)
            self._waiting = 0
        since, received, _ = self._rate
        if now - since >= _RATE_OVER_S:
            self._rate = (now, self._received, (self._received - received) / (now - since))

    def _check(self) -> None:
        """Raises why the channel or the connection has ended."""
        if self._channel.refusal is not None:
            raise self._channel.refusal
        if not self._session.is_open:
            problem = self._session.ended()
            raise amqp_error(problem, self._session.what) if isinstance(problem, AMQP_FAILURES) else problem
