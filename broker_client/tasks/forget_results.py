"""Forgets stored results: first a plan that names every key, then exactly that plan and nothing that came later.

Only what is Celery's under one prefix of keys is touched; everything else is left alone and counted.
A result that was written again since the plan was made is kept.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from broker_client.errors import BadInput
from broker_client.profile import Profile, Secrets
from broker_client.redis_server import open_redis, redis_error
from broker_client.tasks.key_family import META
from broker_client.tasks.plain_text import from_bytes
from broker_client.tasks.redis_listener import redis_failures
from broker_client.tasks.result_ownership import (
    OTHER_NAME,
    OTHER_TYPE,
    OTHER_VALUE,
    is_celerys_name,
    prefix_of,
    why_not_celerys,
)
from broker_client.tasks.result_value import ResultFact, Stored, decode_value
from broker_client.tasks.results import ResultReader, StoredResult

FINISHED = ("SUCCESS", "FAILURE", "REVOKED", "REJECTED", "IGNORED")
MOST_AT_ONCE = 200_000
_SHARE = 0.25
_PAGE = 250
_LONGEST_REST_S = 0.25
_EXAMPLES = 12
_MOST_PREFIXES = 16
_MORE_PREFIXES = "under yet other prefixes"

Counted = Callable[[int], None]
Wanted = Callable[[], bool]


class Choice(msgspec.Struct, frozen=True):
    """Which results: every condition that is given must hold. Ages are of the last write, in seconds."""

    states: tuple[str, ...] = FINISHED
    names: tuple[str | None, ...] | None = None
    """Names of tasks, ``None`` among them = results without a name; ``None`` = all."""
    older_than_s: float | None = None
    """A result that does not say when it was written is not older than anything."""
    never_expires: bool = False
    """Only those without a time to live."""
    prefix: bytes = b""
    """What stands before Celery's own part of the keys: an application's ``global_keyprefix``."""

    def wants(self, fact: ResultFact, ttl_s: float | None, now: float) -> bool:
        if fact.state not in self.states or (self.names is not None and fact.name not in self.names):
            return False
        if self.never_expires and ttl_s is not None:
            return False
        return self.older_than_s is None or (fact.done_at is not None and fact.done_at <= now - self.older_than_s)


class Doomed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One key of a plan; ``mark`` tells whether its value is still the one that was looked at."""

    key: bytes
    mark: bytes


class ForgetPlan(msgspec.Struct, frozen=True):
    """What would be forgotten, as it was at ``at`` (epoch seconds). ``cut``: there is more than one plan may hold."""

    choice: Choice
    at: float
    doomed: tuple[Doomed, ...] = ()
    size_bytes: int = 0
    looked_at: int = 0
    states: tuple[tuple[str, int], ...] = ()
    names: tuple[tuple[str | None, int], ...] = ()
    examples: tuple[tuple[str, str | None, str], ...] = ()
    """Key, name and state of the first few."""
    cut: bool = False
    prefixes: tuple[tuple[bytes, int], ...] = ()
    """How many results that are meant there are under each prefix; only those under the chosen one would go."""
    left_alone: tuple[tuple[str, int], ...] = ()
    """How many keys have Celery's marker in their names and are no results of Celery's, by the reason in words."""


class Forgotten(msgspec.Struct, frozen=True):
    """``kept`` were written again since the plan, ``gone`` were no longer there, ``left`` were not tried any more."""

    count: int
    kept: int = 0
    gone: int = 0
    left: int = 0


def plan_forgetting(
    profile: Profile,
    secrets: Secrets,
    choice: Choice,
    wanted: Wanted = lambda: True,
    counted: Counted = lambda _n: None,
) -> ForgetPlan | None:
    """Read every stored result and list those that ``choice`` names; changes nothing. ``None`` = no longer wanted.

    ``counted`` gets how many were looked at. Rests between the pages. Raises BrokerError.
    """
    if not choice.states:
        raise BadInput("no result is chosen", "no state is chosen")
    draft = _Draft(choice, time.time())
    reader = ResultReader(profile, secrets)
    client: Any = open_redis(profile, secrets)
    try:
        began = time.monotonic()
        for keys in reader.marked_keys():
            named = [key for key in keys if is_celerys_name(key)]
            page = reader.values(named)
            draft.take(page, _lifetimes(client, page))
            draft.leave(_kinds(client, set(named).difference(result.key for result in page)))
            draft.leave([OTHER_NAME] * (len(keys) - len(named)))
            counted(draft.looked_at)
            if not wanted():
                return None
            if draft.is_full:
                break
            began = _rest(began)
        return draft.plan()
    except redis_failures() as problem:
        raise redis_error(problem, "looking at the results") from None
    finally:
        reader.close()
        client.close()


def forget(
    profile: Profile,
    secrets: Secrets,
    plan: ForgetPlan,
    wanted: Wanted = lambda: True,
    counted: Counted = lambda _n: None,
) -> Forgotten:
    """Delete the plan's keys whose values are still the same. Raises BrokerError, which says how many are deleted."""
    if not all(doomed.key.startswith(plan.choice.prefix + META) for doomed in plan.doomed):
        raise BadInput("nothing was deleted", "the plan names a key that is no result of Celery's")
    client: Any = open_redis(profile, secrets)
    reader = ResultReader(profile, secrets)
    done = Forgotten(0)
    try:
        began = time.monotonic()
        for start in range(0, len(plan.doomed), _PAGE):
            if not wanted():
                return msgspec.structs.replace(done, left=len(plan.doomed) - start)
            done = _added(done, _forget_page(client, reader, plan.doomed[start : start + _PAGE]))
            counted(done.count)
            began = _rest(began)
        return done
    except redis_failures() as problem:
        raise redis_error(problem, f"forgetting results ({done.count:,} are forgotten already)") from None
    finally:
        reader.close()
        client.close()


