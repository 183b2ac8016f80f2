"""What a process costs, read from Linux: CPU seconds by its own clock, memory from ``smaps_rollup``."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_SCHEDULER_CLOCK = 2
"""``CPUCLOCK_SCHED`` of the kernel: the time all threads of a process ran, those that have ended too."""


def cpu_s(pid: int) -> float:
    """CPU seconds that process ``pid`` has used since it began, in nanosecond steps; ``OSError`` when it is gone."""
    return time.clock_gettime((~pid << 3) | _SCHEDULER_CLOCK)


def process_tree(pid: int) -> tuple[int, ...]:
    """``pid`` and all its descendants that are alive."""
    found = [pid]
    for parent in found:
        for listing in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in listing.read_text().split()]
            except OSError:
                continue
    return tuple(found)


@dataclass(frozen=True)
class Memory:
    """Sums over processes. ``pss`` counts a shared page once, in shares; ``rss`` counts it for each of them."""

    pss_bytes: int
    rss_bytes: int


def memory(pids: Iterable[int]) -> Memory:
    pss = rss = 0
    for pid in pids:
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
        pss += int(fields["Pss"].split()[0]) * 1024
        rss += int(fields["Rss"].split()[0]) * 1024
    return Memory(pss, rss)


class CpuMeter:
    """CPU seconds of some processes between ``with`` and the end of its block."""

    def __init__(self, *pids: int) -> None:
        self.spent_s = 0.0
        self.wall_s = 0.0
        self._pids = pids
        self._cpu_before = 0.0
        self._wall_before = 0.0

    def __enter__(self) -> CpuMeter:
        self._wall_before = time.monotonic()
        self._cpu_before = sum(map(cpu_s, self._pids))
        return self

    def __exit__(self, *_: object) -> None:
        self.spent_s = sum(map(cpu_s, self._pids)) - self._cpu_before
        self.wall_s = time.monotonic() - self._wall_before
