"""``route`` in a terminal: on a file, on a live broker, one message or many, and what is wrong with the input."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from broker_client.__main__ import main
from broker_client.errors import BadInput
from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.route_command import header_of
from tests.brokers import LentBrokers
from tests.live.exported import exported_definitions
from tests.patient_connection import patient_connection

DEFINITIONS = {
    "rabbit_version": "3.10.8",
    "queues": [
        {"name": "bill", "arguments": {"x-message-ttl": 60_000, "x-dead-letter-exchange": ""}},
        {"name": "ship", "arguments": {}},
    ],
    "exchanges": [{"name": "orders", "type": "topic"}, {"name": "media", "type": "headers"}],
    "bindings": [
        {"source": "orders", "destination": "bill", "destination_type": "queue", "routing_key": "order.*.paid"},
        {"source": "orders", "destination": "ship", "destination_type": "queue", "routing_key": "order.#"},
        {
            "source": "media",
            "destination": "ship",
            "destination_type": "queue",
            "routing_key": "",
            "arguments": {"x-match": "all", "size": 5, "kind": "5"},
        },
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "definitions.json"
    path.write_bytes(msgspec.json.encode(DEFINITIONS))
    return str(path)


def route(*arguments: str) -> int:
    return main(["route", *arguments])


def test_the_answer_is_queues_and_a_trace(file: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert route("--definitions", file, "--vhost", "/", "--exchange", "orders", "--key", "order.7", "--json") == 0
    row: dict[str, Any] = msgspec.json.decode(capsysbinary.readouterr().out)
    assert row["queues"] == ["ship"]
    assert [(step["matched"], step["why"]) for step in row["trace"]] == [
        (False, "`order.*.paid` needs 3 words, the key has 2"),
        (True, "`order.#` matches `order.7`"),
    ]
    assert row["trace"][0]["binding"]["destination"] == "bill"
    assert (row["unknown"], row["refused"]) == ([], "")


def test_headers_are_typed(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert route("--definitions", file, "--exchange", "media", "--header", "size=5", "--header", 'kind="5"') == 0
    assert "-> ship" in capsys.readouterr().out
    assert route("--definitions", file, "--exchange", "media", "--header", 'size="5"', "--header", 'kind="5"') == 0
    assert '`size` must be 5, the message has "5"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("k=v", "v"), ("k=", ""), ("k=a=b", "a=b"), ("k=5", 5), ("k=5.0", 5.0), ("k=true", True), ("k=null", None)),
        *(('k="5"', "5"), ("k=[1]", [1]), ('k={"$time": 5}', 5), ("k=NaN", "NaN"), ("k=01", "01"), ("k=True", "True")),
    ],
)
def test_a_value_is_json_where_it_is_json(text: str, value: Any) -> None:
    found = header_of(text)
    assert found == ("k", value) and isinstance(found[1], type(value))


@pytest.mark.parametrize("text", ["k", "=v", "", "k=\udcff"])
def test_a_header_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        header_of(text)


MESSAGES = b"""{"exchange": "orders", "routing_key": "order.7.paid"}
not json

{"exchange": "", "routing_key": "bill", "headers": {"CC": ["ship"]}}
{"exchange": "media", "headers": []}
{"routing_key": "order.1"}
"""


def test_each_line_is_answered_and_a_bad_one_is_named(
    file: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines = tmp_path / "messages.jsonl"
    lines.write_bytes(MESSAGES)
    assert route("--definitions", file, "--messages", str(lines), "--json") == 1
    told = capsysbinary.readouterr()
    rows = [msgspec.json.decode(line) for line in told.out.splitlines()]
    assert [row.get("queues") for row in rows] == [["bill", "ship"], None, ["bill", "ship"], None, None]
    assert [row["line"] for row in rows if "error" in row] == [2, 5, 6]
    assert b"line 2: this is not a message" in told.err and b"line 6: the exchange is missing" in told.err


def test_lines_may_come_by_standard_input(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"routing_key": "order.1"}\n')))
    assert route("--definitions", file, "--messages", "-", "--exchange", "orders") == 0
    assert "-> ship" in capsys.readouterr().out


def test_what_happens_next_is_told_when_asked(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert route("--definitions", file, "--exchange", "", "--key", "bill", "--afterlife") == 0
    assert "bill, after 1 min in the queue: dropped" in capsys.readouterr().out


def test_nowhere_and_refused_are_said(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert route("--definitions", file, "--exchange", "orders", "--key", "\x1b[31m") == 0
    told = capsys.readouterr().out
    assert "nowhere" in told and "\x1b" not in told
    assert route("--definitions", file, "--exchange", "none") == 0
    assert "refused: there is no exchange `none`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--key", "k"], "no exchange is given"),
        (["--exchange", "orders", "--key", "ü" * 128], "256 bytes"),
        (["--exchange", "orders", "--header", "k"], "name=value"),
        (["--exchange", "orders", "--vhost", "other"], ""),
        (["--messages", "/nonexistent/messages"], "cannot be read"),
    ],
)
def test_bad_usage_ends_with_two_and_words(
    file: str, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = route("--definitions", file, *arguments)
    assert code == (2 if words else 0)
    assert words in capsys.readouterr().err


def test_a_vhost_that_the_file_does_not_hold_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "two.json"
    path.write_text('{"vhosts": [{"name": "a"}, {"name": "b"}], "queues": []}', encoding="utf-8")
    assert route("--definitions", str(path), "--exchange", "", "--vhost", "c") == 2
    assert "there are: a, b" in capsys.readouterr().err


def test_a_broker_that_does_not_answer_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert route("--live", "--management", "http://127.0.0.1:1", "--exchange", "") == 1
    assert capsys.readouterr().err


@pytest.mark.live
def test_a_live_broker_and_its_export_answer_alike(
    vhost: Profile,
    sandbox: LentBrokers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    with patient_connection(vhost, sandbox.secrets) as connection:
        channel = connection.channel()
        channel.queue_declare("spare", durable=True)
        channel.exchange_declare("rest", "fanout", durable=True)
        channel.exchange_declare("orders", "topic", durable=True, arguments={"alternate-exchange": "rest"})
        channel.queue_bind("spare", "rest")
    export = tmp_path / "export.json"
    export.write_bytes(exported_definitions(vhost, sandbox.secrets))
    monkeypatch.setenv("WARREN_AMQP_PASSWORD", sandbox.secrets.rabbitmq)
    address = vhost.amqp_url.replace("://", f"://{vhost.username}@")
    asked = ("--exchange", "orders", "--key", "x", "--json", "--vhost", vhost_of(vhost))
    assert route("--live", "--amqp", address, "--management", vhost.management_url, *asked) == 0
    live = msgspec.json.decode(capsysbinary.readouterr().out)
    assert live["queues"] == ["spare"]
    assert route("--definitions", str(export), *asked) == 0
    assert msgspec.json.decode(capsysbinary.readouterr().out) == live
