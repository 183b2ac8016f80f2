"""Freshness: from a confirmed publish to the changed cell of a visible queue, against the management API's own age.

A private broker with 1,000 queues and RabbitMQ's default statistics interval of 5 s. The real window, off-screen, is on
its Queues page; one queue that is on the screen gets a message at random moments. Warren's figure runs from the confirm
to the end of the paint in which the queue's Ready cell shows another text. At the same time the management API is asked
for that one queue every 20 ms until its statistics tell the new depth: the age of what RabbitMQ's own web UI
shows, without the up to 5 s until its next refresh. Not measured: a remote broker, a real display.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pika

from broker_client.lab.sandbox import Sandbox
from broker_client.rabbit.entities import QueueKey
from tests.bench.broker_questions import ManagementQuestions
from tests.bench.crowded_broker import DEFAULT_INTERVAL_MS, PAYLOAD, amqp_url, fill
from tests.bench.figures import Figure, Result, Spread, Target
from tests.bench.watched_window import WatchedWindow, main_arguments
from tests.waiting import until

QUEUES = 1000
ROUNDS, QUICK_ROUNDS = 12, 4
API_PATIENCE_S = 30.0
SETTLE_S = 8.0


def run(quick: bool) -> Result:
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with Sandbox.start(statistics_interval_ms=DEFAULT_INTERVAL_MS) as sandbox:
        fill(sandbox, QUEUES)
        threading.Event().wait(SETTLE_S)
        with WatchedWindow("cell_watch", main_arguments(sandbox, "queues")) as window, _publisher(sandbox) as channel:
            first = window.next_fact(60)
            key = QueueKey(first["vhost"], first["watching"])
            with ManagementQuestions(sandbox) as management:
                ages = [_one_round(window, channel, management, key) for _ in range(rounds)]
    cells, answers = zip(*ages, strict=True)
    cell, api = Spread.of(cells), Spread.of(answers)
    name = "confirmed publish to painted cell"
    return Result(
        (
            Figure(name, cell, "ms", Target("value", 300)),
            Figure("the same, beside the API", cell, "ms", Target("gain", 20), api, "age of the management API"),
        )
    )


def _one_round(
    window: WatchedWindow, channel: Any, management: ManagementQuestions, key: QueueKey
) -> tuple[float, float]:
    """Milliseconds until the cell and until the API showed one more message."""
    threading.Event().wait(random.uniform(0.2, 2.0))
    before = management.depth(key)
    channel.basic_publish("", key.name, PAYLOAD)
    confirmed_at = time.monotonic()
    painted_at = window.next_fact(30)["at"]
    until(lambda: management.depth(key) != before, timeout_s=API_PATIENCE_S)
    return (painted_at - confirmed_at) * 1000, (time.monotonic() - confirmed_at) * 1000


@contextmanager
def _publisher(sandbox: Sandbox) -> Iterator[Any]:
    connection = pika.BlockingConnection(pika.URLParameters(f"{amqp_url(sandbox)}?heartbeat=0"))
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        yield channel
    finally:
        connection.close()
