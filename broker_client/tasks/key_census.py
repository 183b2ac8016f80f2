"""PURE: counts the keys of a Redis by family, and estimates sizes and times to live from those that were measured.

Keys come in the order of Redis' hash table, which has nothing to do with their sizes: the mean of the measured ones
stands for all of a family.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from broker_client.tasks.key_family import OTHER, QUEUES, Family, family_of
from broker_client.tasks.lifetimes import Lifetimes

MOST_FAMILIES = 300
_REST = Family(OTHER, "(all other names)")


class Measured(msgspec.Struct, frozen=True, gc=False):
    """One key as it is. ``size_bytes`` is Redis' own estimate with its overhead; ``ttl_s`` ``None`` = never expires."""

    key: bytes
    type: str
    size_bytes: int | None
    ttl_s: float | None


class FamilyRow(msgspec.Struct, frozen=True):
    """``count`` keys were counted, ``measured`` of them measured. ``size_bytes`` is for all; ``None`` = unknown.

    ``never_expires`` is their number among all, estimated when not all were measured. Times are seconds.
    """

    kind: str
    pattern: str
    count: int
    measured: int
    types: tuple[str, ...] = ()
    size_bytes: float | None = None
    largest_bytes: int | None = None
    largest_key: bytes = b""
    never_expires: float | None = None
    ttl_median_s: float | None = None
    ttl_longest_s: float | None = None

    @property
    def sampled(self) -> bool:
        return self.measured < self.count


class KeyCensus:
    """``note`` every key, ``measure`` some. Not more than ``MOST_FAMILIES`` are told apart."""

    def __init__(self) -> None:
        self._families: dict[Family, _Count] = {}
        self._queues: set[str] = set()
        self.counted = 0

    def note(self, key: bytes) -> Family:
        """Count ``key``; returns its family."""
        family = family_of(key)
        if family not in self._families and len(self._families) >= MOST_FAMILIES:
            family = _REST
        count = self._families.get(family)
        if count is None:
            count = self._families[family] = _Count()
        count.keys += 1
        self.counted += 1
        return family

    def measured_of(self, family: Family) -> int:
        return self._families[family].measured

    def measure(self, family: Family, found: Measured) -> None:
        """Take over what was asked of one of the family's keys."""
        self._families[family].add(found)

    def note_queues(self, names: Iterable[str]) -> None:
        """Queues that kombu's bindings name: keys of these names are theirs."""
        self._queues.update(names)

    @property
    def queues(self) -> tuple[str, ...]:
        return tuple(sorted(self._queues))

    def rows(self) -> tuple[FamilyRow, ...]:
        """All families, those that take most room first."""
        owned = {family_of(name.encode("utf-8", "surrogatepass")) for name in self._queues}
        rows = [
            count.row(Family(QUEUES, family.pattern) if family in owned else family)
            for family, count in self._families.items()
        ]
        return tuple(sorted(rows, key=lambda row: (-(row.size_bytes or 0.0), -row.count, row.pattern)))


class _Count:
    def __init__(self) -> None:
        self.keys = 0
        self.measured = 0
        self._sized = 0
        self._bytes = 0
        self._largest: tuple[int, bytes] | None = None
        self._types: Counter[str] = Counter()
        self._lifetimes = Lifetimes()

    def add(self, found: Measured) -> None:
        self.measured += 1
        self._types[found.type] += 1
        self._lifetimes.add(found.ttl_s)
        if found.size_bytes is not None:
            self._sized += 1
            self._bytes += found.size_bytes
            self._largest = max(self._largest or (-1, b""), (found.size_bytes, found.key))

    def row(self, family: Family) -> FamilyRow:
        return FamilyRow(
            family.kind,
            family.pattern,
            self.keys,
            min(self.measured, self.keys),
            tuple(name for name, _count in self._types.most_common()),
            self._bytes / self._sized * self.keys if self._sized else None,
            self._largest[0] if self._largest else None,
            self._largest[1] if self._largest else b"",
            self._lifetimes.never_of(self.keys),
            self._lifetimes.median_s,
            self._lifetimes.longest_s,
        )
