"""A flood: 25,000 Celery events a second for a minute, into the real window, and into Flower.

The window runs off-screen on its Tasks page with its collector beside it, on a private broker; one feeder publishes
`task.multi` lists of 20 as real workers send them. Lost are the events that never reach the collector's count; the
stall is the longest gap between two ticks of a 10 ms timer in the window's event loop during the flood, wall time on a
machine that the broker, the feeder and the collector share; the busy time is the GUI thread's own CPU in the busiest
gap. Memory is what the collector grew by for each task it holds. Flower gets the same flood afterwards on the same
broker, with its defaults, for a shorter time, and its loss is a share. Not measured: single events at that rate; the
first seconds, while the window builds its other pages ahead.
"""

from __future__ import annotations

from typing import Any

from broker_client.lab.sandbox import Sandbox
from tests.bench.broker_questions import ManagementQuestions
from tests.bench.crowded_broker import amqp_url
from tests.bench.event_cost import settle
from tests.bench.feeder import Fed, Feeder
from tests.bench.figures import Figure, Result, Target, one
from tests.bench.flower_peer import Flower
from tests.bench.process_meter import CpuMeter, memory, process_tree
from tests.bench.watched_window import WatchedWindow, main_arguments
from tests.waiting import until

EVENTS_PER_S = 25_000.0
SECONDS, QUICK_SECONDS = 60.0, 10.0
FLOWER_SECONDS, QUICK_FLOWER_SECONDS = 15.0, 5.0
LISTENING_S = 40.0
FACTS_WITHOUT_NEWS = 10
"""Twice a second comes a fact."""


def run(quick: bool) -> Result:
    with Sandbox.start() as sandbox:
        figures, remark = _flood_window(sandbox, QUICK_SECONDS if quick else SECONDS)
        flower_lost = _flood_flower(sandbox, QUICK_FLOWER_SECONDS if quick else FLOWER_SECONDS)
    lost = Figure("share of events lost", figures[0].ours, "%", Target("value", 0), one(flower_lost), "Flower")
    return Result((lost, *figures[1:]), (remark,))


def _flood_window(sandbox: Sandbox, seconds: float) -> tuple[tuple[Figure, ...], str]:
    with WatchedWindow("store_watch", main_arguments(sandbox, "tasks")) as window:
        before = listening(sandbox, window)
        collectors = process_tree(window.pid)[1:]
        memory_before = memory(collectors).pss_bytes
        window.order("begin")
        with CpuMeter(*collectors) as cpu, Feeder(amqp_url(sandbox), EVENTS_PER_S, seconds) as feeder:
            fed = feeder.fed()
            after = last_of_flood(window, before["events"] + fed.events)
        growth = memory(collectors).pss_bytes - memory_before
    taken_in = after["events"] - before["events"]
    figures = (
        Figure("share of events lost", one(100 * (1 - taken_in / fed.events)), "%"),
        Figure("rate fed", one(fed.events / fed.took_s), "events/s"),
        Figure("CPU for 1,000 events", one(cpu.spent_s / taken_in * 1000), "s", Target("value", 0.03)),
        Figure("longest stall of the window", one(after["stall_ms"]), "ms", Target("value", 50)),
        Figure("GUI-thread CPU in the busiest gap", one(after["busy_ms"]), "ms"),
        Figure("memory a task held", one(growth / after["kept"]), "bytes", Target("value", 2048)),
    )
    return figures, _words(fed, after)


def _words(fed: Fed, after: dict[str, Any]) -> str:
    return (
        f"{fed.events:,} events of {fed.tasks:,} tasks in {fed.took_s:.1f} s; at the end {after['kept']:,} tasks were "
        f"held and {after['evicted']:,} finished ones forgotten; {after['tasks'].get('FAILURE', 0):,} of "
        f"{fed.failed:,} failures were held."
    )


def listening(sandbox: Sandbox, window: WatchedWindow) -> dict[str, Any]:
    """Wait until the window's collector takes in events and the first of them are counted, and until the window has
    built the pages that nobody asked for yet."""
    with ManagementQuestions(sandbox) as management:
        until(lambda: _bound(management), timeout_s=LISTENING_S)
    with Feeder(amqp_url(sandbox), EVENTS_PER_S, 1.0) as feeder:
        fed = feeder.fed()
    last_of_flood(window, fed.events)
    return _with_all_pages(window)


def _with_all_pages(window: WatchedWindow) -> dict[str, Any]:
    """What the window says when no page was added for a while."""
    fact, without_news = window.next_fact(30), 0
    while without_news < FACTS_WITHOUT_NEWS:
        newer = window.next_fact(30)
        without_news = without_news + 1 if newer["pages"] == fact["pages"] else 0
        fact = newer
    return fact


def _bound(management: ManagementQuestions) -> bool:
    try:
        return management.bindings_of("celeryev") > 0
    except RuntimeError:  # nobody has declared the exchange yet
        return False


def last_of_flood(window: WatchedWindow, expected: int) -> dict[str, Any]:
    """What the window says when all are counted, or when the count stands still."""
    fact, without_news = window.next_fact(30), 0
    while fact["events"] < expected and without_news < FACTS_WITHOUT_NEWS:
        newer = window.next_fact(30)
        without_news = 0 if newer["events"] > fact["events"] else without_news + 1
        fact = newer
    return fact


def _flood_flower(sandbox: Sandbox, seconds: float) -> float:
    """The percentage of events that Flower never counted."""
    with Flower(amqp_url(sandbox)) as flower:
        with ManagementQuestions(sandbox) as management:
            until(lambda: _bound(management), timeout_s=LISTENING_S)
        with Feeder(amqp_url(sandbox), EVENTS_PER_S, seconds) as feeder:
            fed = feeder.fed()
        return 100 * (1 - settle(flower.events_seen, fed.events) / fed.events)