class _Draft:
    def __init__(self, choice: Choice, now: float) -> None:
        self._choice = choice
        self._now = now
        self._doomed: dict[bytes, Doomed] = {}
        self._bytes = 0
        self._states: Counter[str] = Counter()
        self._names: Counter[str | None] = Counter()
        self._examples: list[tuple[str, str | None, str]] = []
        self._elsewhere: Counter[bytes] = Counter()
        self._left_alone: Counter[str] = Counter()
        self.looked_at = 0

    @property
    def is_full(self) -> bool:
        return len(self._doomed) >= MOST_AT_ONCE

    def take(self, page: Sequence[StoredResult], lifetimes: Sequence[float | None]) -> None:
        for result, ttl_s in zip(page, lifetimes, strict=True):
            if strange := why_not_celerys(result.key, result.value):
                self.leave((strange,))
                continue
            self.looked_at += 1
            fact = decode_value(result.task_id, result.value, text_chars=8)
            if not self._choice.wants(fact, ttl_s, self._now):
                continue
            if prefix_of(result.key) == self._choice.prefix:
                self._doom(result, fact)
            else:
                self._count_elsewhere(prefix_of(result.key))

    def leave(self, reasons: Sequence[str]) -> None:
        """Count keys that are no results of Celery's."""
        self.looked_at += len(reasons)
        self._left_alone.update(reasons)

    def _doom(self, result: StoredResult, fact: ResultFact) -> None:
        if result.key in self._doomed or self.is_full:
            return
        self._doomed[result.key] = Doomed(result.key, mark_of(result.value))
        self._bytes += result.value.size
        self._states[fact.state] += 1
        self._names[fact.name] += 1
        if len(self._examples) < _EXAMPLES:
            self._examples.append((from_bytes(result.key), fact.name, fact.state))

    def _count_elsewhere(self, prefix: bytes) -> None:
        if prefix in self._elsewhere or len(self._elsewhere) < _MOST_PREFIXES:
            self._elsewhere[prefix] += 1
        else:
            self._left_alone[_MORE_PREFIXES] += 1

    def plan(self) -> ForgetPlan:
        return ForgetPlan(
            self._choice,
            self._now,
            tuple(self._doomed.values()),
            self._bytes,
            self.looked_at,
            tuple(self._states.most_common()),
            tuple(self._names.most_common()),
            tuple(self._examples),
            self.is_full,
            ((self._choice.prefix, len(self._doomed)), *sorted(self._elsewhere.items())),
            tuple(self._left_alone.most_common()),
        )


def mark_of(value: Stored) -> bytes:
    """Eight bytes that tell one stored value from another."""
    return blake2b(b"%d:" % value.size + value.head + value.tail, digest_size=8).digest()


def _lifetimes(client: Any, page: Sequence[StoredResult]) -> list[float | None]:
    pipeline = client.pipeline(transaction=False)
    for result in page:
        pipeline.pttl(result.key)
    return [left_ms / 1000 if left_ms >= 0 else None for left_ms in pipeline.execute()]


def _kinds(client: Any, keys: Collection[bytes]) -> list[str]:
    """Why nothing could be read under ``keys``, but of those that are gone."""
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.type(key)
    return [OTHER_VALUE if kind == b"string" else OTHER_TYPE for kind in pipeline.execute() if kind != b"none"]


def _forget_page(client: Any, reader: ResultReader, page: Sequence[Doomed]) -> Forgotten:
    """All in one transaction that Redis refuses when one of the keys is written meanwhile; then one by one."""
    from redis.exceptions import WatchError

    try:
        return _forget_watched(client, reader, page)
    except WatchError:
        if len(page) == 1:
            return Forgotten(0, kept=1)
        done = Forgotten(0)
        for doomed in page:
            done = _added(done, _forget_page(client, reader, (doomed,)))
        return done


def _forget_watched(client: Any, reader: ResultReader, page: Sequence[Doomed]) -> Forgotten:
    with client.pipeline(transaction=True) as pipeline:
        pipeline.watch(*(doomed.key for doomed in page))
        marks = {found.key: mark_of(found.value) for found in reader.values([doomed.key for doomed in page])}
        same = [doomed.key for doomed in page if marks.get(doomed.key) == doomed.mark]
        gone = sum(doomed.key not in marks for doomed in page)
        if not same:
            return Forgotten(0, kept=len(page) - gone, gone=gone)
        pipeline.multi()
        pipeline.unlink(*same)
        (count,) = pipeline.execute()
    return Forgotten(count, kept=len(page) - gone - len(same), gone=gone + len(same) - count)


def _added(done: Forgotten, page: Forgotten) -> Forgotten:
    return Forgotten(done.count + page.count, done.kept + page.kept, done.gone + page.gone)


def _rest(began: float) -> float:
    """Leave Redis to its other clients for a while; returns when the next page begins."""
    time.sleep(min(_LONGEST_REST_S, (time.monotonic() - began) * (1 / _SHARE - 1)))
    return time.monotonic()
