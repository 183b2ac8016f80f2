"""A real Celery worker with tasks that end in every way a task can end. Run as a process; settings come over stdin."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.exceptions import Ignore, Reject

DEFAULTS: Mapping[str, Any] = {
    "result_extended": True,
    "task_track_started": True,
    "task_send_sent_event": True,
    "worker_send_task_events": True,
    "worker_prefetch_multiplier": 1,
    "worker_hijack_root_logger": False,
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {"confirm_publish": True},
    "enable_utc": True,
}


def make_app(amqp_url: str, redis_url: str, conf: Mapping[str, Any]) -> Celery:
    """The same application for the worker's process and for the test that sends to it."""
    app = Celery("tests", broker=amqp_url, backend=redis_url or None, set_as_current=False)
    app.conf.update({**DEFAULTS, **conf})
    app.task(name="tests.add")(add)
    app.task(name="tests.echo")(echo)
    app.task(name="tests.fail")(fail)
    app.task(name="tests.sleep")(sleep)
    app.task(name="tests.big")(big)
    app.task(name="tests.ignored", ignore_result=True)(echo_nothing)
    app.task(name="tests.retry", bind=True, max_retries=2, default_retry_delay=1)(retry)
    app.task(name="tests.hold")(hold)
    app.task(name="tests.progress", bind=True)(progress)
    app.task(name="tests.skip")(skip)
    app.task(name="tests.reject", acks_late=True)(reject)
    app.task(name="tests.die", acks_late=True)(die)
    return app


def add(x: int, y: int) -> int:
    return x + y


def echo(value: Any = None) -> Any:
    return value


def echo_nothing(*_args: Any) -> None:
    return None


def fail(kind: str = "ValueError", words: str = "no good") -> None:
    kinds = {"ValueError": ValueError, "KeyError": KeyError, "ConnectionError": ConnectionError}
    raise kinds[kind](words)


def sleep(seconds: float) -> float:
    threading.Event().wait(seconds)
    return seconds


def big(size_bytes: int) -> str:
    return "x" * size_bytes


def retry(self: Task, fails: int = 1, countdown: float = 0.2) -> str:
    """Fail ``fails`` times with a retry, then succeed."""
    if self.request.retries < fails:
        raise self.retry(exc=ConnectionError("gateway is busy"), countdown=countdown)
    return "at last"


def hold(gate: str) -> str:
    """Run until the file ``gate`` is taken away, a minute at most."""
    for _ in range(3000):
        if not Path(gate).exists():
            break
        threading.Event().wait(0.02)
    return "released"


def progress(self: Task, gate: str) -> str:
    """Report how far it is, and be held there."""
    self.update_state(state="PROGRESS", meta={"done": 1, "of": 2})
    return hold(gate)


def skip() -> None:
    raise Ignore


def reject() -> None:
    raise Reject("not this one", requeue=False)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    os.environ["C_FORCE_ROOT"] = "1"  # the tests may run as root, where Celery refuses pickle
    settings = json.load(sys.stdin)
    app = make_app(settings["amqp_url"], settings["redis_url"], settings["conf"])
    app.worker_main(["worker", "--loglevel", "INFO", "--hostname", settings["hostname"], *settings["arguments"]])


if __name__ == "__main__":
    main()
