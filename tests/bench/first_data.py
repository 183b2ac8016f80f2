"""First true data: how long after its first paint the window holds a running broker's queues.

The real window, off-screen, on a private broker with 200 queues and a Redis, both running for a while. The figure is
`first_data_ms - first_paint_ms` of the window's own report. Not measured: a remote broker.
"""

from __future__ import annotations

from broker_client.lab.sandbox import Sandbox
from tests.bench.crowded_broker import DEFAULT_INTERVAL_MS, fill
from tests.bench.figures import Figure, Result, Spread, Target
from tests.bench.watched_window import WatchedWindow, main_arguments

QUEUES = 200
RUNS, QUICK_RUNS = 7, 2


def run(quick: bool) -> Result:
    with Sandbox.start(statistics_interval_ms=DEFAULT_INTERVAL_MS) as sandbox:
        fill(sandbox, QUEUES)
        arguments = main_arguments(sandbox, redis=True)
        waits = Spread.of(_wait_for_data(arguments) for _ in range(QUICK_RUNS if quick else RUNS))
    return Result((Figure("first paint to first true data", waits, "ms", Target("value", 1500)),))


def _wait_for_data(arguments: list[str]) -> float:
    with WatchedWindow("store_watch", arguments) as window:
        while not window.next_fact(30)["queues"]:
            pass
        window.close()
        report = window.report()
    return float(report["first_data_ms"] - report["first_paint_ms"])
