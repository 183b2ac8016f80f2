"""Header values of every type survive the wire and JSON unchanged; what cannot be sent is named. No broker needed."""

from __future__ import annotations

import struct
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pika
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.errors import BadAnswer, BadInput
from broker_client.rabbit.amqp_message import Death, Message, Properties, deaths
from broker_client.rabbit.amqp_table import (
    MAX_DEPTH,
    Opaque,
    RawText,
    SingleFloat,
    SizedInt,
    Timestamp,
    check_headers,
    decode_table,
    encode_table,
)
from broker_client.rabbit.header_text import from_json, from_text, to_json, to_text
from broker_client.rabbit.pika_properties import from_pika, to_pika
from broker_client.rabbit.property_wire import decode_properties, encode_properties

WIDTHS = {"b": 8, "s": 16, "U": 16, "I": 32, "l": 64, "L": 64}
UNSIGNED = {"B": 8, "u": 16, "i": 32}


def sized(kind: str) -> st.SearchStrategy[SizedInt]:
    low, high = (
        (0, 2 ** UNSIGNED[kind] - 1) if kind in UNSIGNED else (-(2 ** (WIDTHS[kind] - 1)), 2 ** (WIDTHS[kind] - 1) - 1)
    )
    return st.integers(low, high).map(lambda number: SizedInt(number, kind))


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([*WIDTHS, *UNSIGNED]).flatmap(sized),
    st.floats(),
    st.floats(width=32).map(SingleFloat),
    st.builds(
        lambda digits, scale: Decimal(digits).scaleb(-scale), st.integers(-(2**31), 2**31 - 1), st.integers(0, 20)
    ),
    TEXTS,
    st.binary(max_size=20),
    st.binary(max_size=8).map(lambda tail: RawText(b"\xff" + tail)),
    st.integers(0, 2**64 - 1).map(Timestamp),
)
NAMES = st.text(st.characters(codec="utf-8"), max_size=20) | st.just("$long")
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
TABLES = st.dictionaries(NAMES, VALUES, max_size=5)


@given(TABLES)
def test_every_table_comes_back_as_the_same_bytes(table: dict[str, Any]) -> None:
    wire = encode_table(table)
    assert encode_table(decode_table(wire)) == wire


@given(TABLES)
def test_every_table_comes_back_from_json_as_the_same_bytes(table: dict[str, Any]) -> None:
    read = decode_table(encode_table(table))
    assert encode_table(from_text(to_text(read))) == encode_table(read)


@given(TABLES)
def test_pika_writes_and_reads_what_we_do(table: dict[str, Any]) -> None:
    pieces = to_pika(Properties(headers=table, priority=3)).encode()
    read = from_pika(pika.BasicProperties().decode(b"".join(pieces)))
    assert encode_table(read.headers or {}) == encode_table(table)
    assert read.priority == 3


def test_a_float_keeps_its_fraction() -> None:
    table = {"double": 1.25, "single": SingleFloat(0.5), "whole": 2.0}
    read = decode_table(encode_table(table))
    assert read == table
    assert [type(value) for value in read.values()] == [float, SingleFloat, float]


def test_a_plain_number_is_as_wide_as_it_needs() -> None:
    assert encode_table({"a": 5})[6:7] == b"I"
    assert encode_table({"a": 2**31})[6:7] == b"l"
    assert decode_table(encode_table({"a": SizedInt(5, "l")}))["a"].kind == "l"


