"""Telling messages apart that were seen in part, and searching in them, without a broker."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from broker_client.errors import BadInput
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.entities import QueueKey
from dashboard.actions.looking import Looker, same_message, search
from dashboard.actions.orders import Clients
from dashboard.models.message_table import message_row

WHOLE = Message("shop", "k", Properties(message_id="1", headers={"n": 1.25, "x-delivery-count": 2}), b"0123456789")


def test_a_message_is_known_again_by_all_that_was_seen_of_it() -> None:
    seen = msgspec.structs.replace(
        WHOLE, properties=Properties(message_id="1", headers={"n": 1}), body=b"0123", body_size=10
    )
    assert same_message(seen, WHOLE)
    for other in (
        msgspec.structs.replace(seen, routing_key="l"),
        msgspec.structs.replace(seen, body_size=11),
        msgspec.structs.replace(seen, body=b"0124"),
        msgspec.structs.replace(seen, properties=Properties(message_id="2", headers={"n": 1})),
        msgspec.structs.replace(seen, properties=Properties(message_id="1", headers={"m": 1})),
    ):
        assert not same_message(other, WHOLE)


def test_the_search_takes_keys_headers_properties_and_paths_of_the_body() -> None:
    rows = [
        message_row(1, Message("shop", "order.created", Properties(headers={"kind": "mail"}), b'{"a": {"b": 7}}')),
        message_row(2, Message("", "orders", Properties(type="resize"), b"plain")),
    ]
    for line, found in (("key:order", {1, 2}), ("header.kind=mail", {1}), ("body.a.b=7", {1}), ("type:RES", {2})):
        assert search(rows, line) == found
    with pytest.raises(BadInput, match="knows no field"):
        search(rows, "nonsense:1")


def test_a_read_only_profile_looks_into_nothing(tmp_path: Path) -> None:
    clients = Clients(Profile("p", amqp_url="amqp://127.0.0.1:1", read_only=True), Secrets(), tmp_path, tmp_path)
    for look in (Looker().look, Looker().look_whole):
        with pytest.raises(BadInput, match="was not looked into"):
            look(QueueKey("/", "q"), 1, clients)
