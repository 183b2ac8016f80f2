"""The demo shop's customers: send Celery tasks, alone and as chains, groups, chords and with a time to run at."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import date

from celery import Celery, chain, chord, group
from celery.beat import EmbeddedService
from celery.exceptions import CeleryError
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from broker_client.lab.celery_app import make_app
from broker_client.lab.shop_desk import ShopDesk, keep_going

BETWEEN_WISHES_S = 0.25
BETWEEN_FILMS_S = 7.0


class Customers:
    """What customers wish for, by weight; one method is one wish."""

    def __init__(self, app: Celery) -> None:
        self._task = app.tasks
        self.wishes: dict[Callable[[], None], float] = {
            self.buy: 6.0,
            self.get_receipt: 8.0,
            self.upload_photo: 3.0,
            self.upload_gallery: 0.5,
            self.register: 4.0,
            self.leave_basket: 1.0,
            self.close_hour: 0.5,
            self.ask_forecast: 0.4,
        }

    def buy(self) -> None:
        """Reserve, charge, send the receipt: a chain, whose charge sometimes fails."""
        order, amount = _order(), f"{random.uniform(8, 240):.2f}"
        chain(
            self._task["shop.stock.reserve"].si(order),
            self._task["shop.payments.charge_card"].si(order, amount=amount),
            self._task["shop.mail.send_receipt"].si(order),
        ).apply_async()

    def get_receipt(self) -> None:
        self._task["shop.mail.send_receipt"].delay(_order(), address=f"{_customer()}@example.org")

    def upload_photo(self) -> None:
        suffix = random.choice(("jpg", "jpg", "png", "webp", "heic"))
        self._task["shop.media.thumbnail"].delay(f"/media/{_order()}.{suffix}", width=320)

    def upload_gallery(self) -> None:
        paths = [f"/media/gallery/{_order()}.jpg" for _each in range(4)]
        group(self._task["shop.media.thumbnail"].s(path, width=640) for path in paths).apply_async()

    def upload_film(self) -> None:
        self._task["shop.media.transcode"].delay(f"/media/film/{_order()}.mov", seconds=random.randint(8, 11))

    def register(self) -> None:
        self._task["shop.crm.sync_contact"].delay(_customer())

    def leave_basket(self) -> None:
        self._task["shop.mail.remind_basket"].apply_async((_customer(),), countdown=random.randint(15, 45))

    def close_hour(self) -> None:
        """Count each hour, then build the report: a chord."""
        day = date.today().isoformat()
        counts = [self._task["shop.reports.count_orders"].s(day, hour) for hour in range(4)]
        chord(counts)(self._task["shop.reports.build"].s(day=day))

    def ask_forecast(self) -> None:
        self._task["shop.stock.forecast"].delay(random.choice(("walnut desk", "bike lamp", "rain jacket")))

    def wish_each(self) -> None:
        """One of every kind, so that a newcomer sees each within seconds."""
        for wish in (*self.wishes, self.upload_film):
            wish()

    def wish(self) -> None:
        random.choices(tuple(self.wishes), tuple(self.wishes.values()))[0]()


def _order() -> int:
    return random.randrange(100_000, 999_999)


def _customer() -> str:
    return f"c-{random.randrange(5000):04d}"


def main() -> None:
    desk = ShopDesk.read()
    app = make_app(desk)
    customers = Customers(app)
    EmbeddedService(app, thread=True, scheduler_cls="celery.beat:Scheduler").start()
    keep_going(lambda: shop(customers, desk.rate), CeleryError, KombuError, RedisError)


def shop(customers: Customers, rate: float) -> None:
    """Wish until the broker goes. Films come so evenly that there is always one at work."""
    customers.wish_each()
    pause = threading.Event()
    film_at = time.monotonic() + BETWEEN_FILMS_S
    while True:
        pause.wait(random.expovariate(max(rate, 0.05) / BETWEEN_WISHES_S))
        customers.wish()
        if time.monotonic() >= film_at:
            customers.upload_film()
            film_at += BETWEEN_FILMS_S


if __name__ == "__main__":
    main()
