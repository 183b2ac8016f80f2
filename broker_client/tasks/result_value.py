"""PURE: read what Celery's result backend holds of one task: JSON in all its forms, and everything that is not JSON.

Nothing here raises. A pickle is never unpickled: its opcodes are followed, nothing of it is executed.
A value above ``MAX_VALUE_BYTES`` is read from an excerpt of its head and tail.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType

from broker_client.tasks.events import Whole
from broker_client.tasks.json_text import with_letters
from broker_client.tasks.plain_text import cut, from_bytes, printable
from broker_client.tasks.value_formats import read_foreign, unpack

MAX_VALUE_BYTES = 1 << 20
HEAD_BYTES = 64 << 10
TAIL_BYTES = 16 << 10
UNREADABLE = "UNKNOWN"
"""The state of a task whose stored value cannot be read."""

_ENDS_ONLY = "JSON of which only the ends can be read"
NEVER_RUN_NOTE = "Not run: an earlier step of its chain failed."
_EXCEPTION_STATES = frozenset({"FAILURE", "RETRY", "REVOKED", "REJECTED"})
_QUICK_OPCODES, _PATIENT_OPCODES = 3_000, 200_000
_MOST_BYTES = 12
"""What one character takes in JSON at most: two escapes."""


class Stored(NamedTuple):
    """A value as it was read: all of it in ``head``, or an excerpt (``tail`` is then its end). ``size`` is in bytes."""

    head: bytes
    tail: bytes
    size: int

    @property
    def complete(self) -> bool:
        return self.size == len(self.head)


def stored(value: bytes) -> Stored:
    """Wrap a value that is here already, keeping only an excerpt of a huge one."""
    if len(value) <= MAX_VALUE_BYTES:
        return Stored(value, b"", len(value))
    return Stored(value[:HEAD_BYTES], value[-TAIL_BYTES:], len(value))


class ResultFact(msgspec.Struct, gc=False):
    """What one stored value says, in the short form that the board folds. Times are epoch seconds."""

    id: str
    state: str
    done_at: float | None = None
    name: str | None = None
    args: str | None = None
    kwargs: str | None = None
    worker: str | None = None
    queue: str | None = None
    retries: int | None = None
    exception: str | None = None
    result: str | None = None
    parent_id: str | None = None
    never_run: bool = False
    group_id: str | None = None


class ResultDetail(msgspec.Struct):
    """What one stored value says, whole. ``words`` explains a value that is no plain JSON, else it is empty."""

    fact: ResultFact
    size: int
    complete: bool = True
    args: str | None = None
    kwargs: str | None = None
    result: str | None = None
    exception: str | None = None
    traceback: str | None = None
    group_id: str | None = None
    children: tuple[str, ...] = ()
    words: str = ""
    form: str = ""
    """How it is stored when that is not plain JSON: ``pickle``, ``MessagePack, application/x-gzip`` ..."""


class _Meta(msgspec.Struct, gc=False):
    status: str
    result: Raw | UnsetType = UNSET
    traceback: Raw | UnsetType = UNSET
    children: Raw | UnsetType = UNSET
    date_done: str | None = None
    name: str | None = None
    args: Raw | UnsetType = UNSET
    kwargs: Raw | UnsetType = UNSET
    worker: str | UnsetType | None = UNSET
    queue: str | None = None
    retries: Whole | None = None
    parent_id: str | None = None
    group_id: str | None = None


class _Raised(msgspec.Struct, gc=False):
    exc_type: str
    exc_message: Any = None


_meta_decoder = msgspec.json.Decoder(_Meta)
_raised_decoder = msgspec.json.Decoder(_Raised)
FAILED_DECODE = (msgspec.MsgspecError, ValueError, RecursionError, MemoryError)
_HEAD_STATUS = re.compile(rb'^\s*\{\s*"status":\s*"([^"\\]{1,64})"')
_TAIL_START = re.compile(rb'"(?:traceback|children|date_done)":')
_TAIL_DONE = re.compile(rb'"date_done":\s*"([^"\\]{1,40})"')


def decode_value(task_id: str, value: Stored, text_chars: int = 512) -> ResultFact:
    """Read one stored value for the board; its texts are cut at ``text_chars``."""
    meta, _form = _read_meta(value, _QUICK_OPCODES)
    if meta is None:
        state, words = _unreadable(value, _form)
        return ResultFact(task_id, state, exception=words)
    return _fact_of(task_id, meta, text_chars)


def decode_detail(task_id: str, value: Stored) -> ResultDetail:
    """Read one stored value with all its texts."""
    meta, form = _read_meta(value, _PATIENT_OPCODES)
    if meta is None:
        state, words = _unreadable(value, form)
        fact = ResultFact(task_id, state)
        shown = words.partition(" (")[0] if form else from_bytes(value.head)
        return ResultDetail(fact, value.size, value.complete, result=shown, words=words)
    fact = _fact_of(task_id, meta, text_chars=512)
    raised = raised_text(meta.status, meta.result, 1 << 20)
    result = _text_of(meta.result)
    words = "" if value.complete else f"{value.size:,} bytes: only an excerpt was read"
    if form == _ENDS_ONLY:
        words = f"{value.size:,} bytes of {form}"
    if words and result is None:
        result = from_bytes(value.head)
    return ResultDetail(
        fact,
        value.size,
        value.complete,
        args=_text_of(meta.args),
        kwargs=_text_of(meta.kwargs),
        result=None if raised is not None else result,
        exception=raised,
        traceback=_string_of(meta.traceback),
        group_id=meta.group_id,
        children=_child_ids(meta.children),
        words=words,
        form=form,
    )


def epoch_of(text: str | None) -> float | None:
    """Epoch seconds of an ISO 8601 text (UTC when it names no zone), or ``None``."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


