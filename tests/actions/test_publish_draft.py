"""What is typed into the publish form becomes exactly one message, or a word on what is wrong and where."""

from __future__ import annotations

import msgspec
import pytest

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.amqp_table import SingleFloat, SizedInt, Timestamp
from dashboard.actions.publish_draft import (
    Draft,
    body_bytes,
    draft_of,
    json_trouble,
    message_of,
    property_trouble,
    tidy_json,
)


def test_a_queue_is_reached_through_the_default_exchange() -> None:
    message = message_of(Draft(to_queue=True, exchange="left over", routing_key="orders", body="hello"))
    assert (message.exchange, message.routing_key, message.body) == ("", "orders", b"hello")


def test_a_json_body_says_what_it_is_unless_somebody_said_otherwise() -> None:
    draft = Draft(body_kind="JSON", body="{}")
    assert message_of(draft).properties.content_type == "application/json"
    told = msgspec.structs.replace(draft, properties={"content_type": "application/vnd.shop+json"})
    assert message_of(told).properties.content_type == "application/vnd.shop+json"


@pytest.mark.parametrize(
    ("kind", "text", "body"),
    [("base64", "aGVs\nbG8=", b"hello"), ("hex", "68 65 6C\n6c6f", b"hello"), ("text", "é\r\n", b"\xc3\xa9\r\n")],
)
def test_a_body_is_read_as_it_is_marked(kind: str, text: str, body: bytes) -> None:
    assert body_bytes(kind, text) == body  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("base64", "aGV!bG8=", "position 4: '!'"),
        ("base64", "aGVsbG8", "ends too early"),
        ("hex", "68 6x", "position 5: 'x'"),
        ("hex", "686", "ends too early"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_position(kind: str, text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        body_bytes(kind, text)  # type: ignore[arg-type]


def test_broken_json_is_told_with_line_and_column() -> None:
    assert json_trouble('{"a": 1,\n "b": }', fill=False).startswith("line 2, column 7")
    assert "too deep" in json_trouble("[" * 100_000, fill=False)
    assert json_trouble('{"a": 1}', fill=False) == ""


def test_json_is_checked_with_its_placeholders_filled_in() -> None:
    text = '{"n": {{counter}}, "who": "{{choice:a|b}}", "city": "{{csv:city}}"}'
    assert json_trouble(text, True, ("city",)) == ""
    assert json_trouble(text, False, ("city",)).startswith("line 1, column 8")
    assert json_trouble('{"n": {{counter:1000}}, "m": }', True).startswith("line 1, column 30")
    assert json_trouble('{"n": "\\{{counter}}"}', True) == ""
    with pytest.raises(BadInput, match="no column 'city'"):
        json_trouble(text, True)


@pytest.mark.parametrize(
    ("name", "text", "is_fine"),
    [
        ("priority", "255", True),
        ("priority", "256", False),
        ("priority", "-1", False),
        ("timestamp", "9" * 19, False),
        ("timestamp", "1700000000", True),
        ("expiration", "60000", True),
        ("expiration", "1 min", False),
        ("expiration", "{{random:1:9}}", True),
        ("message_id", "m" * 255, True),
        ("message_id", "é" * 128, False),
        ("app_id", "", True),
    ],
)
def test_properties_are_checked_as_the_broker_would(name: str, text: str, is_fine: bool) -> None:
    assert (property_trouble(name, text) == "") == is_fine
    if not is_fine:
        with pytest.raises(BadInput):
            message_of(Draft(properties={name: text}))


def test_a_message_survives_the_form() -> None:
    headers = {
        "float": 1.25,
        "single": SingleFloat(0.5),
        "short": SizedInt(7, "s"),
        "at": Timestamp(1_700_000_000),
        "raw": b"\0\xff",
        "deep": {"list": [1, None, True]},
    }
    properties = Properties("text/plain", None, headers, 2, 5, message_id="m-1", timestamp=1_700_000_000)
    for body in (b"plain", b"\xff\0", b'{"a": 1}', b"a\r\nb"):
        message = Message("shop", "order.created", properties, body)
        assert message_of(draft_of(message, "/")) == message


def test_a_table_that_looks_typed_survives_too() -> None:
    message = Message("", "q", Properties(headers={"$long": 5}), b"")
    assert message_of(draft_of(message, "/")) == message


def test_json_is_tidied_and_nothing_else() -> None:
    assert tidy_json('{"b":[1],"a":"é"}') == '{\n  "b": [\n    1\n  ],\n  "a": "é"\n}'
    assert tidy_json('{"n": {{counter}}}') is None
