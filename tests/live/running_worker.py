"""Starts :mod:`tests.live.task_worker` as a process and waits until it takes tasks."""

from __future__ import annotations

import itertools
import json
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from celery import Celery

from broker_client.lab.guard import Guard
from broker_client.profile import Profile, Secrets
from tests.live.task_worker import make_app
from tests.waiting import until

_numbers = itertools.count(1)


class Held(NamedTuple):
    """A task that runs until it is released."""

    id: str
    result: Any
    gate: Path

    def release(self) -> None:
        self.gate.unlink(missing_ok=True)


@dataclass(frozen=True)
class RunningWorker:
    """A worker process that has said it is ready, and an application to send it tasks with."""

    hostname: str
    pid: int
    app: Celery
    guard: Guard
    ward: str
    log: Path

    def wait_ready(self) -> None:
        """Until it takes tasks."""
        until(lambda: " ready." in self.log.read_text(errors="replace"), 30.0, f"{self.hostname}, see {self.log}")

    def send(self, task: str, *args: Any, **options: Any) -> Any:
        """Send a task by its short name (``"add"``) and return Celery's ``AsyncResult``."""
        return self.app.tasks[f"tests.{task}"].apply_async(args, **options)

    def hold(self, task: str = "hold") -> Held:
        """Send a task (``"hold"`` or ``"progress"``) that runs until the test releases it, a minute at most."""
        gate = self.log.with_name(f"gate-{next(_numbers)}")
        gate.touch()
        result = self.send(task, str(gate))
        return Held(result.id, result, gate)

    def stop(self) -> None:
        """A warm shutdown: the worker says goodbye."""
        self.guard.signal(self.ward, signal.SIGTERM)
        if self.guard.wait(self.ward, 30.0) is None:
            self.kill()

    def close(self) -> None:
        """Kill the worker and close what the application holds open to Redis, which Celery leaves to chance."""
        self.kill()
        backend = self.app.backend
        if hasattr(backend, "result_consumer"):
            # A forgotten AsyncResult would open a connection once more, to say that nobody waits for it.
            backend.on_result_fulfilled = lambda _result: None
            backend.result_consumer.stop()
            backend.client.connection_pool.disconnect()
        self.app.close()

    def kill(self) -> None:
        self.guard.signal(self.ward, signal.SIGKILL)
        self.guard.wait(self.ward, 5.0)


def start_worker(
    guard: Guard,
    folder: Path,
    profile: Profile,
    secrets: Secrets,
    name: str = "w1",
    *,
    pool: str = "solo",
    concurrency: int = 1,
    events: bool = True,
    queues: Sequence[str] = ("celery",),
    conf: Mapping[str, Any] | None = None,
    extra: Sequence[str] = (),
    wait: bool = True,
) -> RunningWorker:
    """Start one worker on the profile's vhost. ``events`` is Celery's ``-E``; ``conf`` goes on top of the defaults.
    Without ``wait`` it is still starting when this returns: see :meth:`RunningWorker.wait_ready`."""
    number = next(_numbers)
    ward, log = f"worker-{number}", folder / f"worker-{number}.log"
    hostname = f"{name}@test{number}"
    broker, backend = urls_with_login(profile, secrets)
    settings = {"worker_send_task_events": events, **(conf or {})}
    arguments = ["-P", pool, "-c", str(concurrency), "-Q", ",".join(queues), *(["-E"] if events else []), *extra]
    wire = {"amqp_url": broker, "redis_url": backend, "conf": settings, "hostname": hostname, "arguments": arguments}
    pid = guard.start_python(ward, "tests.live.task_worker", cwd=folder, log=log, stdin=json.dumps(wire))
    worker = RunningWorker(hostname, pid, make_app(broker, backend, settings), guard, ward, log)
    if wait:
        worker.wait_ready()
    return worker


def urls_with_login(profile: Profile, secrets: Secrets) -> tuple[str, str]:
    """The broker's and Redis' URLs with user and password in them, as Celery wants them. Redis may be both."""
    user, password = quote(profile.username, safe=""), quote(secrets.rabbitmq, safe="")
    login = f"{quote(profile.redis_username, safe='')}:{quote(secrets.redis, safe='')}@" if secrets.redis else ""
    amqp = profile.amqp_url.replace("://", f"://{user}:{password}@")
    redis = profile.redis_url.replace("://", f"://{login}")
    return amqp or redis, redis
