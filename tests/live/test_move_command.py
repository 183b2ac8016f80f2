"""``python -m broker_client move`` from a shell: what it prints and with which exit code it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from broker_client.profile import Profile
from tests.brokers import LentBrokers
from tests.live.message_store import MessageStore

pytestmark = pytest.mark.live
Move = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def store(vhost: Profile, sandbox: LentBrokers) -> Iterator[MessageStore]:
    with closing(MessageStore(vhost, sandbox.secrets)) as store:
        store.declare("from", "to")
        yield store


@pytest.fixture
def move(vhost: Profile, sandbox: LentBrokers, tmp_path: Path) -> Move:
    url = vhost.amqp_url.replace("://", f"://{vhost.username}@")
    environment = {**os.environ, "WARREN_AMQP_PASSWORD": sandbox.secrets.rabbitmq}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "broker_client", "move", "--amqp", url, "--journals", str(tmp_path), *arguments]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, env=environment, check=False)

    return run


def test_messages_are_moved_and_counted(move: Move, store: MessageStore) -> None:
    store.put("from", 20)
    dry = move("--from", "from", "--to-queue", "to", "--first", "5", "--dry-run")
    assert dry.returncode == 0 and dry.stdout.startswith("5 of 20 ready messages would be moved to queue to")
    chosen = move("--from", "from", "--to-queue", "to", "--chosen", "3", "--chosen", "17", "--json")
    assert (chosen.returncode, json.loads(chosen.stdout)["confirmed"]) == (0, 2)
    matching = move("--from", "from", "--to-queue", "to", "--match", "id=1*", "--copy")
    assert matching.returncode == 0 and matching.stdout.startswith("done: 10 of 18 from from to queue to")
    assert store.holds("to", 12) and store.holds("from", 18)


def test_what_cannot_be_done_is_explained(move: Move, store: MessageStore) -> None:
    store.put("from", 1)
    for arguments, words in (
        (("--from", "from"), "say from where and to where"),
        (("--from", "from", "--to-queue", "nowhere"), "no queue 'nowhere'"),
        (("--from", "from", "--to-queue", "to", "--match", "nope:x"), "no field 'nope'"),
        (("--resume", "nothing"), "no unfinished operation"),
    ):
        found = move(*arguments, "--json")
        assert found.returncode == 2 and words in found.stderr
        assert json.loads(found.stdout)["ended"] == "refused"
    assert move("--unfinished").stdout == "nothing was cut short\n"
    assert store.holds("from", 1)


def test_a_target_that_takes_nothing_is_told_with_exit_code_1(move: Move, store: MessageStore) -> None:
    store.put("from", 3)
    store.channel.exchange_declare("empty", "fanout")
    found = move("--from", "from", "--to-exchange", "empty")
    assert found.returncode == 1 and "NO_ROUTE" in found.stdout
    assert store.holds("from", 3)
