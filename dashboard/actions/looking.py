"""Looking into queues on a job's thread: what a look would do, what it showed, and the search in what was shown.

Qt-free. One memory of deliveries for each profile that is open, so that a quorum queue is left alone before its limit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from broker_client.errors import BadInput
from broker_client.profile import Profile
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.message_filter import MessageFilter
from broker_client.rabbit.message_groups import MessageGroup, groups_of
from broker_client.rabbit.moved_message import identity_of_message
from broker_client.rabbit.peek_warning import PeekWarning
from dashboard.actions.orders import READ_ONLY, Clients
from dashboard.models.message_table import MessageRow, message_row

if TYPE_CHECKING:
    from broker_client.rabbit.peek import Peeked, Peeker

SLACK = 20
"""So many messages more are looked at when those chosen are looked for again: some may have come before them."""


class Looked(msgspec.Struct, frozen=True):
    """What one look showed, in the order of the queue. ``ready``: how many there were in all; ``None`` = not told.

    ``whole``: bodies are whole, headers have their types, and each row has its identity.
    """

    key: QueueKey
    rows: tuple[MessageRow, ...]
    groups: tuple[MessageGroup, ...]
    next: PeekWarning
    whole: bool
    at: float
    ready: int | None


class Found(msgspec.Struct, frozen=True):
    """Chosen messages that were looked for again: ``rows`` were found, ``missing`` are gone or further back."""

    looked: Looked
    rows: tuple[MessageRow, ...]
    missing: int


class Looker:
    """One for the window. Any thread may ask; one look at a time. Raises BrokerError."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: Profile | None = None
        self._peeker: Peeker | None = None

    def warning(self, key: QueueKey, clients: Clients) -> PeekWarning:
        """What a look would do; nothing is touched."""
        with self._lock:
            return self._peeker_of(clients).warning(key)

    def look(self, key: QueueKey, count: int, clients: Clients) -> Looked:
        """The first ``count`` messages, bodies cut."""
        _may_look(clients)
        with self._lock:
            return _told(key, self._peeker_of(clients).look(key, count))

    def look_whole(self, key: QueueKey, count: int, clients: Clients) -> Looked:
        """The first ``count`` messages, whole."""
        _may_look(clients)
        with self._lock:
            return _told(key, self._peeker_of(clients).look_whole(key, count))

    def find(self, key: QueueKey, chosen: Sequence[MessageRow], clients: Clients) -> Found:
        """Look for chosen messages again, whole, so that they can be told apart from all others."""
        count = max(row.number for row in chosen) + SLACK
        looked = self.look_whole(key, count, clients)
        left = list(looked.rows)
        rows = []
        for row in chosen:
            match = next((found for found in left if same_message(row.message, found.message)), None)
            if match is not None:
                left.remove(match)
                rows.append(match)
        return Found(looked, tuple(rows), len(chosen) - len(rows))

    def _peeker_of(self, clients: Clients) -> Peeker:
        from broker_client.rabbit.peek import Peeker

        if self._peeker is None or self._of != clients.profile:
            self._of, self._peeker = clients.profile, Peeker(clients.profile, clients.secrets)
        return self._peeker


def same_message(seen: Message, whole: Message) -> bool:
    """Whether ``whole`` is what was seen in part: its headers without types, its body cut."""
    sizes = [message.body_size if message.body_size is not None else len(message.body) for message in (seen, whole)]
    if (seen.exchange, seen.routing_key, sizes[0]) != (whole.exchange, whole.routing_key, sizes[1]):
        return False
    plain = {"headers": None}
    if msgspec.structs.replace(seen.properties, **plain) != msgspec.structs.replace(whole.properties, **plain):
        return False
    # A quorum queue adds its count to the headers of what it delivers again.
    names = [set(message.properties.headers or {}) - {"x-delivery-count"} for message in (seen, whole)]
    return names[0] == names[1] and whole.body.startswith(seen.body)


def search(rows: Sequence[MessageRow], line: str) -> frozenset[int]:
    """Numbers of the rows that match a line of terms. Raises :class:`BadInput`."""
    matches = MessageFilter(line)
    return frozenset(row.number for row in rows if matches(row.message))


def _may_look(clients: Clients) -> None:
    if clients.profile.read_only:
        raise BadInput("the queue was not looked into", READ_ONLY, "a look marks messages and counts as a delivery")


def _told(key: QueueKey, peeked: Peeked) -> Looked:
    messages = peeked.messages
    rows = tuple(
        message_row(number, message, identity=identity_of_message(message).hex() if peeked.typed else "")
        for number, message in enumerate(messages, 1)
    )
    behind = messages[0].behind if messages else None
    ready = 0 if not messages else None if behind is None else behind + 1
    return Looked(key, rows, groups_of(messages), peeked.next, peeked.typed, time.time(), ready)
