"""Listens to a Redis channel pattern: messages in batches, and silence told from death."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from broker_client.errors import NoAnswer
from broker_client.profile import Profile, Secrets
from broker_client.redis_server import open_redis, redis_error

_PING_AFTER_S = 5.0
_DEAD_AFTER_S = 12.0
_WAIT_S = 1.0


class Message(NamedTuple):
    channel: bytes
    data: bytes


class Batch(NamedTuple):
    """Messages that arrived at ``at``. ``subscribed``: the server has just confirmed; what was before it is missed."""

    messages: list[Message]
    at: float
    subscribed: bool


def redis_failures() -> tuple[type[Exception], ...]:
    """Everything redis-py lets out of a call. A function, because importing redis-py takes longer than starting us."""
    from redis.exceptions import RedisError

    return (RedisError, OSError, EOFError, ValueError)


class RedisListener:
    """One pattern subscription on a connection of its own."""

    def __init__(self, profile: Profile, secrets: Secrets, pattern: str) -> None:
        self._profile = profile
        self._secrets = secrets
        self._pattern = pattern

    def batches(self, limit: int) -> Iterator[Batch]:
        """Yield what comes, at most ``limit`` messages at a time, an empty batch when quiet. Raises BrokerError."""
        what = f"listening to {self._pattern}"
        client: Any = open_redis(self._profile, self._secrets)
        listener = client.pubsub()
        try:
            listener.psubscribe(self._pattern)
            yield from _read(listener, limit, what)
        except redis_failures() as problem:
            raise redis_error(problem, what) from None
        finally:
            _close(listener, client)


def _read(listener: Any, limit: int, what: str) -> Iterator[Batch]:
    heard = asked = time.monotonic()
    while True:
        messages: list[Message] = []
        subscribed = False
        wait_s = _WAIT_S
        while len(messages) < limit:
            item = listener.get_message(timeout=wait_s)
            if item is None:
                break
            heard = time.monotonic()
            wait_s = 0.0
            if item["type"] == "pmessage":
                messages.append(Message(item["channel"], item["data"]))
            elif item["type"] == "psubscribe":
                subscribed = True
                break
        yield Batch(messages, time.time(), subscribed)
        now = time.monotonic()
        if now - heard > _DEAD_AFTER_S:
            raise NoAnswer(f"{what} has no answer", f"nothing heard for {now - heard:.0f} s")
        if now - max(heard, asked) > _PING_AFTER_S:
            asked = now
            listener.ping()


def _close(listener: Any, client: Any) -> None:
    try:
        listener.close()
        client.close()
    except redis_failures():
        pass
