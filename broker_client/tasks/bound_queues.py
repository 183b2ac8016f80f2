"""The queues that kombu's bindings name in a Redis: all that were ever sent to or consumed, empty or not.

Found by walking over the keys, a moment long at each question: each step holds Redis up for a millisecond or two.
"""

from __future__ import annotations

import time
from typing import Any

from broker_client.profile import Profile, Secrets, celery_redis
from broker_client.redis_server import open_redis, redis_error, redis_label
from broker_client.tasks.key_family import BINDING, binding_queue
from broker_client.tasks.redis_listener import redis_failures

_KEYS_AT_ONCE = 2_000
_WALK_COUNTS_S = 60.0
"""For so long a walk over all keys counts that took more than one question."""
_NO_TASKS = frozenset({BINDING + b"celeryev", BINDING + b"celery.pidbox", BINDING + b"reply.celery.pidbox"})


class BoundQueues:
    """Owns one connection; used by one thread."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        broker = celery_redis(profile)
        self._client: Any = open_redis(broker, secrets)
        self._what = redis_label(broker)
        self._cursor = 0
        self._sets = set[bytes]()
        self._all_sets = set[bytes]()
        self._all_until = 0.0

    def names(self, within_s: float) -> tuple[tuple[str, ...], bool]:
        """Their names, and whether these are all: of very many keys a part is walked over. Raises BrokerError."""
        try:
            self._walk(time.monotonic() + within_s)
            sets = (self._sets | self._all_sets) - _NO_TASKS
            members = [member for key in sets for member in self._client.smembers(key)]
        except redis_failures() as problem:
            raise redis_error(problem, self._what) from None
        names = {name for name in map(binding_queue, members) if name}
        return tuple(sorted(names)), time.monotonic() < self._all_until

    def close(self) -> None:
        self._client.close()

    def _walk(self, end: float) -> None:
        """Go on where the walk before has ended."""
        while time.monotonic() < end:
            self._cursor, keys = self._client.scan(self._cursor, BINDING + b"*", _KEYS_AT_ONCE, _type="set")
            self._sets.update(keys)
            if not self._cursor:
                self._all_sets, self._sets = self._sets, set()
                self._all_until = time.monotonic() + _WALK_COUNTS_S
                return
