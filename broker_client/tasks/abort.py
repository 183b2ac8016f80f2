"""Abort: writes the state ABORTED into the result backend, for tasks that look there by themselves and stop.

Only a task that is written for it (Celery's ``AbortableTask``, which asks ``self.is_aborted()``) ever notices.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from broker_client.errors import BadInput
from broker_client.profile import Profile, Secrets
from broker_client.redis_server import open_redis, redis_error
from broker_client.tasks.control_effect import DONE, REFUSED, Outcome
from broker_client.tasks.plain_text import cut, printable
from broker_client.tasks.redis_listener import redis_failures
from broker_client.tasks.results import META
from broker_client.tasks.task_controls import check_ids

ABORTED = "ABORTED"
DAY_S = 86_400
_ENDED = frozenset({"SUCCESS", "FAILURE", "REVOKED"})
_MOST_READ_BYTES = 1 << 20
_SEEN = "its state is ABORTED now; it stops when it looks, if it was written to look"
_ENDED_WORDS = "it has ended already: {}"
_NOT_JSON = "its stored state is not JSON; Warren writes no other"
_TOO_LARGE = "its stored state is too large to be replaced unread"
_RACED = "its state changed while this was written, and was left as it is"


class BackendHabits(msgspec.Struct, frozen=True):
    """How an application stores results: the prefix of its keys, and how long it keeps them (``None`` = for ever)."""

    prefix: bytes = b""
    keep_s: int | None = DAY_S


def backend_habits(conf: Mapping[str, Any]) -> BackendHabits:
    """What a worker's ``conf`` says of it. Raises BadInput when its results are not JSON."""
    serializer = conf.get("result_serializer", "json")
    if serializer != "json":
        why = f"the application stores results as {cut(printable(str(serializer)), 40)}"
        raise BadInput("these tasks cannot be aborted from here", why, "revoke or terminate them instead")
    options = conf.get("result_backend_transport_options")
    prefix = options.get("global_keyprefix") if isinstance(options, dict) else None
    return BackendHabits(
        prefix.encode() if isinstance(prefix, str) else b"", _kept_s(conf.get("result_expires", DAY_S))
    )


def _kept_s(told: Any) -> int | None:
    """``result_expires`` in seconds; what cannot be read is Celery's own default."""
    if told is None or told == 0:
        return None
    return int(told) if isinstance(told, int | float) and told >= 1 else DAY_S


def abort(profile: Profile, secrets: Secrets, task_ids: Sequence[str], habits: BackendHabits) -> tuple[Outcome, ...]:
    """Mark each task, unless it has ended, and look whether the mark is there. ``worker`` of an outcome is the id."""
    if not profile.redis_url:
        raise BadInput("nothing was aborted", "this profile has no result backend", "add its Redis to the profile")
    what = "aborting tasks"
    client: Any = open_redis(profile, secrets)
    try:
        return tuple(_abort_one(client, task_id, habits) for task_id in check_ids(tuple(task_ids)))
    except redis_failures() as problem:
        raise redis_error(problem, what) from None
    finally:
        client.close()


def _abort_one(client: Any, task_id: str, habits: BackendHabits) -> Outcome:
    from redis.exceptions import WatchError

    key = habits.prefix + META + task_id.encode()
    with client.pipeline() as pipe:
        try:
            pipe.watch(key)
            trouble, left_s = _why_not(pipe, key)
            if trouble:
                return Outcome(task_id, REFUSED, trouble)
            value = _meta(task_id)
            keep_s = left_s if left_s > 0 else habits.keep_s
            pipe.multi()
            pipe.set(key, value, ex=keep_s)
            pipe.publish(key, value)
            pipe.execute()
        except WatchError:
            return Outcome(task_id, REFUSED, _RACED)
    seen = client.get(key) == value
    return Outcome(task_id, DONE if seen else REFUSED, _SEEN if seen else _RACED)


def _why_not(pipe: Any, key: bytes) -> tuple[str, int]:
    """Why the stored state is to be left alone (empty = it may be replaced), and how many seconds it has to live."""
    if pipe.strlen(key) > _MOST_READ_BYTES:
        return _TOO_LARGE, 0
    stored = pipe.get(key)
    if stored is None:
        return "", 0
    try:
        meta = msgspec.json.decode(stored)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _NOT_JSON, 0
    status = meta.get("status") if isinstance(meta, dict) else None
    if status in _ENDED:
        return _ENDED_WORDS.format(str(status).lower()), 0
    return "", int(pipe.ttl(key))


def _meta(task_id: str) -> bytes:
    meta: dict[str, Any] = {
        "status": ABORTED,
        "result": None,
        "traceback": None,
        "children": [],
        "date_done": None,
        "task_id": task_id,
    }
    return json.dumps(meta).encode()
