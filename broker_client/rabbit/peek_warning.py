"""PURE: what looking into a queue does to this queue, said before it is done, and when it must not be done at all."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.argument_catalogue import version_number
from broker_client.rabbit.entities import Queue

DEFAULT_LIMIT_SINCE = (4, 0)
DEFAULT_LIMIT = 20
SAFE_DISTANCE = 3
"""A message must be able to be delivered at least so many times more after the look."""


class PeekWarning(msgspec.Struct, frozen=True):
    """``words`` are for the person, a sentence each. ``refused``: why it will not be done, else empty. ``limit`` is the
    queue's delivery limit, ``None`` when it has none or it is not known."""

    words: tuple[str, ...]
    refused: str = ""
    limit: int | None = None


def peek_warning(queue: Queue, version: str, deliveries: int | None = None) -> PeekWarning:
    """What a look at ``queue`` on a broker of ``version`` ("" = unknown) does. ``deliveries``: how often its first
    message was delivered already, where that is known."""
    if queue.type == "stream":
        return PeekWarning((), "a stream cannot be looked into like this: its messages are read by offset")
    if queue.exclusive:
        return PeekWarning((), "it belongs to one connection only: nobody else may read it")
    words = [
        "messages are taken out and put back: meanwhile no consumer gets them",
        "they are marked as redelivered",
    ]
    if queue.consumers:
        words.append(f"it has {queue.consumers} consumer(s): what is put back may reach them in another order")
    if queue.type != "quorum":
        words.append("they come back to their place, if nobody takes others meanwhile")
        return PeekWarning(tuple(words))
    return _quorum_warning(queue, version, deliveries, words)


def delivery_limit(queue: Queue, version: str) -> int | None:
    """The limit of a quorum queue from its argument, its policy or the broker's default; ``None`` = none."""
    found = [queue.arguments.get("x-delivery-limit"), queue.effective_policy.get("delivery-limit")]
    limits = [limit for limit in found if isinstance(limit, int) and not isinstance(limit, bool)]
    if limits:
        lowest = min(limits)
        return None if lowest < 0 else lowest
    number = version_number(version)
    return DEFAULT_LIMIT if number is None or number >= DEFAULT_LIMIT_SINCE else None


def deliveries_of(messages: Iterable[Message]) -> int | None:
    """The highest delivery count that messages of a quorum queue carry; ``None`` when none does."""
    counts = [(message.properties.headers or {}).get("x-delivery-count") for message in messages]
    numbers = [int(count) for count in counts if isinstance(count, int) and not isinstance(count, bool)]
    return max(numbers, default=None)


def _quorum_warning(queue: Queue, version: str, deliveries: int | None, words: list[str]) -> PeekWarning:
    limit = delivery_limit(queue, version)
    words.append("in a quorum queue each look counts as a delivery")
    if limit is None:
        words.append("it has no delivery limit, so nothing is lost by that")
        return PeekWarning(tuple(words))
    has_exit = "x-dead-letter-exchange" in queue.arguments or "dead-letter-exchange" in queue.effective_policy
    fate = "is dead-lettered" if has_exit else "is destroyed"
    words.append(f"after {limit} deliveries a message {fate}")
    left = limit - (deliveries or 0)
    if left < SAFE_DISTANCE:
        seen = f"its first message was delivered {deliveries} times already" if deliveries else "its limit is very low"
        return PeekWarning(tuple(words), f"{seen}, the limit is {limit}: a look could lose messages", limit)
    if deliveries is None:
        words.append("how often its messages were delivered already is not known before the first look")
    else:
        words.append(f"{left} deliveries are left for its first message")
    return PeekWarning(tuple(words), limit=limit)
