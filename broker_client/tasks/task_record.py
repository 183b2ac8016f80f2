"""PURE: the compact record that the board keeps of one task, and its timeline packed into bytes."""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

import msgspec

from broker_client.tasks.plain_text import cut
from broker_client.tasks.records import CELL_CHARS, TaskRow

TEXT_CHARS = 512
"""Longest ``args`` or ``kwargs`` text that a record keeps."""
RESULT_CHARS = 200
EXCEPTION_CHARS = 300
_EXCEPTION_TYPE = re.compile(r"^[\w.]+")


class TaskRecord(msgspec.Struct, gc=False, eq=False, weakref=False):
    """One task. Mutable, owned by the board alone; holds only texts, numbers and bytes: no cycles.

    What a stored result tells comes first: ``resting_page`` fills these by their place.
    """

    id: str
    state: str = "PENDING"
    state_at: float = 0.0
    """When the fact that set ``state`` happened, by a clock corrected to ours."""
    updated: float = 0.0
    revision: int = 0
    name: str | None = None
    args: str | None = None
    kwargs: str | None = None
    worker: str | None = None
    queue: str | None = None
    finished: float | None = None
    retries: int | None = None
    result: str | None = None
    timeline: bytes = b""
    stored: bool = False
    """The result backend has told the present state."""
    sent: float | None = None
    received: float | None = None
    started: float | None = None
    runtime_s: float | None = None
    exception: str | None = None
    eta: float | None = None
    root_id: str | None = None
    parent_id: str | None = None
    never_run: bool = False
    entry: int = -1
    """Where its text lies in ``TextPages``; -1 = nowhere."""
    group_id: str | None = None


def row_of(record: TaskRecord) -> TaskRow:
    """The record as a line of the table."""
    return TaskRow(
        record.id,
        record.state,
        record.name and cut(record.name, CELL_CHARS),
        record.args and cut(record.args, CELL_CHARS),
        record.kwargs and cut(record.kwargs, CELL_CHARS),
        record.worker and cut(record.worker, CELL_CHARS),
        record.queue and cut(record.queue, CELL_CHARS),
        record.received,
        record.started,
        record.finished,
        record.runtime_s,
        record.retries,
        record.exception and cut(record.exception, CELL_CHARS),
        record.eta,
        record.updated,
        record.revision,
    )


def exception_type(text: str | None) -> str | None:
    """``ValueError`` of ``ValueError('boom')``."""
    found = _EXCEPTION_TYPE.match(text) if text else None
    return found[0] if found else None


# ---- timeline ----------------------------------------------------------------------------------------------------

STEPS = (
    "sent",
    "received",
    "started",
    "retried",
    "succeeded",
    "failed",
    "revoked",
    "rejected",
    "requeued",
    "cancelled",
    "reported",
    "scheduled",
)
"""What a moment can be; ``reported`` is a state of the user's own."""
SOURCES = ("event", "result backend", "inspection")
STEP_CODE = {step: code for code, step in enumerate(STEPS)}
EVENT, BACKEND, INSPECTION = range(len(SOURCES))
_MOMENT = struct.Struct("<dBB")
pack_moment = _MOMENT.pack
"""A timeline of one moment: epoch seconds, code of the step, number of the source."""
_KEPT_FIRST = 8
_KEPT_LAST = 24
_SAME_STEP_S = 2.0
_LIMIT = (_KEPT_FIRST + _KEPT_LAST) * _MOMENT.size


class PackedMoment(NamedTuple):
    at: float
    what: str
    source: str


def with_moment(timeline: bytes, at: float, step: int, source: int) -> bytes:
    """Append a moment. A full timeline keeps its first 8 and its last 24; the same step twice at once is kept once."""
    moment = pack_moment(at, step, source)
    if timeline[-_MOMENT.size :] == moment:
        return timeline
    if len(timeline) >= _LIMIT:
        first = _KEPT_FIRST * _MOMENT.size
        timeline = timeline[:first] + timeline[first + _MOMENT.size :]
    return timeline + moment


def moments(timeline: bytes) -> list[PackedMoment]:
    """The moments in the order in which they happened. A step that two sources tell within 2 s is told once."""
    told: list[PackedMoment] = []
    for at, step, source in sorted(_MOMENT.iter_unpack(timeline)):
        moment = PackedMoment(at, STEPS[step], SOURCES[source])
        twin = next((i for i, other in enumerate(told) if _same_step(other, moment)), None)
        if twin is None:
            told.append(moment)
        elif source == EVENT:
            told[twin] = moment
    return sorted(told)


def _same_step(one: PackedMoment, other: PackedMoment) -> bool:
    return one.what == other.what and one.source != other.source and abs(one.at - other.at) <= _SAME_STEP_S
