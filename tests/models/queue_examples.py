"""Rows of queue tables for tests: a healthy queue, and the same with what a test changes."""

from __future__ import annotations

from typing import Any

import msgspec

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Queue, Rates


def make_queue(name: str = "orders", vhost: str = "/", **figures: Any) -> Queue:
    """A durable classic queue with 40 ready and 2 unacked messages unless ``figures`` say otherwise."""
    usual = Queue(
        vhost=vhost,
        name=name,
        durable=True,
        ready=40,
        unacked=2,
        total=42,
        consumers=3,
        memory_bytes=38_000_000,
        rates=Rates(publish=12.5, deliver_get=13.0, ack=13.0, redeliver=0.0),
    )
    return msgspec.structs.replace(usual, **figures)


def make_row(name: str = "orders", vhost: str = "/", status: str = "running", **figures: Any) -> QueueRow:
    """A row around :func:`make_queue` that drains in two minutes."""
    return QueueRow(make_queue(name, vhost, **figures), status, "draining", 128.0, trend=(1, 2, None, 4))
