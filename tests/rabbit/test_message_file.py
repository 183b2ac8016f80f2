"""Messages in files: the same bytes come back, and a broken line costs nothing but itself."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.amqp_table import SingleFloat, SizedInt, Timestamp
from broker_client.rabbit.message_file import (
    BadLine,
    Recorded,
    line_of,
    message_of_line,
    read_file,
    read_lines,
    write_file,
)

VALUES: dict[str, Any] = {
    "f": 1.25,
    "single": SingleFloat(1.5),
    "short": SizedInt(5, "s"),
    "big": 2**40,
    "at": Timestamp(5),
    "d": Decimal("1.50"),
    "b": b"\0\xff",
    "n": None,
    "on": True,
    "deep": {"list": [1, "two", {"three": [b"x"]}]},
    "$long": 5,
    "\u202e": "😀 \x1b",
}


def test_every_kind_of_value_comes_back() -> None:
    properties = Properties(headers=VALUES, priority=3, timestamp=7, message_id="m\u202e", expiration="5")
    message = Message("e", "ü.k", properties, bytes(range(256)), redelivered=True)
    line = line_of(message, 1_700_000_000.25)
    assert line.isascii() and "\n" not in line
    again, at = message_of_line(line)
    assert (again, at) == (message, 1_700_000_000.25)
    assert type(again.properties.headers["short"]) is SizedInt  # type: ignore[index]


@given(
    some.builds(
        Message,
        some.text(),
        some.text(),
        some.builds(Properties, headers=some.none() | some.dictionaries(some.text(), some.integers() | some.text())),
        some.binary(),
    )
)
def test_any_message_comes_back(message: Message) -> None:
    assert message_of_line(line_of(message))[0] == message


def test_a_cut_body_stays_marked_as_cut() -> None:
    again, _ = message_of_line(line_of(Message("", "q", Properties(), b"begin", body_size=100)))
    assert not again.is_whole


BROKEN = [
    b"nonsense",
    b"[]",
    b"\xff",
    b'{"exchange": 5}',
    b'{"body": "***"}',
    b'{"body": 5}',
    b'{"properties": []}',
    b'{"properties": {"nonsense": 1}}',
    b'{"properties": {"priority": "high"}}',
    b'{"properties": {"headers": []}}',
    b'{"properties": {"headers": {"a": {"$nonsense": 1}}}}',
    b'{"at": "now"}',
    b'{"body_size": -1}',
    b"[" * 100_000,
    b'{"at": ' + b"9" * 5_000 + b"}",
]


def test_broken_lines_are_named_and_the_rest_is_kept() -> None:
    good = line_of(Message("", "q", Properties(), b"x")).encode()
    lines = [line for broken in BROKEN for line in (good, broken)]
    found = list(read_lines([*lines, b"  \n", good]))
    assert [one.line for one in found if isinstance(one, BadLine)] == [
        2 * number for number in range(1, len(BROKEN) + 1)
    ]
    assert all(one.words for one in found if isinstance(one, BadLine))
    assert sum(isinstance(one, Recorded) for one in found) == len(BROKEN) + 1


def test_files_are_written_once_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    message = Message("e", "k", Properties(), b"\n")
    assert write_file(path, [(message, 1.5), (message, None)]) == 2
    assert [one.message for one in read_file(path) if isinstance(one, Recorded)] == [message, message]
    with pytest.raises(BadInput, match="exists already"):
        write_file(path, [])
    with pytest.raises(BadInput, match="cannot be read"):
        list(read_file(tmp_path / "gone"))
    with pytest.raises(BadInput, match="cannot be written"):
        write_file(tmp_path / "no" / "such", [])
