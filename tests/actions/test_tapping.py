"""Files of tapped messages, and what is read of a ring."""

from __future__ import annotations

from pathlib import Path

import pytest

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import Properties
from broker_client.rabbit.property_wire import encode_properties
from broker_client.rabbit.tap_ring import Tapped, TapRing
from dashboard.actions.tapping import export, newest_rows, read_recording
from dashboard.dialogs.replay_messages import recording_words


def tapped(number: int, body: bytes = b"{}", size: int | None = None, properties: bytes | None = None) -> Tapped:
    encoded = (
        encode_properties(Properties(message_id=str(number), headers={"f": 1.25})) if properties is None else properties
    )
    return Tapped(number, 1_700_000_000.0 + number, b"shop", b"order", encoded, body, size or len(body), False)


def test_the_newest_come_first_and_only_what_is_new(tmp_path: Path) -> None:
    ring = TapRing()
    ring.add([tapped(number) for number in range(1, 9)])
    rows, last = newest_rows(ring, 0, 3)
    assert [row.number for row in rows] == [8, 7, 6] and last == 8
    ring.add([tapped(9)])
    rows, last = newest_rows(ring, last, 3)
    assert [row.number for row in rows] == [9] and last == 9
    rows, _ = newest_rows(ring, 0, 100, "id=2")
    assert [row.number for row in rows] == [2]


def test_a_message_that_cannot_be_read_is_shown_all_the_same() -> None:
    ring = TapRing()
    ring.add([tapped(1, properties=b"\xff")])
    rows, _ = newest_rows(ring, 0, 5)
    assert rows[0].kind == "(cannot be read)" and rows[0].message.body == b"{}"


def test_an_export_can_be_read_again_and_bad_lines_are_named(tmp_path: Path) -> None:
    ring, path = TapRing(), tmp_path / "messages.jsonl"
    ring.add([tapped(1), tapped(2, b"cut", size=9), tapped(3)])
    assert export(ring, path) == 3
    with path.open("a") as file:
        file.write("nonsense\n")
    recording = read_recording(path)
    assert [one.message.properties.headers for one in recording.messages] == [{"f": 1.25}] * 3
    assert recording.cut == 1 and recording.bad_count == 1 and recording.bad[0].line == 4
    words = recording_words(recording)
    assert words.startswith("3 messages over 2.0 s. 1 of them are cut") and "Line 4 cannot be read" in words
    assert export(ring, path) == 3, "the same file is written anew"
    with pytest.raises(BadInput, match="cannot be read"):
        read_recording(tmp_path / "missing.jsonl")
