"""The demo shop's exchanges, queues and bindings: all four exchange types, and each kind of queue worth looking at."""

from __future__ import annotations

from typing import Any, NamedTuple

from pika.adapters.blocking_connection import BlockingChannel

ORDERS, PAYMENTS, NOTIFY, MEDIA, AUDIT, DEAD = (
    "orders.events",
    "payments",
    "notify",
    "media.rules",
    "orders.audit",
    "shop.dlx",
)
FULFIL, CAPTURE, EMAIL, PUSH = "orders.fulfil", "payments.capture", "email.transactional", "notify.push"
TRANSCODE, THUMBNAILS, SEARCH, AUDIT_LOG = "media.transcode", "media.thumbnails", "search.index", "audit.log"
DEAD_LETTERS, REPORTS = "shop.dead-letter", "reports.nightly"

EXCHANGES = {
    ORDERS: "topic",
    PAYMENTS: "direct",
    NOTIFY: "fanout",
    MEDIA: "headers",
    AUDIT: "fanout",
    DEAD: "topic",
}

QUEUES: dict[str, dict[str, Any]] = {
    FULFIL: {"x-queue-type": "quorum", "x-delivery-limit": 5, "x-dead-letter-exchange": DEAD},
    CAPTURE: {"x-max-priority": 9, "x-dead-letter-exchange": DEAD},
    SEARCH: {},
    AUDIT_LOG: {},
    PUSH: {},
    EMAIL: {"x-max-length": 20_000, "x-overflow": "drop-head"},
    TRANSCODE: {"x-dead-letter-exchange": DEAD, "x-message-ttl": 120_000},
    THUMBNAILS: {},
    DEAD_LETTERS: {"x-max-length": 5_000},
    REPORTS: {},
}


class Bound(NamedTuple):
    """One binding to a queue."""

    queue: str
    exchange: str
    key: str = ""
    arguments: dict[str, Any] | None = None


BINDINGS = (
    Bound(FULFIL, ORDERS, "order.paid"),
    Bound(FULFIL, ORDERS, "order.changed.*"),
    Bound(SEARCH, ORDERS, "order.#"),
    Bound(SEARCH, ORDERS, "catalog.#"),
    Bound(CAPTURE, PAYMENTS, "card"),
    Bound(CAPTURE, PAYMENTS, "wallet"),
    Bound(EMAIL, NOTIFY),
    Bound(PUSH, NOTIFY),
    Bound(TRANSCODE, MEDIA, "", {"x-match": "all", "kind": "video", "public": True}),
    Bound(THUMBNAILS, MEDIA, "", {"x-match": "any", "kind": "image", "preview": True}),
    Bound(AUDIT_LOG, AUDIT),
    Bound(DEAD_LETTERS, DEAD, "#"),
    Bound(REPORTS, ORDERS, "day.closed"),
)


def declare(channel: BlockingChannel) -> None:
    """Make all of it; what is already there stays as it is. Everything is durable, as RabbitMQ 4 wishes."""
    for name, kind in EXCHANGES.items():
        channel.exchange_declare(name, kind, durable=True)
    for name, arguments in QUEUES.items():
        channel.queue_declare(name, durable=True, arguments=arguments)
    channel.exchange_bind(AUDIT, ORDERS, routing_key="order.#")
    for bound in BINDINGS:
        channel.queue_bind(bound.queue, bound.exchange, bound.key, bound.arguments)
