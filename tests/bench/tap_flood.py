"""A tap under a flood: 10,000 messages a second of 200 bytes with headers, into a tap of a busy topic exchange.

Another process publishes numbered messages at a steady rate; the tap runs in this one, on a private broker, all on one
machine. Lost silently are the messages published that the tap neither received nor counted as dropped. The share
received came here; the lag is how long a message took from its publisher to the tap, by the clock of the machine. The
CPU time is that of the tap's thread for each message received. Then the same with a filter that reads every message.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable

from broker_client.lab.sandbox import Sandbox
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.entities import Binding
from broker_client.rabbit.message_filter import MessageFilter
from broker_client.rabbit.tap import Tap
from broker_client.rabbit.tap_counts import TapCounts
from broker_client.rabbit.tap_plan import TapPlan
from broker_client.rabbit.tap_ring import TapRing
from tests.bench.crowded_broker import amqp_url
from tests.bench.figures import Figure, Result, Spread, Target, one

PER_S = 10_000
SECONDS, QUICK_SECONDS = 30, 5
_SETTLE_S = 30.0


def run(quick: bool) -> Result:
    seconds = QUICK_SECONDS if quick else SECONDS
    with Sandbox.start() as sandbox:
        plain = _flood(sandbox, seconds, None)
        filtered = _flood(sandbox, seconds, MessageFilter("header.kind=order.*"))
    return Result((*plain, *(_named(figure, "with a filter: ") for figure in filtered)))


def _flood(sandbox: Sandbox, seconds: int, wanted: Callable[[Message], bool] | None) -> tuple[Figure, ...]:
    plan = TapPlan("/", "the flood", (Binding("/", "amq.topic", "", "queue", "flood.#"),))
    ring = TapRing(most=50_000)
    lags: list[float] = []
    with Tap(sandbox.profile, sandbox.secrets, plan, ring, wanted=wanted) as tap:
        orders = {"amqp_url": amqp_url(sandbox), "per_s": PER_S, "seconds": seconds}
        with subprocess.Popen(
            [sys.executable, "-m", "tests.bench.message_flood"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as feeder:
            assert feeder.stdin is not None and feeder.stdout is not None
            feeder.stdin.write(json.dumps(orders) + "\n")
            feeder.stdin.close()
            cpu, last = time.thread_time(), 0
            looked = time.monotonic()
            while feeder.poll() is None:
                tap.serve()
                if time.monotonic() - looked > 0.1 and (newest := ring.newest(1)):
                    looked = time.monotonic()
                    if newest[0].number > last:
                        last = newest[0].number
                        lags.append((newest[0].at - float(newest[0].message().body[:18])) * 1000)
            fed = json.loads(feeder.stdout.readline())
        counts = _settled(tap, fed["sent"])
        cpu = time.thread_time() - cpu
    lost = fed["sent"] - counts.received - counts.purged
    note = f"{fed['sent']:,} sent at {fed['sent'] / fed['took_s']:,.0f}/s; {counts.purged:,} purged and counted"
    return (
        Figure("messages lost silently", one(lost), "", Target("value", 0), note=note),
        Figure("share that did not come here, counted", one(100 * counts.purged / fed["sent"]), "%"),
        Figure("lag from publisher to tap", Spread.of(lags or [0.0]), "ms"),
        Figure("CPU of the tap per message", one(1e6 * cpu / max(1, counts.received)), "µs"),
    )


def _settled(tap: Tap, sent: int) -> TapCounts:
    end = time.monotonic() + _SETTLE_S
    counts = tap.counts
    while counts.received + counts.purged < sent and time.monotonic() < end:
        counts = tap.serve()
    return counts


def _named(figure: Figure, before: str) -> Figure:
    return Figure(before + figure.name, figure.ours, figure.unit, figure.target, note=figure.note)
