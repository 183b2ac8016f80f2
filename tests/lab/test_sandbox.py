"""The private brokers: they keep to themselves, and end with the process that asked for them."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pika
import pytest
import redis
import requests

from broker_client.errors import BrokerError, MissingProgram
from broker_client.lab import programs
from broker_client.lab.guard import SOURCE_ROOT, python_environment
from broker_client.lab.sandbox import Sandbox
from tests.lab.processes import alive, command_lines, family, listening_addresses, sessions
from tests.waiting import until

pytestmark = pytest.mark.live

LOOPBACKS = {"127.0.0.1", "::1"}


@contextmanager
def sandbox_command(state_dir: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The command in a process of its own, and the line it printed."""
    argv = [sys.executable, "-m", "broker_client", "sandbox", "--json", "--state-dir", str(state_dir), *options]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=python_environment(), cwd=SOURCE_ROOT
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def answers(facts: dict[str, Any]) -> bool:
    """Whether all three services let us in."""
    with requests.Session() as session:
        session.trust_env = False
        login = (facts["username"], facts["password"])
        overview = session.get(f"{facts['management_url']}/api/overview", auth=login, timeout=30).ok
    with pika.BlockingConnection(pika.URLParameters(facts["amqp_url"])) as connection:
        amqp = connection.is_open
    with redis.Redis.from_url(facts["redis_url"]) as client:
        return overview and amqp and bool(client.ping())


def all_gone(pids: frozenset[int]) -> bool:
    return not any(alive(pid) for pid in pids)


def test_both_brokers_answer_once_they_are_started_and_only_on_loopback(tmp_path: Path) -> None:
    with Sandbox.start(state_dir=tmp_path) as sandbox:
        pids = family(sandbox.guard.pid)
        assert answers(dict(sandbox.facts()))
        assert listening_addresses(pids) <= LOOPBACKS and listening_addresses(pids)
    assert all_gone(pids) and not list(tmp_path.iterdir()), "nothing runs and nothing lies about after the end"


def test_no_password_is_in_a_command_line_or_a_file_that_others_can_read(own_sandbox: Sandbox) -> None:
    lines = command_lines(family(own_sandbox.guard.pid))
    passwords = (own_sandbox.secrets.rabbitmq, own_sandbox.secrets.redis)
    assert "beam" in lines and not any(password in lines for password in passwords)
    assert stat.S_IMODE(own_sandbox.folder.stat().st_mode) == 0o700
    for name in ("rabbitmq.conf", "redis.conf", ".erlang.cookie"):
        assert not stat.S_IMODE((own_sandbox.folder / name).stat().st_mode) & 0o077, name


def test_a_killed_node_keeps_its_durable_queues_when_it_is_started_again(own_sandbox: Sandbox) -> None:
    address = str(own_sandbox.facts()["amqp_url"])
    with pika.BlockingConnection(pika.URLParameters(address)) as connection:
        connection.channel().queue_declare("kept", durable=True)
    killed = own_sandbox.beam_pid
    own_sandbox.kill_rabbitmq()
    assert not alive(killed)
    own_sandbox.start_rabbitmq()
    assert own_sandbox.beam_pid != killed
    with pika.BlockingConnection(pika.URLParameters(address)) as connection:
        connection.channel().queue_declare("kept", passive=True)


def test_redis_comes_back_on_the_same_port_with_the_same_password(own_sandbox: Sandbox) -> None:
    own_sandbox.stop_redis()
    own_sandbox.start_redis()
    assert answers(dict(own_sandbox.facts()))


def test_kill_9_of_the_parent_leaves_no_process_no_folder_and_the_other_sandbox_alone(
    own_sandbox: Sandbox, tmp_path: Path
) -> None:
    with sandbox_command(tmp_path, "--demo") as (command, facts):
        guard_pid = int(facts["pid"])
        until(lambda: "celery_app" in command_lines(family(guard_pid)))
        everyone = "guard, port mapper, node, Redis, till, rooms, customers and two workers"
        pids = until(lambda: found if len(found := family(guard_pid)) > 8 else frozenset(), words=everyone)
        command.send_signal(signal.SIGKILL)
        command.wait(30.0)
        until(lambda: all_gone(pids), words="every process of the sandbox has ended")
        until(lambda: not list(tmp_path.iterdir()), words="its folder is deleted")
    assert answers(dict(own_sandbox.facts())), "the sandbox beside it goes on"


@pytest.mark.parametrize("ending", ["SIGTERM", "SIGINT", "end of input"])
def test_the_command_ends_in_order_when_told_to(ending: str, tmp_path: Path) -> None:
    with sandbox_command(tmp_path) as (command, facts):
        pids = family(int(facts["pid"]))
        assert set(facts) == {"amqp_url", "management_url", "username", "password", "redis_url", "pid"}
        if ending == "end of input":
            assert command.stdin is not None
            command.stdin.close()
        else:
            command.send_signal(signal.Signals[ending])
        assert command.wait(60.0) == 0
        assert all_gone(pids) and not list(tmp_path.iterdir())


def test_ctrl_c_in_the_terminal_reaches_only_the_command(own_sandbox: Sandbox) -> None:
    assert os.getsid(0) not in sessions(family(own_sandbox.guard.pid))


@pytest.mark.parametrize(("hidden", "program"), [("_on_path", "redis-server"), ("_first", "rabbitmq-server")])
def test_a_missing_program_is_refused_with_the_command_that_installs_it(
    hidden: str, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_first", lambda _places: None)
    if hidden == "_on_path":
        monkeypatch.setattr(programs, "_on_path", lambda *names: Path("/x") if "rabbitmq-server" in names else None)
    else:
        monkeypatch.setattr(programs, "_on_path", lambda *names: None)
    with pytest.raises(MissingProgram) as refusal:
        Sandbox.start(state_dir=tmp_path)
    assert program in refusal.value.why and program.removesuffix("-server") in refusal.value.remedy
    assert not refusal.value.retryable and not list(tmp_path.iterdir())


def test_a_node_that_cannot_start_says_why(own_sandbox: Sandbox) -> None:
    own_sandbox.kill_rabbitmq()
    config = own_sandbox.folder / "rabbitmq.conf"
    good = config.read_text()
    try:
        config.write_text(good + "no_such_setting = 1\n")
        with pytest.raises(BrokerError, match="no_such_setting"):
            own_sandbox.start_rabbitmq()
    finally:
        config.write_text(good)
        own_sandbox.start_rabbitmq()
