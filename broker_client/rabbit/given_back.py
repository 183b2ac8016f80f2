"""Counts what a queue holds when its first answer cannot be believed: after a crash, or when it says that it is empty.

Two answers are wrong. A quorum queue without a leader, or with one too busy to answer in a quarter of a second, says
that it holds nothing and has no consumer; so we become a consumer first, and an answer that does not count us is none.
And what an attempt that was cut short still held comes back only when the broker has found that its connection is gone:
a moment after a kill, and in the worst case when its heartbeat is missed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from broker_client.errors import NoAnswer
from broker_client.rabbit.frame_channel import Stock
from broker_client.rabbit.source_queue import SourceQueue

CUT_OFF_S = 35.0
"""After so long without a sign of life the broker has ended a connection with our heartbeat of ten seconds."""
_ALONE_S = 0.3
"""What a consumer held comes back when it is no longer counted; of one that was cancelled, a moment after."""
_ASK_AGAIN_S = 0.02
_BELIEVED_S = 10.0


class Asking(NamedTuple):
    """How the queue is asked, and how one waits between two questions; all raise BrokerError."""

    queue: str
    stock: Callable[[], Stock]
    turn: Callable[[float], None]
    should_stop: Callable[[], bool]


def count_again(source: SourceQueue, asking: Asking, wait_s: float) -> int:
    """How many messages are there to be taken, those that came meanwhile included; at most one comes.

    ``wait_s``: how long an earlier attempt's consumer may still be among the queue's consumers; 0 = there is none.
    Returns what is known when the caller wants to stop. Raises :class:`NoAnswer` when no answer can be believed.
    """
    source.take_one()
    began = believed = with_others = time.monotonic()
    ready = 0
    while not asking.should_stop():
        ready, consumers = asking.stock()
        now = time.monotonic()
        if consumers:
            believed = now
            with_others = with_others if consumers == 1 else now
            if now - began >= wait_s or now - with_others >= _ALONE_S:
                break
        elif now - believed > _BELIEVED_S:
            why = f"for {_BELIEVED_S:.0f} s it says that nobody consumes from it, but we do; it may have no leader"
            raise NoAnswer(f"the queue {asking.queue} does not say what it holds", why, "try again in a moment")
        asking.turn(_ASK_AGAIN_S)
    source.end()
    return ready + source.arrived
