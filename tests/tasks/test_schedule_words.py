"""Schedules of beat as Celery itself writes them into a worker's configuration: read, put into words, reckoned on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery import Celery
from celery.schedules import crontab, schedule
from celery.utils.serialization import jsonify
from kombu.utils.encoding import safe_repr

from broker_client.errors import BadInput
from broker_client.tasks.beat_entries import QUESTION, read_beat, runs_after
from broker_client.tasks.crontab import next_runs, read_crontab
from broker_client.tasks.schedule_words import AtTimes, Unread, read_schedule, schedule_words


def as_told(value: Any) -> Any:
    """What the reply to ``conf`` has in place of ``value``."""
    return jsonify(value, unknown_type_filter=safe_repr)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (30.0, "Every 30 seconds"),
        (1, "Every second"),
        (0.25, "Every 0.25 seconds"),
        (timedelta(minutes=5), "Every 5 minutes"),
        (timedelta(days=1), "Every day"),
        (timedelta(days=2, hours=3), "Every 2 days 3 hours"),
        (schedule(90), "About every 1 minute 30 seconds"),
        (schedule(timedelta(hours=2)), "Every 2 hours"),
        (schedule(100), "About every 1 minute 40 seconds"),
        (schedule(5_000), "About every 1 hour 23 minutes"),
        (schedule(10_000), "About every 2 hours 47 minutes"),
        (schedule(129_600), "About every 1 day 12 hours"),
        (schedule(3_600), "Every hour"),
        (schedule(3_601), "About every hour"),
        (schedule(1.5), "Every 1.5 seconds"),
        ("<freq: 0.50 seconds>", "Every 0.5 seconds"),
        ("<freq: 0.01 minutes>", "About every second"),
        (crontab(), "Every minute"),
        (crontab(minute="*/15"), "Every 15 minutes"),
        (crontab(minute=5), "Every hour at minute 5"),
        (crontab(hour=4, minute=0), "Every day at 04:00"),
        (crontab(hour="6,18", minute=30), "Every day at 06:30 and 18:30"),
        (crontab(hour=9, minute=0, day_of_week="mon-fri"), "Monday to Friday at 09:00"),
        (crontab(hour=9, minute=0, day_of_week="sat,sun"), "Saturday, Sunday at 09:00"),
        (crontab(hour=0, minute=0, day_of_month="1"), "On day 1 of the month at 00:00"),
        (
            crontab(hour=0, minute=0, day_of_month=13, day_of_week=5),
            "On day 13 of the month if that is a Friday at 00:00",
        ),
        (
            crontab(hour=0, minute=0, day_of_month=1, month_of_year="*/3"),
            "On day 1 of the month at 00:00 in January, April, July and October",
        ),
        (
            crontab(minute="*/10", hour="8-17", day_of_week="1-5"),
            "Every 10 minutes of the hours 8 to 17, Monday to Friday",
        ),
        (crontab(minute={0, 20, 50}), "Every hour at minute 0, 20, 50"),
        (crontab(minute=0, hour="*/4"), "Every 4 hours at minute 0"),
        (crontab(minute="*/7"), "Every hour at minute 0, 7, 14 … 56"),
        (crontab(minute="*/40"), "Every hour at minute 0, 40"),
        (crontab(minute=0, hour="*/5"), "Every day at 00:00, 05:00, 10:00, 15:00 and 20:00"),
        (crontab(minute="*/7", hour="*/5"), "Every day at minute 0, 7, 14 … 56 of the hours 0, 5, 10, 15, 20"),
        (crontab(minute="*/20", hour="*/5"), "Every 20 minutes of the hours 0, 5, 10, 15, 20"),
        (crontab(minute="*/2", hour=3), "Every 2 minutes of hour 3"),
        (crontab(minute=0, hour=0, day_of_month="*/2"), "On day 1, 3, 5 … 31 of the month at 00:00"),
        (
            crontab(minute="1,3,5,8,10,13,15,18,20,25,30,33,35,36,40"),
            "Every hour at minute 1, 3, 5, 8, 10, 13, 15, 18, 20, 25 and 5 more",
        ),
        ("<solar: sunset at latitude -37.81753, longitude: 144.96715>", "At sunset at 37.8175° south, 144.967° east"),
        ("<solar: dawn_civil at latitude 48.2, longitude: -16.4>", "At civil dawn at 48.2° north, 16.4° west"),
    ],
)
def test_every_kind_of_schedule_is_put_into_words(value: Any, words: str) -> None:
    assert schedule_words(read_schedule(as_told(value))) == words


@pytest.mark.parametrize(
    "told",
    [
        "<myapp.sched: weekly>",
        "<crontab: 61 * * * * (m/h/dM/MY/d)>",
        "<crontab: __import__('os') * * * * (m/h/dM/MY/d)>",
        "<crontab: * * * * (m/h/dM/MY/d)>",
        "<crontab: */0 * * * * (m/h/dM/MY/d)>",
        "<freq: now>",
        "<freq: 1.2.3 seconds>",
        "<freq: 0.00 seconds>",
        "<freq: 99999999999.00 days>",
        "x" * 5_000,
        -3,
        True,
        None,
        {"a": 1},
        "\ud800",
    ],
)
def test_what_cannot_be_read_is_unknown_and_never_run(told: Any) -> None:
    found = read_schedule(told)
    assert isinstance(found, Unread)
    assert len(found.text) <= 1_000
    assert schedule_words(found).startswith("Unknown: ")


def test_an_older_celery_writes_the_day_of_the_week_third() -> None:
    found = read_schedule("<crontab: 30 7 1 * * (m/h/d/dM/MY)>")
    assert schedule_words(found) == "Every Monday at 07:30"


def test_next_runs_are_those_that_celery_would_choose() -> None:
    now = datetime(2026, 11, 23, 15, 7, 30, tzinfo=UTC)
    specs: tuple[dict[str, Any], ...] = (
        {"minute": "*/15"},
        {"minute": 0, "hour": 4},
        {"minute": "5,50", "hour": "8-17", "day_of_week": "mon-fri"},
        {"minute": 0, "hour": 0, "day_of_month": "31"},
        {"minute": 0, "hour": 12, "day_of_month": 29, "month_of_year": 2},
        {"minute": 1, "hour": 1, "day_of_week": "sun"},
        {"minute": "10-50/20", "hour": "*/7"},
    )
    app = Celery(set_as_current=False)
    app.conf.timezone = "UTC"
    for spec in specs:
        own = crontab(**spec, nowfun=lambda: now, app=app)
        read = read_schedule(as_told(own))
        assert isinstance(read, AtTimes)
        (first, second) = next_runs(read.crontab, now, UTC, 2)
        assert first == now + own.remaining_estimate(now), spec
        later = crontab(**spec, nowfun=lambda: first, app=app)  # noqa: B023
        assert second == first + later.remaining_estimate(first), spec


def test_clock_times_are_those_of_the_applications_zone() -> None:
    vienna = ZoneInfo("Europe/Vienna")
    nine = read_crontab("0", "9", "*", "*", "*")
    (winter,) = next_runs(nine, datetime(2026, 11, 23, 15, 0, tzinfo=UTC), vienna, 1)
    (summer,) = next_runs(nine, datetime(2026, 7, 1, 15, 0, tzinfo=UTC), vienna, 1)
    assert (winter.astimezone(UTC).hour, summer.astimezone(UTC).hour) == (8, 7)


def test_a_day_that_never_comes_has_no_next_run() -> None:
    never = read_crontab("0", "0", "31", "2", "*")
    assert next_runs(never, datetime(2026, 1, 1, tzinfo=UTC), UTC) == ()
    with pytest.raises(BadInput):
        read_crontab("0", "24", "*", "*", "*")


# ---- a worker's configuration --------------------------------------------------------------------------------------


def conf(**settings: Any) -> Any:
    app = Celery(set_as_current=False)
    app.conf.update(settings)
    return told_by(app)


def told_by(app: Celery) -> Any:
    """A worker's answer to our question."""
    table = app.conf.table(**QUESTION["conf"])
    return jsonify(table, keyfilter=lambda key: not str(key).startswith("__"), unknown_type_filter=safe_repr)


