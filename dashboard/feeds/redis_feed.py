"""What Redis says of itself, every two seconds; while somebody looks at its page, also all that the page shows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from broker_client.insight.diagnosis import redis_findings
from broker_client.profile import Profile, Secrets
from broker_client.redis_condition import RedisCondition, read_condition
from broker_client.redis_server import facts_of, open_redis, read_info, redis_address, redis_label
from broker_client.tasks.redis_transport import Transport, TransportReader
from dashboard.feeds.feed import Feed
from dashboard.feeds.pace import Pace
from dashboard.feeds.source import Source, stamp
from dashboard.store.app_state import Health, RedisArrived, RedisDetailArrived

SOURCE = "Redis INFO"
DETAIL_SOURCE = "Redis"
_DETAIL_EVERY_S = 4.0
"""The slow log and the list of clients change slowly, and the second may be long."""


class RedisSource(Source):
    """Owns one client, and one for Celery's queues. ``watch`` may be called from any thread."""

    service = "redis"

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        super().__init__()
        self._profile = profile
        self._secrets = secrets
        self._client: Any = None
        self._transport: TransportReader | None = None
        self._pace = Pace()
        self._detail_pace = Pace(shortest_s=_DETAIL_EVERY_S)
        self._latency_ms = 0.0
        self._version = ""
        self._queues: tuple[str, ...] | None = None
        self._condition: RedisCondition | None = None

    def watch(self, queues: Sequence[str] | None) -> None:
        """Ask for details, and for what waits in these of Celery's queues; ``None`` = nobody looks any more."""
        wanted = None if queues is None else tuple(queues)
        if wanted != self._queues:
            self._queues = wanted
            self.wake.set()

    def turn(self) -> float:
        if self._client is None:
            self._client = open_redis(self._profile, self._secrets)
        began = time.monotonic()
        info = read_info(self._client)
        facts = facts_of(info, redis_address(self._profile)[1])
        now = time.monotonic()
        self._latency_ms, self._version = (now - began) * 1000, facts.version
        pause_s = self._pace.spent(now - began, now)
        self.deliver(RedisArrived(stamp(SOURCE, pause_s, self._latency_ms), facts, redis_findings(facts)))
        queues = self._queues
        if queues is not None:
            self._ask_details(info, queues, pause_s)
        return pause_s

    def health(self) -> Health:
        return Health(
            self.service,
            "live",
            detail=f"Redis {self._version}",
            latency_ms=self._latency_ms,
            last_ok=time.monotonic(),
        )

    def hurry(self) -> None:
        self._detail_pace.hurry()

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def _ask_details(self, info: Any, queues: Sequence[str], pause_s: float) -> None:
        began = time.monotonic()
        condition = self._condition
        if condition is None or self._detail_pace.is_due(began):
            condition = self._condition = read_condition(self._client, info, redis_label(self._profile))
            now = time.monotonic()
            self._detail_pace.spent(now - began, now)
        transport = self._ask_transport(queues) if queues else None
        took_ms = (time.monotonic() - began) * 1000
        self.deliver(RedisDetailArrived(stamp(DETAIL_SOURCE, pause_s, took_ms), condition, transport))

    def _ask_transport(self, queues: Sequence[str]) -> Transport:
        if self._transport is None:
            self._transport = TransportReader(self._profile, self._secrets)
        return self._transport.read(queues)


class RedisFeed(Feed):
    """Health leg ``redis``."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._redis = RedisSource(profile, secrets)
        super().__init__(self._redis)

    def watch(self, queues: Sequence[str] | None) -> None:
        """Ask for what the page of Redis shows; ``None`` = nobody looks."""
        self._redis.watch(queues)
