"""``python -m tests.bench.event_feed``: publish Celery task events as busy workers do, at a steady rate.

A process of its own. Standard input brings one JSON line: ``amqp_url``, ``tasks``, ``events_per_s``, ``seed``. Each
task is received, started and succeeded (one in twenty failed, with a traceback) after it was sent: four events.
They go out in ``task.multi`` lists of 20, each list from one of eight workers and made of steps of different tasks.
Events are written as text, not encoded, so that feeding leaves the machine to those who are measured. Prints one JSON
line at the end: ``events``, ``tasks``, ``failed``, ``took_s``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import pika

TASKS_IN_LIST = 5
EVENTS_IN_LIST = 4 * TASKS_IN_LIST
WORKERS = 8
FAILS_EVERY = 20
STEPS = 4
NAMES = tuple(f"shop.{name}" for name in ("charge_card", "send_email", "resize_image", "sync_stock", "build_report"))

_TRACEBACK = (
    'Traceback (most recent call last):\\n  File \\"shop.py\\", line 42, in charge\\nValueError: card declined\\n'
)
_REST = '"parent_id":null,"retries":0,"eta":null,"expires":null'
_SENT = _REST + ',"queue":"celery","exchange":"","routing_key":"celery","type":"task-sent"}'
_RECEIVED = _REST + ',"type":"task-received"}'
_STARTED = '"type":"task-started"}'
_SUCCEEDED = '"result":"\'ok\'","runtime":0.0123,"type":"task-succeeded"}'
_FAILED = f'"exception":"ValueError(\'card declined\')","traceback":"{_TRACEBACK}","type":"task-failed"}}'


def task_id(seed: int, number: int) -> str:
    return f"{number:08x}-{seed & 0xFFFF:04x}-4000-8000-{seed:012x}"


def fails(number: int) -> bool:
    return number % FAILS_EVERY == 0


def lists(tasks: int, seed: int) -> Iterator[str]:
    """The bodies, in order. ``tasks`` is a multiple of 5 x 8; a task's four steps are in four lists of its worker."""
    groups = tasks // TASKS_IN_LIST
    clock = 0
    for turn in range(groups + (STEPS - 1) * WORKERS):
        worker = turn % WORKERS
        origin = f'"hostname":"worker{worker}@bench","utcoffset":0,"pid":{worker},"timestamp":{time.time():.6f}'
        events = []
        for step in range(STEPS):
            group = turn - step * WORKERS
            if not 0 <= group < groups:
                continue
            for number in range(group * TASKS_IN_LIST, (group + 1) * TASKS_IN_LIST):
                clock += 1
                step_text = _step_text(step, number, seed)
                events.append(f'{{{origin},"clock":{clock},"uuid":"{task_id(seed, number)}",{step_text}')
        yield f"[{','.join(events)}]"


def _step_text(step: int, number: int, seed: int) -> str:
    if step >= 2:
        return _STARTED if step == 2 else _FAILED if fails(number) else _SUCCEEDED
    call = f'"name":"{NAMES[number % len(NAMES)]}","args":"({number}, \'eu-west\')","kwargs":"{{\'priority\': 5}}",'
    return f'{call}"root_id":"{task_id(seed, number)}",{_SENT if step == 0 else _RECEIVED}'


def feed(amqp_url: str, tasks: int, events_per_s: float, seed: int) -> dict[str, Any]:
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    channel = connection.channel()
    channel.exchange_declare("celeryev", exchange_type="topic", durable=True)
    properties = pika.BasicProperties(
        content_type="application/json", content_encoding="utf-8", delivery_mode=1, headers={"hostname": "bench"}
    )
    began = time.monotonic()
    for index, body in enumerate(lists(tasks, seed)):
        due = began + index * EVENTS_IN_LIST / events_per_s
        if (early_s := due - time.monotonic()) > 0.005:
            connection.process_data_events(time_limit=early_s)
        channel.basic_publish("celeryev", "task.multi", body.encode(), properties)
    took_s = time.monotonic() - began
    connection.close()
    return {"events": STEPS * tasks, "tasks": tasks, "failed": -(-tasks // FAILS_EVERY), "took_s": took_s}


if __name__ == "__main__":
    print(json.dumps(feed(**json.loads(sys.stdin.readline()))), flush=True)
