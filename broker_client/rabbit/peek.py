"""Look into a queue, only when asked to: over HTTP with bodies cut short, or one whole body over AMQP.

Each look takes messages and puts them back, which is not without effect: :mod:`peek_warning` says what it does to this
queue, and refuses a quorum queue that is close to its limit. Used only by the thread that made it.
"""

from __future__ import annotations

import base64
import binascii
import time
from contextlib import closing
from typing import Any

import msgspec
from pika.exceptions import ChannelClosed, ConnectionClosed

from broker_client.errors import BadAnswer, BadInput, Conflict
from broker_client.profile import Profile, Secrets, with_vhost
from broker_client.rabbit.amqp import check_name
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.amqp_session import AmqpSession
from broker_client.rabbit.declare_refusal import refusal_in_words
from broker_client.rabbit.entities import Queue, QueueKey
from broker_client.rabbit.management_writes import ManagementWrites
from broker_client.rabbit.message_getter import MessageGetter
from broker_client.rabbit.peek_warning import PeekWarning, deliveries_of, peek_warning
from broker_client.rabbit.trace_message import properties_of_json

TRUNCATE_BYTES = 50_000
MOST_MESSAGES = 1_000
_MOST_ANSWER_BYTES = 512 << 20
_HTTP_S = 20.0
_AMQP_S = 30.0


class Peeked(msgspec.Struct, frozen=True):
    """What was seen: the messages from the head of the queue, and what the look did. ``typed``: header values have
    their AMQP types (over HTTP times, bytes and the width of numbers are not told)."""

    messages: tuple[Message, ...]
    warning: PeekWarning
    next: PeekWarning
    """What one more look would do, now that the delivery counts are known."""
    typed: bool = False


class Peeker:
    """Looks into queues of one broker. Remembers how often what it saw was delivered, so that a quorum queue is left
    alone before its limit. Raises BrokerError; :class:`Conflict` when a look is refused."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._profile = profile
        self._secrets = secrets
        self._deliveries: dict[QueueKey, int] = {}
        self._facts: dict[QueueKey, tuple[Queue, str]] = {}

    def warning(self, key: QueueKey) -> PeekWarning:
        """What a look at this queue would do. Raises :class:`NotFound`."""
        with closing(self._client()) as client:
            return self._warning(client, key)

    def look(self, key: QueueKey, count: int = 20, truncate_bytes: int = TRUNCATE_BYTES) -> Peeked:
        """At most ``count`` messages from the head over HTTP, each body cut at ``truncate_bytes``."""
        if not 1 <= count <= MOST_MESSAGES:
            raise BadInput("the number of messages cannot be used", f"from 1 to {MOST_MESSAGES} are shown at once")
        with closing(self._client()) as client:
            warning = self._checked(client, key)
            messages = tuple(message_of_row(row) for row in client.peek(key, count, truncate_bytes))
        return Peeked(messages, warning, self._after(key, messages))

    def look_whole(self, key: QueueKey, count: int = 1) -> Peeked:
        """The first ``count`` messages over AMQP, whole and with typed headers. All are put back in one go."""
        with closing(self._client()) as client:
            warning = self._checked(client, key)
        deadline = time.monotonic() + _AMQP_S
        doing = f"look into queue {key.name!r}"
        with (
            AmqpSession(with_vhost(self._profile, key.vhost), self._secrets, name="warren peek") as session,
            session.telling(doing),
        ):
            channel = session.channel(deadline)
            try:
                getter, name = MessageGetter(session, channel), check_name(key.name, "queue name")
                found: list[Message] = []
                while len(found) < count and (message := getter.get(name, deadline)) is not None:
                    found.append(message)
            except (ChannelClosed, ConnectionClosed) as refusal:
                raise refusal_in_words(doing, refusal.reply_code, refusal.reply_text) from None
            channel.raw.basic_nack(0, multiple=True, requeue=True)
        messages = tuple(found)
        return Peeked(messages, warning, self._after(key, messages), typed=True)

    def _client(self) -> ManagementWrites:
        return ManagementWrites(self._profile, self._secrets, deadline_s=_HTTP_S, max_bytes=_MOST_ANSWER_BYTES)

    def _checked(self, client: ManagementWrites, key: QueueKey) -> PeekWarning:
        warning = self._warning(client, key)
        if warning.refused:
            remedy = "tap it instead, which copies messages from now on"
            raise Conflict(f"queue {key.name!r} is not looked into", warning.refused, remedy)
        return warning

    def _warning(self, client: ManagementWrites, key: QueueKey) -> PeekWarning:
        check_name(key.name, "queue name")
        version = client.overview()[0].rabbitmq_version
        queue = client.queue_detail(key, 60).queue
        self._facts[key] = queue, version
        return peek_warning(queue, version, self._deliveries.get(key))

    def _after(self, key: QueueKey, messages: tuple[Message, ...]) -> PeekWarning:
        """Count this look: the broker's own count where it tells one, else ours. What the next one would do."""
        if messages:
            told = deliveries_of(messages)
            known = self._deliveries.get(key, 0) + 1
            self._deliveries[key] = known if told is None else max(known, told + 1)
        queue, version = self._facts[key]
        return peek_warning(queue, version, self._deliveries.get(key))


def message_of_row(row: dict[str, Any]) -> Message:
    """A message as ``POST /queues/.../get`` tells it. Raises :class:`BadAnswer`."""
    payload = row.get("payload", "")
    try:
        body = base64.b64decode(payload) if row.get("payload_encoding") == "base64" else str(payload).encode()
    except (binascii.Error, ValueError, TypeError):
        raise BadAnswer("a message cannot be read", "its body is not base64") from None
    size = row.get("payload_bytes")
    given = row.get("properties")
    behind = row.get("message_count")
    return Message(
        str(row.get("exchange", "")),
        str(row.get("routing_key", "")),
        properties_of_json(given) if isinstance(given, dict) else Properties(),
        body,
        redelivered=row.get("redelivered") is True,
        body_size=size if isinstance(size, int) and size != len(body) else None,
        behind=behind if isinstance(behind, int) else None,
    )
