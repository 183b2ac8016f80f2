"""PURE: which tasks a search means. A tree of conditions is first narrowed to one kind of tasks, where names, states,
workers and queues are already decided; what is left over is asked of many records at once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from broker_client.tasks.call_text import value_at
from broker_client.tasks.kind_indexes import Kind
from broker_client.tasks.query_fields import FIELDS
from broker_client.tasks.query_language import Both, Condition, Either, Node, Not
from broker_client.tasks.task_record import TaskRecord
from broker_client.tasks.text_pages import search_text, text_parts

Pick = Callable[[list[TaskRecord]], list[TaskRecord]]
"""Those of some records that are meant, in their order."""


class Rest(NamedTuple):
    """What is left to ask of each record of a kind. ``needles``: none is meant whose text has none of them; ``None`` =
    any may be meant."""

    pick: Pick
    needles: frozenset[str] | None = None
    alone: str = ""
    """A needle that decides: all are meant whose text has it."""


Verdict = bool | Rest
"""All of a kind, none of it, or what is left to ask."""
_Test = Callable[[str], bool]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
_ATTRIBUTES = {"runtime": "runtime_s", "root": "root_id", "parent": "parent_id"}
_IN_TEXT = frozenset({"id", "args", "kwargs", "exception"})
"""Fields that are part of a record's text."""
_WORD_FIELDS = ("name", "worker", "queue")
_NOTHING = ("null", "none")
"""No value, in JSON and in ``repr``."""
_SPELLED = "\\\"'()[]{}"
"""What a value spells in its own way in JSON and in ``repr``."""


class Matcher:
    """Decides for one tree. ``now`` is what ``age`` counts from. ``sure``: a needle that is in the text of every record
    that is asked of; ``hits``: for a needle, all records whose text has it. Both are right for records that have not
    changed since they were found, and set for as long as only these are asked of."""

    def __init__(self, node: Node, now: float) -> None:
        self._node = node
        self.now = now
        self.sure = ""
        self.hits: dict[str, set[TaskRecord]] = {}

    def verdict(self, kind: Kind) -> Verdict:
        """What is meant of ``kind``."""
        return self._narrow(self._node, kind)

    def _narrow(self, node: Node, kind: Kind) -> Verdict:
        match node:
            case Both(parts):
                return _all_of([self._narrow(part, kind) for part in parts])
            case Either(parts):
                return _any_of([self._narrow(part, kind) for part in parts])
            case Not(part):
                return _none_of(self._narrow(part, kind))
            case Condition():
                return self._narrow_condition(node, kind)

    def _narrow_condition(self, condition: Condition, kind: Kind) -> Verdict:
        name = condition.field
        if name == "age":
            return Rest(self._aged(condition))
        if condition.number is not None:
            return Rest(_compared(attrgetter(_ATTRIBUTES.get(name, name)), condition.how, condition.number))
        test = text_test(condition)
        if name and not FIELDS[name].shared:
            return _any_of([self._text_rest(condition, test, needle) for needle in needles_of(condition)])
        fields = (name,) if name else _WORD_FIELDS
        if name == "state" or not kind.mixed:
            if any(value is not None and test(value) for value in (getattr(kind, field) for field in fields)):
                return True
            return False if name else self._word_rest(condition, test)
        shared = Rest(_shared_pick(fields, test))
        return shared if name else _any_of([self._word_rest(condition, test), shared])

    def _aged(self, condition: Condition) -> Pick:
        compare, seconds = _COMPARE[condition.how], condition.number
        return lambda records: [record for record in records if compare(self.now - record.updated, seconds)]

    def _word_rest(self, condition: Condition, test: _Test) -> Rest:
        (needle,) = needles_of(condition)
        having = self._having(needle)
        if not condition.pattern:
            return Rest(having, _as_needles(needle), needle if searchable(needle) else "")

        def holds(record: TaskRecord) -> bool:
            return any(map(test, text_parts(search_text(record))))

        return Rest(lambda records: [record for record in having(records) if holds(record)], _as_needles(needle))

    def _text_rest(self, condition: Condition, test: _Test, needle: str) -> Rest:
        """Records whose own text, such as arguments or exception, is meant and has ``needle``."""
        value_of: Callable[[TaskRecord], str | None] = attrgetter(_ATTRIBUTES.get(condition.field, condition.field))
        path = condition.path

        def holds(record: TaskRecord) -> bool:
            value = value_of(record)
            if value is not None and path:
                value = value_at(value, path)
            return value is not None and test(value)

        if condition.field not in _IN_TEXT or not searchable(needle):
            return Rest(lambda records: [record for record in records if holds(record)])
        having = self._having(needle)
        return Rest(lambda records: [record for record in having(records) if holds(record)], _as_needles(needle))

    def _having(self, needle: str) -> Pick:
        def pick(records: list[TaskRecord]) -> list[TaskRecord]:
            if needle == self.sure:
                return records
            hits = self.hits.get(needle)
            if hits is not None:
                return [record for record in records if record in hits]
            return [record for record in records if needle in search_text(record)]

        return pick


# ---- texts -------------------------------------------------------------------------------------------------------


