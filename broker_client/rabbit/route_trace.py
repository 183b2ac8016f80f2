"""What routing a message found: the queues, and every binding that was tried. PURE."""

from __future__ import annotations

import msgspec

from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey


class Step(msgspec.Struct, frozen=True, gc=False):
    """One thing that was tried at one exchange."""

    binding: Binding | None
    """``None`` where no binding is concerned: an alternate exchange, an exchange that is missing."""
    exchange: ExchangeKey
    matched: bool | None
    """``None`` = whether it matches cannot be known."""
    why: str
    """One sentence without full stop; names of the broker stand in backticks, as they are."""
    depth: int
    """How many exchanges the message had passed before: 0 at the one it was published to."""


class RouteTrace(msgspec.Struct, frozen=True):
    """Where one message goes. The order of everything is that of the walk."""

    exchange: ExchangeKey
    routing_keys: tuple[str, ...]
    """The routing key, then those of the headers ``CC`` and ``BCC``."""
    queues: tuple[QueueKey, ...] = ()
    """Each queue once: a message is never put into a queue twice."""
    steps: tuple[Step, ...] = ()
    unknown: tuple[str, ...] = ()
    """One sentence for each thing that cannot be known. Without any, ``queues`` is the whole answer."""
    possible: tuple[QueueKey, ...] = ()
    """Queues that may get it too, depending on what is unknown."""
    refused: str = ""
    """Why the broker would not even take the message (and close the channel)."""
    passed: tuple[ExchangeKey, ...] = ()
    """The exchanges that surely got it."""
