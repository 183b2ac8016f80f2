"""PURE: how long something took, as a bounded sketch from which any quantile can be told to within 5 %."""

from __future__ import annotations

import math
from collections.abc import Iterable

SHORTEST_S = 0.001
_GROWTH = 1.1
_LOG_GROWTH = math.log(_GROWTH)
_LAST_STEP = math.ceil(math.log(30 * 86_400 / SHORTEST_S) / _LOG_GROWTH)


class TimeSketch:
    """Durations in seconds, counted in steps that grow by a tenth: at most some 230 of them, up to thirty days."""

    __slots__ = ("_counts", "number")

    def __init__(self) -> None:
        self.number = 0
        self._counts: dict[int, int] = {}

    def add(self, seconds: float) -> None:
        self.add_step(step_of(seconds))

    def add_step(self, step: int) -> None:
        """Count a duration of which :func:`step_of` is known already."""
        counts = self._counts
        counts[step] = counts.get(step, 0) + 1
        self.number += 1

    def merge(self, other: TimeSketch) -> None:
        """Count what ``other`` has counted too."""
        counts = self._counts
        for step, times in other._counts.items():
            counts[step] = counts.get(step, 0) + times
        self.number += other.number

    def quantiles(self, shares: Iterable[float]) -> tuple[float | None, ...]:
        """The durations that so great a share was not longer than, e.g. ``(0.5, 0.99)``; ``None`` = nothing counted."""
        steps = sorted(self._counts.items())
        return tuple(_quantile(steps, self.number, share) for share in shares)


def step_of(seconds: float) -> int:
    """The step that a duration is counted in."""
    if seconds <= SHORTEST_S:
        return 0
    return min(_LAST_STEP, math.ceil(math.log(seconds / SHORTEST_S) / _LOG_GROWTH))


def _quantile(steps: list[tuple[int, int]], number: int, share: float) -> float | None:
    wanted = max(1, math.ceil(share * number))
    seen = 0
    for step, times in steps:
        seen += times
        if seen >= wanted:
            return SHORTEST_S if step == 0 else SHORTEST_S * _GROWTH**step * 2 / (1 + _GROWTH)
    return None
