"""A pass of passive declares over 1,000 queues: Warren's pipelined probe against the same questions one by one.

The same broker, the same queues, in turn: Warren's probe writes all the questions of a pass before it reads the
answers; the peer is pika's blocking `queue_declare(passive=True)`, which most scripts use. Wall time, and the
broker's CPU time for a pass. Not measured: a remote broker, where the gain is larger.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pika

from broker_client.lab.sandbox import Sandbox
from broker_client.rabbit.amqp import DepthProbe
from tests.bench.crowded_broker import DEFAULT_INTERVAL_MS, amqp_url, fill
from tests.bench.figures import Figure, Result, Spread, Target
from tests.bench.process_meter import CpuMeter

QUEUES = 1000
PASSES, QUICK_PASSES = 21, 5


def run(quick: bool) -> Result:
    with Sandbox.start(statistics_interval_ms=DEFAULT_INTERVAL_MS) as sandbox:
        keys = fill(sandbox, QUEUES)
        probe = DepthProbe(sandbox.profile, sandbox.secrets)
        connection = pika.BlockingConnection(pika.URLParameters(amqp_url(sandbox)))
        channel = connection.channel()

        def pipelined() -> int:
            return sum(depth.ready is not None for depth in probe.probe(keys, deadline_s=10))

        def one_by_one() -> int:
            return sum(channel.queue_declare(key.name, passive=True).method.message_count is not None for key in keys)

        ours, peer = [], []
        for _ in range(QUICK_PASSES if quick else PASSES):
            ours.append(_one_pass(pipelined, sandbox.beam_pid))
            peer.append(_one_pass(one_by_one, sandbox.beam_pid))
        probe.close()
        connection.close()
    name = "one by one"
    wall = Figure("1,000 queues probed", _column(ours, 0), "ms", Target("value", 100), _column(peer, 0), name)
    cpu = Figure("the broker's CPU for it", _column(ours, 1), "ms", None, _column(peer, 1), name)
    return Result((wall, cpu))


def _one_pass(ask: Callable[[], int], beam_pid: int) -> tuple[float, float]:
    """Wall and broker CPU, both in ms."""
    with CpuMeter(beam_pid) as broker:
        began = time.perf_counter()
        answered = ask()
        took_s = time.perf_counter() - began
    if answered != QUEUES:
        raise RuntimeError(f"only {answered} of {QUEUES} queues answered")
    return took_s * 1000, broker.spent_s * 1000


def _column(found: list[tuple[float, float]], place: int) -> Spread:
    return Spread.of(row[place] for row in found)
