"""PURE: stored results by the thousand, as columns.

A first load brings a million results. Each fact of all of them stands in one array or one text, and what many share
(state, name, worker, queue, retries) is said once; so they pass from process to process, and rest on the board, without
a step of Python for each field of each result.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import compress
from operator import attrgetter
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import astuple

from broker_client.tasks.events import MAX_ID_CHARS, Whole
from broker_client.tasks.json_text import with_letters
from broker_client.tasks.plain_text import cut, from_bytes
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
_FULL = 1 << 16
"""A place among the kinds has two bytes."""
_NUL, _NULL = b"\0", b"null"
_KIND_BYTES = array("H").itemsize
_ZONE = attrgetter("tzinfo")
_Some = list[tuple[int, str]]


class Shared(NamedTuple):
    """What many results share. Only ended tasks of which nothing is out of the ordinary stand in columns."""

    state: str
    name: str | None
    worker: str | None
    queue: str | None
    retries: int | None


class ResultColumns(msgspec.Struct, array_like=True):
    """Ended tasks, one fact of each in each column. Of ``exceptions``, ``parents`` and ``groups`` only those that there
    are, each with the place of its task."""

    kinds: list[Shared]
    kind: bytes = b""
    """An array ``H``: the place in ``kinds`` of what each shares."""
    done_at: bytes = b""
    """An array ``d``: epoch seconds by the worker's clock."""
    texts: bytes = b""
    """UTF-8, parted by ``NUL``: all ids, then all args, all kwargs and all results as JSON."""
    ids_bytes: int = 0
    """How long the part of the ids is."""
    exceptions: _Some = msgspec.field(default_factory=list)
    parents: _Some = msgspec.field(default_factory=list)
    groups: _Some = msgspec.field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.kind) // _KIND_BYTES

    def each_kind(self) -> array[int]:
        return array("H", self.kind)

    def ids(self) -> list[str]:
        """The task ids."""
        return from_bytes(self.texts[: self.ids_bytes]).split("\0") if self.kind else []

    def failed(self) -> list[int]:
        """The places of those that have failed."""
        numbers = {number for number, shared in enumerate(self.kinds) if shared.state != "SUCCESS"}
        return list(compress(range(self.count), map(numbers.__contains__, self.each_kind()))) if numbers else []

    def facts(self) -> Iterator[ResultFact]:
        """The same one by one."""
        count, texts = self.count, self.texts.split(_NUL)
        exceptions, parents, groups = dict(self.exceptions), dict(self.parents), dict(self.groups)
        for place, (number, done_at) in enumerate(zip(self.each_kind(), array("d", self.done_at), strict=True)):
            shared = self.kinds[number]
            yield ResultFact(
                from_bytes(texts[place]),
                shared.state,
                done_at,
                shared.name,
                told_text(texts[count + place], TEXT_CHARS),
                told_text(texts[2 * count + place], TEXT_CHARS),
                shared.worker,
                shared.queue,
                shared.retries,
                exceptions.get(place),
                told_text(texts[3 * count + place], RESULT_CHARS),
                parents.get(place),
                group_id=groups.get(place),
            )

    def only(self, wanted: Iterable[bool]) -> ResultColumns:
        """Those for which ``wanted`` says so."""
        chosen = list(wanted)
        texts = list(compress(self.texts.split(_NUL), 4 * chosen))
        moved = {old: new for new, old in enumerate(compress(range(len(chosen)), chosen))}
        return ResultColumns(
            self.kinds,
            array("H", compress(self.each_kind(), chosen)).tobytes(),
            array("d", compress(array("d", self.done_at), chosen)).tobytes(),
            _NUL.join(texts),
            len(_NUL.join(texts[: len(moved)])),
            *(
                [(moved[place], text) for place, text in column if place in moved]
                for column in (self.exceptions, self.parents, self.groups)
            ),
        )


def told_text(text: bytes, limit: int) -> str | None:
    """JSON, its letters written out, at most ``limit`` characters; ``None`` for null."""
    if text == _NULL:
        return None
    told = text.decode("utf-8", "backslashreplace")
    return cut(with_letters(told) if "\\" in told else told, limit)


class ResultPage(msgspec.Struct, array_like=True):
    """What some of the stored results say: most in ``columns``, whatever does not fit there as ``facts``."""

    columns: ResultColumns
    facts: list[ResultFact]
    prefixes: list[bytes]
    """What stood before the keys, where anything did."""
    count: int


class _QuickMeta(msgspec.Struct, gc=False):
    """What a result of plain JSON says, as Celery writes it. Anything else does not pass."""

    date_done: datetime
    status: str
    name: str | None = None
    worker: str | UnsetType | None = UNSET
    queue: str | None = None
    retries: Whole | None = None
    result: Raw = Raw(_NULL)
    args: Raw = Raw(_NULL)
    kwargs: Raw = Raw(_NULL)
    parent_id: str | None = None
    group_id: str | None = None


_Told = tuple[str, str | None, str | UnsetType | None, str | None, int | None]
_decode = msgspec.json.Decoder(_QuickMeta).decode


