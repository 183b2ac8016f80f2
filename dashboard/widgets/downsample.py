"""Fewer points with the same outline: per stretch of time the lowest and the highest value stay, and so do gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def thin(times: Floats, values: Floats, most: int) -> tuple[Floats, Floats]:
    """At most ``most`` points of the line. ``times`` ascend; NaN in ``values`` is a gap."""
    count = len(times)
    buckets = most // 2
    if count <= most or buckets < 2:
        return times, values
    edges = np.linspace(0, count, buckets + 1).astype(np.intp)[:-1]
    low = np.minimum.reduceat(np.where(np.isnan(values), np.inf, values), edges)
    high = np.maximum.reduceat(np.where(np.isnan(values), -np.inf, values), edges)
    rising = values[edges] <= values[np.append(edges[1:], count) - 1]
    first = np.where(rising, low, high)
    second = np.where(rising, high, low)
    middle = np.append(edges[1:], count) - 1
    thin_times = np.empty(2 * buckets)
    thin_times[0::2] = times[edges]
    thin_times[1::2] = (times[edges] + times[middle]) / 2
    thin_times[-1] = times[-1]
    thin_values = np.empty(2 * buckets)
    thin_values[0::2] = first
    thin_values[1::2] = second
    thin_values[~np.isfinite(thin_values)] = np.nan
    if np.isfinite(values[-1]):
        thin_values[-1] = values[-1]
    return thin_times, thin_values