def _fact_of(task_id: str, meta: _Meta, text_chars: int) -> ResultFact:
    state = meta.status or UNREADABLE
    raised = raised_text(meta.status, meta.result, text_chars)
    worker = None if meta.worker is UNSET else meta.worker
    if worker is None and state == "STARTED":
        worker = _started_on(meta.result)
    return ResultFact(
        task_id,
        cut(state, 64),
        epoch_of(meta.date_done),
        meta.name,
        short_text(meta.args, text_chars),
        short_text(meta.kwargs, text_chars),
        worker,
        meta.queue,
        meta.retries,
        raised,
        None if raised is not None or state == "STARTED" else short_text(meta.result, text_chars),
        meta.parent_id,
        never_run=state == "FAILURE" and meta.worker is None and meta.name is not None,
        group_id=meta.group_id,
    )


def _read_meta(value: Stored, most_opcodes: int) -> tuple[_Meta | None, str]:
    """The stored mapping, and its format when that is not plain JSON."""
    if value.complete:
        try:
            return _meta_decoder.decode(value.head), ""
        except FAILED_DECODE:
            pass
    unpacked = unpack(value.head)
    if unpacked.method:
        inner = Stored(unpacked.raw, b"", value.size if unpacked.cut else len(unpacked.raw))
        meta, form = _read_plain(inner, most_opcodes)
        return meta, f"{form}, {unpacked.method}" if form else unpacked.method
    return _read_plain(value, most_opcodes)


def _read_plain(value: Stored, most_opcodes: int) -> tuple[_Meta | None, str]:
    if not value.complete:
        meta = _meta_of_excerpt(value)
        if meta is not None:
            return meta, ""
        foreign = read_foreign(value.head, most_opcodes)
        return _meta_of_fields(foreign.fields), foreign.form
    try:
        parsed = json.loads(value.head)
    except FAILED_DECODE:
        foreign = read_foreign(value.head, most_opcodes)
        if foreign.form:
            return _meta_of_fields(foreign.fields), foreign.form
        meta = _meta_of_excerpt(Stored(value.head, value.head[-TAIL_BYTES:], value.size))
        return meta, _ENDS_ONLY if meta is not None else ""
    return _meta_of_fields(parsed), ""


def _meta_of_excerpt(value: Stored) -> _Meta | None:
    """Read the state from the head and the short fields, which Celery writes after the result, from the tail."""
    status = _HEAD_STATUS.match(value.head)
    if status is None:
        return None
    start = _TAIL_START.search(value.tail)
    if start is not None:
        try:
            return _meta_decoder.decode(b'{"status":"%b",%b' % (status[1], value.tail[start.start() :]))
        except FAILED_DECODE:
            pass
    done = _TAIL_DONE.search(value.tail)
    return _Meta(from_bytes(status[1]), date_done=from_bytes(done[1]) if done else None)


