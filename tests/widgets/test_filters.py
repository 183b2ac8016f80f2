"""The filter language: what passes, what is left out, and that nothing typed can break or stall it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.widgets.filters import Filter

words = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("typed", "text", "passes"),
    [
        ("", "anything", True),
        ("mail", "orders.Mail", True),
        ("mail dead", "mail.dead", True),
        ("mail dead", "mail", False),
        ("mail !dead", "mail.dead", False),
        ("mail !dead", "mail.live", True),
        ("/^mail/", "mail.live", True),
        ("/^mail/", "orders.mail", False),
        ("!/dead$/", "mail.dead", False),
        ('"a b"', "xa by", True),
        ('"a b"', "a.b", False),
        ("/a b/", "xa by", True),
        ("!", "anything", True),
        ("(", "f(x)", True),
    ],
)
def test_what_passes(typed: str, text: str, passes: bool) -> None:
    assert Filter.parse(typed).matches(text) is passes


@pytest.mark.parametrize("typed", ["/(/", "/[a/", "/*/", "/(a+)+$/"])
def test_a_regular_expression_that_cannot_be_used_is_left_out_and_named(typed: str) -> None:
    parsed = Filter.parse(f"mail {typed}")
    assert parsed.error
    assert parsed.matches("mail")
    assert not parsed.matches("orders")


@given(st.text())
def test_nothing_typed_raises(typed: str) -> None:
    parsed = Filter.parse(typed)
    assert parsed.matches("some.queue") in (True, False)


@given(words, st.text())
def test_a_word_and_its_opposite_never_agree(word: str, text: str) -> None:
    assert Filter.parse(word).matches(text) is not Filter.parse(f"!{word}").matches(text)


@given(words, st.text(max_size=20), st.text(max_size=20))
def test_a_word_is_found_wherever_it_stands(word: str, before: str, after: str) -> None:
    assert Filter.parse(word.upper()).matches(f"{before}|{word.upper()}|{after}")


def test_a_very_long_filter_is_cut_and_says_so() -> None:
    assert "500" in Filter.parse("x" * 5_000).error
