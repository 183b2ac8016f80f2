"""PURE: a task that was seen, as the beginning of one to send: its name, its queue, and its arguments if known."""

from __future__ import annotations

import ast
import json

import msgspec

from broker_client.tasks.records import SourcedText, TaskDetail

_MOST_CHARS = 64 << 10
_CUT = "Its {what} are known only as far as {source} told them: cut short. Fill them in."
_UNREAD = "Its {what} are known only as Python text from {source}, which is no JSON: fill them in."
_UNKNOWN = "Its {what} are not known. Fill them in if it needs any."
_TUPLES = "Tuples of its {what} have become lists, as JSON has none."


class Likeness(msgspec.Struct, frozen=True):
    """What to fill into a form. ``notes`` are sentences about what could not be taken over."""

    name: str
    queue: str
    args: str = "[]"
    kwargs: str = "{}"
    notes: tuple[str, ...] = ()


def like_task(detail: TaskDetail) -> Likeness:
    """``detail`` as something to send again with a new id. What was cut short is never taken over."""
    args, args_note = _as_json(detail.args, "arguments", list)
    kwargs, kwargs_note = _as_json(detail.kwargs, "keyword arguments", dict)
    notes = tuple(note for note in (args_note, kwargs_note) if note)
    return Likeness(detail.row.name or "", detail.row.queue or "", args or "[]", kwargs or "{}", notes)


def _as_json(text: SourcedText | None, what: str, kind: type) -> tuple[str, str]:
    """JSON text, and what to say about it."""
    if text is None:
        return "", _UNKNOWN.format(what=what)
    if not text.complete or len(text.text) > _MOST_CHARS:
        return "", _CUT.format(what=what, source=_source(text))
    try:
        value = json.loads(text.text)
    except (ValueError, RecursionError):
        return _from_python(text, what, kind)
    if isinstance(value, str):  # a repr that was stored as one text
        return _from_python(msgspec.structs.replace(text, text=value), what, kind)
    return (text.text, "") if isinstance(value, kind) else ("", _UNREAD.format(what=what, source=_source(text)))


def _from_python(text: SourcedText, what: str, kind: type) -> tuple[str, str]:
    """Celery's events tell arguments as ``repr``: only plain literals can be read back, nothing is ever run."""
    try:
        value = ast.literal_eval(text.text)
        if isinstance(value, tuple) and kind is list:
            value = list(value)
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        same = isinstance(value, kind) and json.loads(written) == value
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return "", _UNREAD.format(what=what, source=_source(text))
    if not isinstance(value, kind):
        return "", _UNREAD.format(what=what, source=_source(text))
    return (written, "") if same else (written, _TUPLES.format(what=what))


def _source(text: SourcedText) -> str:
    return {"event": "its event", "inspection": "its worker"}.get(text.source, f"the {text.source}")
