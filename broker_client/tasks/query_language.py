"""PURE: the search language over tasks: a line of words and conditions becomes a tree, or an error that points.

::

    mail !dead                     name:mail worker=w1@host          "no such user"
    state:failure (queue:mail OR queue:stock)                        kwargs.user=7
    runtime>5 age<1h retries>=2    NOT exception:Timeout             name=shop.*

Conditions beside each other must all hold; AND, OR (in capitals), NOT or ``!``, and parentheses join them.
``field:text`` = contains it, ``field=text`` = is it, in either case; ``*`` stands for any characters. Quotes keep
spaces, signs and a ``*`` as they are. A word alone is looked for in name, id, arguments, worker, queue and exception. A
value that is not known fulfils no condition.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from broker_client.errors import BadInput
from broker_client.tasks.query_fields import COMPARISONS, FIELDS, UNITS, nearest_field, number_of
from broker_client.tasks.query_words import Word, read_words

MAX_CHARS = 10_000
MAX_CONDITIONS = 200
MAX_DEPTH = 40
_FAILED = "the search cannot be read"
_FOREIGN = {"!=": "NOT {name}={value}", "==": "one =, {name}={value}"}
"""Signs of other languages, and how it is said here."""


class QueryError(BadInput):
    """A search that cannot be understood: the characters from ``start`` up to ``end`` are at fault."""

    def __init__(self, why: str, start: int, end: int, remedy: str = "") -> None:
        super().__init__(_FAILED, why, remedy)
        self.start = start
        self.end = end


class Condition(NamedTuple):
    """One condition. ``field`` is empty for a word alone; ``number`` is set for those that compare one."""

    field: str
    path: str
    how: str
    text: str
    pattern: bool = False
    """Whether ``*`` in ``text`` stands for any characters."""
    number: float | None = None


class Both(NamedTuple):
    """All parts hold."""

    parts: tuple[Node, ...]


class Either(NamedTuple):
    """At least one part holds."""

    parts: tuple[Node, ...]


class Not(NamedTuple):
    part: Node


Node = Condition | Both | Either | Not


def parse_query(text: str) -> Node | None:
    """The tree of ``text``; ``None`` = nothing is asked. Raises :class:`QueryError`."""
    if len(text) > MAX_CHARS:
        raise QueryError(f"it is longer than {MAX_CHARS:,} characters", MAX_CHARS, len(text), "Shorten it")
    words, open_quote = read_words(text)
    if open_quote is not None:
        raise QueryError("the quotes are not closed", open_quote, len(text), "Close them")
    if not words:
        return None
    reader = _Reader(words)
    node = reader.alternatives(0)
    if reader.word is not None:
        raise QueryError("this parenthesis closes nothing", reader.word.start, reader.word.end, "Leave it out")
    return node


def quoted(text: str) -> str:
    """``text`` as it has to stand in a search to be meant as it is."""
    words, open_quote = read_words(text)
    plain = len(words) == 1 and open_quote is None and words[0].kind == "word" and words[0].text == text
    if plain and not words[0].operator and "*" not in text:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Reader:
    """Reads words one after the other: alternatives of chains of conditions."""

    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self._next = 0
        self._conditions = 0

    @property
    def word(self) -> Word | None:
        """The word that comes next."""
        return self._words[self._next] if self._next < len(self._words) else None

    def alternatives(self, depth: int) -> Node:
        parts = [self._chain(depth)]
        while self.word is not None and self.word.kind == "or":
            self._next += 1
            parts.append(self._chain(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _chain(self, depth: int) -> Node:
        parts = [self._operand(depth)]
        while (word := self.word) is not None and word.kind not in ("or", "close"):
            if word.kind == "and":
                self._next += 1
            parts.append(self._operand(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _operand(self, depth: int) -> Node:
        turned = False
        while (word := self.word) is not None and word.kind == "not":
            turned = not turned
            self._next += 1
        if word is None or word.kind in ("and", "or", "close"):
            raise self._missing(word)
        self._next += 1
        node = self._group(word, depth + 1) if word.kind == "open" else self._condition(word)
        return Not(node) if turned else node

    def _group(self, opening: Word, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise QueryError(f"parentheses are nested deeper than {MAX_DEPTH}", opening.start, opening.end)
        node = self.alternatives(depth)
        if self.word is None:
            raise QueryError("this parenthesis is not closed", opening.start, opening.end, "Close it with )")
        self._next += 1
        return node

    def _missing(self, word: Word | None) -> QueryError:
        """Why there is no operand where one has to be."""
        before = self._words[self._next - 1] if self._next else None
        if before is not None and before.kind != "close":
            if word is not None and before.kind == "open" and word.kind == "close":
                return QueryError("there is nothing between these parentheses", before.start, word.end)
            name = {"open": "(", "and": "AND", "or": "OR"}.get(before.kind, before.text)
            return QueryError(
                f"nothing follows “{name}”", before.start, before.end, "Put a word in quotes to look for it"
            )
        assert word is not None
        if word.kind == "close":
            return QueryError("this parenthesis closes nothing", word.start, word.end, "Leave it out")
        return QueryError(f"nothing stands before “{word.kind.upper()}”", word.start, word.end)

    def _condition(self, word: Word) -> Condition:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise QueryError(f"there are more than {MAX_CONDITIONS} conditions", word.start, word.end, "Leave some out")
        return condition_of(self._with_its_unit(word))

    def _with_its_unit(self, word: Word) -> Word:
        """``word``, and the unit that follows its number after a space."""
        unit, field = self.word, FIELDS.get(word.name.lower())
        if field is None or field.holds != "duration" or not re.fullmatch(r"[0-9.]+", word.text):
            return word
        if unit is None or unit.operator or unit.quoted or unit.text not in UNITS:
            return word
        self._next += 1
        return word._replace(text=word.text + unit.text, end=unit.end)


def condition_of(word: Word) -> Condition:
    """What one word asks. Raises :class:`QueryError`."""
    if not word.operator:
        return Condition("", "", ":", word.text, pattern="*" in word.text and not word.quoted)
    name, dot, path = word.name.partition(".")
    field = FIELDS.get(name.lower())
    name_end = word.start + len(word.name)
    if field is None or (dot and not (field.paths and path)):
        meant = nearest_field(name)
        hint = (
            f"Did you mean {meant}? Else put it in quotes" if meant else "Put it in quotes to look for it as it stands"
        )
        raise QueryError(f"there is no field “{word.name[:60]}”", word.start, name_end, hint)
    value_start = name_end + len(word.operator)
    if word.operator in _FOREIGN:
        value = quoted(word.text[:40]) if word.text else ""
        meant = _FOREIGN[word.operator].format(name=word.name, value=value)
        raise QueryError(f"“{word.operator}” is not said here: write {meant}", name_end, value_start)
    if not word.text and not word.quoted:
        raise QueryError(
            f"no value follows “{word.name}{word.operator}”", word.start, word.end, field.help.capitalize()
        )
    if field.holds == "text":
        if word.operator in COMPARISONS:
            raise QueryError(
                f"{word.name} is a text: use : or =", name_end, value_start, f"{word.name}:{word.text[:40]}"
            )
        pattern = "*" in word.text and not word.quoted
        return Condition(field.name, path, word.operator, word.text, pattern)
    number = number_of(word.text, field.holds)
    if number is None:
        kind = "a number" if field.holds == "number" else "a time such as 5, 200ms, 1h30m"
        raise QueryError(f"“{word.text[:40]}” is not {kind}", value_start, word.end, field.help.capitalize())
    return Condition(field.name, "", "=" if word.operator == ":" else word.operator, word.text, False, number)
