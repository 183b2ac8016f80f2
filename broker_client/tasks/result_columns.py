"""PURE: stored results by the thousand, as columns.

A first load brings a million results. Each fact of all of them is one list, and what many share (state, name, worker,
queue) is said once; so they pass from process to process, and onto the board, without a step of Python for each field
of each result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType

from broker_client.tasks.events import MAX_ID_CHARS, Whole
from broker_client.tasks.json_text import with_letters
from broker_client.tasks.result_value import (
    FAILED_DECODE,
    ResultFact,
    decode_value,
    raised_text,
    short_text,
    stored,
)
from broker_client.tasks.task_record import EXCEPTION_CHARS, RESULT_CHARS, TEXT_CHARS

_MOST_KINDS = 4096
_Texts = list[str | None]
_Some = list[tuple[int, str]]


class Shared(NamedTuple):
    """What many results share. Only ended tasks of which nothing is out of the ordinary stand in columns."""

    state: str
    name: str | None
    worker: str | None
    queue: str | None


class ResultColumns(msgspec.Struct, array_like=True):
    """Ended tasks, one fact of each in each list. ``kind`` is the place of what they share in ``kinds``; ``done_at``
    are epoch seconds by the worker's clock. Of ``exceptions``, ``parents`` and ``groups`` only those that there are,
    each with the place of its task."""

    kinds: list[Shared]
    kind: list[int] = msgspec.field(default_factory=list)
    ids: list[str] = msgspec.field(default_factory=list)
    done_at: list[float] = msgspec.field(default_factory=list)
    args: _Texts = msgspec.field(default_factory=list)
    kwargs: _Texts = msgspec.field(default_factory=list)
    results: _Texts = msgspec.field(default_factory=list)
    retries: list[int | None] = msgspec.field(default_factory=list)
    exceptions: _Some = msgspec.field(default_factory=list)
    parents: _Some = msgspec.field(default_factory=list)
    groups: _Some = msgspec.field(default_factory=list)

    def facts(self) -> Iterator[ResultFact]:
        """The same one by one."""
        exceptions, parents, groups = dict(self.exceptions), dict(self.parents), dict(self.groups)
        for place, task_id in enumerate(self.ids):
            shared = self.kinds[self.kind[place]]
            yield ResultFact(
                task_id,
                shared.state,
                self.done_at[place],
                shared.name,
                self.args[place],
                self.kwargs[place],
                shared.worker,
                shared.queue,
                self.retries[place],
                exceptions.get(place),
                self.results[place],
                parents.get(place),
                group_id=groups.get(place),
            )

    def only(self, wanted: Iterable[bool]) -> ResultColumns:
        """Those for which ``wanted`` says so."""
        places = [place for place, want in enumerate(wanted) if want]
        moved = {old: new for new, old in enumerate(places)}
        some = [
            [(moved[place], text) for place, text in column if place in moved]
            for column in (self.exceptions, self.parents, self.groups)
        ]
        return ResultColumns(
            self.kinds,
            [self.kind[place] for place in places],
            [self.ids[place] for place in places],
            [self.done_at[place] for place in places],
            [self.args[place] for place in places],
            [self.kwargs[place] for place in places],
            [self.results[place] for place in places],
            [self.retries[place] for place in places],
            *some,
        )


class ResultPage(msgspec.Struct, array_like=True):
    """What some of the stored results say: most in ``columns``, whatever does not fit there as ``facts``."""

    columns: ResultColumns
    facts: list[ResultFact]
    prefixes: list[bytes]
    """What stood before the keys, where anything did."""
    count: int


class _QuickMeta(msgspec.Struct, gc=False):
    """What a result of plain JSON says, as Celery writes it. Anything else does not pass."""

    status: str
    date_done: datetime
    result: Raw = Raw(b"null")
    name: str | None = None
    args: Raw = Raw(b"null")
    kwargs: Raw = Raw(b"null")
    worker: str | UnsetType | None = UNSET
    queue: str | None = None
    retries: Whole | None = None
    parent_id: str | None = None
    group_id: str | None = None


_Told = tuple[str, str | None, str | UnsetType | None, str | None]
_SHARED = attrgetter("status", "name", "worker", "queue")
_OWN = attrgetter("date_done", "result", "args", "kwargs", "retries", "parent_id", "group_id")
_decode = msgspec.json.Decoder(_QuickMeta).decode


class PageMaker:
    """Gathers results until somebody takes the page."""

    def __init__(self) -> None:
        self.count = 0
        self.prefixes: set[bytes] = set()
        self._numbers: dict[_Told, int] = {}
        self._columns = ResultColumns([])
        self._facts: list[ResultFact] = []

    def page(self) -> ResultPage:
        """What was gathered since the page before."""
        made = ResultPage(self._columns, self._facts, list(self.prefixes), self.count)
        self.count = 0
        self.prefixes, self._facts = set(), []
        if len(self._numbers) > _MOST_KINDS:
            self._numbers = {}
        self._columns = ResultColumns(made.columns.kinds[: len(self._numbers)])
        return made

    def take_fact(self, fact: ResultFact) -> None:
        self.count += 1
        self._facts.append(fact)

    def take(self, ids: Sequence[str], values: Sequence[bytes]) -> None:
        """Read whole values, ``values[i]`` of the task ``ids[i]``. Best some hundreds at a time."""
        self.count += len(ids)
        try:
            metas = list(map(_decode, values))
            kind = list(map(self._numbers.__getitem__, map(_SHARED, metas)))
            if max(map(len, ids), default=0) > MAX_ID_CHARS:
                ids, metas, kind = self._sorted_out(ids, values)
        except (*FAILED_DECODE, KeyError):
            ids, metas, kind = self._sorted_out(ids, values)
        if metas:
            self._put(ids, metas, kind)

    def _sorted_out(
        self, ids: Sequence[str], values: Sequence[bytes]
    ) -> tuple[Sequence[str], list[_QuickMeta], list[int]]:
        """Those that go into columns, and the numbers of their kinds; the others become facts."""
        plain: list[str] = []
        metas: list[_QuickMeta] = []
        kind: list[int] = []
        for task_id, value in zip(ids, values, strict=True):
            try:
                meta = _decode(value)
            except FAILED_DECODE:
                number = None
            else:
                number = self._number_of(_SHARED(meta)) if len(task_id) <= MAX_ID_CHARS else None
            if number is None:
                self._facts.append(decode_value(task_id, stored(value)))
            else:
                plain.append(task_id)
                metas.append(meta)
                kind.append(number)
        return plain, metas, kind

    def _number_of(self, told: _Told) -> int | None:
        """The number of a kind; ``None`` when something about it is out of the ordinary. A step of a chain that never
        ran has no worker."""
        number = self._numbers.get(told)
        if number is None:
            state, name, worker, queue = told
            ran = worker is not None or name is None
            host = None if isinstance(worker, UnsetType) else worker or None
            short = all(len(text or "") <= MAX_ID_CHARS for text in (name, host, queue))
            if not (ran and short and state in ("SUCCESS", "FAILURE")):
                return None
            number = self._numbers[told] = len(self._columns.kinds)
            self._columns.kinds.append(Shared(state, name, host, queue or None))
        return number

    def _put(self, ids: Sequence[str], metas: list[_QuickMeta], kind: list[int]) -> None:
        columns, first = self._columns, len(self._columns.ids)
        moments, results, args, kwargs, retries, parents, groups = zip(*map(_OWN, metas), strict=True)
        columns.kind += kind
        columns.ids += ids
        columns.done_at += _seconds(moments)
        columns.args += _texts(args, TEXT_CHARS)
        columns.kwargs += _texts(kwargs, TEXT_CHARS)
        columns.results += _texts(results, RESULT_CHARS)
        columns.retries += retries
        failed = {number for number in set(kind) if columns.kinds[number].state != "SUCCESS"}
        for place, number in enumerate(kind, first) if failed else ():
            if number in failed:
                raised = raised_text(columns.kinds[number].state, results[place - first], EXCEPTION_CHARS)
                if raised is not None:
                    columns.exceptions.append((place, raised))
                    columns.results[place] = None
        if any(parents):
            columns.parents += [
                (place, parent)
                for place, parent, own in zip(range(first, first + len(ids)), parents, ids, strict=True)
                if parent and parent != own
            ]
        if any(groups):
            columns.groups += [
                (place, group) for place, group in enumerate(groups, first) if group and len(group) <= MAX_ID_CHARS
            ]


def _texts(column: Sequence[Raw], limit: int) -> _Texts:
    """JSON, its letters written out, cut; ``None`` for null. All at once: no text of JSON has the character 0."""
    joined = b"\0".join(column).decode("utf-8", "backslashreplace")
    if joined.count("\0") != len(column) - 1 or max(map(len, column)) > limit:
        return [short_text(raw, limit) for raw in column]
    texts: _Texts = [*(with_letters(joined) if "\\" in joined else joined).split("\0")]
    return [None if text == "null" else text for text in texts] if "null" in texts else texts


def _seconds(moments: Sequence[datetime]) -> list[float]:
    if any(moment.tzinfo is None for moment in moments):
        moments = [moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC) for moment in moments]
    return list(map(datetime.timestamp, moments))
