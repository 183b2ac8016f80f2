"""Which entries of the palette fit what was typed, best first. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nlargest
from typing import NamedTuple


class Entry(NamedTuple):
    """``kind`` is ``page``, ``action``, ``queue``, ``task`` or ``worker``; ``subject`` is what it leads to.

    ``why_not`` is the sentence that says why it cannot be chosen now; empty = it can.
    """

    kind: str
    title: str
    note: str
    icon: str
    subject: object
    keys: str = ""
    why_not: str = ""


_KIND_WEIGHT = {"page": 4.0, "action": 3.0, "queue": 2.0, "worker": 1.0, "task": 0.0}


def best_matches(typed: str, entries: Iterable[Entry], most: int = 50) -> list[Entry]:
    """The entries whose title or note holds every word of ``typed``. Nothing typed: pages and actions."""
    words = typed.casefold().split()
    if not words:
        return [entry for entry in entries if entry.kind in ("page", "action")][:most]
    scored = ((score, -place, entry) for place, entry in enumerate(entries) if (score := _score(words, entry)) > 0)
    return [entry for _, _, entry in nlargest(most, scored, key=lambda item: item[:2])]


def _score(words: list[str], entry: Entry) -> float:
    """0 = does not fit. A hit at the start of the title counts most, then at the start of a word, then anywhere."""
    title, note = entry.title.casefold(), entry.note.casefold()
    total = 0.0
    for word in words:
        if title.startswith(word):
            total += 30.0
        elif any(part.startswith(word) for part in title.replace(".", " ").replace("_", " ").split()):
            total += 20.0
        elif word in title:
            total += 10.0
        elif word in note:
            total += 4.0
        else:
            return 0.0
    return total + _KIND_WEIGHT.get(entry.kind, 0.0) - len(title) / 100 - (8.0 if entry.why_not else 0.0)
