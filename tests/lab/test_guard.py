"""The guard: what it starts ends with it, and nothing else does."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from broker_client.errors import BrokerError, ConnectionLost
from broker_client.lab.guard import Guard, python_environment, sweep_folders
from tests.lab.processes import alive, family
from tests.waiting import until

IDLE = "import signal; signal.pause()"
WITH_CHILDREN = (
    "import subprocess, sys, signal; "
    f"subprocess.Popen([sys.executable, '-c', {IDLE!r}], start_new_session=True); signal.pause()"
)


def start(guard: Guard, folder: Path, name: str, code: str, stdin: str = "") -> int:
    argv = (sys.executable, "-c", code)
    return guard.start(name, argv, env=python_environment(), cwd=folder, log=folder / f"{name}.log", stdin=stdin)


def test_descendants_that_left_the_group_end_too(tmp_path: Path) -> None:
    with Guard() as guard:
        start(guard, tmp_path, "parent", WITH_CHILDREN)
        until(lambda: len(family(guard.pid)) == 3)
        pids = family(guard.pid)
    assert not any(alive(pid) for pid in pids)


def test_the_guards_own_violent_death_takes_its_programs_along(tmp_path: Path) -> None:
    guard = Guard()
    pid = start(guard, tmp_path, "idle", IDLE)
    guard._process.kill()
    until(lambda: not alive(pid))
    with pytest.raises(ConnectionLost):
        guard.code("idle")
    guard.end()


def test_exit_codes_and_signals_are_told(tmp_path: Path) -> None:
    with Guard() as guard:
        start(guard, tmp_path, "short", "raise SystemExit(7)")
        assert guard.wait("short", 30.0) == 7
        start(guard, tmp_path, "idle", IDLE)
        assert guard.code("idle") is None
        guard.signal("idle", signal.SIGKILL)
        assert guard.wait("idle", 30.0) == -signal.SIGKILL


def test_what_argv_must_not_show_goes_over_standard_input(tmp_path: Path) -> None:
    with Guard() as guard:
        start(guard, tmp_path, "reader", "print(input()[::-1])", stdin="drowssap\n")
        assert guard.wait("reader", 30.0) == 0
    assert (tmp_path / "reader.log").read_text() == "password\n"


def test_a_program_that_is_not_there_is_an_error_in_words(tmp_path: Path) -> None:
    with Guard() as guard, pytest.raises(BrokerError, match="No such file"):
        guard.start("ghost", ["/no/such/program"], env={}, cwd=tmp_path, log=tmp_path / "ghost.log")


def test_a_folder_is_swept_only_when_its_guard_is_gone(tmp_path: Path) -> None:
    folders = [tmp_path / f"sandbox-{name}" for name in ("kept", "left")]
    for folder in folders:
        folder.mkdir()
    with Guard(folders[0]):
        left = Guard(folders[1])
        left._process.kill()
        left.end()
        sweep_folders(tmp_path, "sandbox-")
        assert [folder.exists() for folder in folders] == [True, False]
    assert not folders[0].exists()
