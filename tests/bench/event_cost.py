"""Celery events from the broker to the folded record: Warren's collector beside Flower, on the same stream at once.

One private broker, one feed of 3,000 events a second in `task.multi` lists of 20 as real workers send them (four
events a task, 280 bytes each, one task in twenty fails). The collector is a process of its own and is asked for the
newest 100 tasks five times a second, as the window does; Flower 2 runs with its defaults and nobody looks at its
pages. CPU is each process's own clock from the first event to the last one taken in; memory is the growth of each
one's PSS over the same tasks. Not measured here: single events, which cost both of them more; Redis as the broker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from broker_client.lab.sandbox import Sandbox
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import TaskQuery
from tests.bench.broker_questions import ManagementQuestions
from tests.bench.crowded_broker import amqp_url
from tests.bench.feeder import Fed, Feeder
from tests.bench.figures import Figure, Result, Target, one
from tests.bench.flower_peer import Flower
from tests.bench.process_meter import CpuMeter, memory, process_tree
from tests.waiting import until

EVENTS_PER_S = 3000.0
SECONDS, QUICK_SECONDS = 30.0, 8.0
WARM_UP_S = 2.0
ASK_EVERY_S = 0.2
ANSWER_S = 20.0
IDLE_S = 3.0
"""A taker that has taken in nothing for so long has lost the rest."""


def run(quick: bool) -> Result:
    with both_listening() as (sandbox, client, asker, flower):
        both_take_in(sandbox, WARM_UP_S, asker, flower)
        return _compare(sandbox, QUICK_SECONDS if quick else SECONDS, asker, client.pid, flower)


@contextmanager
def both_listening() -> Iterator[tuple[Sandbox, CollectorClient, Asker, Flower]]:
    """A broker of its own, and a collector and a Flower that hear its events."""
    with Sandbox.start() as sandbox, Flower(amqp_url(sandbox)) as flower:
        client = CollectorClient.start(sandbox.profile, sandbox.secrets)
        try:
            asker = Asker(client)
            with ManagementQuestions(sandbox) as management:
                until(lambda: asker.ask() >= 0 and management.bindings_of("celeryev") >= 2, timeout_s=30)
            yield sandbox, client, asker, flower
        finally:
            client.close()


class Asker:
    """Asks the collector as the window does and remembers how many events it has taken in."""

    def __init__(self, client: CollectorClient) -> None:
        self._client = client
        self._revision = -1
        self.events = 0

    def ask(self) -> int:
        snapshot = self._client.snapshot(TaskQuery(), self._revision, deadline_s=ANSWER_S)
        if snapshot is not None:
            self._revision, self.events = snapshot.revision, snapshot.summary.events_seen
        return self.events


def _compare(sandbox: Sandbox, seconds: float, asker: Asker, collector: int, flower: Flower) -> Result:
    pids = process_tree(collector)
    ours_before, theirs_before = memory(pids).pss_bytes, memory([flower.pid]).pss_bytes
    asker_had, flower_had = asker.events, flower.events_seen()
    with CpuMeter(*pids) as ours, CpuMeter(flower.pid) as theirs:
        fed = both_take_in(sandbox, seconds, asker, flower)
    asker_got, flower_got = asker.events - asker_had, flower.events_seen() - flower_had
    ours_a_task = (memory(pids).pss_bytes - ours_before) / fed.tasks
    theirs_a_task = (memory([flower.pid]).pss_bytes - theirs_before) / fed.tasks
    cost = one(ours.spent_s / asker_got * 1000), one(theirs.spent_s / flower_got * 1000)
    lost = one(fed.events - asker_got), one(fed.events - flower_got)
    return Result(
        (
            Figure("CPU for 1,000 events", cost[0], "s", Target("gain", 6), cost[1], "Flower"),
            Figure("events lost", lost[0], "", Target("value", 0), lost[1], "Flower"),
            Figure("memory a task", one(ours_a_task), "bytes", Target("value", 2048), one(theirs_a_task), "Flower"),
        ),
        (f"{fed.events:,} events of {fed.tasks:,} tasks were fed in {fed.took_s:.0f} s.",),
    )


def both_take_in(sandbox: Sandbox, seconds: float, asker: Asker, flower: Flower, per_s: float = EVENTS_PER_S) -> Fed:
    """Feed, and wait until both have every event or stop taking in."""
    asker.ask()
    asker_had, flower_had = asker.events, flower.events_seen()
    pause = threading.Event()
    with Feeder(amqp_url(sandbox), per_s, seconds) as feeder:
        while feeder.feeding():
            asker.ask()
            pause.wait(ASK_EVERY_S)
        fed = feeder.fed()
    settle(lambda: asker.ask() - asker_had, fed.events)
    settle(lambda: flower.events_seen() - flower_had, fed.events)
    return fed


def settle(taken_in: Callable[[], int], expected: int) -> int:
    """Wait until ``expected`` events are taken in, or until no more come for a while; how many were."""
    pause = threading.Event()
    found, idle_s = taken_in(), 0.0
    while found < expected and idle_s < IDLE_S:
        pause.wait(ASK_EVERY_S)
        newer = taken_in()
        idle_s = 0.0 if newer > found else idle_s + ASK_EVERY_S
        found = newer
    return found
