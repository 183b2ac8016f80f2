"""The set-up script: changes nothing when nothing is missing, and says what to run where it cannot help."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source_tree import ROOT

SCRIPT = ROOT / "scripts" / "setup"
NEEDED_BY_THE_SCRIPT = ("bash", "dirname", "cat", "cksum", "sed", "id")


def run(path: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    script = cwd / "scripts" / "setup"
    environment = {**os.environ, "PATH": path}
    return subprocess.run(
        [str(script)], env=environment, cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A checkout of the script and lock, and a PATH with nothing but the shell's own tools: no apt, no brokers."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for program in NEEDED_BY_THE_SCRIPT:
        found = shutil.which(program)
        assert found is not None
        (programs / program).symlink_to(found)
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts" / "setup")
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    return tmp_path


def add_program(machine: Path, name: str, script: str) -> None:
    program = machine / "bin" / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_without_a_new_enough_python_it_prints_what_to_run(bare_machine: Path) -> None:
    add_program(bare_machine, "python3", "exit 1")
    add_program(bare_machine, "dnf", "exit 0")
    ended = run(str(bare_machine / "bin"), bare_machine)
    assert ended.returncode == 1
    assert "Python 3.11 or newer is needed" in ended.stderr
    assert "sudo dnf install python3 rabbitmq-server" in ended.stderr
    assert not (bare_machine / ".venv").exists()


def test_with_neither_root_nor_sudo_it_prints_what_an_administrator_runs(bare_machine: Path) -> None:
    (bare_machine / "bin" / "id").unlink()
    add_program(bare_machine, "id", "echo 1000")
    add_program(bare_machine, "python3", f'exec "{sys.executable}" "$@"')
    add_program(bare_machine, "apt-get", "exit 9")
    add_program(bare_machine, "dpkg-query", "exit 1")
    ended = run(str(bare_machine / "bin"), bare_machine)
    assert ended.returncode == 1
    assert "apt-get update && apt-get install --no-install-recommends" in ended.stderr
    assert "libxcb-cursor0" in ended.stderr
    assert not (bare_machine / ".venv").exists()


def test_a_second_run_installs_nothing(bare_machine: Path) -> None:
    """The first run is played by a Python whose venv and pip only note that they were called."""
    qt = "\n".join(f"echo '{name} install ok installed'" for name in qt_packages())
    add_program(bare_machine, "apt-get", "exit 9")
    add_program(bare_machine, "dpkg-query", qt)
    for program in ("rabbitmq-server", "redis-server", "curl"):
        add_program(bare_machine, program, "exit 0")
    add_program(bare_machine, "mkdir", f'exec {shutil.which("mkdir")} "$@"')
    add_program(bare_machine, "cp", f'exec {shutil.which("cp")} "$@"')
    add_program(
        bare_machine,
        "python3",
        f"""echo "$@" >>"{bare_machine}/calls"
        case "$1 $2" in
          "-m venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
          "-c import pip") exit 1 ;;
          "-c "*) exec "{sys.executable}" "$@" ;;
        esac""",
    )
    first = run(str(bare_machine / "bin"), bare_machine)
    assert first.returncode == 0, first.stderr
    calls = (bare_machine / "calls").read_text()
    assert "-m venv --clear .venv" in calls and "--require-hashes -r requirements.lock" in calls
    (bare_machine / "calls").unlink()
    second = run(str(bare_machine / "bin"), bare_machine)
    assert second.stdout == "setup: everything is in place.\n"
    assert " install " not in (bare_machine / "calls").read_text()


def qt_packages() -> tuple[str, ...]:
    text = SCRIPT.read_text(encoding="utf-8")
    return tuple(text.partition("QT_PACKAGES=(")[2].partition(")")[0].split())
