"""100,000 tasks held: the memory of Warren's collector and the newest page, beside Flower with the same tasks.

One private broker, one feed of `task.multi` lists of 20 as real workers send them (four events a task, 280 bytes each,
one task in twenty fails), taken in by both at once. Memory is the PSS of each process when everything is in; the growth
for each task is told beside it. The page is the newest 100 tasks: from Warren's collector through its door, as the
window asks it; from Flower what its tasks page asks of it, sorted by the time received. The pages are asked one after
the other while nothing else happens. Flower runs with its defaults, which keep 100,000 tasks.
"""

from __future__ import annotations

from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import TaskQuery
from tests.bench.event_cost import both_listening, both_take_in
from tests.bench.feeder import EVENTS_A_TASK, Fed
from tests.bench.figures import Figure, Result, Spread, Target, one
from tests.bench.flower_peer import Flower
from tests.bench.process_meter import memory
from tests.bench.stored_results import timed_ms

TASKS, QUICK_TASKS = 100_000, 10_000
EVENTS_PER_S = 4_500.0
ROWS = 100
PAGES = 9


def run(quick: bool) -> Result:
    tasks = QUICK_TASKS if quick else TASKS
    with both_listening() as (sandbox, client, asker, flower):
        before = _pss_mb(client.pid), _pss_mb(flower.pid)
        fed = both_take_in(sandbox, tasks * EVENTS_A_TASK / EVENTS_PER_S, asker, flower, EVENTS_PER_S)
        after = _pss_mb(client.pid), _pss_mb(flower.pid)
        return Result(
            (*_memory_figures(before, after, fed.tasks), _page_figure(client, flower)),
            (_words(fed, asker.events, flower.events_seen()),),
        )


def _memory_figures(before: tuple[float, float], after: tuple[float, float], tasks: int) -> tuple[Figure, Figure]:
    ours, theirs = ((late - early) * 1e6 / tasks for early, late in zip(before, after, strict=True))
    return (
        Figure("memory with all tasks", one(after[0]), "MB", Target("value", 200), one(after[1]), "Flower"),
        Figure("memory a task", one(ours), "bytes", None, one(theirs), "Flower"),
    )


def _page_figure(client: CollectorClient, flower: Flower) -> Figure:
    ours = Spread.of(timed_ms(lambda: client.snapshot(TaskQuery(count=ROWS))) for _ in range(PAGES))
    theirs = Spread.of(timed_ms(lambda: flower.newest_tasks(ROWS)) for _ in range(PAGES))
    return Figure(f"newest {ROWS} tasks", ours, "ms", Target("value", 30), theirs, "Flower")


def _words(fed: Fed, ours: int, theirs: int) -> str:
    taken_in = f"Warren took in {ours:,}, Flower {theirs:,}."
    return f"{fed.events:,} events of {fed.tasks:,} tasks were fed in {fed.took_s:.0f} s; {taken_in}"


def _pss_mb(pid: int) -> float:
    return memory([pid]).pss_bytes / 1e6
