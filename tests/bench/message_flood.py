"""``python -m tests.bench.message_flood``: publish numbered messages with headers at a steady rate.

Standard input brings one JSON line: ``amqp_url``, ``per_s``, ``seconds``. The frames of a message are made once and
only its body, which begins with the time, is new: feeding leaves the machine to those who are measured. Prints one JSON
line at the end: ``sent``, ``took_s``.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pika

from broker_client.rabbit.amqp_message import Properties
from broker_client.rabbit.frames import Publishing
from broker_client.rabbit.property_wire import encode_properties

_BODY_BYTES = 200
_TURN_S = 0.01


def flood(amqp_url: str, per_s: int, seconds: int) -> dict[str, Any]:
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    channel = connection.channel()
    below = connection._impl
    publishing = Publishing(channel.channel_number, below.params.frame_max)
    properties = encode_properties(
        Properties(
            content_type="application/json",
            delivery_mode=1,
            message_id="4f9c2f4e-6f5b-4d7e-9d64-0f9b7a3f2a11",
            headers={"kind": "order.new", "tenant": "eu-west", "attempt": 1, "price": 12.5},
        )
    )
    method = publishing.method(b"amq.topic", b"flood.order.new")
    began, sent, total = time.monotonic(), 0, per_s * seconds
    while sent < total:
        due = min(total, int((time.monotonic() - began) * per_s))
        frames = []
        for _ in range(due - sent):
            body = f"{time.time():.7f}".encode().ljust(_BODY_BYTES)
            frames.append(method + publishing.content(properties, body))
        sent = max(sent, due)
        if frames:
            below._output_marshaled_frames([b"".join(frames)])
        connection.process_data_events(time_limit=_TURN_S)
    took_s = time.monotonic() - began
    connection.close()
    return {"sent": sent, "took_s": took_s}


if __name__ == "__main__":
    print(json.dumps(flood(**json.loads(sys.stdin.readline()))), flush=True)
