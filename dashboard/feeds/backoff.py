"""When to try again: at random within a bound that grows with the outage. Knows no clock: times are given."""

from __future__ import annotations

import random
from collections.abc import Callable

FIRST_PAUSES_S = (0.4, 0.8, 1.6, 2.5)
"""Bounds of the first tries; the last holds for the first minute, so that a quick restart is seen at once."""
LATER_BOUNDS_S = ((60.0, 2.5), (300.0, 10.0))
"""Until this age of the outage, this bound."""
LAST_BOUND_S = 30.0
SHORTEST_PAUSE_S = 0.2


class Backoff:
    """Full jitter: a pause is drawn evenly between :data:`SHORTEST_PAUSE_S` and the bound of the moment."""

    def __init__(self, draw: Callable[[float, float], float] = random.uniform) -> None:
        self._draw = draw
        self._failures = 0
        self._since: float | None = None

    @property
    def since(self) -> float | None:
        """When the outage began; ``None`` while all is well."""
        return self._since

    def succeed(self) -> None:
        self._failures = 0
        self._since = None

    def fail(self, now: float) -> float:
        """Note a failure at ``now`` (monotonic seconds) and return the pause before the next try."""
        if self._since is None:
            self._since = now
        bound = self._bound(now - self._since)
        self._failures += 1
        return self._draw(SHORTEST_PAUSE_S, bound)

    def _bound(self, age_s: float) -> float:
        if self._failures < len(FIRST_PAUSES_S):
            return FIRST_PAUSES_S[self._failures]
        return next((bound for until, bound in LATER_BOUNDS_S if age_s < until), LAST_BOUND_S)
