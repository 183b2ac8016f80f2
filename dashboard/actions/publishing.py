"""What publishing does on a job's thread: one message with its proof, many from a template, files for a body and rows.

Qt-free. Raises BrokerError only when nothing was sent; what nobody knows afterwards is ``unknown``, never a failure.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from broker_client.errors import BadInput
from broker_client.profile import with_vhost
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.placeholders import MessageTemplate, Moment, csv_rows
from dashboard.actions.orders import READ_ONLY, Clients

if TYPE_CHECKING:
    from broker_client.rabbit.proof import Proof
    from broker_client.rabbit.publisher import StreamCounts

MOST_FILE_BYTES = 512 << 20
MOST_ROWS_BYTES = 64 << 20
MOST_FILLED_BYTES = 1 << 20
"""A longer body is sent as it stands: no placeholder in it is filled in."""


class Rows(msgspec.Struct, frozen=True):
    """A CSV file as it was read: one row for each message, again from the first after the last."""

    name: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[Mapping[str, str], ...] = ()


class Wish(msgspec.Struct, frozen=True):
    """What is to be published. ``fill``: placeholders in it are filled in. ``predict`` names the queues
    that one message would go to (``None`` = nobody knows) and is asked on the job's thread; ``prove``: ask the broker
    where it went. ``rate`` is messages a second, ``None`` = no limit."""

    vhost: str
    message: Message
    count: int = 1
    rate: float | None = None
    fill: bool = True
    rows: Rows = Rows()
    predict: Callable[[], tuple[str, ...] | None] | None = None
    prove: bool = True


def maker_of(wish: Wish) -> Callable[[int], Message]:
    """What makes message 1, 2, ... of ``wish``. Raises :class:`BadInput` naming a placeholder that is none."""
    if not wish.fill:
        return lambda _number: wish.message
    body = wish.message.body
    as_it_stands = len(body) > MOST_FILLED_BYTES
    given = msgspec.structs.replace(wish.message, body=b"") if as_it_stands else wish.message
    template, rows, chance = MessageTemplate(given, wish.rows.columns), wish.rows.rows, random.Random()

    def make(number: int) -> Message:
        row = rows[(number - 1) % len(rows)] if rows else {}
        made = template.fill(Moment(number, time.time(), chance, row))
        return msgspec.structs.replace(made, body=body) if as_it_stands else made

    return make


def publish_one(wish: Wish, clients: Clients) -> Proof:
    """Publish ``wish.message`` as it is, mandatory and confirmed, and prove where it went as far as rights allow."""
    from broker_client.rabbit.proof import publish_and_prove

    _may_write(clients)
    predicted = wish.predict() if wish.predict is not None else None
    return publish_and_prove(clients.profile, clients.secrets, wish.vhost, wish.message, predicted, trace=wish.prove)


def publish_many(
    wish: Wish, clients: Clients, stop: threading.Event, progress: Callable[[StreamCounts], None]
) -> StreamCounts:
    """Publish ``wish.count`` messages; ``progress`` is called on this thread, about ten times a second."""
    from broker_client.rabbit.publisher import Publisher

    _may_write(clients)
    pause_s = 1 / wish.rate if wish.rate else 0.0
    with Publisher(with_vhost(clients.profile, wish.vhost), clients.secrets) as publisher:
        return publisher.send_all(
            maker_of(wish), wish.count, lambda number: (number - 1) * pause_s, stop=stop, progress=progress
        )


def read_body(path: Path) -> bytes:
    """The bytes of a file. Raises :class:`BadInput` when it cannot be read or is too large."""
    return _bytes_of(path, MOST_FILE_BYTES)


def read_rows(path: Path) -> Rows:
    """A CSV file. Raises :class:`BadInput` naming the line that is wrong."""
    try:
        text = _bytes_of(path, MOST_ROWS_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} cannot be used", "it is not UTF-8") from None
    columns, rows = csv_rows(text)
    return Rows(path.name, columns, rows)


def _bytes_of(path: Path, most: int) -> bytes:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise BadInput(f"{path.name} cannot be read", "it is not a file")
        if size > most:
            raise BadInput(f"{path.name} is too large", f"{size:,} bytes, {most:,} are the most")
        return path.read_bytes()
    except (OSError, ValueError) as problem:
        raise BadInput(f"{path} cannot be read", str(getattr(problem, "strerror", None) or problem)) from None


def _may_write(clients: Clients) -> None:
    if clients.profile.read_only:
        raise BadInput("nothing was sent", READ_ONLY, "Open a profile that may write, or edit this one")
