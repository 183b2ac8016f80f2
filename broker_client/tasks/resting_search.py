"""PURE: which of the tasks that rest one search means: whole kinds, and those met on the pages that it went through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from broker_client.tasks.kind_indexes import Kind
from broker_client.tasks.query_match import Matcher, Rest, Verdict
from broker_client.tasks.resting_index import RestingIndex
from broker_client.tasks.resting_page import Places, RestingPage
from broker_client.tasks.resting_tasks import RestingTasks

_PIECE = 1000
_NONE, _ALL, _FIRST = 0, 1, 2
"""What is meant of a kind; from ``_FIRST`` on the number of the question that is left."""


class _Question(NamedTuple):
    """What is left to ask alike of several kinds."""

    needles: frozenset[str] | None
    alone: str


class RestingSearch:
    """Goes through pages, once each. ``verdict`` says what ``matcher`` means of a kind."""

    def __init__(self, resting: RestingTasks, matcher: Matcher, verdict: Callable[[Kind], Verdict]) -> None:
        self._resting = resting
        self._matcher = matcher
        self._verdict = verdict
        self._questions: list[_Question] = []
        self._meant = np.zeros(0, np.int32)
        """For each kind that rests."""
        self._met = np.zeros(0, np.bool_)
        """For each task that ever rested."""
        self.done = 0
        """Of how many pages it is known what is meant."""

    @property
    def pages(self) -> int:
        """How many there are."""
        return len(self._resting.pages)

    def go_on(self) -> Iterator[None]:
        """Go through the pages that are left; stops after each piece of a few milliseconds."""
        while self.done < self.pages:
            self._learn_kinds()  # more may have come while somebody else had the turn
            page = self._resting.pages[self.done]
            if page is not None and self._questions:
                yield from self._look_through(page)
            self.done += 1

    def indexes(self, states: tuple[str, ...], width: int) -> list[RestingIndex]:
        """Those found up to now, of ``states`` (none = of all)."""
        self._learn_kinds()
        stated = self._resting.flags_of(states)
        key = (self, self.done, states)
        return self._resting.indexes((self._meant == _ALL) & stated, self._met, stated, width, key)

    def _learn_kinds(self) -> None:
        kinds = self._resting.kinds[len(self._meant) :]
        if kinds:
            self._meant = np.append(self._meant, np.array([self._meant_of(kind) for kind in kinds], np.int32))
        if len(self._met) < self._resting.size:
            more = np.zeros(max(self._resting.size, 2 * len(self._met)) - len(self._met), np.bool_)
            self._met = np.append(self._met, more)

    def _meant_of(self, kind: Kind) -> int:
        verdict = self._verdict(kind)
        if not isinstance(verdict, Rest):
            return _ALL if verdict else _NONE
        question = _Question(verdict.needles, verdict.alone)
        if question not in self._questions:
            self._questions.append(question)
        return _FIRST + self._questions.index(question)

    def _look_through(self, page: RestingPage) -> Iterator[None]:
        kinds = self._resting.kinds_on(page)
        meant = np.append(self._meant, np.int32(_NONE))[kinds]
        for number, question in enumerate(self._questions, _FIRST):
            places = self._promising(page, question)
            places = np.flatnonzero(meant == number) if places is None else places[meant[places] == number]
            if question.alone:
                self._met[page.first + places] = True
            for start in range(0, 0 if question.alone else len(places), _PIECE):
                self._ask(page, places[start : start + _PIECE], kinds, question)
                yield
        yield

    @staticmethod
    def _promising(page: RestingPage, question: _Question) -> Places | None:
        """Where one of the needles is; ``None`` = it may be meant anywhere."""
        if question.needles is None:
            return None
        return np.unique(np.concatenate([page.hits(needle) for needle in sorted(question.needles)]))

    def _ask(self, page: RestingPage, places: Places, kinds: NDArray[np.int32], question: _Question) -> None:
        by_kind: dict[int, list[int]] = {}
        for place, kind in zip(places.tolist(), kinds[places].tolist(), strict=True):
            by_kind.setdefault(kind, []).append(place)
        self._matcher.sure = next(iter(question.needles)) if question.needles and len(question.needles) == 1 else ""
        for kind, alike in by_kind.items():
            verdict = self._verdict(self._resting.kinds[kind])
            places_of = {page.record(place, self._resting.ended(page.first + place)): place for place in alike}
            if isinstance(verdict, Rest):
                met = [page.first + places_of[record] for record in verdict.pick(list(places_of))]
                self._met[met] = True
        self._matcher.sure = ""
