"""Abort: writes the state ABORTED into the result backend, for tasks that look there by themselves and stop.

Only a task that is written for it (Celery's ``AbortableTask``, which asks ``self.is_aborted()``) ever notices.
Workers hide the prefix of their keys: it is seen where the task's own state is stored, and never guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from broker_client.errors import BadInput
from broker_client.profile import Profile, Secrets
from broker_client.redis_server import open_redis, redis_error
from broker_client.tasks.control_effect import DONE, REFUSED, Outcome
from broker_client.tasks.key_family import META
from broker_client.tasks.plain_text import cut, printable
from broker_client.tasks.redis_listener import redis_failures
from broker_client.tasks.result_ownership import celerys_prefix, is_celerys_name, why_not_celerys
from broker_client.tasks.result_value import stored
from broker_client.tasks.results import PATTERN
from broker_client.tasks.task_controls import check_ids

ABORTED = "ABORTED"
DAY_S = 86_400
_ENDED = frozenset({"SUCCESS", "FAILURE", "REVOKED"})
_MOST_READ_BYTES = 1 << 20
_SEEN = "its state is ABORTED now; it stops when it looks, if it was written to look"
_ENDED_WORDS = "it has ended already: {}"
_NOT_JSON = "its stored state is not JSON; Warren writes no other"
_TOO_LARGE = "its stored state is too large to be replaced unread"
_NO_STATE = "what is stored under its key is no state of Celery's, and was left as it is"
_NO_PREFIX = "no state of it is stored, and the prefix of its keys is not known: nothing was written"
_SEVERAL = "its state is stored under several prefixes, and which one its worker uses is not known: nothing was written"
_ELSEWHERE = "its state is stored under another prefix than its workers tell: nothing was written"
_RACED = "its state changed while this was written, and was left as it is"
_TIMEDELTA = re.compile(r"(?:(\d+) days?, )?(\d+):(\d\d):(\d\d)(?:\.\d+)?")
_SCAN_COUNT = 1_000


class BackendHabits(msgspec.Struct, frozen=True):
    """How an application stores results: the prefix of its keys (``None`` = not known), and how long it keeps them
    (``None`` = for ever)."""

    prefix: bytes | None = None
    keep_s: int | None = DAY_S


def backend_habits(conf: Mapping[str, Any]) -> BackendHabits:
    """What a worker's ``conf`` says of it. Raises BadInput when its results are not JSON."""
    serializer = _setting(conf, "result_serializer", "json")
    if serializer != "json":
        why = f"the application stores results as {cut(printable(str(serializer)), 40)}"
        raise BadInput("these tasks cannot be aborted from here", why, "revoke or terminate them instead")
    options = _setting(conf, "result_backend_transport_options", {})
    return BackendHabits(_prefix(options), _kept_s(_setting(conf, "result_expires", DAY_S)))


def _setting(conf: Mapping[str, Any], name: str, default: object) -> Any:
    """One setting, also where an application has its settings under names like ``CELERY_RESULT_EXPIRES``."""
    if name in conf:
        return conf[name]
    return next((value for told, value in conf.items() if told.lower().endswith(f"_{name}")), default)


def _prefix(options: object) -> bytes | None:
    """The prefix of the keys; ``None`` when there is one that the worker does not tell (Celery masks it)."""
    if not isinstance(options, dict):
        return None
    configured = options.get("global_keyprefix", "")
    return celerys_prefix(configured) if isinstance(configured, str) and set(configured) != {"*"} else None


def _kept_s(told: Any) -> int | None:
    """``result_expires`` in seconds; a timedelta comes as Python prints it, "7 days, 0:03:00". What cannot be read is
    Celery's own default."""
    if isinstance(told, str) and (span := _TIMEDELTA.fullmatch(told)):
        days, hours, minutes, seconds = (int(part or 0) for part in span.groups())
        told = days * DAY_S + hours * 3_600 + minutes * 60 + seconds
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
        chosen = check_ids(tuple(task_ids))
        places = _places(client, chosen, habits.prefix)
        return tuple(_abort_one(client, task_id, places[task_id], habits) for task_id in chosen)
    except redis_failures() as problem:
        raise redis_error(problem, what) from None
    finally:
        client.close()


def _places(client: Any, task_ids: Sequence[str], prefix: bytes | None) -> dict[str, tuple[bytes, ...]]:
    """Every key under which a state of each task is stored; only the expected ones where all of them are there."""
    names = {_id_bytes(task_id): task_id for task_id in task_ids}
    if prefix is not None:
        expected = [prefix + META + name for name in names]
        if client.exists(*expected) == len(expected):
            return {task_id: (prefix + META + name,) for name, task_id in names.items()}
    found: dict[str, dict[bytes, None]] = {task_id: {} for task_id in task_ids}
    only = b"*" + META + re.sub(rb"([\\*?\[\]])", rb"\\\1", next(iter(names)))
    for key in client.scan_iter(match=only if len(names) == 1 else PATTERN, count=_SCAN_COUNT):
        task_id = names.get(key.partition(META)[2])
        if task_id is not None and is_celerys_name(key):
            found[task_id][key] = None
    return {task_id: tuple(keys) for task_id, keys in found.items()}


def _key_of(task_id: str, places: Sequence[bytes], prefix: bytes | None) -> tuple[bytes, str]:
    """The key that the task's worker uses, or why it is not known."""
    if prefix is None:
        return (places[0], "") if len(places) == 1 else (b"", _SEVERAL if places else _NO_PREFIX)
    expected = prefix + META + _id_bytes(task_id)
    return expected, "" if expected in places or not places else _ELSEWHERE


def _abort_one(client: Any, task_id: str, places: Sequence[bytes], habits: BackendHabits) -> Outcome:
    from redis.exceptions import WatchError

    key, trouble = _key_of(task_id, places, habits.prefix)
    if trouble:
        return Outcome(task_id, REFUSED, trouble)
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
    if pipe.type(key) not in (b"string", b"none"):
        return _NO_STATE, 0
    if pipe.strlen(key) > _MOST_READ_BYTES:
        return _TOO_LARGE, 0
    value = pipe.get(key)
    if value is None:
        return "", 0
    try:
        meta = msgspec.json.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _NOT_JSON, 0
    if why_not_celerys(key, stored(value)):
        return _NO_STATE, 0
    if meta["status"] in _ENDED:
        return _ENDED_WORDS.format(meta["status"].lower()), 0
    return "", int(pipe.ttl(key))


def _id_bytes(task_id: str) -> bytes:
    return task_id.encode("utf-8", "surrogatepass")


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
