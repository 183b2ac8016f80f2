"""Start the event feed as a process and wait for its word."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import NamedTuple

TASKS_STEP = 40
EVENTS_A_TASK = 4


class Fed(NamedTuple):
    """What was published."""

    events: int
    tasks: int
    failed: int
    took_s: float


class Feeder:
    """Feeds ``seconds`` x ``events_per_s`` task events, in whole tasks, into the exchange ``celeryev``."""

    def __init__(self, amqp_url: str, events_per_s: float, seconds: float) -> None:
        tasks = max(1, round(events_per_s * seconds / EVENTS_A_TASK / TASKS_STEP)) * TASKS_STEP
        orders = {"amqp_url": amqp_url, "tasks": tasks, "events_per_s": events_per_s, "seed": random.getrandbits(40)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.event_feed"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()

    def __enter__(self) -> Feeder:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def feeding(self) -> bool:
        return self._process.poll() is None

    def fed(self) -> Fed:
        """Wait for the end."""
        words, _ = self._process.communicate()
        return Fed(**json.loads(words))
