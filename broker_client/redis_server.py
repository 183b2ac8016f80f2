"""Redis itself: INFO in the terms an operator needs."""

from __future__ import annotations

import msgspec


class RedisFacts(msgspec.Struct, frozen=True):
    """What INFO says. ``None`` = Redis did not tell."""

    version: str
    uptime_s: float | None = None
    used_bytes: int | None = None
    peak_bytes: int | None = None
    max_bytes: int | None = None
    """``maxmemory``; ``None`` when no limit is set."""
    eviction_policy: str | None = None
    fragmentation: float | None = None
    clients: int | None = None
    blocked_clients: int | None = None
    operations_per_s: float | None = None
    keys: int | None = None
    hit_share: float | None = None
    evicted_keys: int | None = None
    role: str | None = None
    loading: bool | None = None
