"""What a body is said to be, whatever a publisher put into it; and how messages are grouped."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import pickle
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.message_body import MOST_UNPACKED_BYTES, hex_lines, read_body
from broker_client.rabbit.message_groups import MOST_GROUPS, group_words, groups_of


def message(body: bytes, size: int | None = None, key: str = "k", **properties: Any) -> Message:
    return Message("e", key, Properties(**properties), body, body_size=size)


@pytest.mark.parametrize(
    ("body", "said", "kind"),
    [
        (b"", None, "empty"),
        (b'{"a": 1}', None, "json"),
        (b"17", "application/json", "json"),
        (b"17", None, "text"),
        ("ünï".encode(), None, "text"),
        (b"\xff\xfe", None, "binary"),
        (b"a\0b", "text/plain", "binary"),
        (b"{broken", "application/json", "text"),
        (b"\xff{", "application/json", "binary"),
        (b"[" * 100_000, "application/json", "text"),
        (b"9" * 5_000, "application/json", "text"),
        (b"[" * 500 + b"]" * 500, "application/json", "text"),
        (b'"\\ud800"', "application/json", "json"),
    ],
)
def test_a_body_is_told_for_what_it_is(body: bytes, said: str | None, kind: str) -> None:
    found = read_body(message(body, content_type=said))
    assert found.kind == kind and found.raw == body


def test_invalid_json_that_is_marked_as_json_is_named_with_its_place() -> None:
    (words,) = read_body(message(b'{"a": 1,\n "b" 2}', content_type="application/json")).words
    assert "line 2, column 6" in words


@pytest.mark.parametrize(
    ("pack", "encoding"),
    [
        (gzip.compress, "gzip"),
        (zlib.compress, "zlib"),
        (zlib.compress, None),
        (bz2.compress, None),
        (lzma.compress, ""),
    ],
)
def test_packed_bodies_are_unpacked(pack: Callable[[bytes], bytes], encoding: str | None) -> None:
    found = read_body(message(pack(b'{"a": 1}' + b" " * 1_000), content_encoding=encoding))
    assert found.parsed == {"a": 1} and found.packing and not found.cut


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_is_unpacked_only_so_far(pack: Callable[[bytes], bytes]) -> None:
    found = read_body(message(pack(b"\0" * (64 << 20))))
    assert len(found.raw) <= MOST_UNPACKED_BYTES and found.cut
    assert any("there is more" in words for words in found.words)


def test_a_body_that_is_not_packed_as_said_is_shown_as_it_came() -> None:
    found = read_body(message(b"plain", content_encoding="gzip"))
    assert (found.kind, found.text, found.packing) == ("text", "plain", "")
    assert "not gzip" in found.words[0]


def test_a_cut_body_says_so() -> None:
    found = read_body(message('{"name": "ü'.encode()[:-1], 100, content_type="application/json"))
    assert found.cut and found.kind == "text" and "of 100 bytes" in found.words[0]


class Evil:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("touch pwned",)


def test_a_pickle_is_listed_and_never_run(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = read_body(message(pickle.dumps(Evil()), content_type="application/x-python-serialize"))
    assert found.kind == "pickle" and "REDUCE" in (found.text or "") and not list(tmp_path.iterdir())
    long = read_body(message(pickle.dumps(list(range(10_000)))))
    assert (long.text or "").endswith("...")


def test_celery_messages_of_both_protocols_are_read() -> None:
    headers = {"task": "shop.add", "id": "1", "retries": 2, "eta": None}
    second = message(b'[[2, 3], {"k": 1}, {"chain": null}]', headers=headers, content_type="application/json")
    task = read_body(second).task
    assert task is not None and (task.name, task.protocol, task.args, task.kwargs) == (
        "shop.add",
        2,
        "[2, 3]",
        '{"k": 1}',
    )
    assert task.retries == 2 and not task.words
    first = message(json.dumps({"task": "old", "id": "2", "args": [1], "kwargs": {}}).encode())
    task = read_body(first).task
    assert task is not None and (task.name, task.protocol, task.args) == ("old", 1, "[1]")
    assert read_body(message(b'{"a": 1}')).task is None


def test_a_celery_message_that_no_worker_can_read_is_warned_of() -> None:
    task = read_body(message(b"not json", headers={"task": "t", "id": "1"}, content_type="application/json")).task
    assert task is not None and "destroy" in task.words


def test_bytes_are_shown_in_hexadecimal() -> None:
    assert hex_lines(b"AB\0") == f"00000000  {'41 42 00':<47}  AB."
    assert len(hex_lines(b"x" * 1_000_000).splitlines()) == 4_096


def test_messages_are_grouped_by_task_type_shape_or_key() -> None:
    dead = {"x-death": [{"queue": "q", "reason": "expired", "count": 1}]}
    messages = [
        *[message(b"[[], {}, {}]", headers={"task": "send_mail", "id": str(number)}) for number in range(3)],
        message(b"", type="refund"),
        message(b"", type="refund", headers=dead),
        message(b'{"event": "paid", "n": 1}'),
        message(b'{"b": 1, "a": 2}'),
        message(b"text", 1_000_000, key="order.new"),
    ]
    groups = groups_of(messages)
    assert group_words(groups[0]) == "3 x send_mail"
    assert {(one.kind, one.basis, one.died_of) for one in groups[1:]} == {
        ("refund", "type", ""),
        ("refund", "type", "expired"),
        ("paid", "body.event", ""),
        ("{a, b}", "shape", ""),
        ("order.new", "key", ""),
    }
    assert sum(one.bytes for one in groups) > 1_000_000


def test_there_are_never_too_many_groups() -> None:
    groups = groups_of(message(b"", type=str(number)) for number in range(MOST_GROUPS + 50))
    assert len(groups) == MOST_GROUPS + 1 and groups[-1].count == 50
