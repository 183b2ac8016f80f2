"""Topologies for tests and benchmarks: a shop with every kind of exchange, and a crowd of services."""

from __future__ import annotations

import random
from typing import Any

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Binding, Consumer, Exchange, Queue, QueueKey, Rates
from dashboard.topology.picture import Facts

KINDS = ("topic", "direct", "fanout", "headers")


def exchange(name: str, kind: str = "topic", rate: float = 0.0, vhost: str = "/", **more: Any) -> Exchange:
    return Exchange(vhost, name, "direct" if not name else kind, durable=True, rate_in=rate, rate_out=rate, **more)


def binding(
    source: str, target: str, key: str = "", kind: str = "queue", vhost: str = "/", **arguments: Any
) -> Binding:
    named = {name.replace("_", "-"): value for name, value in arguments.items()}
    return Binding(vhost, source, target, kind, key, named, key or "~")


def row(
    name: str,
    ready: int = 0,
    rate: float = 0.0,
    status: str = "running",
    consumers: int = 0,
    vhost: str = "/",
    growth: float | None = None,
    type: str = "classic",
    **arguments: Any,
) -> QueueRow:
    named = {key.replace("_", "-"): value for key, value in arguments.items()}
    queue = Queue(
        vhost,
        name,
        type=type,
        durable=True,
        ready=ready,
        unacked=0,
        total=ready,
        consumers=consumers,
        arguments=named,
        rates=Rates(publish=rate, deliver_get=rate, ack=rate),
    )
    return QueueRow(queue, status, "unknown", growth=growth)


def consumers(queue: str, *names: str, vhost: str = "/") -> tuple[Consumer, ...]:
    return tuple(Consumer(QueueKey(vhost, queue), f"tag{n}", application=name) for n, name in enumerate(names))


def shop() -> Facts:
    """Seven exchanges, eleven queues, eight audiences."""
    dlx: dict[str, Any] = {"x_dead_letter_exchange": "dlx"}
    return Facts(
        exchanges=(
            exchange("", rate=88.0),
            exchange("orders.events", "topic", 126.0),
            exchange("orders.audit", "fanout", 126.0),
            exchange("payments", "direct", 25.0),
            exchange("notify", "fanout", 17.0),
            exchange("media.rules", "headers", 3.0),
            exchange("dlx", "direct", 0.4),
            exchange("amq.topic"),
        ),
        bindings=(
            binding("", "celery", "celery"),
            binding("orders.events", "orders.fulfil", "order.created"),
            binding("orders.events", "search.index", "order.#"),
            binding("orders.events", "orders.audit", "#", "exchange"),
            binding("orders.audit", "audit.log"),
            binding("payments", "payments.capture", "capture"),
            binding("payments", "payments.refund", "refund"),
            binding("payments", "orders.audit", "capture", "exchange"),
            binding("notify", "email.transactional"),
            binding("notify", "notify.push"),
            Binding("/", "media.rules", "media.transcode", "queue", "", {"x-match": "all", "kind": "video"}, "~v"),
            Binding("/", "media.rules", "media.thumb", "queue", "", {"x-match": "any", "kind": "image"}, "~i"),
            binding("dlx", "celery.dead-letter", "failed"),
        ),
        consumers=(
            *consumers("orders.fulfil", "celery@orders-1", "celery@orders-2"),
            *consumers("search.index", "indexer"),
            *consumers("audit.log", "audit-sink"),
            *consumers("payments.capture", "celery@pay-1"),
            *consumers("notify.push", "pusher"),
            *consumers("media.transcode", "celery@img-3"),
            *consumers("media.thumb", "celery@img-1", "celery@img-2"),
        ),
        rows=(
            row("celery", 412, 88, consumers=16),
            row("orders.fulfil", 9_210, 98, "backlog", 12, growth=28.0, **dlx),
            row("search.index", 120, 62, consumers=6),
            row("audit.log", 1_200_000, 212, consumers=2, type="stream"),
            row("payments.capture", 37, 25, consumers=8),
            row("payments.refund", 0, 0, "idle"),
            row("email.transactional", 18_400, 41, "no_consumer"),
            row("notify.push", 8, 17, consumers=4),
            row("media.transcode", 2_304, 3, "backlog", 4, **dlx),
            row("media.thumb", 12, 9, consumers=4),
            row("celery.dead-letter", 61, 0, "idle"),
        ),
        workers=tuple((f"celery@app-{n}", ("celery",)) for n in range(1, 5)),
    )


def crowd(count: int, seed: int = 3) -> Facts:
    """``count`` exchanges and queues together: services with a family of queues each, a few of them in trouble."""
    dice = random.Random(seed)
    services = max(4, count // 40)
    exchanges = [exchange(f"svc{n}.events", KINDS[n % 4], dice.randint(1, 300)) for n in range(services)]
    rows, bindings = [], []
    for number in range(count - services):
        home, luck = number % services, dice.random()
        status = "no_consumer" if luck < 0.012 else "backlog" if luck < 0.042 else "running"
        name = f"svc{home}.worker.{number}"
        growth = 2.0 if status == "backlog" else None
        ready, rate = dice.randint(0, 900), dice.random() * 30
        rows.append(row(name, ready, rate, status, 0 if status == "no_consumer" else 1, growth=growth))
        bindings.append(binding(f"svc{home}.events", name, f"evt.{number % 7}.#"))
        if dice.random() < 0.03:
            bindings.append(binding(f"svc{dice.randrange(services)}.events", name, "shared.*"))
    return Facts(tuple(exchanges), tuple(bindings), (), tuple(rows))
