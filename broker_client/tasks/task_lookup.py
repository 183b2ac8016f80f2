"""PURE: everything known of one task, joined from the board, the result backend and what its worker holds."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from broker_client.tasks.attempt_book import Attempt
from broker_client.tasks.inspection import HeldTask
from broker_client.tasks.plain_text import ELLIPSIS
from broker_client.tasks.records import CELL_CHARS, KNOWN_STATES, Moment, SourcedText, TaskDetail
from broker_client.tasks.result_value import NEVER_RUN_NOTE, ResultDetail
from broker_client.tasks.task_record import SOURCES, TaskRecord, moments, row_of

EVENT_TEXT, BACKEND_TEXT, INSPECTION_TEXT = SOURCES
GHOST_NOTE = "Its worker no longer runs it: it ended without a result (Ignore), or an earlier worker process was lost."
EXTENDED_NOTE = "Name and arguments are not in the result: the application has result_extended off."
_EVENT_CUT_MARK = "..."


class Known(msgspec.Struct, frozen=True):
    """What the board's thread knows of a task at the moment of the question."""

    record: TaskRecord
    """A copy of the board's record."""
    traceback: str | None = None
    held: HeldTask | None = None
    ghost: bool = False
    """STARTED, and its worker has since answered an inspection without it."""
    attempts: tuple[Attempt, ...] = ()
    long_call: str = ""
    """Arguments and keyword arguments as an event told them, parted by ``NUL``, when the record has only a part."""


def join_detail(known: Known, detail: ResultDetail | None, ttl_s: float | None, trouble: str = "") -> TaskDetail:
    """Join the sources. ``trouble`` says why the result backend could not be asked."""
    record, held = known.record, known.held
    args, _, kwargs = known.long_call.partition("\0")
    return TaskDetail(
        row_of(record),
        _timeline(record, known.attempts),
        _call_text(detail.args if detail else None, held.args if held else None, args or record.args),
        _call_text(detail.kwargs if detail else None, held.kwargs if held else None, kwargs or record.kwargs),
        _result(detail, record),
        _exception(detail, record),
        _traceback(detail, known.traceback),
        record.root_id,
        record.parent_id or _parent_in(detail, record.id),
        detail.group_id if detail else None,
        tuple(child for child in detail.children if child != record.id) if detail else (),
        ttl_s,
        _notes(known, detail, trouble),
        detail.form if detail else "",
    )


def _timeline(record: TaskRecord, attempts: Sequence[Attempt]) -> tuple[Moment, ...]:
    """The moments of the record: why each attempt was given up, and which state of its own it reported last."""
    told = moments(record.timeline)
    last_received = max((i for i, moment in enumerate(told) if moment.what == "received"), default=0)
    last_reported = max((i for i, moment in enumerate(told) if moment.what == "reported"), default=-1)
    made = []
    for i, moment in enumerate(told):
        worker = record.worker if i >= last_received and moment.what != "sent" else None
        note = ""
        if moment.what == "retried":
            note = min(attempts, key=lambda attempt: abs(attempt[0] - moment.at), default=(0.0, ""))[1]
        elif i == last_reported and record.state not in KNOWN_STATES:
            note = record.state
        made.append(Moment(moment.at, moment.what, moment.source, worker, note))
    return tuple(made)


def _call_text(stored: str | None, held: str | None, told: str | None) -> SourcedText | None:
    if stored is not None and stored != "null":
        return SourcedText(stored, BACKEND_TEXT, True, len(stored.encode()))
    if held is not None:
        return SourcedText(held, INSPECTION_TEXT, True, len(held.encode()))
    if told is not None:
        return SourcedText(told, EVENT_TEXT, not told.endswith(ELLIPSIS) and _EVENT_CUT_MARK not in told)
    return None


def _result(detail: ResultDetail | None, record: TaskRecord) -> SourcedText | None:
    if detail is not None and detail.result is not None:
        return SourcedText(detail.result, BACKEND_TEXT, detail.complete, detail.size)
    if record.result is not None and (detail is None or detail.exception is None):
        return SourcedText(record.result, EVENT_TEXT, len(record.result) < CELL_CHARS)
    return None


def _exception(detail: ResultDetail | None, record: TaskRecord) -> SourcedText | None:
    if detail is not None and detail.exception is not None:
        return SourcedText(detail.exception, BACKEND_TEXT)
    if record.exception is not None:
        return SourcedText(record.exception, EVENT_TEXT, not record.exception.endswith("…"))
    return None


def _traceback(detail: ResultDetail | None, told: str | None) -> SourcedText | None:
    if detail is not None and detail.traceback:
        return SourcedText(detail.traceback, BACKEND_TEXT)
    if told:
        return SourcedText(told, EVENT_TEXT, not told.endswith("…"))
    return None


def _parent_in(detail: ResultDetail | None, task_id: str) -> str | None:
    parent = detail.fact.parent_id if detail else None
    return parent if parent != task_id else None


def _notes(known: Known, detail: ResultDetail | None, trouble: str) -> tuple[str, ...]:
    record = known.record
    notes = []
    if record.never_run or (detail is not None and detail.fact.never_run):
        notes.append(NEVER_RUN_NOTE)
    if known.ghost:
        notes.append(GHOST_NOTE)
    if detail is not None and detail.words:
        notes.append(f"The stored result: {detail.words}.")
    elif detail is not None and record.name is None and record.exception is None:
        notes.append(EXTENDED_NOTE)
    if trouble:
        notes.append(f"The result backend could not be asked: {trouble}.")
    if record.state == "FAILURE" and (record.exception or "").startswith("NotRegistered"):
        notes.append("Its worker does not know a task of this name, and dropped it.")
    return tuple(notes)
