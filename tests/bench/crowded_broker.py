"""A private broker with many queues, as a busy company has them, and modest traffic on some of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

import pika

from broker_client.lab.sandbox import Sandbox
from broker_client.rabbit.entities import QueueKey
from tests.bench.broker_questions import ManagementQuestions

DEFAULT_INTERVAL_MS = 5000
"""RabbitMQ's own default of ``collect_statistics_interval``."""
VHOST = "/"
FILLED_EVERY = 10
MOST_MESSAGES = 50
PAYLOAD = b"x" * 200


def queue_keys(count: int) -> tuple[QueueKey, ...]:
    """Names of the length and shape that services give their queues."""
    return tuple(QueueKey(VHOST, f"svc{i % 20:02d}.orders.region{i % 7}.q{i:05d}") for i in range(count))


def fill(sandbox: Sandbox, count: int) -> tuple[QueueKey, ...]:
    """Declare ``count`` durable classic queues; every second is bound, every tenth holds 1 to 50 messages."""
    keys = queue_keys(count)
    queues = [{"name": k.name, "vhost": VHOST, "durable": True, "auto_delete": False, "arguments": {}} for k in keys]
    bindings = [
        {
            "source": "amq.topic",
            "vhost": VHOST,
            "destination": key.name,
            "destination_type": "queue",
            "routing_key": key.name.replace(".q", ".#.q"),
            "arguments": {},
        }
        for key in keys[::2]
    ]
    with ManagementQuestions(sandbox) as management:
        management.ask("/api/definitions", {"queues": queues, "bindings": bindings})
    _publish_some(sandbox, keys[::FILLED_EVERY])
    return keys


def _publish_some(sandbox: Sandbox, keys: Sequence[QueueKey]) -> None:
    with pika.BlockingConnection(pika.URLParameters(amqp_url(sandbox))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for index, key in enumerate(keys):
            for _ in range(1 + index % MOST_MESSAGES):
                channel.basic_publish("", key.name, PAYLOAD)


def amqp_url(sandbox: Sandbox) -> str:
    """With the login in it: for a client in this process or for a child's standard input."""
    return str(sandbox.facts()["amqp_url"])


class Traffic:
    """A process that publishes to some queues and consumes from them, a few messages a second on each."""

    def __init__(self, sandbox: Sandbox, keys: Sequence[QueueKey], per_queue_s: float = 4.0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.queue_traffic"], stdin=subprocess.PIPE, text=True
        )
        orders = {"amqp_url": amqp_url(sandbox), "queues": [key.name for key in keys], "per_queue_s": per_queue_s}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()

    def __enter__(self) -> Traffic:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
