"""The broker as the oracle of routing: random topologies and messages, and where a real RabbitMQ put each message.

What is generated covers all that the router claims to know: the four types of exchange, bindings between exchanges with
circles, alternate exchanges (missing ones and the default exchange too), CC and BCC, the default exchange, patterns and
keys with empty words, all kinds of ``x-match``, keys that begin with ``x-``, and values of every type on both sides.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import pika
from pika.adapters.blocking_connection import BlockingChannel

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import open_connection, vhost_of
from broker_client.rabbit.amqp_message import Properties
from broker_client.rabbit.amqp_table import SingleFloat, SizedInt, Timestamp
from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.pika_properties import to_pika
from broker_client.rabbit.routing import Router, RouteTrace

TYPES = ("direct", "fanout", "topic", "topic", "headers", "headers")
WORDS = ("a", "b", "c", "", "A")
NAMES = ("k", "l", "m", "x-k", "x-", "X-l", "CC", "BCC", "")
KINDS = (None, "all", "any", "all-with-x", "any-with-x")
VALUES: tuple[Any, ...] = (
    *("1", "", "true", "a", b"1", b"a", True, False, None, 0, 1, -1, 2**40, 1.0, 1.5, 0.0, -0.0, SingleFloat(1.5)),
    *(SizedInt(1, "b"), SizedInt(1, "l"), SizedInt(1, "s"), Timestamp(1), Timestamp(1000), 1000, Decimal("1.50")),
    *([], {}, ["a"], ["a", True, 1.5], [[]], [None], {"a": "x"}, {"a": True}, {"a": {"b": ["c"]}}),
    *([1], {"a": 1}, {"a": "x", "b": "y"}, {"b": "y", "a": "x"}),
)
"""The last line holds what the broker tells apart by something that its management API does not show."""

SENT_ONLY: tuple[Any, ...] = ({"a": b"x"}, ["a", True, 1], [b"a"])
"""The router takes a text inside a binding's table for a text: a byte array there looks the same in the API."""

_LIVES_S = 60.0
_LAST = b"last"


class Sent(NamedTuple):
    """One message, and where it really went."""

    exchange: str
    key: str
    headers: dict[str, Any] | None
    queues: frozenset[str]


class Difference(NamedTuple):
    """A message that went elsewhere than foretold."""

    sent: Sent
    trace: RouteTrace

    def __str__(self) -> str:
        said = ", ".join(sorted(key.name for key in self.trace.queues))
        steps = "\n  ".join(
            f"{step.exchange.name}: {step.matched} {step.why} {step.binding}" for step in self.trace.steps
        )
        return f"{self.sent} but foretold: {said}\n  {steps}"


class Maze:
    """A random topology on a real broker, made through AMQP as any client would."""

    def __init__(self, channel: BlockingChannel, rng: random.Random, name: str) -> None:
        self._channel = channel
        self._rng = rng
        self.queues = [f"{name}.q{number}" for number in range(10)]
        kinds = [*TYPES, *(rng.choice(TYPES) for _ in range(3))]
        self.exchanges = {f"{name}.e{number}.{kind}": kind for number, kind in enumerate(kinds)}
        for queue in self.queues:
            channel.queue_declare(queue, durable=True)
        for exchange, kind in self.exchanges.items():
            channel.exchange_declare(exchange, kind, durable=True, arguments=self._alternate())
        for exchange, kind in self.exchanges.items():
            for _ in range(rng.randint(2, 6)):
                channel.queue_bind(rng.choice(self.queues), exchange, **self._bound(kind))
            for _ in range(rng.randint(0, 2)):
                channel.exchange_bind(rng.choice(list(self.exchanges)), exchange, **self._bound(kind))

    def publish(self, count: int) -> list[Sent]:
        """Publish, then empty the queues: every message with the queues that held it, each exactly once."""
        given = [self._message() for _ in range(count)]
        for number, (exchange, key, headers) in enumerate(given):
            self._channel.basic_publish(exchange, key, str(number).encode(), to_pika(Properties(headers=headers)))
        for queue in self.queues:
            # What one channel publishes arrives in its order: whatever comes to the queue comes before this.
            self._channel.basic_publish("", queue, _LAST)
        found: list[set[str]] = [set() for _ in given]
        for queue in self.queues:
            self._empty(queue, found)
        return [Sent(*message, frozenset(queues)) for message, queues in zip(given, found, strict=True)]

    def _empty(self, queue: str, found: list[set[str]]) -> None:
        for method, _, body in self._channel.consume(queue, auto_ack=True, inactivity_timeout=_LIVES_S):
            assert method is not None, f"the last message of {queue} did not come"
            if body == _LAST:
                break
            number = int(body)
            assert queue not in found[number], f"message {number} was twice in {queue}"
            found[number].add(queue)
        self._channel.cancel()

    def _alternate(self) -> dict[str, Any]:
        if self._rng.random() < 0.5:
            return {}
        return {"alternate-exchange": self._rng.choice([*self.exchanges, "missing", ""])}

    def _bound(self, kind: str) -> dict[str, Any]:
        if kind == "topic":
            return {"routing_key": self._words((*WORDS, "*", "*", "#"))}
        arguments = {}
        if kind == "headers":
            arguments = {name: self._rng.choice(VALUES) for name in self._names(3)}
            match = self._rng.choice(KINDS)
            arguments |= {"x-match": match} if match else {}
        return {"routing_key": self._words(WORDS), "arguments": arguments}

    def _message(self) -> tuple[str, str, dict[str, Any] | None]:
        rng = self._rng
        if rng.random() < 0.1:
            return "", rng.choice([*self.queues, "nobody", ""]), self._copies({}, self.queues)
        keys = [self._words((*WORDS, "*", "#") if rng.random() < 0.1 else WORDS) for _ in range(4)]
        headers = {name: rng.choice((*VALUES, *SENT_ONLY)) for name in self._names(4) if name not in ("CC", "BCC")}
        return rng.choice(list(self.exchanges)), keys[0], self._copies(headers, keys[1:]) or None

    def _copies(self, headers: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
        for name in ("CC", "BCC"):
            if self._rng.random() < 0.15:
                headers[name] = [self._rng.choice([*keys, 5, b"a"]) for _ in range(self._rng.randint(0, 2))]
        return headers

    def _words(self, words: Sequence[str]) -> str:
        return ".".join(self._rng.choice(words) for _ in range(self._rng.choice((0, 1, 1, 2, 2, 3, 3, 4))))

    def _names(self, most: int) -> list[str]:
        return self._rng.sample(NAMES[:-1], self._rng.randint(0, most))


def publisher(profile: Profile, secrets: Secrets) -> pika.BlockingConnection:
    return open_connection(profile, secrets, heartbeat=60, socket_s=20, name="warren routing oracle")


def differences(sent: Sequence[Sent], router: Router, profile: Profile) -> list[Difference]:
    """Where the router was wrong. Of what it calls unknown it only must have named the queues as possible."""
    vhost, found = vhost_of(profile), []
    for message in sent:
        key = ExchangeKey(vhost, message.exchange)
        trace = router.route(key, message.key, message.headers)
        sure, possible = _names_of(trace.queues), _names_of(trace.possible)
        same = sure == message.queues if not trace.unknown else sure <= message.queues <= sure | possible
        fast = router.destinations(key, message.key, message.headers)
        if not same or set(fast) != set(trace.queues):
            found.append(Difference(message, trace))
    return found


def _names_of(keys: Sequence[QueueKey]) -> frozenset[str]:
    return frozenset(key.name for key in keys)
