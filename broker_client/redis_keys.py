"""Walks over all keys of a Redis so slowly that its other clients hardly notice, and says what fills it.

SCAN only, never KEYS. Each page is followed by a rest longer than the page took. In a small database every key is
measured; in a large one a share of them, evenly over the walk. Where Redis can (7.2), keys that are read do not count
as used, so that what it would drop next stays the same.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from broker_client.errors import AccessRefused
from broker_client.profile import Profile, Secrets
from broker_client.redis_server import open_redis, redis_error, redis_label
from broker_client.tasks.key_census import FamilyRow, KeyCensus, Measured
from broker_client.tasks.key_family import BINDINGS, RESULTS, Family, binding_queue
from broker_client.tasks.plain_text import from_bytes
from broker_client.tasks.redis_listener import redis_failures
from broker_client.tasks.result_census import ResultCensus, ResultRow
from broker_client.tasks.result_value import HEAD_BYTES, TAIL_BYTES, Stored, decode_value
from broker_client.tasks.results import task_id_of

SHARE = 0.3
"""The share of the time in which the walk asks or reads answers; Redis itself is busy with it for a tenth of that."""
MEASURED_AT_MOST = 10_000
_ALWAYS_MEASURED = 100
_SCAN_COUNT = 500
_MEASURE_PAGE = 100
_LONGEST_REST_S = 0.25
_TELL_EVERY_S = 0.4
_BINDINGS_READ = 200


class Census(msgspec.Struct, frozen=True):
    """What was found. ``total`` is what Redis said at the beginning; ``counted`` may differ, for keys come and go and
    Redis may name one twice. ``finished`` is False while the walk goes on, or when it was stopped."""

    at: float
    """When the walk began, epoch seconds."""
    took_s: float
    total: int
    counted: int
    finished: bool
    families: tuple[FamilyRow, ...] = ()
    results: tuple[ResultRow, ...] = ()
    result_count: int = 0
    results_read: int = 0
    queues: tuple[str, ...] = ()
    """Names of the queues that Celery has in this Redis, when it is a broker."""
    note: str = ""
    """What could not be found out, and why."""

    @property
    def sampled(self) -> bool:
        """Whether sizes and times to live are estimates."""
        return any(row.sampled for row in self.families)


def take_census(
    profile: Profile,
    secrets: Secrets,
    wanted: Callable[[], bool] = lambda: True,
    tell: Callable[[Census], None] = lambda _census: None,
    share: float = SHARE,
) -> Census:
    """Walk once over the profile's database; ``tell`` gets what is known so far. Stops when it is no longer ``wanted``.

    Raises BrokerError.
    """
    walk = _Walk(profile, secrets, share)
    try:
        return walk.run(wanted, tell)
    except redis_failures() as problem:
        raise redis_error(problem, redis_label(profile)) from None
    finally:
        walk.close()


class _Walk:
    def __init__(self, profile: Profile, secrets: Secrets, share: float) -> None:
        self._client: Any = open_redis(profile, secrets)
        self._what = redis_label(profile)
        self._share = share
        self._keys = KeyCensus()
        self._results = ResultCensus()
        self._result_count = 0
        self._total = 0
        self._at = time.time()
        self._began = time.monotonic()
        self._note = ""
        self._chance = random.Random()

    def close(self) -> None:
        self._client.close()

    def run(self, wanted: Callable[[], bool], tell: Callable[[Census], None]) -> Census:
        self._total = self._client.dbsize()
        self._asked([("CLIENT", "NO-TOUCH", "ON")], silently=True)
        cursor, told_at = 0, self._began
        while wanted():
            began = time.monotonic()
            cursor, keys = self._client.scan(cursor, count=_SCAN_COUNT)
            self._take(keys)
            now = time.monotonic()
            if not cursor:
                return self._picture(finished=True)
            if now - told_at > _TELL_EVERY_S:
                told_at = now
                tell(self._picture(finished=False))
            time.sleep(min(_LONGEST_REST_S, (now - began) * (1 / self._share - 1)))
        return self._picture(finished=False)

    def _picture(self, finished: bool) -> Census:
        return Census(
            self._at,
            time.monotonic() - self._began,
            self._total,
            self._keys.counted,
            finished,
            self._keys.rows(),
            self._results.rows(self._result_count),
            self._result_count,
            self._results.read_count,
            self._keys.queues,
            self._note,
        )

    # ---- one page -----------------------------------------------------------------------------------------------

    def _take(self, keys: Sequence[bytes]) -> None:
        chosen: list[tuple[bytes, Family]] = []
        share = MEASURED_AT_MOST / self._total if self._total else 1.0
        planned: dict[Family, int] = {}
        for key in keys:
            family = self._keys.note(key)
            self._result_count += family.kind == RESULTS
            few = self._keys.measured_of(family) + planned.get(family, 0) < _ALWAYS_MEASURED
            if few or self._chance.random() < share:
                planned[family] = planned.get(family, 0) + 1
                chosen.append((key, family))
        for start in range(0, len(chosen), _MEASURE_PAGE):
            self._measure(chosen[start : start + _MEASURE_PAGE])

    def _measure(self, chosen: Sequence[tuple[bytes, Family]]) -> None:
        questions: list[tuple[Any, ...]] = []
        for key, _family in chosen:
            questions += [("TYPE", key), ("MEMORY", "USAGE", key), ("PTTL", key)]
        answers = iter(self._asked(questions))
        stored: list[tuple[bytes, float | None]] = []
        bindings: list[bytes] = []
        for (key, family), kind, size, left_ms in zip(chosen, answers, answers, answers, strict=True):
            if not isinstance(left_ms, int) or left_ms == -2:
                continue
            ttl_s = left_ms / 1000 if left_ms >= 0 else None
            word = from_bytes(kind) if isinstance(kind, bytes) else str(kind)
            self._keys.measure(family, Measured(key, word, size if isinstance(size, int) else None, ttl_s))
            if family.kind == RESULTS and word == "string":
                stored.append((key, ttl_s))
            elif family.kind == BINDINGS and word == "set":
                bindings.append(key)
        self._read_results(stored)
        self._read_bindings(bindings)

    def _read_results(self, keys: Sequence[tuple[bytes, float | None]]) -> None:
        questions: list[tuple[Any, ...]] = []
        for key, _ttl in keys:
            questions += [("STRLEN", key), ("GETRANGE", key, 0, HEAD_BYTES - 1)]
        answers = iter(self._asked(questions))
        for (key, ttl_s), size, head in zip(keys, answers, answers, strict=True):
            if not isinstance(size, int) or not isinstance(head, bytes) or not size:
                continue
            tail: Any = b""
            if size > len(head):
                (tail,) = self._asked([("GETRANGE", key, -TAIL_BYTES, -1)])
            value = Stored(head, tail if isinstance(tail, bytes) else b"", size)
            self._results.read(decode_value(task_id_of(key), value, text_chars=8), size, ttl_s)

    def _read_bindings(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            if self._client.scard(key) <= _BINDINGS_READ:
                members = self._client.smembers(key)
                self._keys.note_queues(name for name in map(binding_queue, members) if name and _is_of_tasks(name))

    def _asked(self, commands: Sequence[tuple[Any, ...]], silently: bool = False) -> list[Any]:
        """Answers in their order; a refusal is noted and stands where the answer would."""
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[Any] = pipeline.execute(raise_on_error=False) if commands else []
        for answer in answers:
            if isinstance(answer, Exception) and not silently:
                self._hear_refusal(answer)
        return answers

    def _hear_refusal(self, answer: Exception) -> None:
        error = redis_error(answer, self._what)
        words = str(answer)
        if isinstance(error, AccessRefused) or words.startswith(("unknown command", "ERR unknown")):
            self._note = f"some figures are missing: {words}"
        elif not words.startswith("WRONGTYPE"):
            raise answer


def _is_of_tasks(queue: str) -> bool:
    """Whether tasks wait in it: not answers of workers, nor events."""
    return not queue.endswith(".pidbox") and not queue.startswith("celeryev")
