"""What is Celery's among the keys that carry its marker: by the key's name, and by what the value says itself."""

from __future__ import annotations

import json
import pickle
import zlib

import pytest
from msgspec import msgpack

from broker_client.tasks.key_family import META
from broker_client.tasks.result_ownership import (
    OTHER_NAME,
    OTHER_TASK,
    OTHER_VALUE,
    celerys_prefix,
    why_not_celerys,
)
from broker_client.tasks.result_value import HEAD_BYTES, TAIL_BYTES, Stored, stored


def meta(task_id: object, result: object = 5) -> dict[str, object]:
    return {"status": "SUCCESS", "result": result, "traceback": None, "children": [], "task_id": task_id}


def packed(raw: bytes) -> bytes:
    return b"\x00celery-compressed\x00application/x-gzip\x00" + zlib.compress(raw, wbits=31)


OLD = json.dumps({"status": "SUCCESS", "result": 5, "traceback": None}).encode()


@pytest.mark.parametrize("prefix", [b"", b"shop_", b"shop:", b"app.1-", b"app1."])
@pytest.mark.parametrize(
    "value",
    [
        json.dumps(meta("7")).encode(),
        json.dumps(meta(7, float("nan"))).encode(),
        pickle.dumps(meta("7")),
        msgpack.encode(meta("7")),
        b"status: SUCCESS\nresult: 5\ntask_id: '7'\n",
        packed(json.dumps(meta("7")).encode()),
        OLD,
    ],
)
def test_what_celery_stores_is_its_own_in_every_format_and_under_every_prefix(prefix: bytes, value: bytes) -> None:
    assert why_not_celerys(prefix + META + b"7", stored(value)) == ""


@pytest.mark.parametrize(
    "key", [b"notes about celery-task-meta-keys", b"xcelery-task-meta-7", b"celery-task-meta-", b"session:1"]
)
def test_a_key_that_celery_would_never_make_is_not_celerys_whatever_it_holds(key: bytes) -> None:
    assert why_not_celerys(key, stored(OLD)) == OTHER_NAME


@pytest.mark.parametrize(
    "value",
    [
        json.dumps(meta("8")).encode(),
        pickle.dumps(meta("8")),
        msgpack.encode(meta("8")),
        OLD[:-1] + b', "task_id": null}',
    ],
)
def test_a_value_that_names_another_task_is_not_the_result_under_this_key(value: bytes) -> None:
    assert why_not_celerys(META + b"7", stored(value)) == OTHER_TASK


@pytest.mark.parametrize(
    "value",
    [
        b"17",
        b"null",
        b'"SUCCESS"',
        b"[]",
        b'{"status": 5, "result": 1}',
        b'{"status": "SUCCESS"}',
        b'{"result": 1}',
        pickle.dumps({"colour": "red"}),
        msgpack.encode({"colour": "red"}),
        packed(b"[1, 2]"),
    ],
)
def test_a_value_that_can_be_read_and_has_not_celerys_fields_is_not_celerys(value: bytes) -> None:
    assert why_not_celerys(META + b"7", stored(value)) == OTHER_VALUE


def test_what_cannot_be_read_is_celerys_only_where_no_prefix_stands_before_the_key() -> None:
    encrypted = stored(b"gAAAAABk-unreadable")
    assert why_not_celerys(META + b"7", encrypted) == ""
    assert why_not_celerys(b"shop_" + META + b"7", encrypted) == OTHER_VALUE


def test_a_huge_value_is_judged_by_its_head_and_its_tail() -> None:
    def excerpt(text: str) -> Stored:
        raw = text.encode()
        return Stored(raw[:HEAD_BYTES], raw[-TAIL_BYTES:], len(raw))

    huge = "x" * (2 << 20)
    assert why_not_celerys(META + b"7", excerpt(json.dumps(meta("7", huge)))) == ""
    assert why_not_celerys(META + b"7", excerpt(json.dumps(meta("8", huge)))) == OTHER_TASK
    assert why_not_celerys(META + b"7", excerpt(json.dumps({"page": huge}))) == OTHER_VALUE


@pytest.mark.parametrize(
    ("configured", "prefix"), [("", b""), ("shop", b"shop_"), ("shop_", b"shop_"), ("app:", b"app:"), ("a.b", b"a.b_")]
)
def test_a_configured_prefix_is_separated_as_celery_separates_it(configured: str, prefix: bytes) -> None:
    assert celerys_prefix(configured) == prefix
