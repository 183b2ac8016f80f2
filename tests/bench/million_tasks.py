"""A million results in Redis: the first load into the collector beside bare redis-py, and searches in what it holds.

A private Redis is filled with results as Celery's backend stores them (about 310 bytes each: 5 tasks, 8 workers,
3 queues, one in twenty failed). *Bare* is SCAN with COUNT 1,000 and MGET of what it brought, by redis-py with hiredis,
nothing decoded. The load is over when the collector has every result, with its fields, in all its indexes; a process
of its own reads and decodes, and the collector is asked for its newest page ten times a second. Three collectors load,
one after the other, a bare read before each. During loads and bare reads another client stores 500 results a second,
one after the other, as workers do; its pace beside the load is compared with its pace alone, and how long each of its
writes took is told beside it. Searches go through the
collector's door, each once as a new search and timed until its first answer; *complete* until nothing is left to look
through. The page is the newest 100 tasks.
"""

from __future__ import annotations

import statistics
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

from broker_client.lab.sandbox import Sandbox
from broker_client.profile import Profile
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import Snapshot, TaskQuery
from tests.bench.figures import Figure, Result, Spread, Target, one
from tests.bench.process_meter import memory
from tests.bench.stored_results import OtherClient, bare_seconds, fill, timed_ms
from tests.waiting import until

TASKS, QUICK_TASKS = 1_000_000, 100_000
LOADS = 3
OTHERS_PER_S = 500.0
ANSWER_S = 30.0
LOAD_S = 400.0
FIELD_SEARCHES = (
    TaskQuery(states=("FAILURE",)),
    TaskQuery(text="name=shop.sync_stock"),
    TaskQuery(text="worker:worker3 queue:mail state:failure"),
    TaskQuery(text="name:send OR queue=slow"),
    TaskQuery(text="age<30m"),
    TaskQuery(text="!state:success age>10m"),
)
WORD_SEARCHES = ("rare-word", "declined", "0000beef", "no-such-word", "rare-word !fast", "exception:card name:stock")
EVERYWHERE = "eu-west"


def run(quick: bool) -> Result:
    tasks = QUICK_TASKS if quick else TASKS
    with Sandbox.start() as sandbox:
        url = str(sandbox.facts()["redis_url"])
        fill(url, tasks)
        alone = _pace_alone(url)
        profile = Profile("bench", redis_url=sandbox.profile.redis_url)
        bare: list[tuple[float, int]] = []
        loads: list[_Load] = []
        searches: tuple[Figure, ...] = ()
        while not searches:
            bare.append(_bare(url))
            with CollectorClient.start(profile, sandbox.secrets, max_tasks=2 * tasks) as client:
                loads.append(_load(client, url, tasks))
                if len(loads) == LOADS:
                    searches = _searches(client)
    return Result((*_load_figures(loads, bare, alone), *searches), (f"{tasks:,} results were loaded {LOADS} times.",))


class _Load(NamedTuple):
    """One load: results a second, what another client wrote a second and how long it took, and memory afterwards."""

    per_s: float
    others_per_s: float
    others_took_s: list[float]
    held_mb: float


def _bare(url: str) -> tuple[float, int]:
    """In a process of its own, as the collector is: the other client shall take its processor, not its interpreter."""
    other = OtherClient(url, OTHERS_PER_S)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(float).result()
        other.start()
        try:
            return pool.submit(bare_seconds, url).result()
        finally:
            other.finish()


def _load(client: CollectorClient, url: str, tasks: int) -> _Load:
    until(lambda: _snapshot(client, TaskQuery()).summary.total > 0, timeout_s=30)
    other = OtherClient(url, OTHERS_PER_S)
    before = _snapshot(client, TaskQuery()).summary.total
    other.start()
    took_ms = timed_ms(lambda: until(lambda: _is_loaded(client, tasks), timeout_s=LOAD_S))
    rate = other.finish()
    return _Load((tasks - before) / took_ms * 1000, rate, other.took_s, memory([client.pid]).pss_bytes / 1e6)


def _load_figures(
    loads: list[_Load], bare: list[tuple[float, int]], alone: tuple[float, list[float]]
) -> tuple[Figure, ...]:
    ours, theirs = Spread.of(load.per_s for load in loads), Spread.of(found / took_s for took_s, found in bare)
    pace = Spread.of(load.others_per_s for load in loads)
    writes = Spread.of(statistics.median(load.others_took_s) * 1000 for load in loads)
    return (
        Figure("results loaded", ours, "a second", Target("at_least_share", 0.7), theirs, "bare SCAN and MGET"),
        Figure(
            "pace of another client", pace, "writes a second", Target("at_least_share", 0.9), one(alone[0]), "alone"
        ),
        Figure("its write, median", writes, "ms", None, one(statistics.median(alone[1]) * 1000), "alone"),
        Figure("memory of the collector", Spread.of(load.held_mb for load in loads), "MB"),
    )


def _searches(client: CollectorClient) -> tuple[Figure, ...]:
    fields = Spread.of(_first_ms(client, query) for query in FIELD_SEARCHES)
    words, whole = [], []
    for text in WORD_SEARCHES:
        words.append(_first_ms(client, TaskQuery(text=text)))
        whole.append(words[-1] + timed_ms(lambda text=text: _complete(client, TaskQuery(text=text))))  # type: ignore[misc]
    everywhere = timed_ms(lambda: _complete(client, TaskQuery(text=EVERYWHERE)))
    page = Spread.of(_first_ms(client, TaskQuery(count=100)) for _ in range(5))
    deep = Spread.of(_first_ms(client, TaskQuery(count=100, offset=400_000)) for _ in range(5))
    return (
        Figure("slowest search on fields", one(fields.high), "ms", Target("value", 100)),
        Figure("searches on fields", fields, "ms"),
        Figure("slowest search on words, complete", one(max(whole)), "ms", Target("value", 500)),
        Figure("searches on words, complete", Spread.of(whole), "ms"),
        Figure("searches on words, first answer", Spread.of(words), "ms"),
        Figure("a word that every task has, complete", one(everywhere), "ms"),
        Figure("newest page", page, "ms", Target("value", 30)),
        Figure("page 4,000", deep, "ms"),
    )


def _pace_alone(url: str) -> tuple[float, list[float]]:
    """The pace of the other client when nobody else asks, over two seconds, and how long each write took."""
    other = OtherClient(url, OTHERS_PER_S)
    other.start()
    until(lambda: other.done >= 2 * OTHERS_PER_S, timeout_s=20)
    return other.finish(), other.took_s


def _snapshot(client: CollectorClient, query: TaskQuery) -> Snapshot:
    snapshot = client.snapshot(query, deadline_s=ANSWER_S)
    assert snapshot is not None
    return snapshot


def _is_loaded(client: CollectorClient, tasks: int) -> bool:
    threading.Event().wait(0.1)
    return _snapshot(client, TaskQuery()).summary.total >= tasks


def _first_ms(client: CollectorClient, query: TaskQuery) -> float:
    return timed_ms(lambda: _snapshot(client, query))


def _complete(client: CollectorClient, query: TaskQuery) -> None:
    while _snapshot(client, query).window.searched < 1.0:
        pass