class PageMaker:
    """Gathers results until somebody takes the page."""

    def __init__(self) -> None:
        self.count = 0
        self.prefixes: set[bytes] = set()
        self._numbers: dict[_Told, int] = {}
        self._kinds: list[Shared] = []
        self._failed: set[int] = set()
        self._facts: list[ResultFact] = []
        self._begin()

    def _begin(self) -> None:
        self._kind = array("H")
        self._done_at = array("d")
        self._ids: list[bytes] = []
        self._args: list[Raw | bytes] = []
        self._kwargs: list[Raw | bytes] = []
        self._results: list[Raw | bytes] = []
        self._exceptions: _Some = []
        self._parents: _Some = []
        self._groups: _Some = []

    def page(self) -> ResultPage:
        """What was gathered since the page before."""
        ids = _NUL.join(self._ids)
        columns = ResultColumns(
            self._kinds[:],
            self._kind.tobytes(),
            self._done_at.tobytes(),
            _NUL.join((ids, *self._args, *self._kwargs, *self._results)),
            len(ids),
            self._exceptions,
            self._parents,
            self._groups,
        )
        made = ResultPage(columns, self._facts, list(self.prefixes), self.count)
        self.count = 0
        self.prefixes, self._facts = set(), []
        if len(self._kinds) > _MOST_KINDS:
            self._numbers, self._kinds, self._failed = {}, [], set()
        self._begin()
        return made

    def take_fact(self, fact: ResultFact) -> None:
        self.count += 1
        self._facts.append(fact)

    def take(self, ids: Sequence[bytes], values: Sequence[bytes]) -> None:
        """Read whole values, ``values[i]`` of the task ``ids[i]``. Best some hundreds at a time."""
        self.count += len(ids)
        try:
            metas = list(map(_decode, values))
            is_put = _are_plain(ids) and self._put(ids, metas, max(map(len, values), default=0) <= TEXT_CHARS)
        except FAILED_DECODE:
            is_put = False
        if not is_put:
            self._put(*self._sorted_out(ids, values))

    def _sorted_out(self, ids: Sequence[bytes], values: Sequence[bytes]) -> tuple[list[bytes], list[_QuickMeta]]:
        """Those that go into columns; the others become facts."""
        plain: list[bytes] = []
        metas: list[_QuickMeta] = []
        for task_id, value in zip(ids, values, strict=True):
            try:
                meta = _decode(value)
                number = self._number_of(astuple(meta)[1:6]) if _are_plain((task_id,)) else None
            except FAILED_DECODE:
                number = None
            if number is None:
                self._facts.append(decode_value(from_bytes(task_id), stored(value)))
            else:
                plain.append(task_id)
                metas.append(meta)
        return plain, metas

    def _number_of(self, told: _Told) -> int | None:
        """The number of a kind; ``None`` when something about it is out of the ordinary. A step of a chain that never
        ran has no worker."""
        number = self._numbers.get(told)
        if number is None:
            state, name, worker, queue, retries = told
            ran = worker is not None or name is None
            host = None if isinstance(worker, UnsetType) else worker or None
            short = all(len(text or "") <= MAX_ID_CHARS for text in (name, host, queue))
            if not (ran and short and state in ("SUCCESS", "FAILURE")) or len(self._kinds) == _FULL:
                return None
            number = self._numbers[told] = len(self._kinds)
            self._kinds.append(Shared(state, name, host, queue or None, retries))
            if state != "SUCCESS":
                self._failed.add(number)
        return number

    def _put(self, ids: Sequence[bytes], metas: list[_QuickMeta], is_short: bool = False) -> bool:
        """False = some of them are out of the ordinary; then none is put. ``is_short``: none has a long text."""
        if not ids:
            return True
        moments, *shared, results, args, kwargs, parents, groups = zip(*map(astuple, metas), strict=True)
        try:
            kind = list(map(self._numbers.__getitem__, zip(*shared, strict=True)))
        except KeyError:
            return False
        first = len(self._kind)
        self._kind.extend(kind)
        self._done_at.extend(_seconds(moments))
        self._ids += ids
        for texts, column in ((self._args, args), (self._kwargs, kwargs), (self._results, results)):
            texts += column if is_short else _cut(column)
        if not self._failed.isdisjoint(kind):
            self._put_raised(kind, results, first)
        if any(parents):
            self._parents += [
                (place, parent)
                for place, (parent, own) in enumerate(zip(parents, ids, strict=True), first)
                if parent and parent != from_bytes(own)
            ]
        if any(groups):
            self._groups += [
                (place, group) for place, group in enumerate(groups, first) if group and len(group) <= MAX_ID_CHARS
            ]
        return True

    def _put_raised(self, kind: list[int], results: Sequence[Raw], first: int) -> None:
        """What a failed task has stored is its exception."""
        for place in compress(range(len(kind)), map(self._failed.__contains__, kind)):
            raised = raised_text(self._kinds[kind[place]].state, results[place], EXCEPTION_CHARS)
            if raised is not None:
                self._exceptions.append((first + place, raised))
                self._results[first + place] = _NULL


def _are_plain(ids: Sequence[bytes]) -> bool:
    return max(map(len, ids), default=0) <= MAX_ID_CHARS and _NUL not in b"".join(ids)


def _cut(column: Sequence[Raw]) -> Iterable[Raw | bytes]:
    """JSON, cut where it is very long."""
    return (raw if len(raw) <= TEXT_CHARS else (short_text(raw, TEXT_CHARS) or "null").encode() for raw in column)


def _seconds(moments: Sequence[datetime]) -> Iterable[float]:
    if None in set(map(_ZONE, moments)):
        moments = [moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC) for moment in moments]
    return map(datetime.timestamp, moments)
