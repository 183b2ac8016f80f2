"""The demo shop's Celery tasks: fast and slow ones, and every way to fail. They import nothing of Celery.

Each raises what a real one would, from a place that a real traceback would show.
"""

from __future__ import annotations

import random
import threading
from typing import Any


class CardDeclined(Exception):
    """The bank said no."""


class SmtpBusy(ConnectionError):
    """The mail server asks to come again later."""


def send_receipt(order: int, address: str = "") -> dict[str, Any]:
    _work(0.02, 0.08)
    if random.random() < 0.15:
        raise SmtpBusy("451 4.7.1 greylisted, try again in 6 seconds")
    return {"order": order, "sent_to": address or f"c{order % 5000}@example.org", "bytes": random.randint(4000, 9000)}


def remind_basket(customer: str) -> str:
    _work(0.02, 0.05)
    return f"reminded {customer}"


def thumbnail(path: str, width: int = 320) -> dict[str, Any]:
    _work(0.15, 0.5)
    return {"path": path, "width": width, "height": _height_of(path, width)}


def _height_of(path: str, width: int) -> int:
    if path.endswith(".heic"):
        raise ValueError(f"cannot identify image file '{path}'")
    return int(width * random.choice((0.5625, 0.75, 1.0)))


def transcode(path: str, seconds: float = 8.0) -> dict[str, Any]:
    _work(seconds, seconds)
    return {"path": path, "codec": "av1", "took_s": seconds}


def sync_contact(customer: str) -> str:
    _work(0.05, 0.2)
    if random.random() < 0.35:
        raise ConnectionError(f"crm.internal:443 refused the connection while syncing {customer}")
    return f"{customer} is in step"


def reserve_stock(order: int) -> int:
    _work(0.01, 0.04)
    return order


def charge_card(order: int, amount: str = "25.00") -> dict[str, Any]:
    _work(0.05, 0.15)
    return {"order": order, "charge": _ask_bank(order, amount), "amount": amount}


def _ask_bank(order: int, amount: str) -> str:
    fate = random.random()
    if fate < 0.10:
        raise CardDeclined(f"card of order {order} declined: insufficient funds for {amount} EUR")
    if fate < 0.13:
        return {"id": "ch_1"}["charge_id"]
    return f"ch_{random.randrange(16**8):08x}"


def count_orders(day: str, hour: int) -> int:
    _work(0.02, 0.1)
    return random.randint(40, 400) + len(day) + hour


def build_report(counts: list[int], day: str = "") -> dict[str, Any]:
    _work(0.1, 0.3)
    return {"day": day, "orders": sum(counts), "busiest": max(counts)}


def forecast_demand(product: str) -> float:
    _work(0.2, 0.4)
    return 100.0 / (len(product) - len(product))


def _work(least_s: float, most_s: float) -> None:
    """Take time, but no processor."""
    threading.Event().wait(random.uniform(least_s, most_s))
