"""What Redis says of itself, every two seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from broker_client.insight.diagnosis import redis_findings
from broker_client.profile import Profile, Secrets
from broker_client.redis_server import open_redis, read_facts
from dashboard.feeds.feed import Feed
from dashboard.feeds.pace import Pace
from dashboard.feeds.source import Source, stamp
from dashboard.store.app_state import Health, RedisArrived

if TYPE_CHECKING:
    from redis import Redis

SOURCE = "Redis INFO"


class RedisSource(Source):
    """Owns one client."""

    service = "redis"

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        super().__init__()
        self._profile = profile
        self._secrets = secrets
        self._client: Redis | None = None
        self._pace = Pace()
        self._latency_ms = 0.0
        self._version = ""

    def turn(self) -> float:
        if self._client is None:
            self._client = open_redis(self._profile, self._secrets)
        began = time.monotonic()
        facts = read_facts(self._client)
        now = time.monotonic()
        self._latency_ms, self._version = (now - began) * 1000, facts.version
        pause_s = self._pace.spent(now - began, now)
        self.deliver(RedisArrived(stamp(SOURCE, pause_s, self._latency_ms), facts, redis_findings(facts)))
        return pause_s

    def health(self) -> Health:
        return Health(
            self.service,
            "live",
            detail=f"Redis {self._version}",
            latency_ms=self._latency_ms,
            last_ok=time.monotonic(),
        )

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


class RedisFeed(Feed):
    """Health leg ``redis``."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        super().__init__(RedisSource(profile, secrets))
