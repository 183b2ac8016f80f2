"""Folding: many healthy queues of one family become one node. A queue in trouble never folds. PURE."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import QueueKey

LEAST_MEMBERS = 3
FOLD_ABOVE, UNFOLD_BELOW = 60, 45
"""So many exchanges and queues are folded, so few are shown one by one again; between them it stays as it was."""

_STEM = re.compile(r"^(.*[._\-:/])[^._\-:/]*$")


class Family(NamedTuple):
    """What folded queues share. ``home`` is the exchange that most of them hang on, empty = the default exchange."""

    vhost: str
    home: str
    prefix: str

    @property
    def name(self) -> str:
        """Unique in its vhost."""
        return f"{self.home}\n{self.prefix}"


def should_fold(count: int, folded: bool) -> bool:
    """Whether to fold ``count`` exchanges and queues, when they are ``folded`` now."""
    return count > (UNFOLD_BELOW if folded else FOLD_ABOVE)


Families = Mapping[Family, tuple[QueueRow, ...]]


def families(
    rows: Iterable[QueueRow], homes: Mapping[QueueKey, str], troubled: Collection[QueueKey]
) -> dict[Family, tuple[QueueRow, ...]]:
    """The healthy queues that can be folded, by family; whoever is in none of them stays a node of its own."""
    groups: dict[Family, list[QueueRow]] = {}
    for row in rows:
        if row.key not in troubled:
            groups.setdefault(family_of(row.key, homes.get(row.key, "")), []).append(row)
    return {family: tuple(members) for family, members in groups.items() if len(members) >= LEAST_MEMBERS}


def family_of(key: QueueKey, home: str) -> Family:
    """``svc4.worker.280`` belongs to ``svc4.worker.``."""
    found = _STEM.match(key.name)
    return Family(key.vhost, home, found.group(1) if found else "")


def home_of(queue: str, sources: Sequence[str]) -> str:
    """The exchange that a queue hangs on most: the one with most bindings to it, among equals the one named like it."""
    return min(sources, key=lambda name: (-sources.count(name), -_alike(name, queue), name), default="")


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
