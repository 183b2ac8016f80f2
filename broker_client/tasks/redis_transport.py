"""Celery over Redis: what waits in each queue by priority, and what workers hold and have not acknowledged.

Looking changes nothing: the lists are read where they stand. kombu pushes at their head and takes from their tail.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from broker_client.profile import Profile, Secrets, celery_redis
from broker_client.redis_server import open_redis, redis_error, redis_label
from broker_client.tasks.key_family import PRIORITY_MARK
from broker_client.tasks.plain_text import from_bytes
from broker_client.tasks.redis_listener import redis_failures
from broker_client.tasks.transport_message import WaitingTask, read_held, read_waiting

PRIORITY_STEPS = (3, 6, 9)
"""kombu's own ``priority_steps`` beside 0, whose list has the queue's plain name."""
_ALL_STEPS = range(10)
"""Those that an app may set in ``broker_transport_options``."""
DEFAULT_QUEUE = "celery"
MOST_QUEUES = 500
MOST_HELD = 50
VISIBILITY_TIMEOUT_S = 3600.0
"""kombu's default: what was not acknowledged for so long is delivered once more."""
_LARGEST_HELD_BYTES = 256 << 10
_LARGEST_LOOK_BYTES = 8 << 20


class TransportQueue(msgspec.Struct, frozen=True):
    """``ready`` tasks wait in all; ``steps`` says how many at each priority, 0 (the most urgent in kombu) first: at
    kombu's own steps, and at others where any wait."""

    name: str
    ready: int | None
    steps: tuple[tuple[int, int], ...] = ()
    size_bytes: int | None = None
    """Redis' estimate of the memory of all its lists."""


class HeldTask(msgspec.Struct, frozen=True):
    """Delivered to a worker and not acknowledged, ``since`` epoch seconds."""

    tag: str
    since: float
    queue: str | None = None
    task: WaitingTask | None = None


class Transport(msgspec.Struct, frozen=True):
    """``unacked`` of all queues together: Redis keeps them in one hash. ``held`` are the oldest of them."""

    queues: tuple[TransportQueue, ...]
    unacked: int | None = None
    oldest_unacked_at: float | None = None
    held: tuple[HeldTask, ...] = ()


class TransportReader:
    """Owns one connection; used by one thread. Every call raises BrokerError."""

    def __init__(self, profile: Profile, secrets: Secrets, prefix: str = "") -> None:
        """``prefix`` is kombu's ``global_keyprefix``."""
        broker = celery_redis(profile)
        self._client: Any = open_redis(broker, secrets)
        self._what = redis_label(broker)
        self._prefix = prefix.encode("utf-8", "surrogatepass")

    def read(self, names: Iterable[str]) -> Transport:
        """The queues of these names, and what is not acknowledged."""
        queues = tuple(dict.fromkeys(names))[:MOST_QUEUES]
        try:
            return self._read(queues)
        except redis_failures() as problem:
            raise redis_error(problem, self._what) from None

    def waiting(self, queue: str, limit: int = 20) -> tuple[WaitingTask, ...]:
        """The tasks that are taken next, the first first; nothing is taken. Refuses (empty) when they are huge."""
        try:
            found: list[WaitingTask] = []
            for step in _ALL_STEPS:
                found += self._waiting_at(queue, step, limit - len(found))
                if len(found) >= limit:
                    break
            return tuple(found)
        except redis_failures() as problem:
            raise redis_error(problem, f"looking into {queue} of {self._what}") from None

    def close(self) -> None:
        self._client.close()

    # ---- questions ----------------------------------------------------------------------------------------------

    def _read(self, names: Sequence[str]) -> Transport:
        keys = [self._list_of(name, step) for name in names for step in _ALL_STEPS]
        questions: list[tuple[Any, ...]] = [question for key in keys for question in _list_questions(key)]
        unacked, index = self._prefix + b"unacked", self._prefix + b"unacked_index"
        questions += [("HLEN", unacked), ("ZRANGE", index, 0, MOST_HELD - 1, "WITHSCORES")]
        *lists, held_count, oldest = self._asked(questions)
        counted = iter(lists)
        queues = tuple(_queue(name, [(next(counted), next(counted)) for _ in _ALL_STEPS]) for name in names)
        held = self._held(unacked, oldest if isinstance(oldest, list) else [])
        since = held[0].since if held else None
        return Transport(queues, held_count if isinstance(held_count, int) else None, since, held)

    def _held(self, unacked: bytes, oldest: Sequence[Any]) -> tuple[HeldTask, ...]:
        tags = _pairs(oldest)
        sizes = self._asked([("HSTRLEN", unacked, tag) for tag, _since in tags])
        small = [tag for (tag, _), size in zip(tags, sizes, strict=True) if _is_small(size)]
        values = dict(zip(small, self._asked([("HGET", unacked, tag) for tag in small]), strict=True))
        found = []
        for tag, since in tags:
            queue, task = read_held(values.get(tag))
            found.append(HeldTask(from_bytes(tag), since, queue, task))
        return tuple(found)

    def _waiting_at(self, queue: str, step: int, limit: int) -> list[WaitingTask]:
        key = self._list_of(queue, step)
        length, size = self._asked(_list_questions(key))
        if not isinstance(length, int) or not length:
            return []
        if isinstance(size, int) and size / length * min(limit, length) > _LARGEST_LOOK_BYTES:
            return []
        (messages,) = self._asked([("LRANGE", key, -limit, -1)])
        return [read_waiting(message, step) for message in reversed(messages) if isinstance(message, bytes)]

    def _list_of(self, queue: str, step: int) -> bytes:
        name = self._prefix + queue.encode("utf-8", "surrogatepass")
        return name + PRIORITY_MARK + b"%d" % step if step else name

    def _asked(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Answers in their order; a key of another type, or a refusal, stands there as an error."""
        if not commands:
            return []
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[Any] = pipeline.execute(raise_on_error=False)
        return answers


def _list_questions(key: bytes) -> list[tuple[Any, ...]]:
    return [("LLEN", key), ("MEMORY", "USAGE", key, "SAMPLES", 3)]


def _queue(name: str, lists: Sequence[tuple[Any, Any]]) -> TransportQueue:
    lengths = [length if isinstance(length, int) else None for length, _size in lists]
    sizes = [size for _length, size in lists if isinstance(size, int)]
    if lengths[0] is None:
        return TransportQueue(name, None)
    counts = zip(_ALL_STEPS, (length or 0 for length in lengths), strict=True)
    steps = tuple((step, count) for step, count in counts if count or step in (0, *PRIORITY_STEPS))
    return TransportQueue(name, sum(count for _step, count in steps), steps, sum(sizes) if sizes else 0)


def _pairs(answer: Sequence[Any]) -> list[tuple[bytes, float]]:
    """``ZRANGE ... WITHSCORES`` in either protocol: ``[[member, score], ...]`` or ``[member, score, ...]``."""
    flat: list[Any] = []
    for part in answer:
        flat.extend(part) if isinstance(part, (list, tuple)) else flat.append(part)
    return [(bytes(tag), float(since)) for tag, since in zip(flat[::2], flat[1::2], strict=False)]


def _is_small(size: Any) -> bool:
    return isinstance(size, int) and 0 < size <= _LARGEST_HELD_BYTES
