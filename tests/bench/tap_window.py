"""The window while it taps a flood: 10,000 messages a second of 200 bytes with headers, on its view Tap.

A private broker, another process that publishes at a steady rate, and the real window, off-screen, all on one machine.
The stall is the longest gap between two ticks of a 10 ms timer in the GUI thread, wall time; the busy time is the GUI
thread's own CPU in the busiest gap. Lost silently are messages that the tap neither received nor counted as dropped.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading

from broker_client.lab.sandbox import Sandbox
from broker_client.rabbit.changes import Bind, DeclareQueue
from broker_client.rabbit.declare import Declarer
from broker_client.rabbit.entities import Binding, QueueKey
from tests.bench.crowded_broker import amqp_url
from tests.bench.figures import Figure, Result, Target, one
from tests.bench.watched_window import WatchedWindow, main_arguments

PER_S = 10_000
SECONDS, QUICK_SECONDS = 30, 5
_BUILT_S = 6.0
"""After its start the window builds the pages that nobody has opened yet."""
_SINK = QueueKey("/", "flooded")


def run(quick: bool) -> Result:
    seconds = QUICK_SECONDS if quick else SECONDS
    with Sandbox.start() as sandbox:
        declarer = Declarer(sandbox.profile, sandbox.secrets)
        limits = {"x-max-length": 1000}
        declarer.carry_out(DeclareQueue(_SINK, "classic", True, False, False, limits))
        declarer.carry_out(Bind(Binding("/", "amq.topic", _SINK.name, "queue", "flood.#")))
        with WatchedWindow("tap_watch", main_arguments(sandbox, "messages")) as window:
            window.order("start")
            window.next_fact(60)
            threading.Event().wait(_BUILT_S)
            window.order("begin")
            fed = _flood(sandbox, seconds)
            window.order(f"end {fed['sent']}")
            seen = window.next_fact(60)
    lost = fed["sent"] - seen["received"] - seen["purged"]
    note = f"{fed['sent']:,} sent at {fed['sent'] / fed['took_s']:,.0f}/s; {seen['purged']:,} purged and counted"
    return Result(
        (
            Figure("messages lost silently", one(lost), "", Target("value", 0), note=note),
            Figure("longest stall while tapping", one(seen["stall_ms"]), "ms", Target("value", 50)),
            Figure("GUI-thread CPU in the worst gap", one(seen["gap_ms"]), "ms"),
        )
    )


def _flood(sandbox: Sandbox, seconds: int) -> dict[str, float]:
    orders = {"amqp_url": amqp_url(sandbox), "per_s": PER_S, "seconds": seconds}
    feeder = subprocess.run(
        [sys.executable, "-m", "tests.bench.message_flood"],
        input=json.dumps(orders) + "\n",
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(feeder.stdout.splitlines()[0])
    return found
