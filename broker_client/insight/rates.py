"""Rates out of counters. PURE: the time of each reading is handed in.

A broker counts in steps: the management API moves a counter when a statistics event comes, every 5 s by default (3.10,
4.0), so two polls in between see no change at all and the API's own ``rate`` falls to 0.0. A rate is therefore measured
from one step to another and holds until a step is overdue.
"""

from __future__ import annotations

MIN_SPAN_S = 5.0
"""Steps closer together than this are taken as one burst."""

OVERDUE_S = 11.0
"""Two statistics intervals and a little: a counter that rests for longer stands still."""

_SHORTEST_SPAN_S = 0.8
"""Between two steps that we saw nearer to each other nobody can tell how long the counter took."""

_KEPT_STEPS = 8


class RateMeter:
    """One counter. ``rate`` is per second; ``None`` until two readings tell something."""

    __slots__ = ("_from_step", "_steps", "rate")

    def __init__(self) -> None:
        self._steps: list[tuple[float, int]] = []
        self._from_step = False
        """Whether the oldest reading kept was one at which the counter had moved."""
        self.rate: float | None = None

    def read(self, at: float, count: int, before: float | None = None) -> float | None:
        """Take a reading at ``at`` (seconds, never going back) and return the rate. ``before`` is when the broker was
        asked the time before, if that was later than the last step."""
        steps = self._steps
        if not steps or count < steps[-1][1]:
            # The first reading, or the broker began to count anew.
            self._begin(at, count)
            self.rate = None
        elif count > steps[-1][1]:
            if at <= steps[-1][0]:
                return self.rate
            if at - steps[-1][0] > OVERDUE_S:
                # It rested and moved again since it was asked before; a step takes one interval to show.
                rested_until = at - MIN_SPAN_S if before is None else min(before, at - MIN_SPAN_S)
                steps = self._steps = [(max(steps[-1][0], rested_until), steps[-1][1])]
            elif not self._from_step and not self._began_to_move(at, count):
                return self.rate
            self._from_step = True
            steps.append((at, count))
            del steps[:-_KEPT_STEPS]
            self.rate = self._slope()
        elif at - steps[-1][0] > OVERDUE_S:
            self._begin(at, count)
            self.rate = 0.0
        return self.rate

    def shown(self, at: float, count: int | None, told: float | None, before: float | None = None) -> float | None:
        """Take a reading and return the rate to show. Until one is measured the broker's own word ``told`` stands in,
        but not its 0.0 when the counter was seen to move. ``count`` is ``None`` where it does not count."""
        if count is None:
            return told
        rate = self.read(at, count, before)
        if rate is None and not (told == 0.0 and self._from_step):
            return told
        return rate

    def _begin(self, at: float, count: int) -> None:
        self._steps, self._from_step = [(at, count)], False

    def _began_to_move(self, at: float, count: int) -> bool:
        """The first step after a reading that was none. What moved may have come in a whole interval before: after a
        rest it is taken so, and at the very beginning one waits for another step (``False``)."""
        (first_at, first_count), was_resting = self._steps[0], self.rate is not None
        if was_resting or at - first_at >= MIN_SPAN_S:
            self._steps[0] = (min(first_at, at - MIN_SPAN_S), first_count)
            return True
        self._steps, self._from_step = [(at, count)], True
        return False

    def _slope(self) -> float | None:
        """From the newest step back to the nearest one at least ``MIN_SPAN_S`` older, or to the oldest."""
        last_at, last_count = self._steps[-1]
        first_at, first_count = self._steps[0]
        for at, count in reversed(self._steps[:-1]):
            if last_at - at >= MIN_SPAN_S:
                first_at, first_count = at, count
                break
        if last_at - first_at < _SHORTEST_SPAN_S:
            return self.rate
        return (last_count - first_count) / (last_at - first_at)


class GrowthWatch:
    """Whether a depth keeps rising. It takes half a minute of rise to say yes, and half a minute without one to say no,
    so a queue with a blip does not flap. ``growth`` is messages per second while it rises, else ``None``."""

    __slots__ = ("_marks", "growth")

    SPACING_S = 4.0
    SPAN_S = 60.0
    ENOUGH_S = 24.0
    """A shorter history says nothing."""

    MIN_RISE = 20
    MIN_SHARE = 0.02

    def __init__(self) -> None:
        self._marks: list[tuple[float, int]] = []
        self.growth: float | None = None

    def read(self, at: float, depth: int) -> float | None:
        marks = self._marks
        if marks and at - marks[-1][0] > self.SPAN_S:
            marks.clear()
            self.growth = None
        if not marks or at - marks[-1][0] >= self.SPACING_S:
            marks.append((at, depth))
            while at - marks[0][0] > self.SPAN_S:
                del marks[0]
            self.growth = self._judged()
        return self.growth

    @property
    def resting(self) -> bool:
        """True when there is nothing to remember: the depth did not move over the whole span."""
        return self.growth is None and len({depth for _, depth in self._marks}) <= 1

    def _judged(self) -> float | None:
        (first_at, first), (last_at, last) = self._marks[0], self._marks[-1]
        if last_at - first_at < self.ENOUGH_S:
            return None
        slope = (last - first) / (last_at - first_at)
        if slope <= 0:
            return None
        depths = [depth for _, depth in self._marks]
        third = len(depths) // 3
        oldest, newest = depths[:third], depths[-third:]
        if self.growth is not None:
            return slope if max(newest) > max(depths[:-third]) else None
        risen = last - first >= max(self.MIN_RISE, self.MIN_SHARE * first)
        return slope if risen and min(newest) > max(oldest) else None
