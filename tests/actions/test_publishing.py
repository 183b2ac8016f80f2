"""What publishing makes of a wish before anything is sent: messages, files, rights."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from broker_client.errors import BadInput
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp_message import Message, Properties
from dashboard.actions.orders import Clients
from dashboard.actions.publishing import (
    MOST_FILLED_BYTES,
    Rows,
    Wish,
    maker_of,
    publish_many,
    publish_one,
    read_body,
    read_rows,
)

MESSAGE = Message("shop", "order.{{counter}}", Properties(message_id="{{csv:id}}"), b'{"n": {{counter:10}}}')
ROWS = Rows("ids.csv", ("id",), ({"id": "a"}, {"id": "b"}))


def test_each_message_is_filled_in_anew() -> None:
    make = maker_of(Wish("/", MESSAGE, rows=ROWS))
    made = [make(number) for number in (1, 2, 3)]
    assert [one.routing_key for one in made] == ["order.1", "order.2", "order.3"]
    assert [one.properties.message_id for one in made] == ["a", "b", "a"]
    assert [json.loads(one.body)["n"] for one in made] == [10, 11, 12]


def test_without_filling_in_everything_stands_as_it_was_typed() -> None:
    assert maker_of(Wish("/", MESSAGE, fill=False))(7) == MESSAGE


def test_a_long_body_is_sent_as_it_stands() -> None:
    body = b"{{counter}}" + b"x" * MOST_FILLED_BYTES
    made = maker_of(Wish("/", Message("", "q{{counter}}", Properties(), body)))(3)
    assert (made.routing_key, made.body) == ("q3", body)


def test_an_unknown_placeholder_is_named() -> None:
    with pytest.raises(BadInput, match="customer"):
        maker_of(Wish("/", Message("", "{{customer}}", Properties(), b"")))


def test_a_read_only_profile_publishes_nothing(tmp_path: Path) -> None:
    clients = Clients(Profile("p", amqp_url="amqp://127.0.0.1:1", read_only=True), Secrets(), tmp_path, tmp_path)
    with pytest.raises(BadInput, match="nothing was sent"):
        publish_one(Wish("/", MESSAGE), clients)
    with pytest.raises(BadInput, match="nothing was sent"):
        publish_many(Wish("/", MESSAGE, count=2), clients, threading.Event(), lambda _counts: None)


def test_files_that_cannot_be_used_say_why(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_body(tmp_path / "missing")
    with pytest.raises(BadInput, match="not a file"):
        read_body(tmp_path)
    (tmp_path / "latin.csv").write_bytes(b"id\n\xff\n")
    with pytest.raises(BadInput, match="not UTF-8"):
        read_rows(tmp_path / "latin.csv")
    (tmp_path / "short.csv").write_text("id,city\n1\n")
    with pytest.raises(BadInput, match="line 2"):
        read_rows(tmp_path / "short.csv")
    (tmp_path / "good.csv").write_text("\ufeffid,city\n1,Bonn\n", "utf-8")
    assert read_rows(tmp_path / "good.csv") == Rows("good.csv", ("id", "city"), ({"id": "1", "city": "Bonn"},))
