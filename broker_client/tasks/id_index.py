"""PURE: finds tasks by their ids without keeping the ids: a million of them in some megabytes.

A key is one number of 64 bits: the hash of an id in the upper ones, the number of its task in the lower ones. Keys lie
in a few sorted runs, each longer than the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

_NUMBER_BITS = np.uint64(24)
MOST_NUMBERS = 1 << 24
_FEWEST_MARKS, _MARKS_EACH = 1 << 16, 4
Hashes = NDArray[np.uint64]


def hashes_of(ids: Sequence[str]) -> Hashes:
    """The upper bits of the keys of ``ids``, which agree for some ids that differ."""
    hashes = np.fromiter(map(hash, ids), np.int64, len(ids)).view(np.uint64)
    return hashes >> _NUMBER_BITS << _NUMBER_BITS


class IdIndex:
    """Numbers below ``MOST_NUMBERS`` by the ids of their tasks. Who asks compares the ids themselves."""

    def __init__(self) -> None:
        self._runs: list[Hashes] = []
        self._marks = np.zeros(_FEWEST_MARKS, np.bool_)
        """Set at the places to which known hashes point: most new ones point elsewhere."""
        self._count = 0

    def add(self, hashes: Hashes, first: int) -> None:
        """The tasks with these hashes are numbered from ``first`` on."""
        keys = np.sort(hashes | np.arange(first, first + len(hashes), dtype=np.uint64))
        while self._runs and len(self._runs[-1]) < 2 * len(keys):
            keys = np.concatenate((self._runs.pop(), keys))
            keys.sort(kind="stable")
        self._runs.append(keys)
        self._count += len(hashes)
        if self._count * _MARKS_EACH > len(self._marks):
            self._marks = np.zeros(len(self._marks) * 4, np.bool_)
            for run in self._runs:
                self._marks[self._mark_of(run)] = True
        else:
            self._marks[self._mark_of(hashes)] = True

    def has_none_of(self, hashes: Hashes) -> bool:
        """Whether all of these, which no two of them share, are new. False is said of some that are new, too."""
        wanted = np.sort(hashes)
        if (wanted[1:] == wanted[:-1]).any():
            return False
        wanted = wanted[self._marks[self._mark_of(wanted)]]
        for run in self._runs:
            places = np.searchsorted(run, wanted)
            np.minimum(places, len(run) - 1, out=places)
            if (run[places] >> _NUMBER_BITS << _NUMBER_BITS == wanted).any():
                return False
        return True

    def numbers(self, task_id: str) -> Iterator[int]:
        """The numbers of all tasks whose ids share the hash of ``task_id``."""
        if not self._marks[(hash(task_id) >> int(_NUMBER_BITS)) & (len(self._marks) - 1)]:
            return
        (wanted,) = hashes_of((task_id,))
        for run in self._runs:
            place = int(np.searchsorted(run, wanted))
            while place < len(run) and run[place] >> _NUMBER_BITS << _NUMBER_BITS == wanted:
                yield int(run[place]) & (MOST_NUMBERS - 1)
                place += 1

    def _mark_of(self, hashes: Hashes) -> NDArray[np.int64]:
        return (hashes >> _NUMBER_BITS).view(np.int64) & (len(self._marks) - 1)
