"""How often a broker may be asked: never more than a small share of its time. Pure."""

from __future__ import annotations

BROKER_SHARE = 0.004
"""The share of a broker's time that one kind of question may take."""
SHORTEST_S = 2.0
LONGEST_S = 60.0
_COUNTED = 5


def interval_for(
    took_s: float, share: float = BROKER_SHARE, shortest_s: float = SHORTEST_S, longest_s: float = LONGEST_S
) -> float:
    """The pause between two questions that take ``took_s`` each, so that they cost ``share`` of the broker's time."""
    return min(longest_s, max(shortest_s, took_s / share))


class Pace:
    """The interval that recent costs allow. A slow answer among quick ones does not slow the pace."""

    def __init__(
        self, share: float = BROKER_SHARE, shortest_s: float = SHORTEST_S, longest_s: float = LONGEST_S
    ) -> None:
        self._bounds = (share, shortest_s, longest_s)
        self._costs: tuple[float, ...] = (0.0,)
        self._due = 0.0

    @property
    def interval_s(self) -> float:
        return interval_for(min(self._costs), *self._bounds)

    def is_due(self, now: float) -> bool:
        return now >= self._due

    def wait_s(self, now: float) -> float:
        return max(0.0, self._due - now)

    def spent(self, took_s: float, now: float) -> float:
        """Note what the question that ended at ``now`` cost; returns the pause until the next one."""
        self._costs = (*self._costs, took_s)[-_COUNTED:]
        self._due = now + self.interval_s
        return self.interval_s

    def slow_to(self, shortest_s: float) -> None:
        """From now on ask no more often than this, however cheap it is."""
        share, _, longest_s = self._bounds
        self._bounds = (share, min(shortest_s, longest_s), longest_s)

    def hurry(self) -> None:
        """Ask at once."""
        self._due = 0.0
