"""Flower as a user runs it, on the same broker: started from ``.venv-bench``, asked over its own ``/metrics``."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from broker_client.lab.free_ports import LOOPBACK, free_ports
from tests.waiting import until

PYTHON = Path(__file__).parents[2] / ".venv-bench/bin/python"
START_S = 40.0
_EVENTS = re.compile(r'^flower_events_total\{[^}]*type="task-[^}]*\} (\S+)$', re.MULTILINE)


class Flower:
    """One Flower with its default settings, listening on loopback. It takes in events from ``with`` on."""

    def __init__(self, amqp_url: str) -> None:
        """``amqp_url`` holds the login; it is handed over in the environment, as Celery's own variable."""
        if not PYTHON.exists():
            raise SystemExit("Flower is not installed: run scripts/setup-bench (`make bench` does it)")
        self._amqp_url = amqp_url
        (self._port,) = free_ports(1)

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Flower:
        self._folder = tempfile.TemporaryDirectory(prefix="warren-bench-")
        self._log = Path(self._folder.name, "flower.log")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(PYTHON), "-m", "celery", "flower", f"--address={LOOPBACK}", f"--port={self._port}"],
                cwd=self._folder.name,
                env={**os.environ, "CELERY_BROKER_URL": self._amqp_url, "PYTHONPATH": ""},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            until(self._answers, timeout_s=START_S)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def events_seen(self) -> int:
        """How many task events it has taken in since its start."""
        return int(sum(float(count) for count in _EVENTS.findall(self._get("/metrics"))))

    def newest_tasks(self, count: int) -> int:
        """Ask for what its page shows of the newest ``count`` tasks; how many came."""
        asked = {
            "draw": 1,
            "start": 0,
            "length": count,
            "order[0][column]": 0,
            "order[0][dir]": "desc",
            "columns[0][data]": "received",
        }
        return len(json.loads(self._get(f"/tasks/datatable?{urlencode(asked)}"))["data"])

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"Flower ended: {self._log.read_text(errors='replace')[-800:]}")
        try:
            return bool(self._get("/metrics"))
        except OSError:
            return False

    def _get(self, path: str) -> str:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.read().decode()
        finally:
            connection.close()
