"""``python -m tests.bench.tap_watch [main.py's arguments]``: the window taps ``flooded`` when told to ``start``.

Says ``{"running": 1}`` when the tap runs; after ``end N`` (so many were sent), once all are accounted for, what it
``received`` and ``purged``, and the longest stall and the GUI thread's CPU in the busiest gap since ``begin``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.tap_counts import TapCounts
from dashboard.pages.messages_view import TAP, MessagesAt
from dashboard.pages.tap_view import TapView
from dashboard.stall_meter import StallMeter
from dashboard.store.app_state import TapArrived
from tests.bench.window_in_sight import Watcher, call_when, run_warren, say

if TYPE_CHECKING:
    from dashboard.app import App

SETTLE_TURNS = 40
"""So many arrivals of the tap after the flood are waited for at most: eight seconds."""


class TapWatch(Watcher):
    """Does what a person would: opens the view and presses Start."""

    def __init__(self, app: App) -> None:
        super().__init__(app.window)
        self._app = app
        self._stalls = StallMeter(self)
        self._sent: int | None = None
        self._turns = 0

    def take(self, order: str) -> None:
        if order == "start":
            call_when(lambda: self._app.workings and self._app.workings.store.state.queues, self._open, self)
        elif order == "begin":
            self._stalls.begin()
        elif order.startswith("end "):
            self._sent = int(order.removeprefix("end "))

    def _open(self) -> None:
        assert self._app.workings is not None
        self._app.workings.store.tap_changed.connect(self._look)
        self._app.window.show_page("messages", MessagesAt(TAP, QueueKey("/", "flooded")))
        view = self._app.window.page("messages").view  # type: ignore[attr-defined]
        assert isinstance(view, TapView)
        call_when(view.bar.start.isEnabled, view.bar.press, self)

    def _look(self) -> None:
        assert self._app.workings is not None
        arrived = self._app.workings.store.state.tap
        if arrived is None or arrived.state != "running":
            return
        if not self._turns and self._sent is None:
            self._turns = 1
            say(running=1)
        elif self._sent is not None:
            self._settle(arrived)

    def _settle(self, arrived: TapArrived) -> None:
        counts = arrived.counts or TapCounts()
        self._turns += 1
        if counts.received + counts.purged >= (self._sent or 0) or self._turns > SETTLE_TURNS:
            stalls = {"stall_ms": self._stalls.max_stall_ms, "gap_ms": self._stalls.max_busy_ms}
            say(received=counts.received, purged=counts.purged, **stalls)


if __name__ == "__main__":
    run_warren(sys.argv[1:], TapWatch)
