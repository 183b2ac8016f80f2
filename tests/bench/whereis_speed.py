"""How long it takes to find out where a task is.

A real Celery worker with one slot and a result backend; a collector that listens. Each question asks the workers over
their mailboxes, the result backend and the broker anew; the wall time is taken from the question to the verdict. *Held
by a silent worker*: a solo worker that runs a task cannot answer, so that the question waits for it as long as it ever
does. *First question*: the collector's connections for it are not open yet. *Command*: what ``whereis`` reports as its
own time, with connections to open and without a collector; starting Python and reading the libraries comes on top.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from broker_client.lab.guard import Guard
from broker_client.lab.sandbox import Sandbox
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import TaskQuery
from tests.bench.figures import Figure, Result, Spread, Target, one
from tests.live.running_worker import RunningWorker, start_worker
from tests.waiting import until

TARGET = Target("value", 300.0)
QUESTIONS, QUICK_QUESTIONS = 40, 8
COMMANDS, QUICK_COMMANDS = 7, 2
WAITING = 200
BUSY_S = 600.0


def run(quick: bool) -> Result:
    count, commands = (QUICK_QUESTIONS, QUICK_COMMANDS) if quick else (QUESTIONS, COMMANDS)
    with (
        Sandbox.start() as sandbox,
        Guard() as guard,
        tempfile.TemporaryDirectory() as folder,
        CollectorClient.start(sandbox.profile, sandbox.secrets) as collector,
    ):
        until(lambda: _listens(collector), 30.0, "the collector listens")
        threads = _worker(guard, folder, sandbox, "threads", "pool-queue")
        figures = _of_pool(collector, threads, count)
        figures += _of_command(sandbox, str(uuid4()), commands)
        figures.append(_of_silent(collector, _worker(guard, folder, sandbox, "solo", "solo-queue"), count))
    return Result(tuple(figures))


def _of_pool(collector: CollectorClient, worker: RunningWorker, count: int) -> list[Figure]:
    done = worker.send("add", 1, 2, queue="pool-queue")
    until(lambda: collector.where_is(done.id, 10.0).verdict == "finished", 30.0, "a task has finished")
    running = worker.send("sleep", BUSY_S, queue="pool-queue")
    waiting = [worker.send("add", number, 1, queue="pool-queue") for number in range(WAITING)]
    until(lambda: collector.where_is(running.id, 10.0).verdict == "running", 30.0, "a task runs")
    last = waiting[-1].id
    until(lambda: collector.where_is(last, 10.0).verdict == "waiting", 30.0, "tasks wait")
    asked = {"finished": done.id, "running": running.id, f"waiting behind {WAITING}": last, "never seen": str(uuid4())}
    figures = [Figure(name, _asked(collector, task_id, count), "ms", TARGET) for name, task_id in asked.items()]
    time.sleep(10.0)  # the collector leaves the broker when nobody asks
    return [*figures, Figure("first question", one(_once(lambda: collector.where_is(last, 10.0))), "ms", TARGET)]


def _of_silent(collector: CollectorClient, worker: RunningWorker, count: int) -> Figure:
    running = worker.send("sleep", BUSY_S, queue="solo-queue")
    until(lambda: collector.where_is(running.id, 10.0).verdict == "running", 30.0, "the solo worker is busy")
    return Figure("held by a silent worker", _asked(collector, running.id, count), "ms", TARGET)


def _of_command(sandbox: Sandbox, task_id: str, count: int) -> list[Figure]:
    profile, secrets = sandbox.profile, sandbox.secrets
    amqp = profile.amqp_url.replace("://", f"://{profile.username}@")
    where = ("--amqp", amqp, "--management", profile.management_url, "--redis", profile.redis_url)
    command = [sys.executable, "-m", "broker_client", "whereis", task_id, "--json", *where]
    environ = {**os.environ, "WARREN_AMQP_PASSWORD": secrets.rabbitmq, "WARREN_REDIS_PASSWORD": secrets.redis}
    own, whole = [], []
    for _ in range(count):
        began = time.monotonic()
        answer = subprocess.run(command, env=environ, capture_output=True, check=False, timeout=60).stdout
        whole.append((time.monotonic() - began) * 1000)
        own.append(float(json.loads(answer)["took_ms"]))
    return [
        Figure("command, its own time", Spread.of(own), "ms", TARGET),
        Figure("command, with the start of Python", Spread.of(whole), "ms"),
    ]


def _asked(collector: CollectorClient, task_id: str, count: int) -> Spread:
    return Spread.of([_once(lambda: collector.where_is(task_id, 10.0)) for _ in range(count)])


def _once(question: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.monotonic()
    question()
    return (time.monotonic() - began) * 1000


def _listens(collector: CollectorClient) -> bool:
    snapshot = collector.snapshot(TaskQuery(), deadline_s=20.0)
    return snapshot is not None and snapshot.synced and snapshot.streams[0].state == "live"


def _worker(guard: Guard, folder: str, sandbox: Sandbox, pool: str, queue: str) -> RunningWorker:
    return start_worker(guard, Path(folder), sandbox.profile, sandbox.secrets, pool, pool=pool, queues=(queue,))
