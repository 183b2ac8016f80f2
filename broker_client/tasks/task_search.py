"""PURE: which tasks one search means, found once and kept right while the board changes.

What is asked of name, state, worker or queue is answered by shelves alone. For the rest the texts, or the records of
the shelves in question, are gone through once, in pieces; from then on each change of a task is tested as it happens.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import chain, islice

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.kind_indexes import Kind, KindIndexes
from broker_client.tasks.query_language import Node
from broker_client.tasks.query_match import Matcher, Rest, Verdict, counts_time, needles_in
from broker_client.tasks.resting_search import RestingSearch
from broker_client.tasks.task_record import TaskRecord
from broker_client.tasks.text_pages import NO_ENTRY
from broker_client.tasks.time_index import Shelf, TimeIndex

_PIECE = 1000
_MOST_NEEDLES = 16
"""More words than these are looked for record by record."""
_CLOCK_HOLDS_S = 5.0
"""How long the answer to what changes by the passing of time is used."""
_Work = Generator[None, None, None]


class TaskSearch:
    """The tasks that a tree means. Drive :meth:`go_on` to its end: before that :meth:`indexes` hold what was found
    yet."""

    def __init__(self, text: str, node: Node, board: TaskBoard, now: float) -> None:
        self.text = text
        self._node = node
        self._matcher = Matcher(node, now)
        self._counts_time = counts_time(node)
        self._board = board
        self._verdicts: dict[Kind, Verdict] = {}
        self._found = KindIndexes(board.indexes.width)
        self._resting = RestingSearch(board.resting, self._matcher, self._verdict)
        self._steps_done = 0
        self._steps = 1
        self._work = self._fill()

    def serves(self, text: str, now: float) -> bool:
        return text == self.text and not (self._counts_time and now - self._matcher.now > _CLOCK_HOLDS_S)

    def go_on(self) -> _Work:
        """Go through what is left; each time it is asked, since more may have come to rest."""
        for _ in self._work:
            yield
        for _ in self._resting.go_on():
            yield

    def indexes(self, states: tuple[str, ...]) -> list[Shelf]:
        """Where all that is meant lies. All have slots of one width."""
        width = self._board.indexes.width
        self._found.widen_to(width)
        whole = [shelf for kind, shelf in self._board.indexes.shelves(states) if self._verdict(kind) is True]
        found = (shelf for _kind, shelf in self._found.shelves(states))
        return [*whole, *found, *self._resting.indexes(states, width)]

    def touch(self, record: TaskRecord, kind: Kind, old: Kind | None, old_second: int) -> None:
        """A record has changed and lies on the shelf ``kind`` now; ``old`` is its kind before, ``None`` = it is new."""
        if old is not None:
            self._found.remove(record, _by_state(old.state), old_second)
        verdict = self._verdict(kind)
        if isinstance(verdict, Rest) and verdict.pick([record]):
            self._found.add(record, _by_state(record.state))

    def forget(self, record: TaskRecord, kind: Kind, second: int) -> None:
        self._found.remove(record, _by_state(kind.state), second)

    # ---- the first time -----------------------------------------------------------------------------------------

    @property
    def searched(self) -> float:
        """The share that was gone through."""
        return (self._steps_done + self._resting.done) / (self._steps + self._resting.pages)

    def _fill(self) -> _Work:
        """Go through all tasks that the board holds now, once. What changes meanwhile is told by :meth:`touch`."""
        began = self._board.revision
        driving, loose = self._split()
        needles = sorted(needles_in(self._node), key=len, reverse=True)[:_MOST_NEEDLES] if loose else []
        pages = len(self._board.texts)
        self._steps += pages * (len(driving) + len(needles)) + sum(shelf.count for shelf in loose) // _PIECE
        for needle in driving:
            for piece in self._board.texts.hits(needle):
                self._matcher.sure = needle
                self._pick(piece, began)
                self._matcher.sure = ""
                self._step()
                yield
        if loose:
            yield from self._fill_loosely(loose, needles, began)
        self._steps_done = self._steps

    def _step(self) -> None:
        self._steps_done = min(self._steps_done + 1, self._steps - 1)

    def _split(self) -> tuple[set[str], list[TimeIndex]]:
        """Needles, one of which is in the text of all that is left to find; and shelves of which that is not so."""
        driving: set[str] = set()
        loose: list[TimeIndex] = []
        for kind, shelf in self._board.indexes.shelves():
            verdict = self._verdict(kind)
            if isinstance(verdict, Rest):
                if verdict.needles is not None and len(verdict.needles) <= _MOST_NEEDLES:
                    driving |= verdict.needles
                else:
                    loose.append(shelf)
        return driving, loose

    def _fill_loosely(self, shelves: list[TimeIndex], needles: list[str], began: int) -> _Work:
        """Ask of every record of ``shelves``. Which texts have which needles is found out before."""
        hits: dict[str, set[TaskRecord]] = {}
        for needle in needles:
            found = hits[needle] = set()
            for piece in self._board.texts.hits(needle):
                found.update(piece)
                self._step()
                yield
        records = chain.from_iterable(map(_records_of, shelves))
        while piece := list(islice(records, _PIECE)):
            self._matcher.hits = hits
            self._pick(piece, began)
            self._matcher.hits = {}
            self._step()
            yield

    def _pick(self, records: list[TaskRecord], began: int) -> None:
        """Find those that are meant among ``records`` that have not changed since the revision ``began``."""
        indexes = self._board.indexes
        by_kind: dict[tuple[str, str | None, str | None, str | None], list[TaskRecord]] = {}
        for record in records:
            if record.revision <= began and record.entry != NO_ENTRY:
                key = (record.state, record.name, record.worker, record.queue)
                known = by_kind.get(key)
                if known is not None:
                    known.append(record)
                else:
                    by_kind[key] = [record]
        for key, alike in by_kind.items():
            kind = Kind(*key)
            if indexes.is_pure:
                self._pick_of(kind, alike)
            else:
                for record in alike:
                    self._pick_of(indexes.shelf_of(record, kind), [record])

    def _pick_of(self, kind: Kind, records: list[TaskRecord]) -> None:
        verdict = self._verdict(kind)
        if isinstance(verdict, Rest) and (found := verdict.pick(records)):
            self._found.add_all(found, _by_state(kind.state))

    def _verdict(self, kind: Kind) -> Verdict:
        verdict = self._verdicts.get(kind)
        if verdict is None:
            if len(self._verdicts) > 4 * len(self._board.indexes.by_kind) + _PIECE:
                self._verdicts.clear()
            verdict = self._verdicts[kind] = self._matcher.verdict(kind)
        return verdict


def _by_state(state: str) -> Kind:
    return Kind(state, None, None, None, True)


def _records_of(shelf: TimeIndex) -> Iterator[TaskRecord]:
    """All that lie on the shelf. When its slots widen meanwhile, some come twice."""
    for second in shelf.seconds():
        yield from list(shelf.slot(second))
