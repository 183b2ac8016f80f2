"""Several series that share their times, bounded in age. NaN is a gap. Knows no clock: times are given."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

NAN = math.nan


class SeriesRing:
    """Rows of equal length over one time axis (seconds since the epoch, ascending), kept for ``keep_s``."""

    def __init__(self, names: Sequence[str], keep_s: float = 86_400.0) -> None:
        self.names = tuple(names)
        self._keep_s = keep_s
        self._times = array("d")
        self._values = {name: array("d") for name in self.names}

    @property
    def newest(self) -> float | None:
        return self._times[-1] if self._times else None

    def append(self, at: float, values: Mapping[str, float | None], longest_pause_s: float) -> None:
        """Add a row at ``at``; a longer pause than ``longest_pause_s`` since the row before becomes a gap."""
        newest = self.newest
        if newest is not None and at <= newest:
            return
        if newest is not None and at - newest > longest_pause_s:
            self._push(newest + longest_pause_s / 2, {})
        self._push(at, values)
        self._forget(at - self._keep_s)

    def back_fill(self, rows: Iterable[tuple[float, Mapping[str, float | None]]], longest_pause_s: float) -> None:
        """Add older rows (ascending) that lie after everything known: the time before the start, or an outage."""
        for at, values in rows:
            self.append(at, values, longest_pause_s)

    def window(self, names: Sequence[str], since: float) -> tuple[array[float], dict[str, array[float]]]:
        """Times and values from ``since`` on; equal lengths, NaN where nothing is known."""
        first = bisect_left(self._times, since)
        return self._times[first:], {name: self._values[name][first:] for name in names}

    def clear(self) -> None:
        self._times = array("d")
        self._values = {name: array("d") for name in self.names}

    def _push(self, at: float, values: Mapping[str, float | None]) -> None:
        self._times.append(at)
        for name, column in self._values.items():
            value = values.get(name)
            column.append(NAN if value is None else value)

    def _forget(self, before: float) -> None:
        first = bisect_left(self._times, before)
        if first > 512:
            del self._times[:first]
            for column in self._values.values():
                del column[:first]
