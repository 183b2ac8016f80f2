"""Where a chart's axes carry numbers. PURE."""

from __future__ import annotations

import math
import time

_STEPS_S = (10, 15, 30, 60, 120, 180, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800)
_DAY_S = 86_400


def time_ticks(start: float, end: float, most: int = 6) -> list[tuple[float, str]]:
    """At most ``most`` round local times between two epochs, with their text; at least three from 1 min to 24 h."""
    if not (math.isfinite(start) and math.isfinite(end)) or end <= start or most < 1:
        return []
    for step in _STEPS_S:
        times = _multiples(start, end, step)
        if len(times) <= most:
            return [(at, _time_text(at, step)) for at in times]
    return []


def _multiples(start: float, end: float, step: int) -> list[float]:
    offset = time.localtime(start).tm_gmtoff
    first = math.ceil((start + offset) / step) * step - offset
    return [float(at) for at in range(first, math.floor(end) + 1, step)]


def _time_text(at: float, step: int) -> str:
    local = time.localtime(at)
    if step < 60:
        return time.strftime("%H:%M:%S", local)
    if step >= 3_600 and local.tm_hour == 0 and local.tm_min == 0:
        return time.strftime("%a %d", local)
    return time.strftime("%H:%M", local)


def value_ticks(highest: float) -> list[float]:
    """Three to five round values from 0 upwards; the last one is at or above ``highest``."""
    if not math.isfinite(highest) or highest <= 0:
        return [0.0, 1.0, 2.0]
    scale = 10.0 ** math.floor(math.log10(highest))
    for factor in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0):
        step = factor * scale
        steps = math.ceil(highest / step - 1e-9)
        if steps <= 4:
            return [place * step for place in range(max(2, steps) + 1)]
    return [0.0, 5 * scale, 10 * scale]


def whole_ticks(highest: float) -> list[float]:
    """Like :func:`value_ticks`, never with a fraction below 4: a chart of things has no half thing."""
    return [float(place) for place in range(max(2, math.ceil(highest)) + 1)] if highest <= 4 else value_ticks(highest)
