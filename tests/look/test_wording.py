"""Figures, times and foreign text in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.look import wording
from dashboard.look.wording import DASH


@pytest.mark.parametrize(
    ("number", "words"),
    [(None, DASH), (math.nan, DASH), (0, "0"), (9_210, "9,210"), (18_432, "18.4k"), (1_200_000, "1.2M"), (-5, "-5")],
)
def test_counts(number: float | None, words: str) -> None:
    assert wording.count(number) == words


@pytest.mark.parametrize(
    ("per_second", "words"), [(None, DASH), (0.0, "0.0"), (0.02, "0.02"), (126.4, "126.4"), (2_310, "2,310")]
)
def test_rates(per_second: float | None, words: str) -> None:
    assert wording.rate(per_second) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, DASH),
        (0.012, "12 ms"),
        (4.2, "4.2 s"),
        (59.6, "1 m"),
        (125, "2 m 5 s"),
        (7_680, "2 h 8 m"),
        (273_600, "3 d 4 h"),
        (1e9, "over a year"),
        (-3, "-3.0 s"),
    ],
)
def test_spans(seconds: float | None, words: str) -> None:
    assert wording.span(seconds) == words


@pytest.mark.parametrize(
    ("size_bytes", "words"), [(None, DASH), (0, "0 B"), (512, "512 B"), (9_400, "9.4 kB"), (38_000_000, "38 MB")]
)
def test_sizes(size_bytes: float | None, words: str) -> None:
    assert wording.size(size_bytes) == words


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_is_too_strange_to_be_written(number: float) -> None:
    for write in (wording.count, wording.rate, wording.number, wording.span, wording.age, wording.size, wording.clock):
        assert write(number)


@given(st.text())
def test_nothing_hides_in_a_visible_text(text: str) -> None:
    shown = wording.visible(text)
    assert wording.visible(shown) == shown
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in shown)
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff") & set(shown)


def test_lines_are_kept_only_where_many_are_shown() -> None:
    assert wording.visible("a\nb\u202ec") == "a\\nb\\u202ec"
    assert wording.visible("a\nb\u202ec", keep_lines=True) == "a\nb\\u202ec"


def test_foreign_text_is_neither_a_shortcut_nor_html() -> None:
    assert wording.menu_text("Keys & memory") == "Keys && memory"
    assert wording.tip("<b>x</b>\ny") == "<qt>&lt;b&gt;x&lt;/b&gt;<br>y</qt>"


@given(st.text(max_size=50), st.integers(min_value=1, max_value=60))
def test_a_shortened_text_keeps_its_limit(text: str, limit: int) -> None:
    assert len(wording.shorten(text, limit)) <= limit