def _meta_of_fields(parsed: object) -> _Meta | None:
    """Rescue what Python reads but the strict decoder refuses: NaN, lone surrogates, fields of another type."""
    if not isinstance(parsed, dict) or not isinstance(parsed.get("status"), str):
        return None
    meta = _Meta(printable(parsed["status"]))
    for field in ("date_done", "name", "queue", "parent_id", "group_id", "worker"):
        if field in parsed:
            text = parsed[field]
            setattr(meta, field, printable(text) if isinstance(text, str) else None)
    for field in ("result", "traceback", "children", "args", "kwargs"):
        if field in parsed:
            setattr(meta, field, _dumped(parsed[field]))
    retries = parsed.get("retries")
    meta.retries = retries if isinstance(retries, int) and 0 <= retries < 2**31 else None
    return meta


def _dumped(value: Any) -> Raw | UnsetType:
    try:
        return Raw(json.dumps(value).encode())
    except (ValueError, RecursionError, MemoryError):
        return UNSET


def raised_text(state: str, result: Raw | UnsetType, limit: int) -> str | None:
    """Return ``ValueError('boom')`` from Celery's stored exception, or ``None`` when the result is no exception."""
    if state not in _EXCEPTION_STATES or isinstance(result, UnsetType):
        return None
    try:
        raised = _raised_decoder.decode(result)
    except FAILED_DECODE:
        return short_text(result, limit) if bytes(result) != b"null" else None
    arguments = raised.exc_message if isinstance(raised.exc_message, list) else [raised.exc_message]
    shown = ", ".join(repr(argument) for argument in arguments if argument is not None)
    return cut(printable(f"{raised.exc_type}({shown})"), limit)


def _started_on(result: Raw | UnsetType) -> str | None:
    if isinstance(result, UnsetType):
        return None
    try:
        started = msgspec.json.decode(result)
    except FAILED_DECODE:
        return None
    host = started.get("hostname") if isinstance(started, dict) else None
    return host if isinstance(host, str) else None


def short_text(raw: Raw | UnsetType, limit: int) -> str | None:
    """The JSON, its letters written out, at most ``limit`` characters; ``None`` for null and for what is not there."""
    if isinstance(raw, UnsetType):
        return None
    text = str(memoryview(raw)[: limit * 4], "utf-8", "backslashreplace")
    if text == "null":
        return None
    if "\\" in text:
        text = with_letters(str(memoryview(raw)[: (limit + 1) * _MOST_BYTES], "utf-8", "backslashreplace"))
    return cut(text, limit)


def _text_of(raw: Raw | UnsetType) -> str | None:
    return None if isinstance(raw, UnsetType) else from_bytes(raw)


def _string_of(raw: Raw | UnsetType) -> str | None:
    """The text of a JSON string; other JSON as it stands; ``None`` for null."""
    text = _text_of(raw)
    if text is None or text == "null":
        return None
    try:
        value = json.loads(text)
    except FAILED_DECODE:
        return text
    return printable(value) if isinstance(value, str) else text


def _child_ids(raw: Raw | UnsetType, limit: int = 1000) -> tuple[str, ...]:
    """Ids of the children: a task is ``[[id, parent], null]``, a group ``[[id, parent], [member, ...]]``."""
    if isinstance(raw, UnsetType):
        return ()
    try:
        children = msgspec.json.decode(raw)
    except FAILED_DECODE:
        return ()
    found: list[str] = []
    pending: list[Any] = children[::-1] if isinstance(children, list) else []
    while pending and len(found) < limit:
        match pending.pop():
            case [[str() as task_id, *_], None]:
                found.append(task_id)
            case [[str(), *_], [*members]]:
                pending.extend(reversed(members))
    return tuple(found)


def _unreadable(value: Stored, form: str) -> tuple[str, str]:
    """State and words for a value that is not what Celery writes, or not to be read."""
    if form:
        return UNREADABLE, f"{form}, {value.size:,} bytes (never unpickled)"
    return UNREADABLE, f"not JSON that Celery writes, {value.size:,} bytes"