def text_test(condition: Condition) -> _Test:
    """Whether a text is, or contains, what the condition asks; in either case."""
    wanted = condition.text.lower()
    if condition.path and wanted in _NOTHING:
        contains = condition.how == ":"
        return lambda text: text.lower() in _NOTHING or (contains and wanted in text.lower())
    if condition.pattern:
        return _with_gaps(wanted.split("*"), whole=condition.how == "=")
    if condition.how == "=":
        return lambda text: text.lower() == wanted
    return lambda text: wanted in text.lower()


def _with_gaps(parts: list[str], *, whole: bool) -> _Test:
    """A text in which ``parts`` follow each other with anything between; ``whole``: from its beginning to its end."""
    first, *middle, last = parts if whole else ["", *parts, ""]

    def test(text: str) -> bool:
        text = text.lower()
        if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
            return False
        place, end = len(first), len(text) - len(last)
        for part in middle:
            place = text.find(part, place, end)
            if place < 0:
                return False
            place += len(part)
        return True

    return test


@lru_cache(maxsize=512)
def needles_of(condition: Condition) -> tuple[str, ...]:
    """One of these must occur in the text of every record that is meant. A value that a path leads to stands there as
    JSON or ``repr`` spell it: what they may spell differently parts it."""
    wanted = condition.text.lower()
    if condition.path and wanted in _NOTHING:
        return _NOTHING
    if condition.path:
        wanted = "".join(letter if letter.isprintable() and letter not in _SPELLED else "*" for letter in wanted)
    return (max(wanted.split("*"), key=len) if condition.path or condition.pattern else wanted,)


def searchable(needle: str) -> bool:
    """Whether the pages of all texts can be searched for it."""
    return bool(needle) and "\0" not in needle and "\1" not in needle


def needles_in(node: Node) -> set[str]:
    """All needles of a tree."""
    match node:
        case Both(parts) | Either(parts):
            return set().union(*map(needles_in, parts))
        case Not(part):
            return needles_in(part)
    in_text = not node.field or node.field in _IN_TEXT
    return set(filter(searchable, needles_of(node))) if in_text else set()


def _as_needles(needle: str) -> frozenset[str] | None:
    return frozenset((needle,)) if searchable(needle) else None


def _shared_pick(fields: tuple[str, ...], test: _Test) -> Pick:
    getters = [attrgetter(field) for field in fields]

    def holds(record: TaskRecord) -> bool:
        return any(value is not None and test(value) for value in (getter(record) for getter in getters))

    return lambda records: [record for record in records if holds(record)]


def _compared(value_of: Callable[[TaskRecord], float | None], how: str, bound: float) -> Pick:
    compare = _COMPARE[how]
    return lambda records: [
        record for record in records if (value := value_of(record)) is not None and compare(value, bound)
    ]


# ---- joining -----------------------------------------------------------------------------------------------------


def _all_of(verdicts: Iterable[Verdict]) -> Verdict:
    rests: list[Rest] = []
    for verdict in verdicts:
        if verdict is False:
            return False
        if not isinstance(verdict, bool):
            rests.append(verdict)
    if len(rests) < 2:
        return rests[0] if rests else True

    def pick(records: list[TaskRecord]) -> list[TaskRecord]:
        for rest in rests:
            records = rest.pick(records)
        return records

    known = [rest.needles for rest in rests if rest.needles is not None]
    return Rest(pick, min(known, key=_promise) if known else None)


def _any_of(verdicts: Iterable[Verdict]) -> Verdict:
    rests: list[Rest] = []
    for verdict in verdicts:
        if verdict is True:
            return True
        if not isinstance(verdict, bool):
            rests.append(verdict)
    if len(rests) < 2:
        return rests[0] if rests else False

    def pick(records: list[TaskRecord]) -> list[TaskRecord]:
        found = {record for rest in rests for record in rest.pick(records)}
        return [record for record in records if record in found]

    known = [rest.needles for rest in rests if rest.needles is not None]
    return Rest(pick, frozenset().union(*known) if len(known) == len(rests) else None)


def _none_of(verdict: Verdict) -> Verdict:
    if isinstance(verdict, bool):
        return not verdict

    def pick(records: list[TaskRecord]) -> list[TaskRecord]:
        found = set(verdict.pick(records))
        return [record for record in records if record not in found]

    return Rest(pick)


def _promise(needles: frozenset[str]) -> tuple[int, int]:
    """Few and long needles leave few records."""
    return len(needles), -min(map(len, needles), default=0)


# ---- time --------------------------------------------------------------------------------------------------------


def counts_time(node: Node | None) -> bool:
    """Whether what is meant changes by the mere passing of time."""
    match node:
        case Both(parts) | Either(parts):
            return any(map(counts_time, parts))
        case Not(part):
            return counts_time(part)
        case Condition(field="age"):
            return True
    return False


def without_ages(node: Node | None) -> tuple[Node | None, float, float]:
    """``node`` without the bounds of age that hold for all of it, and these: youngest and oldest in seconds."""
    parts = node.parts if isinstance(node, Both) else () if node is None else (node,)
    youngest, oldest, rest = 0.0, float("inf"), []
    for part in parts:
        match part:
            case Condition(field="age", how="<" | "<=", number=float() as bound):
                oldest = min(oldest, bound)
            case Condition(field="age", how=">" | ">=", number=float() as bound):
                youngest = max(youngest, bound)
            case _:
                rest.append(part)
    left = Both(tuple(rest)) if len(rest) > 1 else rest[0] if rest else None
    return left, youngest, oldest
