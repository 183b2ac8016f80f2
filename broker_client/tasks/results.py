"""Celery's result backend in Redis: what it holds, what changes in it live, and one result whole.

Only keys of ``celery-task-meta-*`` are read, never with KEYS, and no value above 1 MB is fetched whole.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from broker_client.errors import NoAnswer
from broker_client.profile import Profile, Secrets
from broker_client.redis_server import open_redis, redis_address, redis_error, redis_label
from broker_client.tasks.key_family import META
from broker_client.tasks.plain_text import from_bytes
from broker_client.tasks.redis_listener import Batch, RedisListener, redis_failures
from broker_client.tasks.result_value import HEAD_BYTES, MAX_VALUE_BYTES, TAIL_BYTES, Stored, stored
from broker_client.tasks.source_loop import SourceStatus

PATTERN = f"*{META.decode()}*"
_SCAN_COUNT = 1000
_PAGE = 1000
_MOST_BYTES_AT_ONCE = 8 << 20
_BATCH = 100
_MAX_PREFIXES = 16
_KEYSPACE_CHECK_S = 10.0
_REMEMBERED_IDS = 50_000


class StoredResult(NamedTuple):
    """One task's stored value under ``key``."""

    task_id: str
    key: bytes
    value: Stored


Receiver = Callable[[list[StoredResult], float, float], bool]
"""``receive(results, at, timeout_s)``; False = no room within ``timeout_s``."""


def task_id_of(key: bytes) -> str:
    """The task id in a result key, whatever prefix stands before it."""
    return from_bytes(key.partition(META)[2])


class ResultStream:
    """Results as they are stored: each write of Celery's backend is also published, with or without task events."""

    def __init__(
        self,
        profile: Profile,
        secrets: Secrets,
        status: SourceStatus,
        receive: Receiver,
        on_subscribed: Callable[[], None],
    ) -> None:
        self._listener = RedisListener(profile, secrets, PATTERN)
        self._profile = profile
        self._secrets = secrets
        self._status = status
        self._receive = receive
        self._on_subscribed = on_subscribed

    def session(self) -> None:
        """Subscribe and hand over results until something breaks. Raises BrokerError."""
        _address, number = redis_address(self._profile)
        database = _OwnDatabase(open_redis(self._profile, self._secrets), number)
        try:
            for batch in self._listener.batches(_BATCH):
                if batch.subscribed:
                    self._status.live()
                    self._on_subscribed()
                self._hand_over(batch, database)
        except redis_failures() as problem:
            raise redis_error(problem, "reading results") from None
        finally:
            database.close()

    def _hand_over(self, batch: Batch, database: _OwnDatabase) -> None:
        if not batch.messages:
            return
        keys = database.holding([message.channel for message in batch.messages])
        results = [
            StoredResult(task_id_of(message.channel), message.channel, stored(message.data))
            for message in batch.messages
            if message.channel in keys
        ]
        if results and not self._receive(results, batch.at, 10.0):
            raise NoAnswer("results come faster than they can be folded")


