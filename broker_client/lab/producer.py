"""The demo shop's till: publishes orders, payments, notices and media jobs at a modest, uneven pace."""

from __future__ import annotations

import json
import math
import random
import time
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from pika import BasicProperties
from pika.adapters.blocking_connection import BlockingChannel

from broker_client.lab import shop_topology as topology
from broker_client.lab.shop_desk import ShopDesk, keep_going

TICK_S = 0.2
_CITIES = ("Ghent", "Porto", "Kraków", "Malmö", "Turin", "Cork")
_PRODUCTS = ("walnut desk", "linen shirt", "espresso cups", "bike lamp", "field notes", "rain jacket")


class Parcel(NamedTuple):
    """One message to publish."""

    exchange: str
    key: str
    body: dict[str, Any]
    priority: int | None = None
    headers: dict[str, Any] | None = None


class Line(NamedTuple):
    """One kind of traffic: how many messages a second, and which."""

    per_second: float
    exchange: str
    keys: tuple[str, ...]


LINES = (
    Line(
        18.0, topology.ORDERS, ("order.created", "order.paid", "order.paid", "order.changed.address", "order.shipped")
    ),
    Line(9.0, topology.ORDERS, ("catalog.price", "catalog.stock")),
    Line(10.0, topology.PAYMENTS, ("card", "card", "wallet")),
    Line(4.0, topology.NOTIFY, ("",)),
    Line(5.0, topology.MEDIA, ("",)),
)


def main() -> None:
    desk = ShopDesk.read()
    keep_going(lambda: sell(desk))


def sell(desk: ShopDesk) -> None:
    """Publish until the connection ends. Payments go over a channel with confirms, the rest without."""
    connection = desk.connect("till-1")
    plain, confirmed = connection.channel(), connection.channel()
    topology.declare(plain)
    confirmed.confirm_delivery()
    owed = {line: random.random() for line in LINES}
    while True:
        busy = desk.rate * tide(time.time())
        for parcel in due(owed, busy):
            publish(confirmed if parcel.exchange == topology.PAYMENTS else plain, parcel)
        connection.sleep(TICK_S)


def tide(now: float) -> float:
    """How busy the shop is: between 0.7 and 1.3 of its usual pace, over three minutes."""
    return 1.0 + 0.3 * math.sin(now / 180.0 * math.tau)


def due(owed: dict[Line, float], busy: float) -> Iterator[Parcel]:
    """What is to be published in this tick; fractions of messages are carried over in ``owed``."""
    for line in LINES:
        owed[line] += line.per_second * TICK_S * busy
        while owed[line] >= 1.0:
            owed[line] -= 1.0
            yield parcel_of(line)


def parcel_of(line: Line) -> Parcel:
    order = {
        "order": random.randrange(100_000, 999_999),
        "customer": f"c-{random.randrange(5000):04d}",
        "city": random.choice(_CITIES),
        "items": [{"name": name, "count": random.randint(1, 3)} for name in random.sample(_PRODUCTS, 2)],
        "total": f"{random.uniform(8, 240):.2f}",
    }
    key = random.choice(line.keys)
    if line.exchange == topology.MEDIA:
        kind = random.choice(("image", "image", "image", "video"))
        return Parcel(line.exchange, key, order, headers={"kind": kind, "public": True})
    if line.exchange == topology.PAYMENTS:
        return Parcel(line.exchange, key, order, priority=random.choice((0, 0, 0, 4, 9)))
    return Parcel(line.exchange, key, order)


def publish(channel: BlockingChannel, parcel: Parcel) -> None:
    properties = BasicProperties(
        content_type="application/json",
        delivery_mode=2,
        message_id=str(uuid.uuid4()),
        timestamp=int(time.time()),
        app_id="till",
        type=parcel.key or parcel.exchange,
        priority=parcel.priority,
        headers={"trace": uuid.uuid4().hex[:16], **(parcel.headers or {})},
    )
    channel.basic_publish(parcel.exchange, parcel.key, json.dumps(parcel.body).encode(), properties)


if __name__ == "__main__":
    main()
