"""Which messages a line of words means. No broker is needed."""

from __future__ import annotations

import pytest

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.message_filter import MessageFilter

ORDER = Message(
    "shop",
    "order.created",
    Properties(headers={"x-kind": "refund-a", "n": 1.5, "no": False}, type="mail", message_id="m7", priority=3),
    b'{"items": [{"sku": "A-17", "note": null}], "user": "No Such User"}',
    redelivered=True,
)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "key:ORDER",
        "key=order.*",
        "exchange=shop type=mail",
        "header.x-kind=refund*",
        "header.n=1.5",
        "header.no=false",
        "body.items.0.sku=A-17",
        "body.items.0.note=null",
        'body:"no such user"',
        "id=m7",
        "priority=3",
        "redelivered=true",
        "sku",
        "!key:invoice",
        "!header.absent:x",
    ],
)
def test_terms_that_hold(line: str) -> None:
    assert MessageFilter(line)(ORDER)


@pytest.mark.parametrize(
    "line",
    [
        "key=order",
        "key:order type=sms",
        "header.absent=*",
        "body.items.1.sku=*",
        "body.user.0=*",
        "!sku",
        "id=m?",
        "content_type=*",
        "invoice",
    ],
)
def test_terms_that_do_not(line: str) -> None:
    assert not MessageFilter(line)(ORDER)


@pytest.mark.parametrize(
    ("line", "words"), [("nope:x", "no field 'nope'"), ('body:"x', "filter cannot be read"), ("key.a:x", r"key\.a")]
)
def test_what_cannot_be_understood_is_named(line: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        MessageFilter(line)


def test_a_body_that_is_no_json_has_no_paths() -> None:
    for body in (b"\xff\0", b"[" * 100_000, b""):
        assert not MessageFilter("body.a=*")(Message("", "q", Properties(), body))
