"""The collector's door: the messages that pass between it and whoever started it, and how they are framed.

A frame is its length in four bytes, big-endian, and that many bytes of MessagePack. The first request configures; the
passwords in it travel through the pipe alone.
"""

from __future__ import annotations

import struct

import msgspec

from broker_client.profile import Profile, Secrets
from broker_client.tasks.clues import Whereabouts
from broker_client.tasks.eta_book import Etas
from broker_client.tasks.family import TaskFamily
from broker_client.tasks.query_values import ValueCount
from broker_client.tasks.records import Snapshot, TaskDetail, TaskQuery
from broker_client.tasks.row_walk import RowPiece
from broker_client.tasks.stray_tasks import Strays
from broker_client.tasks.task_types import TaskTypes

MAX_FRAME_BYTES = 64 << 20
LENGTH = struct.Struct(">I")


class Configure(msgspec.Struct, frozen=True, tag=True):
    profile: Profile
    secrets: Secrets
    max_tasks: int


class AskSnapshot(msgspec.Struct, frozen=True, tag=True):
    number: int
    query: TaskQuery
    known_revision: int


class AskTask(msgspec.Struct, frozen=True, tag=True):
    number: int
    task_id: str


class AskTaskTypes(msgspec.Struct, frozen=True, tag=True):
    """How the tasks of each name fared in the last ``window_s`` (one of ``WINDOWS_S``)."""

    number: int
    window_s: int


class AskEtas(msgspec.Struct, frozen=True, tag=True):
    """Which tasks wait for their time."""

    number: int


class AskWhereabouts(msgspec.Struct, frozen=True, tag=True):
    """Where is this task? Workers, result backend and broker are asked anew."""

    number: int
    task_id: str


class AskFamily(msgspec.Struct, frozen=True, tag=True):
    """Which tasks belong to this one?"""

    number: int
    task_id: str


class AskStrays(msgspec.Struct, frozen=True, tag=True):
    """Which tasks do the sources disagree on?"""

    number: int


class AskValues(msgspec.Struct, frozen=True, tag=True):
    """Which values does ``field`` have? See ``query_values``."""

    number: int
    field: str


class AskRows(msgspec.Struct, frozen=True, tag=True):
    """All rows that match ``query``, from the beginning; without one, the next rows of ``walk``."""

    number: int
    query: TaskQuery | None = None
    walk: int = 0


class Resize(msgspec.Struct, frozen=True, tag=True):
    """Hold at most so many tasks from now on."""

    max_tasks: int


class RetryNow(msgspec.Struct, frozen=True, tag=True):
    """Wake every source that waits; try also what was refused."""


Request = (
    Configure
    | AskSnapshot
    | AskTask
    | AskFamily
    | AskWhereabouts
    | AskStrays
    | AskTaskTypes
    | AskEtas
    | AskValues
    | AskRows
    | Resize
    | RetryNow
)


class SnapshotAnswer(msgspec.Struct, frozen=True, tag=True):
    number: int
    snapshot: Snapshot | None
    """``None`` = nothing has changed since ``known_revision``."""


class TaskAnswer(msgspec.Struct, frozen=True, tag=True):
    number: int
    detail: TaskDetail | None
    """``None`` = no such task is known."""


class TaskTypesAnswer(msgspec.Struct, frozen=True, tag=True):
    number: int
    types: TaskTypes


class EtasAnswer(msgspec.Struct, frozen=True, tag=True):
    number: int
    etas: Etas


class WhereaboutsAnswer(msgspec.Struct, frozen=True, tag=True):
    number: int
    found: Whereabouts


class FamilyAnswer(msgspec.Struct, frozen=True, tag=True):
    number: int
    family: TaskFamily


class StraysAnswer(msgspec.Struct, frozen=True, tag=True):
    number: int
    strays: Strays


class ValuesAnswer(msgspec.Struct, frozen=True, tag=True):
    number: int
    values: tuple[ValueCount, ...]


class RowsAnswer(msgspec.Struct, frozen=True, tag=True):
    number: int
    piece: RowPiece


class Dying(msgspec.Struct, frozen=True, tag=True):
    """The collector stops because of a fault of its own; the last frame it sends."""

    words: str


Answer = (
    SnapshotAnswer
    | TaskAnswer
    | FamilyAnswer
    | WhereaboutsAnswer
    | StraysAnswer
    | TaskTypesAnswer
    | EtasAnswer
    | ValuesAnswer
    | RowsAnswer
    | Dying
)

_encoder = msgspec.msgpack.Encoder()
requests = msgspec.msgpack.Decoder(Request)
answers = msgspec.msgpack.Decoder(Answer)


def frame(message: Request | Answer) -> bytes:
    """``message`` as the bytes of one frame."""
    body = _encoder.encode(message)
    return LENGTH.pack(len(body)) + body


class FrameReader:
    """Cuts a stream of bytes into the bodies of frames. Raises ValueError for a length that no frame has."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        self._buffer += data
        bodies = []
        while len(self._buffer) >= LENGTH.size:
            (size,) = LENGTH.unpack_from(self._buffer)
            if size > MAX_FRAME_BYTES:
                raise ValueError(f"a frame of {size} bytes")
            end = LENGTH.size + size
            if len(self._buffer) < end:
                break
            bodies.append(bytes(self._buffer[LENGTH.size : end]))
            del self._buffer[:end]
        return bodies
