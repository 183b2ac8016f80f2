"""PURE: what could be typed next into a search: which part of the line it would replace, and the fields on offer."""

from __future__ import annotations

from typing import NamedTuple

from broker_client.tasks.query_fields import FIELDS
from broker_client.tasks.query_language import quoted
from broker_client.tasks.query_words import Word, read_words

JOINS = (("AND", "both hold"), ("OR", "one of them holds"), ("NOT", "it does not hold"))


class Gap(NamedTuple):
    """Where something could go: the characters from ``start`` up to ``end``. ``field`` empty = a field or a word goes
    there, ``kwargs.`` = the name of an argument, else a value of that field. ``typed`` is what stands there up to the
    cursor, ``head`` what is kept in front of a value."""

    start: int
    end: int
    field: str
    typed: str
    head: str = ""
    joins: bool = False
    """Whether AND or OR may follow here."""


class Offer(NamedTuple):
    """``text`` goes into the gap. ``words`` say what it is, ``note`` says more of it."""

    text: str
    words: str
    note: str = ""


def gap_at(line: str, cursor: int) -> Gap:
    """What is being typed at ``cursor``."""
    words, _open_quote = read_words(line[:cursor])
    last = words[-1] if words else None
    if last is None or last.end < cursor or last.kind in ("open", "close", "not"):
        joins = last is not None and last.end < cursor and last.kind in ("word", "close")
        return Gap(cursor, cursor, "", "", joins=joins)
    end = _end_of(line, last, cursor)
    if last.operator:
        name = last.name.lower()
        return Gap(last.start, end, name, last.text, last.name + last.operator)
    field, dot, rest = last.text.partition(".")
    if dot and field.lower() in FIELDS and FIELDS[field.lower()].paths and not last.quoted:
        return Gap(last.start, end, f"{field.lower()}.", rest, f"{field}.")
    return Gap(last.start, end, "", "" if last.quoted else last.text, joins=len(words) > 1)


def field_offers(gap: Gap) -> tuple[Offer, ...]:
    """Fields, AND, OR and NOT that fit what is typed in ``gap``."""
    typed = gap.typed.lower()
    fields = [
        Offer(f"{field.name}{'>' if field.holds == 'duration' else ':'}", field.name, field.help)
        for field in FIELDS.values()
        if field.name.startswith(typed)
    ]
    joins = [Offer(f"{word} ", word, help) for word, help in JOINS if gap.joins or word == "NOT"]
    return (*fields, *(join for join in joins if typed and join.words.startswith(gap.typed)))


def value_offer(gap: Gap, value: str, note: str = "") -> Offer:
    """``value`` as it goes into ``gap``."""
    if gap.field.endswith("."):
        return Offer(f"{gap.head}{value}=", value, note)
    return Offer(f"{gap.head}{quoted(value)} ", value, note)


def filled(line: str, gap: Gap, offer: Offer) -> tuple[str, int]:
    """The line with ``offer`` in it, and where the cursor is then."""
    rest = line[gap.end :]
    text = offer.text.rstrip() if rest.startswith(" ") else offer.text
    return line[: gap.start] + text + rest, gap.start + len(text)


def _end_of(line: str, word: Word, cursor: int) -> int:
    """Where the word that the cursor is in ends in the whole line."""
    whole = next((other for other in read_words(line)[0] if other.start == word.start), None)
    return max(cursor, whole.end if whole is not None else cursor)
