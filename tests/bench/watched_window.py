"""Start a window as a process, beside us as a user's is, and read what it says of itself."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from broker_client.lab.sandbox import Sandbox

SEEN = '{"seen": '
END_S = 15.0


def main_arguments(
    sandbox: Sandbox, page: str = "", *, amqp_port: int = 0, management_port: int = 0, redis: bool = False
) -> list[str]:
    """``main.py``'s arguments for a sandbox; the ports lead through a proxy when they are given."""
    facts = sandbox.facts()
    amqp, management = str(facts["amqp_url"]), str(facts["management_url"])
    arguments = ["--temp-home", "--theme", "dark", "--amqp", _through(amqp, amqp_port)]
    arguments += ["--management", _through(management, management_port)]
    if redis:
        arguments += ["--redis", str(facts["redis_url"])]
    return [*arguments, "--page", page] if page else arguments


def _through(url: str, port: int) -> str:
    return url.replace(f":{urlsplit(url).port}", f":{port}") if port else url


class WatchedWindow:
    """``python -m tests.bench.<runner>`` with ``arguments``, off-screen, from ``with`` to the end of its block."""

    def __init__(self, runner: str, arguments: Sequence[str]) -> None:
        self._command = [sys.executable, "-m", f"tests.bench.{runner}", *arguments]
        self._facts: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.started_at = 0.0

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> WatchedWindow:
        self._folder = tempfile.TemporaryDirectory(prefix="warren-bench-")
        self._report = Path(self._folder.name, "report.json")
        self._log = Path(self._folder.name, "log").open("w+b")
        command = [*self._command, "--report", str(self._report)] if "--amqp" in self._command else self._command
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(
            command,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        threading.Thread(target=self._read, name="bench window", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._log.close()
        self._folder.cleanup()

    def order(self, words: str) -> None:
        """One line to the runner's watcher."""
        assert self._process.stdin is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()

    def next_fact(self, timeout_s: float) -> dict[str, Any]:
        """What it says next; ``RuntimeError`` with its log when it ends or stays silent."""
        try:
            fact = self._facts.get(timeout=timeout_s)
        except queue.Empty:
            raise RuntimeError(f"the window said nothing for {timeout_s:.0f} s: {self._words()}") from None
        if fact is None:
            raise RuntimeError(f"the window ended: {self._words()}")
        return fact

    def close(self) -> None:
        """Let it end as when a user closes it."""
        if self._process.poll() is None and self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def report(self) -> dict[str, Any]:
        """What ``--report`` wrote, after :meth:`close`."""
        if not self._report.exists():
            raise RuntimeError(f"the window wrote no report: {self._words()}")
        facts: dict[str, Any] = json.loads(self._report.read_text())
        return facts

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(SEEN):
                self._facts.put(json.loads(line)["seen"])
        self._facts.put(None)

    def _words(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-2000:] or "no word in its log"
