"""Headers bindings: each kind of match, values of every type, and the reasons. The live tests hold it to the broker."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from broker_client.rabbit.header_match import HeaderPattern, Numbers, number_rule, same_value

OLD, NEW, UNSURE = Numbers.BY_VALUE, Numbers.BY_TYPE, Numbers.UNKNOWN


def verdict(arguments: dict[str, Any], headers: dict[str, Any], numbers: Numbers = OLD) -> tuple[bool | None, str]:
    pattern = HeaderPattern(arguments, numbers)
    matched, why = pattern.verdict(headers)
    assert matched is pattern.matches(headers)
    return matched, why


@pytest.mark.parametrize(
    ("arguments", "headers", "matched", "why"),
    [
        ({}, {}, True, "`all` has no header to look at, so it matches every message"),
        ({"x-match": "any"}, {"a": 1}, False, "`any` has no header to look at, so it matches no message"),
        ({"x-match": "all", "x-a": 1}, {}, True, "`all` has no header to look at, so it matches every message"),
        ({"a": 1}, {}, False, "`all`: the message has no header `a`"),
        ({"a": "1"}, {"a": 1}, False, '`all`: `a` must be "1", the message has 1'),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1, "c": 3}, True, "`all`: the 2 headers are as asked: `a`, `b`"),
        ({"x-match": "any", "a": 1, "b": None}, {"b": 5}, True, "`any`: `b` is there, any value will do"),
        ({"x-match": "any", "a": 1, "b": 2}, {"a": 2}, False, None),
        ({"x-match": "all-with-x", "x-a": 1}, {}, False, "`all-with-x`: the message has no header `x-a`"),
        ({"x-match": "any-with-x", "x-a": "y"}, {"x-a": "y"}, True, '`any-with-x`: `x-a` is "y"'),
        ({"X-a": 1}, {}, False, "`all`: the message has no header `X-a`"),
        ({"a": "undefined"}, {"a": 7}, True, "`all`: the header is as asked: `a`"),
    ],
)
def test_each_kind_of_match_says_why(
    arguments: dict[str, Any], headers: dict[str, Any], matched: bool, why: str | None
) -> None:
    found, words = verdict(arguments, headers)
    assert found is matched
    assert why is None or words == why


@pytest.mark.parametrize(
    ("wanted", "given", "old", "new"),
    [
        (1, 1.0, True, False),
        (0.0, -0.0, True, False),
        (1, True, False, False),
        ("1", b"1", True, True),
        ("true", True, False, False),
        (2**53, 2.0**53, True, False),
        (2**53 + 1, 2.0**53, False, False),
        (100, datetime(1970, 1, 1, 0, 1, 40, tzinfo=UTC), True, False),
        (100_000, datetime(1970, 1, 1, 0, 1, 40, tzinfo=UTC), False, True),
        (Decimal("1.50"), Decimal("1.50"), True, True),
        (Decimal("1.50"), Decimal("1.5"), False, False),
        ([], {}, True, True),
        (["a", True, 1.5], ["a", True, 1.5], True, True),
        ([[]], [{}], False, False),
        ({"a": "x"}, {"a": "x"}, True, True),
        ({"a": "x"}, {"a": b"x"}, None, None),
        ({"a": "x"}, {"a": b"y"}, False, False),
        ({"a": 1}, {"a": 2}, False, False),
        ({"a": 1}, {"a": 1}, None, None),
        ({"a": 1}, {"a": 1.0}, False, False),
        ({"a": "x", "b": "y"}, {"b": "y", "a": "x"}, None, None),
        (2.15, Decimal("1.50"), None, None),
        ("a", [1], False, False),
        ("a", 1, False, False),
    ],
)
def test_values_are_the_same_as_the_broker_takes_them(wanted: Any, given: Any, old: bool | None, new: bool) -> None:
    assert same_value(wanted, given, OLD) is old
    assert same_value(wanted, given, NEW) is new


def test_where_versions_differ_an_unknown_version_leaves_it_unknown() -> None:
    matched, why = verdict({"a": 1}, {"a": 1.0}, UNSURE)
    assert matched is None and "version" in why
    assert verdict({"a": 1, "b": 2}, {"a": 1.0, "b": 3}, UNSURE)[0] is False
    assert verdict({"x-match": "any", "a": 1, "b": 2}, {"a": 1.0, "b": 2}, UNSURE)[0] is True


@pytest.mark.parametrize(
    ("version", "rule"), [("3.10.8", OLD), ("3.9", OLD), ("4.0.5", NEW), ("4.2", NEW), ("3.13.1", UNSURE), ("", UNSURE)]
)
def test_the_rule_follows_the_version(version: str, rule: Numbers) -> None:
    assert number_rule(version) is rule


def test_reasons_stay_short_whatever_the_value() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    assert len(verdict({"a": "y" * 10_000}, {"a": deep})[1]) < 300