class _OwnDatabase:
    """Tells keys of our database from others': Redis publishes to all. Asks only when another database holds keys."""

    def __init__(self, client: Any, database: int) -> None:
        self._client: Any = client
        self._database = f"db{database}"
        self._alone = True
        self._next_check = 0.0
        self._ours: OrderedDict[bytes, bool] = OrderedDict()

    def holding(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of ``keys`` that exist in our database."""
        if time.monotonic() > self._next_check:
            self._next_check = time.monotonic() + _KEYSPACE_CHECK_S
            self._alone = all(name == self._database for name in self._client.info("keyspace"))
        if self._alone:
            return set(keys)
        unknown = [key for key in dict.fromkeys(keys) if key not in self._ours]
        if unknown:
            pipeline = self._client.pipeline(transaction=False)
            for key in unknown:
                pipeline.exists(key)
            for key, exists in zip(unknown, pipeline.execute(), strict=True):
                self._ours[key] = bool(exists)
            while len(self._ours) > _REMEMBERED_IDS:
                self._ours.popitem(last=False)
        return {key for key in keys if self._ours.get(key)}

    def close(self) -> None:
        self._client.close()


class ResultReader:
    """Reads stored results on request: all of them in pages, or one. Owns one connection; used by one thread."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._what = redis_label(profile)
        self._client: Any = open_redis(profile, secrets)

    def marked_keys(self) -> Iterator[Sequence[bytes]]:
        """All keys with Celery's marker in them, at most 1,000 at a time, in no order. Raises BrokerError."""
        cursor = 0
        try:
            while True:
                cursor, keys = self._client.scan(cursor, match=PATTERN, count=_SCAN_COUNT)
                yield from _pages(keys)
                if not cursor:
                    return
        except redis_failures() as problem:
            raise redis_error(problem, self._what) from None

    def one(self, task_id: str, prefixes: Iterable[bytes] = (b"",)) -> tuple[StoredResult | None, float | None]:
        """One task's stored value and the seconds until it expires (``None`` = never, unknown). Raises BrokerError."""
        keys = [prefix + META + task_id.encode("utf-8", "surrogatepass") for prefix in prefixes]
        try:
            for result in self._read(keys):
                left_ms = self._client.pttl(result.key)
                return result, left_ms / 1000 if left_ms >= 0 else None
        except redis_failures() as problem:
            raise redis_error(problem, self._what) from None
        return None, None

    def values(self, keys: Sequence[bytes]) -> list[StoredResult]:
        """What is stored under ``keys`` now; one that is gone is left out. Raises what redis-py raises."""
        return self._read(keys)

    def present(self, task_ids: Sequence[str], prefixes: Iterable[bytes] = (b"",)) -> frozenset[str]:
        """Those of ``task_ids`` of which a result is stored now. Raises BrokerError."""
        keys = {
            prefix + META + task_id.encode("utf-8", "surrogatepass"): task_id
            for prefix in prefixes
            for task_id in task_ids
        }
        try:
            found = self._pipelined(("EXISTS", key) for key in keys)
        except redis_failures() as problem:
            raise redis_error(problem, self._what) from None
        return frozenset(task_id for task_id, there in zip(keys.values(), found, strict=True) if there)

    def close(self) -> None:
        self._client.close()

    def _read(self, keys: Sequence[bytes]) -> list[StoredResult]:
        """The values under ``keys``; of a huge one only its head and tail. A key that is gone is left out."""
        sizes = self._pipelined(("STRLEN", key) for key in keys)
        sized = [(key, size) for key, size in zip(keys, sizes, strict=True) if isinstance(size, int)]
        small = [key for key, size in sized if 0 < size <= MAX_VALUE_BYTES]
        huge = [(key, size) for key, size in sized if size > MAX_VALUE_BYTES]
        values = [value for keys in _portions(sized) for value in self._client.mget(keys)]
        found = [
            StoredResult(task_id_of(key), key, stored(value))
            for key, value in zip(small, values, strict=True)
            if value is not None
        ]
        for key, size in huge:
            head, tail = self._pipelined((("GETRANGE", key, 0, HEAD_BYTES - 1), ("GETRANGE", key, -TAIL_BYTES, -1)))
            found.append(StoredResult(task_id_of(key), key, Stored(head, tail, size)))
        return found

    def _pipelined(self, commands: Iterable[tuple[Any, ...]]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[Any] = pipeline.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, Exception) and not str(answer).startswith("WRONGTYPE"):
                raise answer
        return answers


class KeyPrefixes:
    """The key prefixes (``global_keyprefix``) under which results were seen, at most 16."""

    def __init__(self) -> None:
        self._prefixes: dict[bytes, None] = {b"": None}

    def learn(self, key: bytes) -> None:
        self.learn_all((key[: key.find(META)],))

    def learn_all(self, prefixes: Iterable[bytes]) -> None:
        for prefix in prefixes:
            self._learn(prefix)

    def _learn(self, prefix: bytes) -> None:
        if prefix and prefix not in self._prefixes and len(self._prefixes) < _MAX_PREFIXES:
            self._prefixes[prefix] = None

    def all(self) -> tuple[bytes, ...]:
        return tuple(self._prefixes)


def _portions(sized: Sequence[tuple[bytes, int]]) -> Iterator[list[bytes]]:
    """The keys of values that are fetched whole, so many at a time as are of a bearable size together."""
    portion: list[bytes] = []
    size_bytes = 0
    for key, size in sized:
        if 0 < size <= MAX_VALUE_BYTES:
            if portion and size_bytes + size > _MOST_BYTES_AT_ONCE:
                yield portion
                portion, size_bytes = [], 0
            portion.append(key)
            size_bytes += size
    if portion:
        yield portion


def _pages(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), _PAGE):
        yield keys[start : start + _PAGE]
