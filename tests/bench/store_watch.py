"""``python -m tests.bench.store_watch [main.py's arguments]``: say twice a second what the window's store holds.

Says ``events`` (task events the collector took in), ``tasks`` by state, ``kept`` and ``evicted`` tasks, ``queues``, how
many ``pages`` are built, ``stall_ms`` and ``busy_ms`` (the longest since the order ``begin``, which starts measuring
afresh).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from dashboard.stall_meter import StallMeter
from dashboard.store.app_state import AppState
from tests.bench.window_in_sight import Watcher, run_warren, say

if TYPE_CHECKING:
    from dashboard.app import App

EVERY_MS = 500


class StoreWatch(Watcher):
    """Reads the store; asks for nothing itself."""

    def __init__(self, app: App) -> None:
        super().__init__(app.window)
        self._app = app
        self._stalls = StallMeter(self)
        self._stalls.begin()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(EVERY_MS)

    def take(self, order: str) -> None:
        if order == "begin":
            self._stalls.reset()

    def _look(self) -> None:
        if self._app.workings is not None:
            stalls = {"stall_ms": self._stalls.max_stall_ms, "busy_ms": self._stalls.max_busy_ms}
            say(pages=self._app.window.stack.count(), **_facts(self._app.workings.store.state), **stalls)


def _facts(state: AppState) -> dict[str, object]:
    facts: dict[str, object] = {"queues": 0, "events": 0, "kept": 0, "evicted": 0, "tasks": {}}
    if state.queues is not None:
        facts["queues"] = len(state.queues.rows)
    if state.tasks is not None:
        summary = state.tasks.snapshot.summary
        facts |= {"events": summary.events_seen, "kept": summary.total, "evicted": summary.evicted}
        facts["tasks"] = summary.by_state
    return facts


if __name__ == "__main__":
    run_warren(sys.argv[1:], StoreWatch)
