"""``python -m tests.bench.arrival_watch [main.py's arguments]``: what each arrival of queues costs the GUI thread.

For each arrival says ``queues``; ``busy_ms``, the GUI thread's CPU time from the turn of the event loop in which they
came until ``AFTER_MS`` later, so that deferred sorting and painting are in it; ``stall_ms`` and ``gap_ms``, the longest
stall and the GUI thread's CPU in the busiest gap since the order ``begin``. The order ``ask`` makes the feed ask now.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractEventDispatcher, QTimer, Slot

from dashboard.stall_meter import StallMeter
from tests.bench.window_in_sight import Watcher, call_when, run_warren, say

if TYPE_CHECKING:
    from dashboard.app import App

AFTER_MS = 60


class ArrivalWatch(Watcher):
    """Reads the GUI thread's clock at the start of every turn."""

    def __init__(self, app: App) -> None:
        super().__init__(app.window)
        self._app = app
        self._stalls = StallMeter(self)
        self._stalls.begin()
        self._turn_began_s = self._arrival_began_s = 0.0
        # Some event loops say that they are awake only after their work, all say when they are about to wait.
        QAbstractEventDispatcher.instance().aboutToBlock.connect(self._begin_turn)
        call_when(lambda: app.workings, self._listen_to_store, self)

    def take(self, order: str) -> None:
        if order == "ask" and self._app.workings is not None:
            self._app.workings.session.poke("management")
        elif order == "begin":
            self._stalls.reset()

    def _listen_to_store(self) -> None:
        assert self._app.workings is not None
        self._app.workings.store.queues_changed.connect(self._note_arrival)

    @Slot()
    def _begin_turn(self) -> None:
        self._turn_began_s = time.thread_time()

    @Slot()
    def _note_arrival(self) -> None:
        self._arrival_began_s = self._turn_began_s
        QTimer.singleShot(AFTER_MS, self._say)

    def _say(self) -> None:
        busy_ms = (time.thread_time() - self._arrival_began_s) * 1000
        assert self._app.workings is not None
        queues = self._app.workings.store.state.queues
        stalls = {"stall_ms": self._stalls.max_stall_ms, "gap_ms": self._stalls.max_busy_ms}
        say(queues=0 if queues is None else len(queues.rows), busy_ms=busy_ms, **stalls)


if __name__ == "__main__":
    run_warren(sys.argv[1:], ArrivalWatch)
