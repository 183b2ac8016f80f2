"""An arrival of 5,000 queues: what it costs the GUI thread, and whether the window ever stands still meanwhile.

A private broker with 5,000 queues, 100 of them with traffic, and the real window, off-screen, on its Queues page. Its
feed is told to ask again a second after each answer, many times faster than its own pace, so that there is something
to count. An arrival's figure is the GUI thread's CPU time from the turn of the event loop in which it came until 60 ms
later: the store's fold, the model's difference, sorting, painting. The stall is the longest gap between two ticks of a
10 ms timer, wall time, while a thread of the window reads and decodes and the broker is busy answering; the busy time
is the GUI thread's own CPU in the busiest gap. Not measured: the first arrivals, while the window builds its other
pages ahead; a graphics card.
"""

from __future__ import annotations

import threading

from broker_client.lab.sandbox import Sandbox
from tests.bench.crowded_broker import DEFAULT_INTERVAL_MS, Traffic, fill
from tests.bench.figures import Figure, Result, Spread, Target, one
from tests.bench.watched_window import WatchedWindow, main_arguments

QUEUES = 5000
BUSY_QUEUES = 100
ARRIVALS, QUICK_ARRIVALS = 24, 6
PAUSE_S = 1.0
FIRST_ONES = 8
"""While these come, the table is filled and the window builds its other pages ahead: they are not polling."""


def run(quick: bool) -> Result:
    with Sandbox.start(statistics_interval_ms=DEFAULT_INTERVAL_MS) as sandbox:
        keys = fill(sandbox, QUEUES)
        with (
            Traffic(sandbox, keys[:: QUEUES // BUSY_QUEUES]),
            WatchedWindow("arrival_watch", main_arguments(sandbox, "queues")) as window,
        ):
            for _ in range(FIRST_ONES):
                _next_arrival(window)
            window.order("begin")
            arrivals = [_next_arrival(window) for _ in range(QUICK_ARRIVALS if quick else ARRIVALS)]
    busy = Spread.of(arrival["busy_ms"] for arrival in arrivals)
    return Result(
        (
            Figure("GUI-thread CPU of an arrival, median", busy, "ms"),
            Figure("GUI-thread CPU of an arrival, p95", one(busy.percentile(0.95)), "ms", Target("value", 16)),
            Figure("longest stall while polling", one(arrivals[-1]["stall_ms"]), "ms", Target("value", 50)),
            Figure("GUI-thread CPU in the worst gap", one(arrivals[-1]["gap_ms"]), "ms"),
        )
    )


def _next_arrival(window: WatchedWindow) -> dict[str, float]:
    """Have the feed ask after a pause, and wait for the arrival of all queues."""
    threading.Event().wait(PAUSE_S)
    window.order("ask")
    while (arrival := window.next_fact(60))["queues"] < QUEUES:
        threading.Event().wait(PAUSE_S)
        window.order("ask")
    return arrival
