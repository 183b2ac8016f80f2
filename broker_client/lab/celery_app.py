"""The demo shop's Celery application, and the process of one worker of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import Celery
from celery.schedules import crontab

from broker_client.lab import shop_tasks
from broker_client.lab.shop_desk import ShopDesk

MAIL, MEDIA, DEFAULT = "tasks.mail", "tasks.media", "tasks.default"

_TASKS: tuple[tuple[str, Any, str, dict[str, Any]], ...] = (
    (
        "shop.mail.send_receipt",
        shop_tasks.send_receipt,
        MAIL,
        {"autoretry_for": (shop_tasks.SmtpBusy,), "max_retries": 4, "default_retry_delay": 6},
    ),
    ("shop.mail.remind_basket", shop_tasks.remind_basket, MAIL, {"ignore_result": False}),
    ("shop.media.thumbnail", shop_tasks.thumbnail, MEDIA, {}),
    ("shop.media.transcode", shop_tasks.transcode, MEDIA, {"acks_late": True}),
    (
        "shop.crm.sync_contact",
        shop_tasks.sync_contact,
        DEFAULT,
        {"autoretry_for": (ConnectionError,), "max_retries": 2, "retry_backoff": 4, "retry_backoff_max": 16},
    ),
    ("shop.stock.reserve", shop_tasks.reserve_stock, DEFAULT, {}),
    ("shop.stock.forecast", shop_tasks.forecast_demand, DEFAULT, {}),
    ("shop.payments.charge_card", shop_tasks.charge_card, DEFAULT, {}),
    ("shop.reports.count_orders", shop_tasks.count_orders, DEFAULT, {}),
    ("shop.reports.build", shop_tasks.build_report, DEFAULT, {}),
)


BEAT: dict[str, dict[str, Any]] = {
    "count the orders of this hour": {
        "task": "shop.reports.count_orders",
        "schedule": timedelta(seconds=30),
        "args": ("today", 0),
    },
    "remind of old baskets": {
        "task": "shop.mail.remind_basket",
        "schedule": crontab(minute="*/2"),
        "args": ("c-0001",),
        "options": {"queue": MAIL, "expires": 60},
    },
    "nightly report": {
        "task": "shop.reports.build",
        "schedule": crontab(hour=4, minute=30),
        "kwargs": {"counts": [120, 80, 200], "day": "yesterday"},
    },
    "forecast before the week begins": {
        "task": "shop.stock.forecast",
        "schedule": crontab(hour=7, minute=0, day_of_week="mon-fri"),
        "args": ("walnut desk",),
    },
}
"""What the shop's beat sends without being asked; it runs beside the customers."""


def make_app(desk: ShopDesk) -> Celery:
    """The application as its workers and its callers see it."""
    app = Celery("shop", broker=desk.amqp_url, backend=desk.redis_url, set_as_current=False)
    app.conf.update(
        task_default_queue=DEFAULT,
        task_routes={name: {"queue": queue} for name, _function, queue, _options in _TASKS},
        task_track_started=True,
        task_send_sent_event=True,
        worker_send_task_events=True,
        worker_prefetch_multiplier=2,
        result_extended=True,
        result_expires=3600,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        task_publish_retry=False,
        event_queue_expires=60,
        beat_schedule=BEAT,
    )
    for name, function, _queue, options in _TASKS:
        app.task(name=name, **options)(function)
    return app


def main() -> None:
    desk = ShopDesk.read()
    app = make_app(desk)
    queues = ",".join(desk.queues)
    app.worker_main(["worker", "-n", desk.hostname, "-Q", queues, "-P", "prefork", "-c", "2", "-l", "CRITICAL"])


if __name__ == "__main__":
    main()
