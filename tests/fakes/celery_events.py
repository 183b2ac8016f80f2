"""Makes events as Celery's workers and producers send them, for tests and benchmarks.

``python -m tests.fakes.celery_events --url amqp://... --rate 25000 --seconds 60 --batch 20`` publishes them to
``celeryev`` and prints one JSON line: events, tasks and seconds. The password may also come by WARREN_AMQP_PASSWORD.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pika

NAMES = ("shop.charge_card", "shop.resize_image", "shop.send_mail", "stock.sync", "report.build", "fraud.score")
ERRORS = (("ValueError", "amount must be positive"), ("ConnectionError", "gateway closed"), ("KeyError", "sku"))
TRACEBACK = "Traceback (most recent call last):\n" + "".join(
    f'  File "/srv/shop/tasks/step{level}.py", line {40 + level}, in run\n    return next_step(order, level={level})\n'
    for level in range(6)
)
EVENTS_PER_TASK = 4


class EventMaker:
    """Makes the events of one task after the other. The same ``seed`` makes the same events."""

    def __init__(self, seed: int = 1, workers: int = 4, failing: float = 0.05) -> None:
        self._random = random.Random(seed)
        self._workers = [f"worker{number}@host{number}" for number in range(1, workers + 1)]
        self._failing = failing
        self._clock = itertools.count(1)
        self.tasks = 0
        self.failures = 0

    def task(self, at: float) -> list[dict[str, Any]]:
        """Sent, received, started, and succeeded or failed: the life of one task that begins at ``at``."""
        draw = self._random
        task_id = str(UUID(int=draw.getrandbits(128), version=4))
        worker, name, runtime = draw.choice(self._workers), draw.choice(NAMES), draw.random() * 0.2
        call = {
            "name": name,
            "args": f"({draw.randrange(10**6)}, 'eu-west')",
            "kwargs": "{'priority': 5}",
            "root_id": task_id,
            "parent_id": None,
            "retries": 0,
            "eta": None,
            "expires": None,
        }
        self.tasks += 1
        routed = {"queue": "celery", "exchange": "", "routing_key": "celery"}
        return [
            self._event("task-sent", "gen7@web1", at, uuid=task_id, **call, **routed),
            self._event("task-received", worker, at + 0.002, uuid=task_id, **call),
            self._event("task-started", worker, at + 0.003, uuid=task_id),
            self._end(task_id, worker, at + 0.003 + runtime, runtime),
        ]

    def heartbeat(self, worker: str, at: float, kind: str = "worker-heartbeat") -> dict[str, Any]:
        """A sign of life of ``worker``."""
        software = {"sw_ident": "py-celery", "sw_ver": "5.7.0", "sw_sys": "Linux"}
        return self._event(kind, worker, at, freq=2.0, active=1, processed=9, loadavg=[0.1, 0.2, 0.3], **software)

    def bodies(self, tasks: int, at: float, batch: int = 20, per_second: float = 5000.0) -> Iterator[bytes]:
        """The events of ``tasks`` tasks as message bodies: lists of ``batch``, or single objects when it is 1.

        The first task begins at ``at``, the others follow at ``per_second``.
        """
        events = itertools.chain.from_iterable(self.task(at + number / per_second) for number in range(tasks))
        while some := list(itertools.islice(events, batch)):
            yield json.dumps(some if batch > 1 else some[0]).encode()

    def _end(self, task_id: str, worker: str, at: float, runtime: float) -> dict[str, Any]:
        if self._random.random() >= self._failing:
            result = f"{{'charged': {self._random.randrange(10**4)}}}"
            return self._event("task-succeeded", worker, at, uuid=task_id, result=result, runtime=runtime)
        self.failures += 1
        kind, words = self._random.choice(ERRORS)
        raised = {"exception": f"{kind}({words!r})", "traceback": f"{TRACEBACK}{kind}: {words}\n"}
        return self._event("task-failed", worker, at, uuid=task_id, **raised)

    def _event(self, kind: str, host: str, at: float, **fields: Any) -> dict[str, Any]:
        known = {"hostname": host, "utcoffset": 0, "pid": 4711, "clock": next(self._clock), **fields}
        return {**known, "timestamp": at, "type": kind}


def publish(url: str, rate: float, seconds: float, batch: int, seed: int = 1) -> dict[str, Any]:
    """Publish ``rate`` events a second for ``seconds`` to ``celeryev``; late bodies are sent without a pause."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.exchange_declare("celeryev", exchange_type="topic", durable=True)
    properties = pika.BasicProperties(content_type="application/json", content_encoding="utf-8", delivery_mode=1)
    maker = EventMaker(seed)
    key = "task.multi" if batch > 1 else "task.event"
    began, sent = time.monotonic(), 0
    per_second = rate / EVENTS_PER_TASK
    for body in maker.bodies(int(per_second * seconds), time.time(), batch, per_second):
        early_s = began + sent / rate - time.monotonic()
        if early_s > 0.002:
            connection.process_data_events(time_limit=early_s)
        channel.basic_publish("celeryev", key, body, properties)
        sent += batch
    took_s = time.monotonic() - began
    connection.close()
    events = maker.tasks * EVENTS_PER_TASK
    return {"events": events, "tasks": maker.tasks, "failures": maker.failures, "took_s": round(took_s, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Publish Celery events as many workers would.")
    parser.add_argument("--url", required=True, help="amqp:// address")
    parser.add_argument("--rate", type=float, default=1000.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--batch", type=int, default=20, help="events in a message; 1 = single events")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    url = chosen.url
    if password := os.environ.get("WARREN_AMQP_PASSWORD"):
        url = url.replace("@", f":{password}@", 1)
    print(json.dumps(publish(url, chosen.rate, chosen.seconds, chosen.batch, chosen.seed)))


if __name__ == "__main__":
    main()
