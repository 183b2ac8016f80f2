"""PURE: what a search that can be read, and has found nothing, was perhaps meant to say."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from broker_client.tasks.query_language import condition_of
from broker_client.tasks.query_match import text_test
from broker_client.tasks.query_words import Word, read_words

_JOINS = ("and", "or", "not")


def hint_on(text: str, states: Collection[str]) -> str:
    """One or two sentences on the first slip in ``text``, or nothing. ``states`` are all that there are."""
    words, _open_quote = read_words(text)
    for place, word in enumerate(words):
        if _is_join(word) and place < len(words) - 1 and (place or word.text.lower() == "not"):
            return f"“{word.text}” was looked for as a word: {word.text.upper()} joins conditions."
        if _asks_state(word) and not any(map(text_test(condition_of(word)), states)):
            return f"No task has the state “{word.text[:40]}”. {_perhaps(word.text, states)}".rstrip()
    return ""


def _is_join(word: Word) -> bool:
    return word.kind == "word" and not word.operator and not word.quoted and word.text.lower() in _JOINS


def _asks_state(word: Word) -> bool:
    return word.name.lower() == "state" and word.operator in (":", "=") and bool(word.text)


def _perhaps(text: str, states: Collection[str]) -> str:
    close = difflib.get_close_matches(text.upper()[:40], states, 1, 0.5)
    return f"Did you mean {close[0]}?" if close else ""
