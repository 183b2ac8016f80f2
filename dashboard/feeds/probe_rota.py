"""Which queues to ask in this pass: what moves each time, what rests now and then, what is gone rarely. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from broker_client.rabbit.entities import Depth, QueueKey

RESTING_AFTER_S = 30.0
"""A queue that did not change for so long rests; its next change wakes it."""
RESTING_EVERY = 3
MISSING_EVERY = 30
"""A locked or deleted queue costs the broker a channel each time it is asked."""


class ProbeRota:
    """Remembers the latest depth of each watched queue and since when it is the same. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._depths: dict[QueueKey, Depth] = {}
        self._since: dict[QueueKey, float] = {}
        self._pass = 0

    def due(self, keys: Sequence[QueueKey], now: float) -> tuple[QueueKey, ...]:
        """The queues of this pass among ``keys``; what is no longer among them is forgotten."""
        wanted = set(keys)
        self._depths = {key: depth for key, depth in self._depths.items() if key in wanted}
        self._since = {key: since for key, since in self._since.items() if key in wanted}
        self._pass += 1
        return tuple(key for turn, key in enumerate(keys) if self._is_due(self._pass + turn, key, now))

    def hear(self, depths: Iterable[Depth], now: float) -> None:
        """Note what a pass brought."""
        for depth in depths:
            if self._depths.get(depth.key) != depth:
                self._depths[depth.key] = depth
                self._since[depth.key] = now

    def latest(self, keys: Iterable[QueueKey]) -> tuple[Depth, ...]:
        """The newest depth of each queue that was ever answered for."""
        return tuple(self._depths[key] for key in keys if key in self._depths)

    def _is_due(self, turn: int, key: QueueKey, now: float) -> bool:
        return turn % self._every(key, now) == 0

    def _every(self, key: QueueKey, now: float) -> int:
        depth = self._depths.get(key)
        if depth is None:
            return 1
        if depth.missing:
            return MISSING_EVERY
        return RESTING_EVERY if now - self._since[key] > RESTING_AFTER_S else 1
