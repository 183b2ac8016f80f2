"""What a tap has copied: the newest messages, bounded by count and bytes. What is pushed out is counted.

PURE. Messages are kept as they came and read only when somebody looks. Filled by one thread, read by others.
"""

from __future__ import annotations

import threading
from collections import deque
from itertools import islice

import msgspec

from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.property_wire import decode_properties
from broker_client.rabbit.trace_message import message_of_trace


class Tapped(msgspec.Struct, frozen=True, gc=False):
    """One copied message. ``number`` counts from 1, ``at`` is epoch seconds of its arrival here; ``body_size`` bytes of
    the whole body, of which ``body`` may be only the beginning."""

    number: int
    at: float
    exchange: bytes
    routing_key: bytes
    properties: bytes
    body: bytes
    body_size: int
    redelivered: bool
    traced: bool = False

    def message(self) -> Message:
        """Read it. Raises :class:`BadAnswer`."""
        properties = decode_properties(self.properties)
        size = self.body_size if self.body_size != len(self.body) else None
        exchange, key = _text(self.exchange), _text(self.routing_key)
        if self.traced:
            return message_of_trace(properties, self.body, size)
        return Message(exchange, key, properties, self.body, redelivered=self.redelivered, body_size=size)


class TapRing:
    """The newest messages: at most ``most`` of them, with at most ``most_bytes`` of bodies and properties."""

    def __init__(self, most: int = 10_000, most_bytes: int = 64 << 20) -> None:
        self.most = most
        self.most_bytes = most_bytes
        self.pushed_out = 0
        self._bytes = 0
        self._items: deque[Tapped] = deque()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._items)

    def add(self, batch: list[Tapped]) -> None:
        """Append; the oldest go when there is no room."""
        with self._lock:
            self._items.extend(batch)
            self._bytes += sum(map(_weight, batch))
            while len(self._items) > self.most or (self._bytes > self.most_bytes and len(self._items) > 1):
                self._bytes -= _weight(self._items.popleft())
                self.pushed_out += 1

    def newest(self, count: int) -> tuple[Tapped, ...]:
        """At most ``count``, newest first."""
        with self._lock:
            return tuple(islice(reversed(self._items), count))

    def after(self, number: int) -> tuple[Tapped, ...]:
        """Those that came after message ``number``, oldest first."""
        with self._lock:
            if not self._items or self._items[-1].number <= number:
                return ()
            newer = list(islice(reversed(self._items), self._items[-1].number - number))
        return tuple(item for item in reversed(newer) if item.number > number)

    def clear(self) -> None:
        with self._lock:
            self._items.clear()
            self._bytes = 0


def _weight(item: Tapped) -> int:
    return len(item.body) + len(item.properties) + 200


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
