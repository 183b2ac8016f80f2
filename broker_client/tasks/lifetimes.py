"""PURE: how long keys have to live: how many never expire, the middle and the longest of the rest. Bounded."""

from __future__ import annotations

from statistics import median

_KEPT = 2_000


class Lifetimes:
    """Keeps every value until there are many, then each second one of them, and so on."""

    def __init__(self) -> None:
        self._seen = 0
        self._never = 0
        self._step = 1
        self._values: list[float] = []
        self._longest: float | None = None

    def add(self, ttl_s: float | None) -> None:
        """``None`` = it never expires."""
        self._seen += 1
        if ttl_s is None:
            self._never += 1
            return
        self._longest = ttl_s if self._longest is None else max(self._longest, ttl_s)
        if (self._seen - self._never) % self._step == 0:
            self._values.append(ttl_s)
        if len(self._values) > _KEPT:
            self._values = self._values[::2]
            self._step *= 2

    def never_of(self, count: int) -> float | None:
        """How many of ``count`` keys never expire, going by those that were seen; ``None`` = none was seen."""
        return self._never / self._seen * count if self._seen else None

    @property
    def median_s(self) -> float | None:
        return median(self._values) if self._values else None

    @property
    def longest_s(self) -> float | None:
        return self._longest
