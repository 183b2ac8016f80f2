"""A database of the tests' Redis that nobody else uses, for tests that count everything in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from redis import Redis

from broker_client.profile import Profile, Secrets
from broker_client.redis_server import open_redis


@contextmanager
def empty_database(profile: Profile, secrets: Secrets) -> Iterator[tuple[Profile, Redis]]:
    """The profile at an empty database, the highest there is, and a client for it. Emptied again at the end."""
    base = profile.redis_url.rpartition("/")[0]
    for number in range(15, 0, -1):
        at = msgspec.structs.replace(profile, redis_url=f"{base}/{number}")
        client = open_redis(at, secrets)
        if client.dbsize() == 0:
            try:
                yield at, client
            finally:
                client.flushdb()
                client.close()
            return
        client.close()
    raise AssertionError("no database of the tests' Redis is empty")
