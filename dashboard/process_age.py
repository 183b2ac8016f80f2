"""How long ago this process began: the start of every start-up measure."""

from __future__ import annotations

import os
import time
from pathlib import Path

_IMPORTED_AT = time.perf_counter()


def process_age_ms() -> float:
    """Milliseconds since the kernel started this process (Linux, to 10 ms), elsewhere since this module was read."""
    try:
        stat = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace")
        uptime_s = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    except OSError:
        return (time.perf_counter() - _IMPORTED_AT) * 1000
    started_ticks = int(stat.rpartition(")")[2].split()[19])
    return max(0.0, uptime_s - started_ticks / os.sysconf("SC_CLK_TCK")) * 1000