def test_values_look_like_themselves_in_json() -> None:
    table = {
        "n": 5,
        "f": 2.5,
        "t": "ü",
        "y": None,
        "b": b"\0",
        "w": Timestamp(7),
        "d": Decimal("1.50"),
        "s": [True, {"x": 1}],
    }
    assert to_json(table) == {
        **table,
        "b": {"$bytes": "AA=="},
        "w": {"$time": 7},
        "d": {"$decimal": "1.50"},
    }


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"a": {"b": [1, object()]}}, r"a\.b\[1\].*object"),
        ({"a": 2**63}, "a.*too large"),
        ({"a": Decimal("1e300")}, "a.*32 bits"),
        ({"a": "\ud800"}, "half a pair"),
        ({"ü" * 128: 1}, "256 bytes in UTF-8"),
        ({"a": SizedInt(300, "b")}, "too large for its type"),
        ({"big": "x" * 131_000}, "too large"),
    ],
)
def test_what_cannot_be_sent_is_named(table: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        check_headers(table)


def test_a_table_nested_too_deep_is_refused_and_one_that_arrives_is_carried_along() -> None:
    deep: dict[str, Any] = {}
    for _ in range(MAX_DEPTH + 50):
        deep = {"n": deep}
    with pytest.raises(BadInput, match="nested deeper"):
        check_headers(deep)
    wire = b"\0\0\0\0"
    for _ in range(5000):
        wire = struct.pack(">I", len(wire) + 3) + b"\1nF" + wire
    table = decode_table(wire)
    assert encode_table(table) == wire
    for _ in range(MAX_DEPTH):
        table = table["n"]
    assert isinstance(table["n"], Opaque)


@pytest.mark.parametrize("data", [b"", b"\0\0\0\5\1a", b"\0\0\0\3\1aI", b"\0\0\0\3\1a?", b"\0\0\0\x08\1aS\0\0\0\7x"])
def test_broken_bytes_are_called_broken(data: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_table(data)


@given(st.binary(max_size=40))
def test_no_bytes_make_it_fail_otherwise(data: bytes) -> None:
    for read in (decode_table, decode_properties):
        with suppress(BadAnswer):
            read(data)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": }', "column 7"),
        ('{"a": {"$bytes": "?"}}', r"headers\.a cannot be read"),
        ('{"a": [{"$nope": 1}]}', r"headers\.a\[0\].*\$nope"),
        ('{"a": {"$decimal": "abc"}}', "no decimal"),
        ("[1]", "an object"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_headers_that_are_written_wrong_are_explained(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        from_text(text)


def test_a_table_that_looks_like_a_type_stays_a_table() -> None:
    assert from_json(to_json({"$long": 5})) == {"$long": 5}
    assert to_json(SizedInt(5, "l")) == {"$long": 5}


def test_properties_come_back_with_every_one_set_and_with_none() -> None:
    full = Properties(
        *("text/plain", "gzip", {"a": 1.5}, 2, 9, "c", "r", "60000", "m", 2**40, "t", "u", "a", "x"),
    )
    for properties in (full, Properties(), Properties(headers={}), Properties(content_type="", message_id="\udcff")):
        assert decode_properties(encode_properties(properties)) == properties


def test_a_property_that_cannot_be_sent_is_named() -> None:
    with pytest.raises(BadInput, match=r"priority.*255"):
        encode_properties(Properties(priority=256))
    with pytest.raises(BadInput, match="message id is too long"):
        encode_properties(Properties(message_id="x" * 256))


def test_deaths_are_read_newest_first_and_nonsense_is_left_out() -> None:
    entry = {
        "count": SizedInt(3, "l"),
        "reason": "expired",
        "queue": "wait",
        "time": Timestamp(1_700_000_000),
        "exchange": "",
        "routing-keys": ["wait", b"\xff"],
        "original-expiration": "500",
    }
    found = deaths({"x-death": [entry, "nonsense", {"queue": "q"}]})
    assert found == (
        Death("wait", "expired", 3, 1_700_000_000, "", ("wait", "\ufffd"), "500"),
        Death("q", ""),
    )
    assert deaths(None) == deaths({"x-death": 5}) == ()


def test_a_message_knows_whether_its_body_is_whole() -> None:
    assert Message("", "q", Properties(), b"abc").is_whole
    assert not Message("", "q", Properties(), b"abc", body_size=10).is_whole
