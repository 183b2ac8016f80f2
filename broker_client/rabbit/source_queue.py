"""The queue that messages are taken from: never more of them than meant, and each acknowledged only when we say so.

A delivery that goes back counts on a quorum queue and marks the message, so nothing is fetched that is not wanted: the
last acknowledgements of a consumer wait until all it may have has come. What is held back (it does not match, or it is
only copied) would fill the consumer's prefetch; then the next consumer takes over.
"""

from __future__ import annotations

from broker_client.rabbit.frame_channel import FrameChannel
from broker_client.rabbit.frames import Delivery, ack_frame, requeue_frame
from broker_client.rabbit.settling import Settling

WINDOW_BYTES = 64 << 20
"""How much may be on its way at once; bodies larger than this come one at a time."""
_FIRST_PREFETCH = 64
"""Until the size of the messages is known."""


class SourceQueue:
    """``window``: how many messages may be unacknowledged at once. None comes before it is asked for."""

    def __init__(self, channel: FrameChannel, queue: str, window: int) -> None:
        self._channel = channel
        self._queue = queue
        self._settling = Settling(channel, queue)
        self._window = window
        self._left = 0
        """What later consumers may still fetch, after the present one's share."""
        self._consumer = 0
        self._share = self._prefetch = self._fetched = self._credit = self._before = 0
        self._held = 0
        self._consuming = self._sizing = False
        self._starts: list[int] = []
        """Of each consumer, the last tag before its first message."""
        self._bytes = self._messages = 0
        self._acked_to = 0
        self._acked_singly: set[int] = set()
        self._released: set[int] = set()

    @property
    def expected(self) -> int:
        """Messages that have not come yet."""
        return self._left + (self._share - self._fetched if self._consuming else 0)

    def take(self) -> list[Delivery]:
        """What has arrived since the last time."""
        waiting = self._channel.deliveries
        found = [waiting.popleft() for _ in range(len(waiting))]
        self._fetched += len(found)
        self._messages += len(found)
        self._bytes += sum(len(delivery.body) for delivery in found)
        return found

    def keep_coming(self) -> None:
        """Start, renew or end the consumer as the state of things asks. Raises BrokerError."""
        if self._channel.cancelled:
            self._consuming, self._left = False, 0
        if self._consuming and (self._fetched >= self._share or self._is_stuck()):
            self._settling.cancel(self._tag)
            self._consuming = False
            # What was sent before the broker stopped still waits to be taken, and belongs to this consumer's share.
            self._left += self._share - self._fetched - len(self._channel.deliveries)
            self._fetched = -len(self._channel.deliveries)
        if not self._consuming and self._left > 0 and not self._channel.deliveries:
            self._begin()

    @property
    def arrived(self) -> int:
        """How many wait to be taken."""
        return len(self._channel.deliveries)

    def expect(self, count: int) -> None:
        """So many may be taken, those that have arrived included."""
        self._left = max(0, count - self.arrived)

    def take_one(self) -> None:
        """Begin to consume, but let no more than one message come; :meth:`end` before :meth:`expect`.

        Raises BrokerError.
        """
        self._left = 1
        self._begin()

    def release(self, tags: list[int]) -> None:
        """These may be acknowledged; :meth:`acknowledge` does it."""
        self._released.update(tags)

    def hold(self, count: int) -> None:
        """So many of those taken will not be acknowledged."""
        self._held += count

    def acknowledge(self) -> None:
        """Send the acknowledgements that may go now. Raises BrokerError."""
        frames: list[bytes] = []
        end = multiple = self._acked_to
        while (tag := end + 1) in self._acked_singly or (tag in self._released and self._may_go(tag)):
            if tag in self._released:
                multiple = tag  # the broker wants to be told a tag that it still waits for
            self._acked_singly.discard(tag)
            self._released.discard(tag)
            end = tag
        if multiple > self._acked_to:
            frames.append(ack_frame(self._channel.number, multiple, multiple=True))
        self._acked_to = end
        for tag in sorted(self._released):
            if not self._may_go(tag):
                break
            frames.append(ack_frame(self._channel.number, tag))
            self._released.discard(tag)
            self._acked_singly.add(tag)
        self._channel.send(frames)

    def end(self) -> None:
        """Expect no more messages. Raises BrokerError."""
        if self._consuming:
            self._settling.cancel(self._tag)
        self._consuming, self._left = False, 0

    def give_back(self) -> bool:
        """No more messages: what was released is acknowledged, the rest goes back in the order in which it came.

        Whether the queue has heard of all of it; if not, what was acknowledged may come back. Raises BrokerError.
        """
        self.end()
        self.acknowledge()
        ends = [*self._starts[1:], self._messages + len(self._channel.deliveries)] if self._starts else []
        frames = []
        for start, end in zip(self._starts, ends, strict=True):
            last = next((tag for tag in range(end, max(start, self._acked_to), -1) if tag not in self._acked_singly), 0)
            if last:
                frames.append(requeue_frame(self._channel.number, last))
        self._starts = []
        self._channel.send(frames)
        return self._settling.wait()

    @property
    def _tag(self) -> str:
        return f"warren-{self._consumer}"

    def _may_go(self, tag: int) -> bool:
        """Each acknowledgement lets the broker send one more; it must not send more than the consumer's share."""
        if not self._consuming or tag <= self._before:
            return True
        if self._credit <= 0:
            return False
        self._credit -= 1
        return True

    def _is_stuck(self) -> bool:
        """Nothing more comes by itself: the size of the messages is known by now, or too many are held back."""
        could_be_more = self._sizing and self._wanted_prefetch() > self._prefetch
        return self._fetched >= self._prefetch and (could_be_more or self._held * 2 >= self._prefetch)

    def _wanted_prefetch(self) -> int:
        if self._messages < _FIRST_PREFETCH:
            return min(self._window, _FIRST_PREFETCH)
        return max(1, min(self._window, int(WINDOW_BYTES / max(self._bytes / self._messages, 1.0))))

    def _begin(self) -> None:
        self._share, self._left = self._left, 0
        self._prefetch = min(self._wanted_prefetch(), self._share)
        self._credit = self._share - self._prefetch
        self._sizing = self._messages < _FIRST_PREFETCH
        self._before = self._messages
        self._starts.append(self._before)
        self._fetched = self._held = 0
        self._consumer += 1
        self._channel.consume(self._queue, self._prefetch, self._tag)
        self._consuming = True
