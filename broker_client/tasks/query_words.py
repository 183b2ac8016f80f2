"""PURE: cuts a search into its words, each with its place in the line. Understands nothing of what they ask."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["word", "open", "close", "and", "or", "not"]
_SIGNS: dict[str, Kind] = {"(": "open", ")": "close", "!": "not"}
_JOINS: dict[str, Kind] = {"AND": "and", "OR": "or", "NOT": "not"}
_HEAD = re.compile(r"([A-Za-z_]\w*(?:\.[^\s:=<>()\"']+?)?)(<=|>=|!=|==|[:=<>])")
_PLAIN = re.compile(r"[^\s()]+")
_ESCAPED = re.compile(r"\\([\\\"'])")


class Word(NamedTuple):
    """One word from ``start`` up to ``end`` of a search, with ``name`` and ``operator`` before ``text`` if given."""

    kind: Kind
    start: int
    end: int
    text: str = ""
    name: str = ""
    operator: str = ""
    quoted: bool = False


def read_words(line: str) -> tuple[list[Word], int | None]:
    """The words of ``line``, and where quotes stand that are never closed (``None`` = all are closed)."""
    words: list[Word] = []
    place, end = 0, len(line)
    while place < end:
        sign = line[place]
        if sign.isspace():
            place += 1
        elif sign in _SIGNS:
            words.append(Word(_SIGNS[sign], place, place + 1, sign))
            place += 1
        else:
            word = _word_at(line, place)
            words.append(word)
            place = word.end
            if word.quoted and not _is_closed(line, word):
                return words, _quote_of(word)
    return words, None


def _word_at(line: str, start: int) -> Word:
    head = _HEAD.match(line, start)
    name, operator = (head[1], head[2]) if head else ("", "")
    place = head.end() if head else start
    if line[place : place + 1] in ('"', "'"):
        closing = _closing_quote(line, place)
        text = _ESCAPED.sub(r"\1", line[place + 1 : closing])
        return Word("word", start, min(closing + 1, len(line)), text, name, operator, quoted=True)
    plain = _PLAIN.match(line, place)
    text = plain[0] if plain else ""
    if not head and text in _JOINS:
        return Word(_JOINS[text], start, start + len(text), text)
    return Word("word", start, place + len(text), text, name, operator)


def _closing_quote(line: str, opening: int) -> int:
    """Where the quotes close that open here; the end of the line when they never do."""
    place = opening + 1
    while place < len(line):
        if line[place] == "\\":
            place += 2
        elif line[place] == line[opening]:
            return place
        else:
            place += 1
    return len(line)


def _quote_of(word: Word) -> int:
    return word.start + len(word.name) + len(word.operator)


def _is_closed(line: str, word: Word) -> bool:
    opening = _quote_of(word)
    return _closing_quote(line, opening) < len(line)
