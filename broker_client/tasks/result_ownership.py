"""PURE: whether what stands under a key is a result of Celery's, so that nothing else is deleted or written over.

Celery ends a prefix of its keys (``global_keyprefix``) with one of four characters, and stores the id beside the state.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
from msgspec import UNSET

from broker_client.tasks.key_family import META
from broker_client.tasks.result_value import FAILED_DECODE, Stored
from broker_client.tasks.value_formats import read_foreign, unpack

OTHER_NAME = "with names that Celery does not make"
OTHER_TYPE = "of another type than string"
OTHER_VALUE = "without Celery's fields"
OTHER_TASK = "with the id of another task inside"
_SEPARATORS = (b":", b"_", b"-", b".")
_MOST_OPCODES = 3_000
_HEAD = re.compile(rb'^\s*\{\s*"status":\s*"[^"\\]{1,64}",\s*"result":')
_TAIL_ID = re.compile(rb'"task_id":\s*("(?:[^"\\]|\\.)*")\s*\}\s*$')


class _Claim(msgspec.Struct):
    status: str
    result: msgspec.Raw
    task_id: Any = UNSET


_decoder = msgspec.json.Decoder(_Claim)


def prefix_of(key: bytes) -> bytes:
    """What stands before Celery's own part of the key."""
    return key.partition(META)[0]


def is_celerys_name(key: bytes) -> bool:
    """Whether Celery could have made this key for a result."""
    prefix, _meta, task_id = key.partition(META)
    return bool(task_id) and (not prefix or prefix.endswith(_SEPARATORS))


def celerys_prefix(configured: str) -> bytes:
    """The prefix of the keys where ``global_keyprefix`` is ``configured``: Celery separates it from its own part."""
    prefix = configured.encode("utf-8", "surrogatepass")
    return prefix if not prefix or prefix.endswith(_SEPARATORS) else prefix + b"_"


def why_not_celerys(key: bytes, value: Stored) -> str:
    """Why this is no result of Celery's; empty = it is, or it cannot be read and stands under a key without prefix."""
    if not is_celerys_name(key):
        return OTHER_NAME
    fields = _fields(value)
    if fields is UNSET:
        return OTHER_VALUE if prefix_of(key) else ""
    if not isinstance(fields, dict) or not isinstance(fields.get("status"), str):
        return OTHER_VALUE
    told = fields.get("task_id", UNSET)
    return "" if told is UNSET or _as_bytes(told) == key.partition(META)[2] else OTHER_TASK


def _fields(value: Stored) -> object:
    """What is stored, as far as it matters; ``UNSET`` when it cannot be read."""
    if value.complete:
        try:
            claim = _decoder.decode(value.head)
            return {"status": claim.status, "task_id": claim.task_id}
        except FAILED_DECODE:
            pass
    unpacked = unpack(value.head)
    if value.complete and not unpacked.cut:
        return _whole(unpacked.raw)
    return _excerpt(unpacked.raw, b"" if unpacked.method else value.tail)


def _whole(raw: bytes) -> object:
    try:
        parsed = json.loads(raw)
    except FAILED_DECODE:
        return _foreign(raw)
    return parsed if isinstance(parsed, dict) and "result" in parsed else None


def _excerpt(head: bytes, tail: bytes) -> object:
    """Of a JSON text that is too large only its state and, where it ends with one, its id."""
    if head.lstrip()[:1] not in (b"{", b"[", b'"'):
        return _foreign(head)
    if _HEAD.match(head) is None:
        return None
    told = _TAIL_ID.search(tail)
    return {"status": "", "task_id": json.loads(told[1])} if told else {"status": ""}


def _foreign(raw: bytes) -> object:
    fields = read_foreign(raw, _MOST_OPCODES).fields
    return UNSET if fields is None else fields


def _as_bytes(task_id: object) -> bytes | None:
    if isinstance(task_id, int) and not isinstance(task_id, bool):
        return b"%d" % task_id
    return task_id.encode("utf-8", "surrogatepass") if isinstance(task_id, str) else None
