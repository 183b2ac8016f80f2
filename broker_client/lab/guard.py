"""The owner's end of the guard: start, signal and end processes that cannot outlive us.

See :mod:`broker_client.lab.guard_process` for the other end. Calls are short and may come from any thread.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import broker_client
from broker_client.errors import BrokerError, ConnectionLost
from broker_client.lab.guard_process import remove_folder

SOURCE_ROOT = Path(broker_client.__file__).resolve().parents[1]
_LOCK_FILE = "lock"
_END_DEADLINE_S = 15.0


class Guard:
    """A guard process and the programs it looks after. ``folder`` is deleted when all of them are gone."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "broker_client.lab.guard_process", *([str(folder)] if folder else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=python_environment(),
            cwd="/",
        )
        self.pid = int(self._read()["pid"])

    def start(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path, stdin: str = ""
    ) -> int:
        """Start a program in a session of its own and return its pid. ``stdin`` is for what argv must not show."""
        request = {"do": "start", "name": name, "argv": list(argv), "env": dict(env), "cwd": str(cwd), "log": str(log)}
        return int(self._ask({**request, "stdin": stdin})["pid"])

    def start_python(self, name: str, module: str, *, cwd: Path, log: Path, stdin: str = "") -> int:
        """Start one of our own modules with this interpreter."""
        argv = (sys.executable, "-m", module)
        return self.start(name, argv, env=python_environment(), cwd=cwd, log=log, stdin=stdin)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to that process; nothing when it has ended."""
        self._ask({"do": "signal", "name": name, "signal": int(number)})

    def code(self, name: str) -> int | None:
        """Its exit code, ``None`` while it runs."""
        code = self._ask({"do": "code", "name": name})["code"]
        return None if code is None else int(code)

    def wait(self, name: str, deadline_s: float) -> int | None:
        """Wait until it has ended. ``None``: it still runs after ``deadline_s``."""
        end = time.monotonic() + deadline_s
        pause = threading.Event()
        while (code := self.code(name)) is None and time.monotonic() < end:
            pause.wait(0.02)
        return code

    def end(self) -> None:
        """Kill all that was started, delete the folder, end the guard. A second call does nothing."""
        with self._lock:
            stdin, stdout = self._process.stdin, self._process.stdout
            assert stdin is not None and stdout is not None
            with suppress(BrokenPipeError):
                stdin.close()  # what the guard waits for
            try:
                self._process.wait(_END_DEADLINE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            stdin = self._process.stdin
            if stdin is None or stdin.closed:
                raise ConnectionLost("the sandbox's guard", "it has ended")
            try:
                stdin.write(json.dumps(request).encode() + b"\n")
                stdin.flush()
            except BrokenPipeError as problem:
                raise ConnectionLost("the sandbox's guard", "it has ended") from problem
            reply = self._read()
        if "error" in reply:
            raise BrokerError(f"{request['do']} {request['name']}", str(reply["error"]))
        return reply

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ConnectionLost("the sandbox's guard", "it has ended")
        reply: dict[str, Any] = json.loads(line)
        return reply


def python_environment() -> dict[str, str]:
    """This process's environment with our source on the path, so that our modules run from any directory."""
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join((str(SOURCE_ROOT), inherited)) if inherited else str(SOURCE_ROOT)
    return {**os.environ, "PYTHONPATH": path}


def sweep_folders(parent: Path, prefix: str) -> None:
    """Delete sandbox folders whose guard went without doing so: a power cut, ``kill -9`` of the guard."""
    for lock in parent.glob(f"{prefix}*/{_LOCK_FILE}"):
        try:
            with open(lock, "r+b") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_folder(lock.parent)
        except OSError:
            continue
