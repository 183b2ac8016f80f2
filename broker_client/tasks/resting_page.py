"""PURE: some thousands of tasks of which only the stored result is known, and at which nobody has looked yet.

They are columns, not records: a record takes several times the room, and most of a million loaded results are never
looked at. The page makes a record when one is asked for; texts are searched where they lie.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from sys import intern

import numpy as np
from numpy.typing import NDArray

from broker_client.tasks.json_text import with_letters
from broker_client.tasks.plain_text import from_bytes
from broker_client.tasks.record_changes import REPORTED, STATE_STEPS
from broker_client.tasks.result_columns import ResultColumns, told_text
from broker_client.tasks.result_value import ResultFact
from broker_client.tasks.task_record import BACKEND, RESULT_CHARS, TEXT_CHARS, TaskRecord, pack_moment

Places = NDArray[np.int64]
"""Of tasks on a page, or in all: each once, rising."""
_Starts = NDArray[np.int32]
_NO_KWARGS = intern("{}")
_COLUMNS, _SEARCHED = 4, 3
"""Texts of a task: id, args, kwargs and result; the result is not searched."""


class RestingPage:
    """``len(page)`` tasks, numbered from ``first`` on; a place is a number counted from there. The first task has
    ``revision``, the others the next ones."""

    __slots__ = (
        "_columns",
        "_exceptions",
        "_groups",
        "_kind",
        "_parents",
        "_searched",
        "_searched_starts",
        "_starts",
        "first",
        "revision",
    )

    def __init__(self, columns: ResultColumns, first: int, revision: int) -> None:
        self.first = first
        self.revision = revision
        self._columns = columns
        self._kind = columns.each_kind()
        self._exceptions = dict(columns.exceptions)
        self._parents, self._groups = dict(columns.parents), dict(columns.groups)
        self._starts: _Starts | None = None
        self._searched = b""
        self._searched_starts: _Starts | None = None

    def __len__(self) -> int:
        return len(self._kind)

    def id_of(self, place: int) -> str:
        return from_bytes(self._text(0, place))

    def says(self, place: int, fact: ResultFact) -> bool:
        """Whether ``fact`` tells of the end that is known."""
        done_at = float(np.frombuffer(self._columns.done_at)[place])
        told = (fact.state, fact.name, fact.worker, fact.queue, fact.retries)
        return (*self._columns.kinds[self._kind[place]], done_at) == (*told, fact.done_at)

    def record(self, place: int, ended: float) -> TaskRecord:
        """A new record of the task, which ``ended`` then by our clock."""
        shared = self._columns.kinds[self._kind[place]]
        kwargs = told_text(self._text(2, place), TEXT_CHARS)
        return TaskRecord(
            self.id_of(place),
            intern(shared.state),
            ended,
            ended,
            self.revision + place,
            shared.name and intern(shared.name),
            told_text(self._text(1, place), TEXT_CHARS),
            _NO_KWARGS if kwargs == _NO_KWARGS else kwargs,
            shared.worker and intern(shared.worker),
            shared.queue and intern(shared.queue),
            ended,
            shared.retries,
            told_text(self._text(3, place), RESULT_CHARS),
            pack_moment(ended, STATE_STEPS.get(shared.state, REPORTED), BACKEND),
            True,  # stored
            exception=self._exceptions.get(place),
            parent_id=self._parents.get(place),
            group_id=self._groups.get(place),
        )

    def only(self, places: Iterable[int]) -> ResultColumns:
        """Those tasks as columns of their own."""
        wanted = set(places)
        return self._columns.only(place in wanted for place in range(len(self)))

    def _text(self, column: int, place: int) -> bytes:
        if self._starts is None:
            self._starts = _starts(self._columns.texts)
        part = column * len(self) + place
        end = self._starts[part + 1] - 1 if part + 1 < _COLUMNS * len(self) else None
        return self._columns.texts[self._starts[part] : end]

    # ---- search -------------------------------------------------------------------------------------------------

    @property
    def is_written(self) -> bool:
        """Whether a word can be looked for without preparation."""
        return bool(self._searched)

    def write(self) -> None:
        """Prepare to be searched: lower case, letters written out."""
        texts = self._columns.texts
        self._starts = _starts(texts)
        end = int(self._starts[_SEARCHED * len(self)])
        searched = texts[:end]
        if searched.isascii() and b"\\" not in searched:
            lower = searched.lower()
        else:
            lower = with_letters(searched.decode("utf-8", "backslashreplace")).lower().encode()
        if lower == searched:
            self._searched, self._searched_starts = texts, self._starts
        else:
            self._searched, self._searched_starts = lower, _starts(lower)

    def hits(self, needle: str) -> Places:
        """The places of the tasks whose text has ``needle`` (lower case)."""
        if not self._searched:
            self.write()
        assert self._searched_starts is not None
        end = self._searched_starts[_SEARCHED * len(self)]
        wanted = re.compile(re.escape(needle.encode("utf-8", "surrogatepass")))
        found = [one.start() for one in wanted.finditer(self._searched, 0, int(end))]
        raised = [place for place, text in self._exceptions.items() if needle in text.lower()]
        if not found and not raised:
            return _NONE
        parts = np.searchsorted(self._searched_starts, found, side="right") - 1
        return np.unique(np.append(parts % len(self), np.array(raised, np.int64)))


_NONE: Places = np.empty(0, np.int64)


def _starts(texts: bytes) -> _Starts:
    """Where each of the texts begins."""
    ends = np.flatnonzero(np.frombuffer(texts, np.uint8) == 0).astype(np.int32)
    return np.append(np.int32(0), ends + np.int32(1))
