"""kill -9 of Warren and of the broker in the middle of a move: nothing is lost, and what is in doubt is named."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from broker_client.lab.sandbox import Sandbox
from broker_client.lab.wire import Wire
from broker_client.ledger import Ledger
from broker_client.profile import Profile
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.publisher import Publisher
from broker_client.rabbit.transfer import Wishes, resume, transfer
from broker_client.rabbit.transfer_plan import Receipt, to_queue
from tests.live.broker_alarm import memory_alarm
from tests.live.message_store import MessageStore
from tests.waiting import until

pytestmark = pytest.mark.live
KINDS = ("classic", "quorum")
COUNT = 2000
PROBE = "probe"
SLOW_BYTES_PER_S = 80_000
"""So that a move takes several seconds, and is killed in its middle also by a test that looks late."""
FOUNDED_S = 2.0
"""RabbitMQ 3.10 writes down new quorum queues twice a second; one that it forgets by a kill -9 never answers again."""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "journals")


@pytest.fixture
def wire(own_sandbox: Sandbox) -> Iterator[Wire]:
    """A connection to the broker that can be cut."""
    port = urlsplit(own_sandbox.profile.amqp_url).port
    assert port is not None
    with closing(Wire(port)) as wire:
        yield wire


@pytest.fixture
def queues(own_sandbox: Sandbox) -> Iterator[tuple[str, str]]:
    """Names of two queues of this test; declared by it, deleted after it."""
    name = os.urandom(4).hex()
    yield f"{name}-from", f"{name}-to"
    store = MessageStore(own_sandbox.profile, own_sandbox.secrets)
    for end in ("from", "to"):
        store.channel.queue_delete(f"{name}-{end}")
    store.close()


def filled(sandbox: Sandbox, queues: tuple[str, str], kind: str) -> MessageStore:
    store = MessageStore(sandbox.profile, sandbox.secrets)
    store.declare(*queues, kind=kind)
    declared = time.monotonic()
    store.put_all(queues[0], ((str(number), b"x" * 200) for number in range(COUNT)))
    until(lambda: time.monotonic() > declared + FOUNDED_S)
    return store


def command(wire: Wire, sandbox: Sandbox, ledger: Ledger, *arguments: str) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "broker_client", "move", "--journals", str(ledger.folder), "--json", *arguments]
    url = through(wire, sandbox).amqp_url.replace("://", f"://{sandbox.profile.username}@")
    environment = {**os.environ, "WARREN_AMQP_PASSWORD": sandbox.secrets.rabbitmq}
    return subprocess.Popen([*argv, "--amqp", url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def answer(process: subprocess.Popen[bytes]) -> Any:
    out, problem = process.communicate(timeout=60)
    assert out, problem.decode()
    return json.loads(out)


def ids(messages: list[Message]) -> Counter[str]:
    return Counter(message.properties.message_id or "" for message in messages)


@pytest.mark.parametrize("kind", KINDS)
def test_warren_killed_in_the_middle_goes_on_where_it_was(
    kind: str, wire: Wire, own_sandbox: Sandbox, queues: tuple[str, str], ledger: Ledger
) -> None:
    store = filled(own_sandbox, queues, kind)
    wire.throttle(SLOW_BYTES_PER_S)
    mover = command(wire, own_sandbox, ledger, "--from", queues[0], "--to-queue", queues[1])
    until(lambda: store.depth(queues[1]) > COUNT // 5, timeout_s=30)
    mover.send_signal(signal.SIGKILL)
    mover.communicate(timeout=30)
    wire.cut()
    wire.mend()
    (operation,) = ledger.unfinished()
    doubts = {item.label for item in operation.in_doubt}

    refused = answer(command(wire, own_sandbox, ledger, "--from", queues[0], "--to-queue", queues[1]))
    assert operation.id in refused["trouble"]["why"]
    until(lambda: store.depth(queues[0]) + store.depth(queues[1]) >= COUNT, timeout_s=30)
    receipt = answer(command(wire, own_sandbox, ledger, "--resume", operation.id))
    assert {doubt["label"] for doubt in receipt["in_doubt"]} == doubts
    until(lambda: store.depth(queues[0]) == len(doubts), timeout_s=30, words="what was held is ready again")
    there, here = ids(store.take(queues[1])), ids(store.take(queues[0]))
    store.close()
    assert set(there) | set(here) == {str(number) for number in range(COUNT)}
    assert max(there.values()) == 1 and set(here) == doubts
    assert {item.label for operation in ledger.unfinished() for item in operation.in_doubt} == doubts


@pytest.mark.parametrize("kind", KINDS)
def test_a_broker_killed_in_the_middle_is_gone_on_with_after_its_restart(
    kind: str, own_sandbox: Sandbox, queues: tuple[str, str], ledger: Ledger
) -> None:
    filled(own_sandbox, queues, kind).close()
    seen: list[Message] = []

    def wanted(message: Message) -> bool:
        seen.append(message)
        if len(seen) == COUNT // 2:
            own_sandbox.kill_rabbitmq()
        return True

    plan = to_queue(QueueKey("/", queues[0]), queues[1])
    receipt = transfer(own_sandbox.profile, own_sandbox.secrets, ledger, plan, Wishes(wanted))
    assert receipt.ended == "failed" and receipt.trouble is not None
    assert receipt.operation == ledger.unfinished()[0].id
    own_sandbox.start_rabbitmq()
    take_messages_again(own_sandbox, queues[1])
    store = MessageStore(own_sandbox.profile, own_sandbox.secrets)
    until(lambda: store.depth(queues[0]) + store.depth(queues[1]) >= COUNT, timeout_s=30)

    second = resume(own_sandbox.profile, own_sandbox.secrets, ledger, receipt.operation)
    doubts = {doubt.label for doubt in second.in_doubt}
    assert second.trouble is None and doubts <= {doubt.label for doubt in receipt.in_doubt}
    until(lambda: store.depth(queues[0]) == len(doubts), timeout_s=30, words="what was held is ready again")
    there, here = ids(store.take(queues[1])), ids(store.take(queues[0]))
    store.close()
    del there[PROBE]
    assert set(there) | set(here) == {str(number) for number in range(COUNT)}
    assert max(there.values()) == 1
    assert set(here) == doubts


def test_messages_without_an_id_are_kept_and_named_where_they_cannot_be_told_apart(
    wire: Wire, own_sandbox: Sandbox, queues: tuple[str, str], ledger: Ledger
) -> None:
    store = MessageStore(own_sandbox.profile, own_sandbox.secrets)
    store.declare(*queues)
    store.put(queues[0], 300, Properties(delivery_mode=2))
    first = interrupted(wire, own_sandbox, queues, ledger)
    second = resume(through(wire, own_sandbox), own_sandbox.secrets, ledger, first.operation)
    there = store.take(queues[1])
    here = store.take(queues[0], 300 - len(there))
    store.close()
    assert len(there) == len({message.body for message in there})
    assert len({message.body for message in there + here}) == 300
    assert len(second.in_doubt) == len(here)


def test_an_alarm_stops_a_move_after_one_message_and_the_source_keeps_all(
    own_sandbox: Sandbox, queues: tuple[str, str], ledger: Ledger
) -> None:
    store = MessageStore(own_sandbox.profile, own_sandbox.secrets)
    store.declare(*queues)
    store.put(queues[0], 50)
    plan = to_queue(QueueKey("/", queues[0]), queues[1])
    with memory_alarm(own_sandbox):
        receipt = transfer(own_sandbox.profile, own_sandbox.secrets, ledger, plan)
        assert receipt.trouble is not None and "takes no messages now" in receipt.trouble.what
        assert (receipt.ended, receipt.confirmed) == ("failed", 0)
        assert [doubt.label for doubt in receipt.in_doubt] == ["0"]
    assert store.holds(queues[0], 50)
    again = resume(own_sandbox.profile, own_sandbox.secrets, ledger, receipt.operation, in_doubt="drop")
    assert (again.ended, again.confirmed, again.in_doubt) == ("done", 49, ())
    assert store.depth(queues[1]) - 49 in (0, 1), "what was in doubt may have arrived"
    store.close()


@pytest.mark.parametrize(("choice", "at_target"), [("send", {1, 2}), ("drop", {1})])
def test_what_is_in_doubt_is_sent_or_dropped_as_the_person_chooses(
    choice: str, at_target: set[int], wire: Wire, own_sandbox: Sandbox, queues: tuple[str, str], ledger: Ledger
) -> None:
    store, first = half_moved(wire, own_sandbox, queues, ledger)
    doubts = {doubt.label for doubt in first.in_doubt}
    receipt = resume(through(wire, own_sandbox), own_sandbox.secrets, ledger, first.operation, in_doubt=choice)
    assert receipt.ended == "done" and receipt.in_doubt == () and receipt.operation == ""
    there, here = ids(store.take(queues[1])), ids(store.take(queues[0]))
    store.close()
    assert not here and ledger.unfinished() == ()
    missing = {str(number) for number in range(200)} - set(there)
    assert not missing if choice == "send" else missing <= doubts
    assert set(there.values()) <= at_target


def test_what_comes_back_only_when_another_consumer_has_gone_is_waited_for(
    wire: Wire, own_sandbox: Sandbox, queues: tuple[str, str], ledger: Ledger
) -> None:
    store, first = half_moved(wire, own_sandbox, queues, ledger)
    until(lambda: store.depth(queues[0]) + store.depth(queues[1]) >= 200)
    holder = MessageStore(own_sandbox.profile, own_sandbox.secrets)
    holder.channel.basic_consume(queues[0], lambda *_: None)
    until(lambda: holder.depth(queues[0]) == 0)
    looks: list[int] = []

    def should_stop() -> bool:
        looks.append(1)
        if len(looks) == 5:
            holder.close()
        return False

    wishes = Wishes(None, should_stop)
    second = resume(through(wire, own_sandbox), own_sandbox.secrets, ledger, first.operation, wishes)
    there = ids(store.take(queues[1]))
    here = ids(store.take(queues[0], 200 - len(there)))
    store.close()
    assert second.ended == "done"
    assert set(there) | set(here) == {str(number) for number in range(200)} and max(there.values()) == 1
    assert set(there) & set(here) <= {doubt.label for doubt in second.in_doubt}


def test_going_on_that_is_stopped_keeps_what_it_has_not_met_in_mind(
    wire: Wire, own_sandbox: Sandbox, queues: tuple[str, str], ledger: Ledger
) -> None:
    store, first = half_moved(wire, own_sandbox, queues, ledger)
    profile, secrets = through(wire, own_sandbox), own_sandbox.secrets
    until(lambda: store.depth(queues[0]) + store.depth(queues[1]) >= 200)
    stopped = resume(profile, secrets, ledger, first.operation, Wishes(None, lambda: True))
    assert (stopped.ended, stopped.operation) == ("stopped", first.operation)
    last = resume(profile, secrets, ledger, first.operation, in_doubt="drop")
    assert (last.ended, last.operation) == ("done", "")
    there = ids(store.take(queues[1]))
    assert store.depth(queues[0]) == 0 and max(there.values()) == 1
    store.close()


def take_messages_again(sandbox: Sandbox, queue: str) -> None:
    """Wait until a queue confirms a message: a quorum queue needs a leader first."""
    probe = Message("", queue, Properties(message_id=PROBE), b"")

    def confirms() -> bool:
        with Publisher(sandbox.profile, sandbox.secrets, deadline_s=2.0) as publisher:
            return publisher.publish(probe).kind == "confirmed"

    until(confirms, timeout_s=30)


def through(wire: Wire, sandbox: Sandbox) -> Profile:
    return msgspec.structs.replace(sandbox.profile, amqp_url=f"amqp://127.0.0.1:{wire.port}/%2F")


def half_moved(wire: Wire, sandbox: Sandbox, queues: tuple[str, str], ledger: Ledger) -> tuple[MessageStore, Receipt]:
    """The two queues with 200 messages, and the receipt of a transfer that was cut."""
    store = MessageStore(sandbox.profile, sandbox.secrets)
    store.declare(*queues)
    store.put(queues[0], 200)
    return store, interrupted(wire, sandbox, queues, ledger)


def interrupted(wire: Wire, sandbox: Sandbox, queues: tuple[str, str], ledger: Ledger) -> Receipt:
    """A transfer whose connections are cut in the middle."""
    seen: list[Message] = []

    def wanted(message: Message) -> bool:
        seen.append(message)
        if len(seen) == 100:
            wire.cut()
        return True

    plan = to_queue(QueueKey("/", queues[0]), queues[1])
    receipt = transfer(through(wire, sandbox), sandbox.secrets, ledger, plan, Wishes(wanted), window=40)
    wire.mend()
    assert receipt.ended == "failed" and receipt.operation
    return receipt
