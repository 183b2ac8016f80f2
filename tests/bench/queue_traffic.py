"""``python -m tests.bench.queue_traffic``: publish to some queues and consume from them, until standard input ends.

The first line of standard input is JSON: ``amqp_url``, ``queues`` (names), ``per_queue_s`` (messages a second on each).
"""

from __future__ import annotations

import json
import select
import sys
import time
from collections.abc import Sequence
from typing import Any

import pika


def keep_busy(amqp_url: str, queues: Sequence[str], per_queue_s: float) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    publishing, consuming = connection.channel(), connection.channel()
    consuming.basic_qos(prefetch_count=20)
    for queue in queues:
        consuming.basic_consume(queue, _acknowledge)
    next_round = time.monotonic()
    while not select.select([sys.stdin], [], [], 0)[0]:
        if (early_s := next_round - time.monotonic()) > 0:
            connection.process_data_events(time_limit=early_s)
            continue
        next_round += 1 / per_queue_s
        for queue in queues:
            publishing.basic_publish("", queue, b"x" * 200)
    connection.close()


def _acknowledge(channel: Any, method: Any, _properties: object, _body: bytes) -> None:
    channel.basic_ack(method.delivery_tag)


if __name__ == "__main__":
    keep_busy(**json.loads(sys.stdin.readline()))
