"""Celery's event messages, ordinary and hostile."""

from __future__ import annotations

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from broker_client.tasks.events import MAX_BODY_BYTES, decode_events
from tests.fakes.celery_events import EventMaker


def test_a_list_of_events_and_a_single_event_are_read() -> None:
    maker = EventMaker()
    (batch,) = maker.bodies(1, at=1000.0, batch=20)
    (single, *_rest) = maker.bodies(1, at=1000.0, batch=1)
    assert [event.type for event in decode_events(batch).events][:3] == ["task-sent", "task-received", "task-started"]
    assert decode_events(single).events[0].queue == "celery"


def test_one_odd_event_does_not_spoil_the_others_of_its_list() -> None:
    events = [
        {"type": "task-started", "uuid": "a", "timestamp": 1.5, "hostname": "w"},
        {"type": "task-received", "uuid": "b", "name": 7, "args": [1, 2], "retries": "x", "timestamp": "soon"},
        {"uuid": "no type"},
        "not an event",
    ]
    decoded = decode_events(json.dumps(events).encode())
    assert [event.uuid for event in decoded.events] == ["a", "b"]
    assert decoded.unreadable == 2
    assert (decoded.events[1].name, decoded.events[1].args) == ("7", "[1, 2]")
    assert (decoded.events[1].retries, decoded.events[1].timestamp) == (None, 0.0)


def test_nan_and_lone_surrogates_are_made_harmless() -> None:
    body = b'[{"type":"task-succeeded","uuid":"a","runtime":NaN,"result":"\\ud800"}]'
    (event,) = decode_events(body).events
    assert event.runtime is None
    assert event.result == "\\ud800"
    assert msgspec.json.encode(event)


def test_what_cannot_be_read_is_counted_and_never_raised() -> None:
    for body in (b"", b"{", b"[" * 100_000, b"null", b"3", b"\x80\x04\x95", b'"text"', b" " * (MAX_BODY_BYTES + 1)):
        assert decode_events(body).events == []
        assert decode_events(body).unreadable == 1


def test_a_huge_number_does_not_break_the_list() -> None:
    body = b'[{"type":"task-received","uuid":"a","retries":' + b"9" * 400 + b"}]"
    assert decode_events(body).events[0].retries is None
    unreadable = b'[{"type":"task-received","uuid":"a","retries":' + b"9" * 5000 + b"}]"
    assert decode_events(unreadable).unreadable == 1


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_fields = st.sampled_from(["type", "uuid", "hostname", "timestamp", "name", "args", "retries", "loadavg", "runtime"])


@given(st.lists(st.dictionaries(_fields, _json, max_size=6), max_size=4))
def test_any_json_is_read_into_events_that_can_be_sent_on(events: list[dict[str, object]]) -> None:
    decoded = decode_events(json.dumps(events).encode())
    assert len(decoded.events) + decoded.unreadable == max(len(events), len(decoded.events))
    for event in decoded.events:
        msgspec.msgpack.encode(event)


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(body: bytes) -> None:
    decode_events(body)
