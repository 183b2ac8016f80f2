"""A busy day: 2,000 Celery events a second into the real window, on its Tasks page.

The window runs off-screen with its collector beside it, on a private broker; one feeder publishes `task.multi` lists of
20 as real workers send them, for 30 s. The stall is the longest gap between two ticks of a 10 ms timer in the window's
event loop, wall time on a machine that the broker, the feeder and the collector share; the busy time is the GUI
thread's own CPU in the busiest gap. Not measured: the seconds after the start, while the window builds its other pages
ahead.
"""

from __future__ import annotations

from broker_client.lab.sandbox import Sandbox
from tests.bench.crowded_broker import amqp_url
from tests.bench.event_flood import last_of_flood, listening
from tests.bench.feeder import Feeder
from tests.bench.figures import Figure, Result, Target, one
from tests.bench.watched_window import WatchedWindow, main_arguments

EVENTS_PER_S = 2000.0
SECONDS, QUICK_SECONDS = 30.0, 8.0


def run(quick: bool) -> Result:
    with Sandbox.start() as sandbox, WatchedWindow("store_watch", main_arguments(sandbox, "tasks")) as window:
        before = listening(sandbox, window)
        window.order("begin")
        with Feeder(amqp_url(sandbox), EVENTS_PER_S, QUICK_SECONDS if quick else SECONDS) as feeder:
            fed = feeder.fed()
            after = last_of_flood(window, before["events"] + fed.events)
    lost = fed.events - (after["events"] - before["events"])
    return Result(
        (
            Figure("longest stall of the window", one(after["stall_ms"]), "ms", Target("value", 50)),
            Figure("GUI-thread CPU in the busiest gap", one(after["busy_ms"]), "ms"),
            Figure("events lost", one(lost), "", Target("value", 0)),
        ),
        (f"{fed.events:,} events of {fed.tasks:,} tasks in {fed.took_s:.0f} s.",),
    )
