"""``python -m tests.bench.arrival_watch [main.py's arguments]``: what each arrival of queues costs the GUI thread.

A *turn* is what the event loop does between waking up and waiting again. For each turn in which queues arrived, says
``queues`` and ``busy_ms`` (CPU time of the GUI thread in that turn), and ``stall_ms`` and ``gap_ms`` (the longest
stall and the GUI thread's CPU in the busiest gap since the order ``begin``). The order ``ask`` makes the feed ask now.
"""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QAbstractEventDispatcher, Slot
from PySide6.QtWidgets import QWidget

from dashboard.feeds.feed_set import FeedSet
from dashboard.stall_meter import StallMeter
from dashboard.store.store import Store
from tests.bench.window_in_sight import Watcher, find, run_warren, say


class ArrivalWatch(Watcher):
    """Times every turn of the event loop."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        store = find(Store)
        assert store is not None
        self._store = store
        store.queues_changed.connect(self._note_arrival)
        self._stalls = StallMeter(self)
        self._stalls.begin()
        self._arrived = False
        self._woken_at_s: float | None = None
        dispatcher = QAbstractEventDispatcher.instance()
        dispatcher.awake.connect(self._wake)
        dispatcher.aboutToBlock.connect(self._wait)

    def take(self, order: str) -> None:
        feeds = find(FeedSet)
        if order == "ask" and feeds is not None:
            feeds.poke("management")
        elif order == "begin":
            self._stalls.reset()

    @Slot()
    def _note_arrival(self) -> None:
        self._arrived = True

    @Slot()
    def _wake(self) -> None:
        if self._woken_at_s is None:
            self._woken_at_s = time.thread_time()

    @Slot()
    def _wait(self) -> None:
        woken_at_s, self._woken_at_s = self._woken_at_s, None
        if not self._arrived or woken_at_s is None:
            return
        self._arrived = False
        queues = self._store.state.queues
        say(
            queues=0 if queues is None else len(queues.rows),
            busy_ms=(time.thread_time() - woken_at_s) * 1000,
            stall_ms=self._stalls.max_stall_ms,
            gap_ms=self._stalls.max_busy_ms,
        )


if __name__ == "__main__":
    run_warren(sys.argv[1:], ArrivalWatch)
