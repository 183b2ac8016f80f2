"""The guard: a process that starts the sandbox's programs and outlives its owner just long enough to end them.

It is the parent of everything the sandbox runs. Its owner writes requests to its standard input, one JSON object a
line, and reads one answer a line. When that pipe ends, however the owner died, the guard kills each process it started,
their descendants too, deletes the folder it was given and exits. It touches no process it did not start, and imports
nothing but the standard library so that it is there in a moment.

Requests: ``{"do": "start", "name", "argv", "env", "cwd", "log", "stdin"}`` -> ``{"pid"}``;
``{"do": "signal", "name", "signal"}`` -> ``{}``; ``{"do": "code", "name"}`` -> ``{"code": int | null}`` (null: still
running). A request that fails answers ``{"error": words}``. The end of the input is the request to end.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

END_DEADLINE_S = 8.0
_SET_PARENT_DEATH_SIGNAL, _SET_CHILD_SUBREAPER = 1, 36  # from linux/prctl.h


class Wards:
    """The processes the guard looks after, by name, and what became of those that ended."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._codes: dict[str, int] = {}
        self._prctl = _load_prctl()
        if self._prctl is not None:
            self._prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def start(self, request: dict[str, Any]) -> int:
        name = str(request["name"])
        self.reap()
        if name in self._running:
            raise ValueError(f"{name} is already running")
        with open(request["log"], "ab") as log:
            process = subprocess.Popen(
                request["argv"],
                env=request["env"],
                cwd=request["cwd"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=self._die_with_guard if self._prctl is not None else None,  # noqa: PLW1509  one thread here
            )
        self._running[name] = process
        self._codes.pop(name, None)
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(str(request.get("stdin", "")).encode())
        return process.pid

    def _die_with_guard(self) -> None:
        assert self._prctl is not None
        self._prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)

    def signal(self, name: str, number: int) -> None:
        self.reap()
        if process := self._running.get(name):
            os.kill(process.pid, number)

    def code(self, name: str) -> int | None:
        """Exit code of a process that ended (negative: by that signal), ``None`` while it runs."""
        self.reap()
        if name in self._running:
            return None
        return self._codes[name]

    def reap(self) -> bool:
        """Collect every child that ended, adopted ones too. True while any child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            self._note_end(pid, os.waitstatus_to_exitcode(status))

    def _note_end(self, pid: int, code: int) -> None:
        for name, process in self._running.items():
            if process.pid == pid:
                process.returncode = code
                self._codes[name] = code
                del self._running[name]
                return

    def end(self) -> None:
        """Kill all of them, and what they started, newest first."""
        deadline = time.monotonic() + END_DEADLINE_S
        for process in reversed(tuple(self._running.values())):
            _kill_group(process.pid)
        while self.reap() and time.monotonic() < deadline:
            for pid in _children_of(os.getpid()):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            threading.Event().wait(0.01)


def _load_prctl() -> Any:
    """Linux's ``prctl``, or ``None``: elsewhere process groups alone have to do."""
    if not sys.platform.startswith("linux"):
        return None
    return ctypes.CDLL(None, use_errno=True).prctl


def _kill_group(leader_pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader_pid, signal.SIGKILL)


def _children_of(parent_pid: int) -> tuple[int, ...]:
    """Direct children, those adopted as sub-reaper included; nothing where there is no ``/proc``."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            after_name = stat.read_text(errors="replace").rpartition(")")[2].split()
            if int(after_name[1]) == parent_pid:
                found.append(int(stat.parent.name))
    return tuple(found)


def answer(wards: Wards, request: dict[str, Any]) -> dict[str, Any]:
    match request["do"]:
        case "start":
            return {"pid": wards.start(request)}
        case "signal":
            wards.signal(request["name"], request["signal"])
            return {}
        case "code":
            return {"code": wards.code(request["name"])}
        case unknown:
            raise ValueError(f"no such request: {unknown}")


def serve(wards: Wards) -> None:
    """Answer requests until the owner closes the pipe, or is gone."""
    for line in sys.stdin.buffer:
        request = json.loads(line)
        try:
            reply = answer(wards, request)
        except (OSError, ValueError, KeyError) as problem:
            reply = {"error": str(problem)}
        _reply(reply)


def _reply(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def hold_lock(folder: Path) -> int:
    """Mark the folder as in use for as long as this process lives; another sandbox sweeps only folders without."""
    fresh = folder / "lock.new"
    descriptor = os.open(fresh, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    fresh.rename(folder / "lock")
    return descriptor


def remove_folder(folder: Path) -> None:
    for _attempt in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        threading.Event().wait(0.05)


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def main() -> None:
    signal.signal(signal.SIGTERM, _leave)
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, lambda _signal, _frame: None)  # a handler, unlike SIG_IGN, is not handed to children
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    wards = Wards()
    try:
        if folder is not None:
            hold_lock(folder)
        _reply({"pid": os.getpid()})
        serve(wards)
    except BrokenPipeError:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        wards.end()
        if folder is not None:
            remove_folder(folder)


if __name__ == "__main__":
    main()
