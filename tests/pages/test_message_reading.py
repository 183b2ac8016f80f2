"""What the panel of a message shows of messages of every kind, hostile ones too."""

from __future__ import annotations

import json
import zlib
from decimal import Decimal
from typing import Any

from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.amqp_table import SingleFloat, SizedInt, Timestamp
from dashboard.pages.message_reading import READ_BYTES, read_message, type_words

HOSTILE = "<b>x</b>\u202e\x00"


def message(body: bytes = b"", **properties: Any) -> Message:
    return Message("shop", "order.created", Properties(**properties), body)


def test_headers_are_shown_with_the_types_of_amqp() -> None:
    values = {
        "flag": True,
        "whole": 5,
        "small": SizedInt(7, "b"),
        "ratio": 1.25,
        "single": SingleFloat(0.5),
        "money": Decimal("1.50"),
        "at": Timestamp(1_700_000_000),
        "raw": b"\xff",
        "void": None,
        "list": [1, "a"],
        "table": {"a": 1},
        "text": HOSTILE,
    }
    read = read_message(message(headers=values))
    types = {row.name: row.type for row in read.headers}
    assert types == {name: type_words(value) for name, value in values.items()}
    assert types["ratio"] == "double" and types["single"] == "float" and types["at"] == "timestamp"
    shown = {row.name: row.value for row in read.headers}
    assert shown["ratio"] == "1.25" and shown["list"] == '[1, "a"]' and shown["text"] == HOSTILE


def test_first_and_last_death_are_told_at_a_glance_and_all_in_a_table() -> None:
    headers = {
        "x-death": [
            {"queue": "late", "reason": "expired", "count": 3, "time": Timestamp(1_700_000_100), "exchange": ""},
            {"queue": "first", "reason": "rejected", "count": 1, "exchange": "shop", "routing-keys": ["a", "b"]},
        ]
    }
    read = read_message(message(headers=headers))
    assert read.death_words.startswith("Died last in “late”: expired, 3 times (")
    assert "Died first in “first”: rejected." in read.death_words
    assert [death.queue for death in read.deaths] == ["late", "first"]
    assert not read.headers, "x-death has a table of its own"


def test_a_body_is_json_text_hex_and_base64() -> None:
    read = read_message(message(json.dumps({"a": [1, 2]}).encode()))
    assert read.body.parsed == {"a": [1, 2]} and read.json_text and '"a"' in read.json_text
    assert read.hex_text.startswith("00000000  7b 22 61") and read.base64_text == "eyJhIjogWzEsIDJdfQ=="
    binary = read_message(message(b"\xff\xfe\x00"))
    assert binary.body.text is None and binary.body_words.startswith("Binary, 3 B")


def test_a_packed_body_is_unpacked_within_bounds_and_a_bomb_is_cut() -> None:
    read = read_message(message(zlib.compress(b'{"n": 1}'), content_encoding="deflate"))
    assert read.body.parsed == {"n": 1} and "unpacked from" in read.body_words
    bomb = read_message(message(zlib.compress(b"a" * (64 << 20)), content_encoding="deflate"))
    assert len(bomb.body.raw) <= READ_BYTES and "there is more" in bomb.body_words


def test_of_a_huge_body_the_beginning_is_read_and_that_is_said() -> None:
    read = read_message(message(b"x" * (READ_BYTES + 5)))
    assert len(read.body.raw) == READ_BYTES and "of 4,194,309 bytes" in read.body_words


def test_a_celery_task_is_decoded_and_a_body_that_a_worker_would_destroy_is_pointed_out() -> None:
    headers = {"task": "shop.mail", "id": "7", "retries": 2, "eta": "undefined"}
    good = read_message(message(b'[[1], {"to": "a"}, {}]', headers=headers, content_type="application/json"))
    assert {field.name: field.value for field in good.task} == {
        "Task": "shop.mail",
        "Id": "7",
        "Arguments": "[1]",
        "Keyword arguments": '{"to": "a"}',
        "Retries so far": "2",
        "Protocol": "2",
    }
    bad = read_message(message(b"nonsense", headers=headers))
    assert "destroy" in {field.name: field.value for field in bad.task}["Careful"]


def test_a_pickle_is_listed_and_never_run() -> None:
    read = read_message(
        message(b"\x80\x04\x8c\x02os\x8c\x06system\x93.", content_type="application/x-python-serialize")
    )
    assert read.body.kind == "pickle" and "STACK_GLOBAL" in (read.body.text or "")
