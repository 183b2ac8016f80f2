"""Finds out whether a queue has heard what became of the messages it gave us.

On a busy machine a quorum queue of RabbitMQ 3.10 gave out messages again that were acknowledged just before the channel
was closed. Its source says how that can be: a channel passes on 32 acknowledgements at most that are not applied yet,
keeps the others, and forgets them at its end (rabbit_fifo_client.erl, SOFT_LIMIT and unsent_commands). But a quorum
queue counts a consumer that was cancelled until all it was sent is settled, so one can wait for that. A classic queue
does not count it, and needs no waiting: it hears what a channel said before it hears that the channel is closed. (What
they count was measured with RabbitMQ 3.10 and 4.0.)
"""

from __future__ import annotations

import time

from broker_client.errors import NoAnswer
from broker_client.rabbit.frame_channel import FrameChannel

SETTLED_S = 10.0
_BELIEVED_S = 0.2
"""A quorum queue that is asked in vain for a quarter of a second says that it has no consumer."""
_STEADY_S = 0.3
"""An earlier consumer of ours may go first; the last one follows, for the acknowledgements keep their order."""
_ASK_AGAIN_S = 0.02


class Settling:
    """Ends the consumers of one queue on one channel, and waits until the last of them is let go."""

    def __init__(self, channel: FrameChannel, queue: str) -> None:
        self._channel, self._queue = channel, queue
        self._counted = 0
        """How many consumers the queue has with our cancelled one; 0 = it does not count that one."""

    def cancel(self, tag: str) -> None:
        """End a consumer that has messages which are not acknowledged. Raises BrokerError."""
        self._counted = 0
        if self._channel.cancelled:
            return
        before = self._consumers()
        self._channel.cancel(tag)
        after = self._consumers()
        self._counted = after if after >= before else 0

    def wait(self, longest_s: float = SETTLED_S) -> bool:
        """Whether the queue has heard all we said, after all was said. Raises BrokerError."""
        end = time.monotonic() + longest_s
        fewer_since: float | None = None
        while self._counted and not self._channel.cancelled:
            now = time.monotonic()
            consumers = self._consumers()
            if consumers >= self._counted:
                fewer_since = None
            elif not consumers or now - (fewer_since := fewer_since or now) >= _STEADY_S:
                return True
            if now > end:
                return False
            self._channel.pause(_ASK_AGAIN_S)
        return True

    def _consumers(self) -> int:
        """Raises :class:`NoAnswer` when no answer can be believed."""
        end = time.monotonic() + SETTLED_S
        while (asked := time.monotonic()) < end:
            consumers = self._channel.stock(self._queue).consumers
            if consumers or time.monotonic() - asked < _BELIEVED_S:
                return consumers
        why = f"for {SETTLED_S:.0f} s it was too busy to say who consumes from it"
        raise NoAnswer(f"the queue {self._queue} does not answer", why, "try again in a moment")
