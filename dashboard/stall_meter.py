"""How long the window ever stood still, and how much of that was its own work.

A precise timer ticks every 10 ms. The longest time between two ticks is the *stall*; the CPU time of the GUI thread
itself in such a gap is the *busy* time, so that a machine with too little to give is not mistaken for our work.

Left out, and nothing else: the time before :meth:`StallMeter.begin` (the first paint) and the blocks under
:meth:`StallMeter.suspended` (drawing pictures of pages for ``--shots``, which no person waits for).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Qt, QTimer, Slot

TICK_MS = 10


class StallMeter(QObject):
    """Runs on the GUI thread. Both figures are milliseconds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.max_stall_ms = 0.0
        self.max_busy_ms = 0.0
        self.ticks = 0
        self._turn_at: float | None = None
        self._cpu_at = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def begin(self) -> None:
        """Start measuring, from the next turn of the event loop on."""
        self._turn_at = None
        self._timer.start()

    def end(self) -> None:
        self._timer.stop()

    def reset(self) -> None:
        """Forget what was seen so far."""
        self.max_stall_ms = self.max_busy_ms = 0.0
        self._turn_at = None

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """What happens inside counts for nothing: neither as stall nor as busy time."""
        was_running = self._timer.isActive()
        if was_running:
            self._tick()
        self.end()
        try:
            yield
        finally:
            if was_running:
                self.begin()

    @Slot()
    def _tick(self) -> None:
        self.ticks += 1
        now, cpu = time.perf_counter(), time.thread_time()
        if self._turn_at is not None:
            self.max_stall_ms = max(self.max_stall_ms, (now - self._turn_at) * 1000 - TICK_MS)
            self.max_busy_ms = max(self.max_busy_ms, (cpu - self._cpu_at) * 1000)
        self._turn_at, self._cpu_at = now, cpu
