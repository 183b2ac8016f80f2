"""What a tap's view has done on a job's thread: plans, rows of what came, files of it, and publishing it again.

Qt-free. Raises BrokerError.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from broker_client.errors import BadAnswer, BadInput
from broker_client.profile import with_vhost
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.message_file import BadLine, Recorded, read_file, write_file
from broker_client.rabbit.message_filter import MessageFilter
from broker_client.rabbit.tap_order import TapOrder, plan_for
from broker_client.rabbit.tap_plan import TapPlan
from broker_client.rabbit.tap_ring import Tapped, TapRing
from dashboard.actions.orders import READ_ONLY, Clients
from dashboard.models.message_table import MessageRow, message_row

if TYPE_CHECKING:
    from broker_client.rabbit.publisher import StreamCounts

MOST_RECORDED = 200_000
MOST_RECORDED_BYTES = 512 << 20
_UNREADABLE = "(cannot be read)"


class Recording(msgspec.Struct, frozen=True):
    """A file of messages as it was read. ``bad`` are its first lines that are none, ``bad_count`` counts all."""

    path: Path
    messages: tuple[Recorded, ...]
    bad: tuple[BadLine, ...]
    bad_count: int
    cut: int
    """Messages of which only the beginning is there: they cannot be published again."""


class Replaying(msgspec.Struct, frozen=True):
    """``speed`` 1 = as it was, ``None`` = without waiting. ``exchange`` and ``key``: ``None`` = each message's own."""

    recording: Recording
    vhost: str
    speed: float | None = None
    exchange: str | None = None
    key: str | None = None


def plan_of(order: TapOrder, clients: Clients) -> TapPlan:
    """What tapping would need, as the broker is now."""
    with closing(ManagementClient(clients.profile, clients.secrets)) as client:
        return plan_for(client, order)


def newest_rows(ring: TapRing, after: int, most: int, line: str = "") -> tuple[tuple[MessageRow, ...], int]:
    """The newest messages after number ``after``, newest first, at most ``most``; and the number of the very newest."""
    matches = MessageFilter(line) if line else None
    rows: list[MessageRow] = []
    newest = ring.newest(most if matches is None else ring.most)
    for tapped in newest:
        if tapped.number <= after or len(rows) >= most:
            break
        row = row_of(tapped)
        if matches is None or matches(row.message):
            rows.append(row)
    return tuple(rows), newest[0].number if newest else after


def row_of(tapped: Tapped) -> MessageRow:
    """A line for a message; one whose properties cannot be read is shown all the same."""
    try:
        return message_row(tapped.number, tapped.message(), tapped.at)
    except BadAnswer:
        bare = msgspec.structs.replace(tapped, properties=b"\0\0", traced=False)
        row = message_row(tapped.number, bare.message(), tapped.at)
        return msgspec.structs.replace(row, kind=_UNREADABLE)


def export(ring: TapRing, path: Path) -> int:
    """Write all that the ring holds, oldest first; how many. A file that exists is replaced."""
    path.unlink(missing_ok=True)
    return write_file(path, _messages(ring))


def _messages(ring: TapRing) -> Iterator[tuple[Message, float | None]]:
    for tapped in ring.after(0):
        try:
            yield tapped.message(), tapped.at
        except BadAnswer:
            continue


def read_recording(path: Path) -> Recording:
    """Read a file of messages; lines that are none are counted, the first of them named."""
    messages: list[Recorded] = []
    bad: list[BadLine] = []
    bad_count = size = 0
    for found in read_file(path):
        if isinstance(found, BadLine):
            bad_count += 1
            bad += [found] if len(bad) < 5 else []
            continue
        size += len(found.message.body)
        if len(messages) >= MOST_RECORDED or size > MOST_RECORDED_BYTES:
            raise BadInput(f"{path.name} is too large", f"more than {len(messages):,} messages", "split it")
        messages.append(found)
    cut = sum(not one.message.is_whole for one in messages)
    return Recording(path, tuple(messages), tuple(bad), bad_count, cut)


def replay_recording(
    wish: Replaying, clients: Clients, stop: threading.Event, progress: Callable[[StreamCounts], None]
) -> StreamCounts:
    """Publish what is whole again; ``progress`` is called on this thread."""
    from broker_client.rabbit.message_replay import replay
    from broker_client.rabbit.publisher import Publisher

    if clients.profile.read_only:
        raise BadInput("nothing was sent", READ_ONLY)
    whole = [one for one in wish.recording.messages if one.message.is_whole]
    with Publisher(with_vhost(clients.profile, wish.vhost), clients.secrets) as publisher:
        return replay(
            publisher,
            whole,
            speed=wish.speed,
            exchange=wish.exchange,
            routing_key=wish.key,
            stop=stop,
            progress=progress,
        )
