"""The search language: what can be said, and errors that point at their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.tasks.query_fields import number_of
from broker_client.tasks.query_language import Both, Condition, Either, Not, QueryError, parse_query, quoted


def word(text: str, pattern: bool = False) -> Condition:
    return Condition("", "", ":", text, pattern)


def test_conditions_beside_each_other_must_all_hold_and_or_binds_weaker() -> None:
    assert parse_query("a b OR c") == Either((Both((word("a"), word("b"))), word("c")))
    assert parse_query("a AND (b OR c)") == Both((word("a"), Either((word("b"), word("c")))))
    assert parse_query("!a NOT (b c)") == Both((Not(word("a")), Not(Both((word("b"), word("c"))))))
    assert parse_query("!!a") == word("a")
    assert parse_query("  ") is None


def test_fields_take_contains_is_and_comparisons() -> None:
    assert parse_query("name:mail") == Condition("name", "", ":", "mail")
    assert parse_query("Name=shop.*") == Condition("name", "", "=", "shop.*", True)
    assert parse_query("kwargs.user.id=7") == Condition("kwargs", "user.id", "=", "7")
    assert parse_query("runtime>=1.5m") == Condition("runtime", "", ">=", "1.5m", False, 90.0)
    assert parse_query("retries:2") == Condition("retries", "", "=", "2", False, 2.0)
    assert parse_query('exception:"no such" and') == Both((Condition("exception", "", ":", "no such"), word("and")))


@pytest.mark.parametrize(
    ("text", "seconds"), [("5", 5.0), ("200ms", 0.2), ("1h30m", 5400.0), ("2d", 172_800.0), ("1w", 604_800.0)]
)
def test_times_are_written_with_units(text: str, seconds: float) -> None:
    assert number_of(text, "duration") == seconds


@pytest.mark.parametrize("text", ["", "h", "5x", "-1", "1e9", "1 h", "5 5", "٣"])
def test_what_is_no_time_is_refused(text: str) -> None:
    assert number_of(text, "duration") is None


@pytest.mark.parametrize(
    ("text", "wrong", "why"),
    [
        ("mail (a", "(", "this parenthesis is not closed"),
        ("mail a)", ")", "this parenthesis closes nothing"),
        ("mail ()", "()", "there is nothing between these parentheses"),
        ("a AND", "AND", "nothing follows “AND”"),
        ("OR a", "OR", "nothing stands before “OR”"),
        ("a !", "!", "nothing follows “!”"),
        ("nam:x", "nam", "there is no field “nam”"),
        ("args.x=1", "args.x", "there is no field “args.x”"),
        ("a name:", "name:", "no value follows “name:”"),
        ("runtime>soon", "soon", "“soon” is not a time such as 5, 200ms, 1h30m"),
        ("retries>x", "x", "“x” is not a number"),
        ("name>5", ">", "name is a text: use : or ="),
        ("kwargs.k>5", ">", "kwargs.k is a text: use : or ="),
        ("a name!=t.add", "!=", "“!=” is not said here: write NOT name=t.add"),
        ("kwargs.user!=7", "!=", "“!=” is not said here: write NOT kwargs.user=7"),
        ("kwargs.user==7", "==", "“==” is not said here: write one =, kwargs.user=7"),
        ('name!="a b"', "!=", '“!=” is not said here: write NOT name="a b"'),
        ("name!=", "!=", "“!=” is not said here: write NOT name="),
        ("retries!=2", "!=", "“!=” is not said here: write NOT retries=2"),
        ("age<1.5.5 h", "1.5.5 h", "“1.5.5h” is not a time such as 5, 200ms, 1h30m"),
        ('a "b', '"b', "the quotes are not closed"),
    ],
)
def test_an_error_points_at_its_place(text: str, wrong: str, why: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert (text[caught.value.start : caught.value.end], caught.value.why) == (wrong, why)


def test_a_comparison_of_texts_is_said_again_with_the_whole_name() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("kwargs.k>5")
    assert caught.value.remedy == "kwargs.k:5"


def test_a_unit_may_stand_apart_from_its_number() -> None:
    assert parse_query("age<1 h mail") == Both((Condition("age", "", "<", "1h", False, 3600.0), word("mail")))
    assert parse_query("(runtime>200 ms)") == Condition("runtime", "", ">", "200ms", False, 0.2)
    for text, then in (('age<1 "h"', "h"), ("age<1 hat", "hat"), ("age<1h m", "m"), ("retries>1 h", "h")):
        node = parse_query(text)
        assert isinstance(node, Both) and node.parts[1] == word(then)


def test_signs_of_other_languages_are_text_where_a_value_begins_or_in_quotes() -> None:
    assert parse_query('kwargs.op="=="') == Condition("kwargs", "op", "=", "==")
    assert parse_query("kwargs.a!b=7") == Condition("kwargs", "a!b", "=", "7")
    assert parse_query('"name!=x"') == word("name!=x")


def test_a_field_that_is_nearly_one_is_named() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("worcer:w1")
    assert caught.value.remedy.startswith("Did you mean worker?")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x" * 10_001, "it is longer than 10,000 characters"),
        ("(" * 4_000 + "a" + ")" * 4_000, "parentheses are nested deeper than 40"),
        ("a " * 5_000, "there are more than 200 conditions"),
    ],
)
def test_a_search_of_any_length_is_answered_in_words(text: str, why: str) -> None:
    with pytest.raises(QueryError, match=why):
        parse_query(text)
    assert parse_query("!" * 9_999 + "a") == Not(word("a"))


@given(st.text(max_size=60))
def test_any_text_in_quotes_is_one_word(text: str) -> None:
    assert parse_query(quoted(text)) == word(text)


@given(st.text(alphabet="ab:=<>!()\"' *\\ANDORT.", max_size=40))
def test_any_line_is_understood_or_refused_with_a_place_in_it(text: str) -> None:
    try:
        parse_query(text)
    except QueryError as problem:
        assert 0 <= problem.start < problem.end <= len(text) and problem.why
