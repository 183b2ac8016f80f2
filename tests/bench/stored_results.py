"""Fills a Redis with results as Celery's backend stores them, and reads them back as bare redis-py does."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import redis

SCAN_COUNT = 1000
_CHUNK = 5_000
_NAMES = tuple(f"shop.{name}" for name in ("charge_card", "send_email", "resize_image", "sync_stock", "build_report"))
_FAILS_EVERY = 20
_RARE_EVERY = 1000


def fill(url: str, count: int) -> None:
    """``count`` results of 5 tasks, 8 workers, 3 queues; one in twenty failed, one in a thousand has ``rare-word``."""
    client: Any = redis.Redis.from_url(url)
    newest = time.time()
    for start in range(0, count, _CHUNK):
        pipeline = client.pipeline(transaction=False)
        for number in range(start, min(start + _CHUNK, count)):
            task_id = f"{number:08x}-7000-4000-8000-{number:012x}"
            pipeline.set(f"celery-task-meta-{task_id}", _value(task_id, number, newest - 3600 * (1 - number / count)))
        pipeline.execute()
    client.close()


def _value(task_id: str, number: int, done_at: float) -> bytes:
    failed = number % _FAILS_EVERY == 0
    raised = {"exc_type": "ValueError", "exc_message": ["card declined"], "exc_module": "builtins"}
    done = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(done_at)) + f".{int(done_at % 1 * 1e6):06}+00:00"
    meta = {
        "status": "FAILURE" if failed else "SUCCESS",
        "result": raised if failed else number,
        "traceback": "Traceback (most recent call last):\n  ..." if failed else None,
        "children": [],
        "date_done": done,
        "name": _NAMES[number % len(_NAMES)],
        "args": [number, "rare-word" if number % _RARE_EVERY == 7 else "eu-west"],
        "kwargs": {},
        "worker": f"worker{number % 8}@bench",
        "retries": 0,
        "queue": ("fast", "slow", "mail")[number % 3],
        "task_id": task_id,
    }
    return json.dumps(meta).encode()


def bare_seconds(url: str) -> tuple[float, int]:
    """How long SCAN and MGET alone take, and how many keys they brought."""
    client: Any = redis.Redis.from_url(url)
    began, cursor, found = time.perf_counter(), 0, 0
    while True:
        cursor, keys = client.scan(cursor, match="celery-task-meta-*", count=SCAN_COUNT)
        if keys:
            found += len(client.mget(keys))
        if not cursor:
            break
    client.close()
    return time.perf_counter() - began, found


class OtherClient(threading.Thread):
    """Stores results at a steady pace, as workers do, and counts how late it gets."""

    def __init__(self, url: str, per_s: float) -> None:
        super().__init__(daemon=True)
        self._client: Any = redis.Redis.from_url(url)
        self._pause_s = 1 / per_s
        self._over = threading.Event()
        self.done = 0
        self.took_s: list[float] = []
        self.began = time.perf_counter()

    def run(self) -> None:
        self.began = time.perf_counter()
        while not self._over.is_set():
            due = self.began + self.done * self._pause_s
            early_s = due - time.perf_counter()
            if early_s > 0:
                self._over.wait(early_s)
            asked = time.perf_counter()
            self._client.set("other:key", b"x" * 300)
            self.took_s.append(time.perf_counter() - asked)
            self.done += 1

    def finish(self) -> float:
        """Stop; how many it did in a second."""
        self._over.set()
        self.join()
        rate = self.done / (time.perf_counter() - self.began)
        self._client.close()
        return rate


def timed_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
