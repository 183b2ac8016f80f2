"""Copied code does what it says: it is run here, against a real broker, with hostile names and bodies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from broker_client.profile import Profile
from broker_client.rabbit.action_code import LANGUAGES, ActionCode, action_code
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.amqp_table import Timestamp
from broker_client.rabbit.changes import (
    Bind,
    DeclareExchange,
    DeclareQueue,
    DeleteExchange,
    DeleteQueue,
    Publish,
    PurgeQueue,
    Unbind,
)
from broker_client.rabbit.code_place import BODY_FILE, CodePlace, code_place
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.pika_properties import from_pika
from tests.brokers import LentBrokers
from tests.patient_connection import patient_connection

pytestmark = pytest.mark.live
EVIL = "q'\"; touch pwned; $(touch pwned) `touch pwned` \\ \u202e\x1b[31m&?#/%41 é ='''"
BODIES = (b"", b'it\'s "fine" $HOME `x` \\n', "ünï €".encode(), b"\x00\xff\x80", b'{"a": [1, "\n"]}')
LANGUAGES_HERE = tuple(name for name in LANGUAGES if name != "rabbitmqadmin" or shutil.which("rabbitmqadmin"))


@pytest.fixture
def channel(vhost: Profile, sandbox: LentBrokers) -> Iterator[BlockingChannel]:
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        yield connection.channel()


class Runner:
    """Runs copied code in a folder of its own, with the password in the environment only."""

    def __init__(self, profile: Profile, password: str, folder: Path) -> None:
        self.place: CodePlace = code_place(
            profile.amqp_url, profile.username, profile.management_url, vhost_of(profile)
        )
        self._password = password
        self.folder = folder

    def run(self, action: Any, language: str) -> ActionCode:
        code = action_code(action, language, self.place)
        self.run_text(code.text, language)
        return code

    def run_text(self, text: str, language: str) -> None:
        assert self._password == self.place.user or self._password not in text
        environ = {"PATH": os.environ["PATH"], "RABBITMQ_PASSWORD": self._password, "PYTHONWARNINGS": "ignore"}
        environ["HOME"] = str(self.folder)
        command = [sys.executable, "-"] if language in ("pika", "kombu") else ["bash", "-e"]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, cwd=self.folder, env=environ, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        ) as process:
            out, err = process.communicate(text, timeout=60)
        assert process.returncode == 0, f"{text}\n{out}{err}"


@pytest.fixture
def runner(vhost: Profile, sandbox: LentBrokers, tmp_path: Path) -> Runner:
    return Runner(vhost, sandbox.secrets.rabbitmq, tmp_path)


@pytest.mark.parametrize("language", LANGUAGES_HERE)
def test_declaring_binding_and_deleting_by_copied_code(
    runner: Runner, vhost: Profile, sandbox: LentBrokers, language: str
) -> None:
    place = vhost_of(vhost)
    queue, exchange = QueueKey(place, EVIL), ExchangeKey(place, EVIL + "x")
    runner.run(DeclareQueue(queue, arguments={"x-max-length": 5, "x-overflow": "reject-publish"}), language)
    runner.run(DeclareExchange(exchange, "topic", arguments={"alternate-exchange": "amq.fanout"}), language)
    binding = Binding(place, exchange.name, queue.name, "queue", EVIL)
    runner.run(Bind(binding), language)
    with closing(ManagementClient(vhost, sandbox.secrets)) as client:
        (found,) = client.queues(place, detail=True)
        assert (found.name, found.durable) == (EVIL, True)
        # RabbitMQ 4 adds the queue type.
        assert found.arguments.items() >= {"x-max-length": 5, "x-overflow": "reject-publish"}.items()
        assert exchange in {one.key for one in client.exchanges(place)}
        (bound,) = [one for one in client.bindings(place) if one.source]
        assert (bound.source, bound.destination, bound.routing_key) == (EVIL + "x", EVIL, EVIL)
        runner.run(PurgeQueue(queue), language)
        runner.run(Unbind(bound), language)
        assert not [one for one in client.bindings(place) if one.source]
        runner.run(DeleteExchange(exchange, if_unused=True), language)
        runner.run(DeleteQueue(queue, if_empty=True), language)
        assert not client.queues(place, detail=False)
    assert not list(runner.folder.glob("pwned*"))


@pytest.mark.parametrize("language", LANGUAGES_HERE)
def test_publishing_by_copied_code_brings_the_same_messages(
    runner: Runner, channel: BlockingChannel, language: str
) -> None:
    channel.queue_declare(EVIL, durable=True)
    headers: dict[str, Any] = {EVIL: EVIL, "n": 5, "on": True, "deep": {"list": [1, "two"]}}
    if language == "pika":
        headers["nothing"] = None
    properties = Properties(
        content_type="application/json",
        content_encoding="utf-8",
        headers=headers,
        delivery_mode=2,
        priority=3,
        correlation_id=EVIL,
        expiration="60000",
        message_id="m'1",
        timestamp=1_700_000_000,
        type="t",
        app_id="app",
    )
    actions = [Publish("/", Message("", EVIL, properties, body)) for body in BODIES]
    runner.run_text("\n".join(action_code(action, language, runner.place).text for action in actions), language)
    for body in BODIES:
        method, seen, got = channel.basic_get(EVIL, auto_ack=True)
        assert method is not None and got == body
        assert from_pika(seen) == properties
    assert not list(runner.folder.glob("pwned*"))


@pytest.mark.parametrize("language", LANGUAGES_HERE)
def test_a_long_body_is_read_from_a_file(runner: Runner, channel: BlockingChannel, language: str) -> None:
    channel.queue_declare("big", durable=True)
    body = bytes(range(256)) * 100
    if language == "rabbitmqadmin":
        body = b"text " * 5_000  # it reads its standard input as text
    (runner.folder / BODY_FILE).write_bytes(body)
    code = runner.run(Publish("/", Message("", "big", Properties(headers={"k": "it's"}), body)), language)
    assert any(BODY_FILE in note for note in code.notes)
    method, seen, got = channel.basic_get("big", auto_ack=True)
    assert method is not None and got == body and seen.headers == {"k": "it's"}


@pytest.mark.parametrize("language", ["pika", "kombu"])
def test_a_message_without_a_queue_is_told_by_the_copied_python(runner: Runner, language: str) -> None:
    code = action_code(Publish("/", Message("amq.direct", "nowhere", Properties(), b"x")), language, runner.place)
    with pytest.raises(AssertionError, match=r"NO_ROUTE|Unroutable"):
        runner.run(Publish("/", Message("amq.direct", "nowhere", Properties(), b"x")), language)
    assert "mandatory=True" in code.text


def test_what_a_language_cannot_say_is_noted(runner: Runner) -> None:
    place = runner.place
    timed = Publish("/", Message("", "q", Properties(headers={"at": Timestamp(5), "price": 1.5}), b"x"))
    assert any("floating-point" in note for note in action_code(timed, "pika", place).notes)
    assert any("types are lost" in note for note in action_code(timed, "curl", place).notes)
    assert not action_code(timed, "kombu", place).notes
    part = Publish("/", Message("", "q", Properties(), b"begin", body_size=100))
    assert any("only the beginning" in note for note in action_code(part, "pika", place).notes)
    secure = action_code(timed, "pika", code_place("amqps://mq/%2F", "ops", "https://mq", "/")).text
    assert "ssl.create_default_context(), 'mq')" in secure and "import ssl" in secure
    bound = Unbind(Binding("/", "e", "q", "queue", "k", {"a": 1}))
    assert any("look it up" in note for note in action_code(bound, "curl", place).notes)


def test_every_python_code_can_be_compiled(runner: Runner) -> None:
    headers = {"n": float("nan"), "i": float("-inf"), "b": b"\0", "t": Timestamp(1), "o": None, "l": [{"x": -1}]}
    action = Publish("/", Message("e", "k", Properties(headers=headers), b"\xff"))
    for language in ("pika", "kombu"):
        compile(action_code(action, language, runner.place).text, language, "exec")
