"""Topic patterns: what matches as the broker does it, why not, and the index that finds the same at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.rabbit.topic_pattern import TopicIndex, TopicPattern, words_of

WORDS = st.sampled_from(["a", "b", "", "x", "A"])
KEYS = st.lists(WORDS, max_size=6).map(".".join)
PATTERNS = st.lists(st.sampled_from(["a", "b", "", "*", "#"]), max_size=6).map(".".join)


def by_the_book(pattern: list[str], words: list[str]) -> bool:
    """The definition, word by word."""
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(by_the_book(pattern[1:], words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and by_the_book(pattern[1:], words[1:])


@given(PATTERNS, KEYS)
def test_a_pattern_matches_by_the_definition(pattern: str, key: str) -> None:
    assert (TopicPattern(pattern).miss(words_of(key)) is None) is by_the_book(words_of(pattern), words_of(key))


@given(st.lists(PATTERNS, max_size=12), st.lists(KEYS, max_size=12), st.sampled_from([0, 10, 1_000_000]))
def test_an_index_finds_what_each_pattern_alone_would(patterns: list[str], keys: list[str], room: int) -> None:
    index = TopicIndex(patterns, lambda numbers: numbers, room)
    for key in keys:
        words = words_of(key)
        alone = tuple(n for n, pattern in enumerate(patterns) if by_the_book(words_of(pattern), words))
        assert index.find(words) == alone


@pytest.mark.parametrize(
    ("pattern", "key", "why"),
    [
        ("a.*.c", "a.b", "`a.*.c` needs 3 words, the key has 2"),
        ("a.*.c", "a.b.d", "`a.*.c` wants `c` as word 3, the key has `d`"),
        ("a", "", "`a` needs 1 word, the key has none"),
        ("", "a", "`` needs an empty key, the key has 1"),
        ("#.a.b", "a", "`#.a.b` needs at least 2 words, the key has 1"),
        ("#.b", "a.c", "`#.b` wants `b` as the last word, the key has `c`"),
        ("#.b.*", "a.c.d", "`#.b.*` wants `b` as word 2 from the end, the key has `c`"),
        ("#.a.*.#", "b.b.a", "`#.a.*.#` wants `a.*` in between, the key has it nowhere there"),
        ("a..b", "a.x.b", "`a..b` wants `` as word 2, the key has `x`"),
    ],
)
def test_a_miss_says_why(pattern: str, key: str, why: str) -> None:
    assert TopicPattern(pattern).miss(words_of(key)) == why


def test_ten_thousand_hashes_cost_no_more_memory_than_allowed() -> None:
    patterns = [f"#.w{number}.#" for number in range(200)]
    index = TopicIndex(patterns, len, room=5_000)
    for number in range(400):
        words = [f"w{(number * step) % 200}" for step in range(1, 8)]
        assert index.find(words) == len(set(words))
