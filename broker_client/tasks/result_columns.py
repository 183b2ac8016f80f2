"""PURE: stored results by the thousand, as columns of those that are alike.

A first load brings a million results. What each has of its own is kept in lists, what many share is said once; so they
pass from process to process, and onto the board, without a step of Python for each field of each result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import attrgetter

import msgspec
from msgspec import UNSET, Raw, UnsetType

from broker_client.tasks.events import MAX_ID_CHARS, Whole
from broker_client.tasks.result_value import (
    FAILED_DECODE,
    ResultFact,
    decode_value,
    raised_text,
    short_text,
    stored,
)
from broker_client.tasks.task_record import EXCEPTION_CHARS, RESULT_CHARS, TEXT_CHARS

_NULL = Raw(b"null")
_Texts = list[str | None]
_Shared = tuple[str, str | None, str | UnsetType | None, str | None]
"""State, name, worker and queue."""


class _QuickMeta(msgspec.Struct, gc=False):
    """What a result of plain JSON says, as Celery writes it. Anything else does not pass."""

    status: str
    date_done: datetime
    result: Raw = _NULL
    name: str | None = None
    args: Raw = _NULL
    kwargs: Raw = _NULL
    worker: str | UnsetType | None = UNSET
    queue: str | None = None
    retries: Whole | None = None
    parent_id: str | None = None
    group_id: str | None = None


_Alike = tuple[list[str], list[_QuickMeta]]
"""Ids and what is said of each."""
_FIELDS = attrgetter("date_done", "result", "args", "kwargs", "retries", "parent_id", "group_id")
decode_quickly = msgspec.json.Decoder(_QuickMeta).decode


class ResultColumns(msgspec.Struct, array_like=True):
    """Tasks that ended in one ``state``, with what they share; their other facts in lists of one length. A list that
    is empty instead has nothing for any of them. ``done_at`` are epoch seconds by the worker's clock."""

    state: str
    name: str | None
    worker: str | None
    queue: str | None
    ids: list[str] = msgspec.field(default_factory=list)
    done_at: list[float] = msgspec.field(default_factory=list)
    args: _Texts = msgspec.field(default_factory=list)
    kwargs: _Texts = msgspec.field(default_factory=list)
    results: _Texts = msgspec.field(default_factory=list)
    retries: list[int | None] = msgspec.field(default_factory=list)
    exceptions: _Texts = msgspec.field(default_factory=list)
    parents: _Texts = msgspec.field(default_factory=list)
    groups: _Texts = msgspec.field(default_factory=list)

    def facts(self) -> Iterator[ResultFact]:
        """The same one by one."""
        for place, task_id in enumerate(self.ids):
            yield ResultFact(
                task_id,
                self.state,
                self.done_at[place],
                self.name,
                self.args[place],
                self.kwargs[place],
                self.worker,
                self.queue,
                self.retries[place],
                _at(self.exceptions, place),
                self.results[place],
                _at(self.parents, place),
                group_id=_at(self.groups, place),
            )

    def only(self, wanted: Iterable[bool]) -> ResultColumns:
        """Those for which ``wanted`` says so."""
        places = [place for place, want in enumerate(wanted) if want]
        picked = {
            field: [column[place] for place in places] if (column := getattr(self, field)) else []
            for field in self.__struct_fields__[4:]
        }
        return msgspec.structs.replace(self, **picked)


class ResultPage(msgspec.Struct, array_like=True):
    """What some of the stored results say: most in ``columns``, whatever does not fit there as ``facts``."""

    columns: list[ResultColumns]
    facts: list[ResultFact]
    prefixes: list[bytes]
    """What stood before the keys, where anything did."""
    count: int


class PageMaker:
    """Gathers results until somebody takes the page."""

    def __init__(self) -> None:
        self.count = 0
        self.prefixes: set[bytes] = set()
        self._alike: dict[_Shared, _Alike | None] = {}
        self._facts: list[ResultFact] = []

    def page(self) -> ResultPage:
        """What was gathered since the page before."""
        columns = [_columns_of(shared, alike) for shared, alike in self._alike.items() if alike is not None]
        made = ResultPage(columns, self._facts, list(self.prefixes), self.count)
        self.count = 0
        self.prefixes, self._alike, self._facts = set(), {}, []
        return made

    def take_fact(self, fact: ResultFact) -> None:
        self.count += 1
        self._facts.append(fact)

    def take(self, ids: list[str], values: list[bytes]) -> None:
        """Read whole values, ``values[i]`` of the task ``ids[i]``."""
        gathered = self._alike
        for task_id, value in zip(ids, values, strict=True):
            alike = None
            try:
                meta = decode_quickly(value)
                shared = (meta.status, meta.name, meta.worker, meta.queue)
                alike = gathered[shared]
            except KeyError:
                alike = gathered[shared] = ([], []) if _goes_in_columns(*shared) else None
            except FAILED_DECODE:
                pass
            if alike is None or len(task_id) > MAX_ID_CHARS:
                self._facts.append(decode_value(task_id, stored(value)))
            else:
                alike[0].append(task_id)
                alike[1].append(meta)
        self.count += len(ids)


def _goes_in_columns(state: str, name: str | None, worker: str | UnsetType | None, queue: str | None) -> bool:
    """Whether nothing about such results is out of the ordinary. A step of a chain that never ran has no worker."""
    texts = (name, None if isinstance(worker, UnsetType) else worker, queue)
    ran = worker is not None or name is None
    return ran and state in ("SUCCESS", "FAILURE") and all(len(text or "") <= MAX_ID_CHARS for text in texts)


def _columns_of(shared: _Shared, alike: _Alike) -> ResultColumns:
    state, name, worker, queue = shared
    ids, metas = alike
    moments, results, args, kwargs, retries, parents, groups = zip(*map(_FIELDS, metas), strict=True)
    texts = _texts(results, RESULT_CHARS)
    exceptions: _Texts = []
    if state != "SUCCESS":
        exceptions = [raised_text(state, raw, EXCEPTION_CHARS) for raw in results]
        texts = [text if raised is None else None for text, raised in zip(texts, exceptions, strict=True)]
    return ResultColumns(
        state,
        name,
        None if isinstance(worker, UnsetType) else worker or None,
        queue or None,
        ids,
        _seconds(moments),
        _texts(args, TEXT_CHARS),
        _texts(kwargs, TEXT_CHARS),
        texts,
        list(retries),
        exceptions,
        [None if parent == own else parent or None for parent, own in zip(parents, ids, strict=True)]
        if any(parents)
        else [],
        [group if group and len(group) <= MAX_ID_CHARS else None for group in groups] if any(groups) else [],
    )


def _texts(column: Sequence[Raw], limit: int) -> _Texts:
    """JSON as it stands, cut; ``None`` for null. All at once: no text of JSON has the character 0."""
    texts: _Texts = [*b"\0".join(column).decode("utf-8", "backslashreplace").split("\0")]
    if len(texts) != len(column) or max(map(len, column)) > limit:
        return [short_text(raw, limit) for raw in column]
    return [None if text == "null" else text for text in texts] if "null" in texts else texts


def _seconds(moments: Sequence[datetime]) -> list[float]:
    if any(moment.tzinfo is None for moment in moments):
        moments = [moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC) for moment in moments]
    return list(map(datetime.timestamp, moments))


def _at(column: _Texts, place: int) -> str | None:
    return column[place] if column else None