NIGHTLY = {
    "nightly": {
        "task": "shop.report",
        "schedule": crontab(hour=4, minute=0),
        "args": (1, "two"),
        "options": {"queue": "q"},
    }
}


def test_entries_are_read_from_what_workers_say_of_themselves() -> None:
    same = conf(beat_schedule=NIGHTLY, timezone="Europe/Vienna")
    other = conf(beat_schedule={"nightly": {"task": "shop.report", "schedule": 60.0}})
    book = read_beat({"w1@a": same, "w2@a": same, "w3@b": other, "odd@c": "what", "no@d": {"error": "?"}})
    assert [(entry.name, entry.workers) for entry in book.entries] == [
        ("nightly", ("w1@a", "w2@a")),
        ("nightly", ("w3@b",)),
    ]
    entry = book.entries[0]
    assert (entry.task, entry.args, entry.kwargs, entry.options) == (
        "shop.report",
        '[1, "two"]',
        "{}",
        '{"queue": "q"}',
    )
    assert book.answered == ("w1@a", "w2@a", "w3@b")
    now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC).timestamp()
    assert runs_after(entry, now, 1) == (datetime(2026, 11, 24, 3, 0, tzinfo=UTC).timestamp(),)
    assert runs_after(book.entries[1], now) == (), "only beat knows when it last sent it"


