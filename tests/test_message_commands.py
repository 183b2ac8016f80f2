"""``publish``, ``peek`` and ``tap`` from a clean shell: what they print, and their exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from broker_client.__main__ import main
from broker_client.profile import Profile
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.message_file import line_of
from tests.brokers import LentBrokers
from tests.live.message_store import holds
from tests.patient_connection import patient_connection
from tests.waiting import until

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.live


class Shell:
    """Runs commands with nothing in the environment but where the programs are and the password."""

    def __init__(self, profile: Profile, password: str) -> None:
        amqp_url = profile.amqp_url.replace("://", f"://{profile.username}@")
        self.where = ("--amqp", amqp_url, "--management", profile.management_url)
        self._environ = {"PATH": "/bin", "WARREN_AMQP_PASSWORD": password}
        self._user, self._password = profile.username, password

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-W", "error", "-m", "broker_client", *words, *self.where]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=self._environ, stdout=pipe, stderr=pipe, text=True)

    def run(self, *words: str, code: int = 0) -> str:
        with self.start(*words) as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == code, f"{words}: {process.returncode}\n{out}{err}"
        assert self._password == self._user or self._password not in out + err
        return out + (err if code else "")

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code).splitlines()[0])


@pytest.fixture
def shell(vhost: Profile, sandbox: LentBrokers) -> Shell:
    return Shell(vhost, sandbox.secrets.rabbitmq)


@pytest.fixture
def channel(vhost: Profile, sandbox: LentBrokers) -> Iterator[BlockingChannel]:
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("q", durable=True)
        channel.queue_bind("q", "amq.topic", "order.#")
        yield channel


def test_a_message_is_published_and_its_outcome_told(shell: Shell, channel: BlockingChannel) -> None:
    told = shell.json(
        *("publish", "--queue", "q", "--json-body", '{"a": 1}', "--header", "text=5", "--header", "number:=5"),
        *("--header", 'at:={"$time": 7}', "--property", "priority=3", "--property", "message-id=m"),
    )
    assert told["outcome"]["kind"] == "confirmed"
    _, properties, body = channel.basic_get("q", auto_ack=True)
    assert body == b'{"a": 1}' and properties.content_type == "application/json"
    assert properties.headers == {"text": "5", "number": 5, "at": 7}
    assert (properties.priority, properties.message_id) == (3, "m")
    assert shell.json("publish", "--queue", "gone", code=1)["outcome"]["kind"] == "returned"
    assert shell.json("publish", "--exchange", "gone", code=1)["outcome"]["reply_code"] == 404
    proof = shell.json("publish", "--exchange", "amq.topic", "--key", "order.x", "--hex", "00ff", "--prove")
    assert (proof["queues"], proof["by"]) == (["q"], "tracing")


def test_many_messages_and_a_file_of_them_are_published(shell: Shell, channel: BlockingChannel, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("name\na\nb\n")
    told = shell.json(
        "publish", "--queue", "q", "--count", "100", "--csv", str(rows), "--body", "{{counter}} {{csv:name}}"
    )
    assert told["counts"]["confirmed"] == 100
    assert [channel.basic_get("q", auto_ack=True)[2] for _ in range(2)] == [b"1 a", b"2 b"]
    recorded = tmp_path / "messages.jsonl"
    good = line_of(Message("", "q", Properties(), b"again"))
    recorded.write_text(f"{good}\nnonsense\n{good}\n")
    out = shell.run("publish", "--replay", str(recorded), code=1)
    assert "2 of 2 sent, 2 confirmed" in out and "line 2 is left out" in out


def test_code_for_a_message_is_printed_without_a_password(shell: Shell) -> None:
    out = shell.run("publish", "--queue", "q", "--body", "it's", "--code", "curl")
    assert "RABBITMQ_PASSWORD" in out and "/api/exchanges/" in out


def test_a_queue_is_looked_into_after_a_warning(shell: Shell, channel: BlockingChannel, tmp_path: Path) -> None:
    for number in range(3):
        properties = pika.BasicProperties(type="mail")
        channel.basic_publish("", "q", f"body {number}\x1b[31m".encode(), properties, mandatory=True)
    assert holds(channel, "q", 3)
    out = shell.run("peek", "q", "--match", 'body:"body 1"')
    assert "body 1\\x1b[31m" in out and "body 2" not in out and "\x1b" not in out
    assert holds(channel, "q", 3)
    assert shell.json("peek", "q", "--group")["groups"][0]["count"] == 3
    assert holds(channel, "q", 3)
    lines = [json.loads(line) for line in shell.run("peek", "q", "--whole", "--json").splitlines()]
    assert lines[0]["shown"] == 3 and any("redelivered" in words for words in lines[0]["warning"]["words"])
    assert [line["routing_key"] for line in lines[1:]] == ["q"] * 3
    assert holds(channel, "q", 3)
    shell.run("peek", "q", "--to", str(tmp_path / "kept.jsonl"))
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == 3
    channel.queue_declare("low", durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 1})
    assert "refused" in shell.run("peek", "low", "--dry-run", code=1)
    assert "could lose messages" in shell.json("peek", "low", code=1)["error"]["why"]


def test_a_queue_is_tapped_until_enough_or_until_told_to_stop(
    shell: Shell, channel: BlockingChannel, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.jsonl"
    with shell.start("tap", "--queue", "q", "--to", str(kept), "--json") as process:
        assert process.stderr is not None
        assert "not seen" in process.stderr.readline() and "tapping" in process.stderr.readline()
        for number in range(5):
            channel.basic_publish("amq.topic", "order.x", str(number).encode(), mandatory=True)
        until(lambda: kept.exists() and len(kept.read_text().splitlines()) == 5, words="five lines are written")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0 and json.loads(out)["counts"]["received"] == 5
    shell.run("publish", "--replay", str(kept))
    with shell.start("tap", "--firehose", "--count", "1", "--match", "body:secret") as process:
        assert process.stderr is not None
        while "tapping" not in process.stderr.readline():
            continue
        channel.basic_publish("", "q", b"secret", mandatory=True)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0 and "secret" in out
    assert "no such exchange" in shell.run("tap", "--exchange", "gone", code=2)
    channel.queue_declare("alone", durable=True)
    assert "default exchange only" in shell.run("tap", "--queue", "alone", code=2)


@pytest.mark.parametrize(
    "words",
    [
        ("publish", "--queue", "q", "--json-body", "{broken"),
        ("publish", "--queue", "q", "--body", "a", "--hex", "00"),
        ("publish", "--queue", "q", "--hex", "0x"),
        ("publish", "--queue", "q", "--base64", "***"),
        ("publish", "--queue", "q", "--property", "nonsense=1"),
        ("publish", "--queue", "q", "--property", "priority=high"),
        ("publish", "--queue", "q", "--header", "=x"),
        ("publish", "--queue", "q", "--header", "a:={"),
        ("publish", "--queue", "q\n"),
        ("publish", "--queue", "x" * 256),
        ("publish", "--queue", "q", "--exchange", "e"),
        ("publish", "--queue", "q", "--file", "/no/such"),
        ("publish", "--queue", "q", "--count", "0"),
        ("publish", "--queue", "q", "--count", "5", "--body", "{{nonsense}}"),
        ("publish", "--replay", "/no/such"),
        ("tap",),
        ("tap", "--queue", "q", "--firehose"),
    ],
)
def test_what_cannot_be_meant_ends_with_two(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--amqp", "amqp://127.0.0.1:1/"]) == 2
    assert capsys.readouterr().err.strip()
