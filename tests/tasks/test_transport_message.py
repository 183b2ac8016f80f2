"""Messages of kombu in Redis: read where they stand, whatever they hold."""

from __future__ import annotations

import json

import pytest

from broker_client.tasks.transport_message import read_held, read_waiting

HEADERS = {"task": "shop.mail", "id": "i1", "retries": 2, "argsrepr": "(1,)", "eta": "2026-11-23T10:00:00+00:00"}


def message(**parts: object) -> bytes:
    return json.dumps({"body": "e30=", "headers": HEADERS, "properties": {"priority": 3}, **parts}).encode()


def test_a_waiting_task_is_read_without_its_body() -> None:
    task = read_waiting(message())
    assert (task.id, task.name, task.args, task.retries, task.priority) == ("i1", "shop.mail", "(1,)", 2, 3)
    assert task.eta == 1_795_428_000.0
    assert not task.words


def test_a_held_message_names_its_queue() -> None:
    queue, task = read_held(json.dumps([json.loads(message()), "", "celery"]).encode())
    assert queue == "celery"
    assert task is not None and task.id == "i1"


@pytest.mark.parametrize(
    "raw", [b"", b"\xff", b"[]", b"{}", b'{"headers": 5}', b'{"headers": {}, "properties": 7}', b"[" * 100_000, b"null"]
)
def test_hostile_messages_are_refused_in_words(raw: bytes) -> None:
    assert read_waiting(raw).words
    assert read_held(raw)[1] is not None


def test_text_that_cannot_be_encoded_is_escaped() -> None:
    task = read_waiting(b'{"headers": {"task": "\\ud800", "id": 5}, "properties": []}')
    assert task.name == "\\ud800" and task.id is None