def test_entries_added_by_the_application_are_read_as_well() -> None:
    for table in ({}, NIGHTLY):
        app = Celery(set_as_current=False)
        app.conf.update({"beat_schedule": dict(table)} if table else {})
        app.add_periodic_task(10.0, app.signature("shop.count", (1, 2)), name="every ten")
        names = [entry.name for entry in read_beat({"w": told_by(app)}).entries]
        assert names == ["every ten", *table]


@pytest.mark.parametrize(
    ("namespace", "settings"),
    [
        ("CELERY", {"CELERY_BEAT_SCHEDULE": NIGHTLY, "CELERY_TIMEZONE": "Europe/Vienna"}),
        ("CELERY", {"CELERY_BEAT_SCHEDULE": NIGHTLY, "TIME_ZONE": "Europe/Vienna"}),
        (None, {"CELERYBEAT_SCHEDULE": NIGHTLY, "CELERY_TIMEZONE": "Europe/Vienna"}),
    ],
)
def test_a_namespace_and_the_older_names_are_understood(namespace: str | None, settings: dict[str, Any]) -> None:
    app = Celery(set_as_current=False)
    app.config_from_object(SimpleNamespace(**settings), namespace=namespace)
    (entry,) = read_beat({"w": told_by(app)}).entries
    assert (entry.name, entry.zone) == ("nightly", "Europe/Vienna")


def test_a_zone_that_only_the_machine_knows_gives_no_next_run() -> None:
    (entry,) = read_beat({"w": conf(beat_schedule=NIGHTLY, enable_utc=False)}).entries
    assert entry.zone == ""
    assert runs_after(entry, 0.0) == ()
    (odd,) = read_beat({"w": conf(beat_schedule=NIGHTLY, timezone="Mars/Olympus")}).entries
    assert odd.zone == ""


def test_a_schedule_kept_elsewhere_is_said_to_be_so() -> None:
    book = read_beat({"w": conf(beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler")})
    assert book.entries == ()
    assert "in Django's database" in book.notes[0]


def test_hostile_entries_are_shown_or_left_out() -> None:
    deep: Any = []
    for _level in range(500):
        deep = [deep]
    table = {
        "<b>\x00": {"task": 7, "schedule": "x" * 9_000, "args": deep, "kwargs": {"a": "\ud800"}},
        "none": None,
        **{f"many{number}": {"task": "t", "schedule": number + 1} for number in range(3_000)},
    }
    book = read_beat({"w": {"beat_schedule": table, "timezone": 5, "beat_scheduler": ["?"]}})
    assert len(book.entries) == 2_000
    assert all(len(entry.args) <= 300 for entry in book.entries)
