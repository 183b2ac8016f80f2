"""What tells a message apart, and what changes when it is sent on; frames cut anywhere. No broker is needed."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from broker_client.rabbit.amqp_message import Properties
from broker_client.rabbit.amqp_table import SizedInt, Timestamp
from broker_client.rabbit.frames import Confirm, Delivery, FrameReader, Publishing, Returned, ack_frame
from broker_client.rabbit.moved_message import Changes, identity_of, prepare
from broker_client.rabbit.property_wire import decode_properties, encode_properties

DEATH = {"queue": "work", "reason": "rejected", "count": SizedInt(1, "l"), "time": Timestamp(7)}


def delivery(properties: Properties, body: bytes = b"body", tag: int = 1) -> Delivery:
    return Delivery(tag, False, b"", b"q", encode_properties(properties), body)


def sent_on(properties: Properties, **changes: Any) -> Properties:
    return decode_properties(prepare(delivery(properties), Changes(**changes)).properties)


def test_what_needs_no_change_is_passed_on_as_the_same_bytes() -> None:
    full = Properties(headers={"a": 1.5}, message_id="m", user_id="me")
    for properties in (Properties(), Properties(headers={}), full):
        assert prepare(delivery(properties), Changes("me")).properties == encode_properties(properties)


def test_what_would_act_again_is_taken_off_and_remembered() -> None:
    headers = {
        "mine": 2.5,
        "x-death": [DEATH],
        "x-first-death-queue": "work",
        "x-last-death-reason": "rejected",
        "x-delivery-count": 3,
        "CC": ["other"],
        "BCC": ["more"],
    }
    found = sent_on(Properties(headers=headers, expiration="500", user_id="other", app_id="app"), user="me")
    history = json.loads((found.headers or {}).pop("x-redrive-history"))
    assert found == Properties(headers={"mine": 2.5, "x-redrive-expiration": "500"}, app_id="app")
    assert history == [{**DEATH, "count": {"$long": 1}, "time": {"$time": 7}}]


def test_the_history_grows_by_each_time_and_stays_bounded() -> None:
    properties = Properties(headers={"x-death": [DEATH]})
    for _ in range(500):
        headers = {**(sent_on(properties).headers or {}), "x-death": [DEATH]}
        properties = Properties(headers=headers)
    history = json.loads(headers["x-redrive-history"])
    assert 50 < len(history) < 500 and len(headers["x-redrive-history"]) <= 16_384


def test_an_expiration_and_our_own_user_id_stay_when_they_may() -> None:
    properties = Properties(expiration="500", user_id="me")
    assert sent_on(properties, user="me", keep_expiration=True) == properties


def test_a_message_is_the_same_however_often_it_was_delivered() -> None:
    first = delivery(Properties(headers={"b": 1, "a": 2}))
    again = delivery(Properties(headers={"a": 2, "b": 1, "x-delivery-count": 4, "x-acquired-count": 1}), tag=9)
    assert identity_of(first) == identity_of(again)
    assert identity_of(delivery(Properties())) == identity_of(delivery(Properties(headers={"x-delivery-count": 1})))
    others = (delivery(Properties(headers={"a": 2, "b": 2})), delivery(Properties(headers={"b": 1, "a": 2}), b"other"))
    assert len({identity_of(first), *map(identity_of, others)}) == 3


def test_a_message_is_named_by_its_id_or_its_task() -> None:
    def label(properties: Properties) -> str:
        return prepare(delivery(properties), Changes()).label

    assert label(Properties(message_id="m", headers={"id": "t", "task": "mail"})) == "m"
    assert label(Properties(headers={"id": "t", "task": "mail"})) == "t"
    assert label(Properties(headers={"id": "t"})) == label(Properties(correlation_id="c")) == ""


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=60))
def test_frames_are_read_wherever_they_are_cut(body: bytes, cuts: list[int]) -> None:
    publishing = Publishing(1, 64)
    properties = encode_properties(Properties(message_id="m"))
    deliver = b"\x00\x3c\x00\x3c\x01c" + (7).to_bytes(8, "big") + b"\1\1e\2rk"
    method = b"\1\0\1" + len(deliver).to_bytes(4, "big") + deliver + b"\xce"
    heartbeat = b"\x08\0\0\0\0\0\0\xce"
    stream = heartbeat + method + publishing.content(properties, body) + ack_frame(1, 5, multiple=True) + heartbeat
    deliveries: list[Delivery] = []
    returns: list[Returned] = []
    confirms: list[Confirm] = []
    others: list[bytes] = []
    reader = FrameReader(1, deliveries.append, returns.append, confirms.append, others.append)
    position = 0
    for cut in [*cuts, len(stream)]:
        reader.feed(stream[position : position + cut])
        position += cut
    assert deliveries == [Delivery(7, True, b"e", b"rk", properties, body)]
    assert confirms == [Confirm(5, True, True)]
    assert others == [heartbeat, heartbeat] and returns == []
