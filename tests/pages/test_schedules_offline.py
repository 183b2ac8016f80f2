"""The page of schedules on told facts: what beat sends next, what waits for its time, and what nobody can tell."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt

from broker_client.errors import NoAnswer
from broker_client.tasks.beat_entries import BeatBook, read_beat
from broker_client.tasks.eta_book import Etas
from broker_client.tasks.records import TaskRow
from dashboard.look.wording import age
from dashboard.models.eta_table import time_left
from dashboard.models.keyed_table import KeyedTable
from dashboard.pages.schedules import SchedulesPage
from tests.page_stage import Stage

NIGHTLY = {"task": "shop.report", "schedule": "<crontab: 30 4 * * * (m/h/dM/MY/d)>", "args": [1], "kwargs": {"a": 2}}
OFTEN = {"task": "shop.count", "schedule": 30.0}
SUN = {"task": "shop.lights", "schedule": "<solar: sunset at latitude 48.2, longitude: 16.4>"}
ODD = {"task": "shop.odd", "schedule": "<myapp.Weekly object at 0x7f>"}


def book(*workers: str, zone: str | None = "UTC", **entries: object) -> BeatBook:
    conf = {"beat_schedule": entries, **({"timezone": zone} if zone else {"enable_utc": False})}
    return read_beat(dict.fromkeys(workers or ("w1@a",), conf))


def cell(model: KeyedTable, key: object, column: str, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> str:
    return str(model.data(model.index_of(key, model.column_of(column)), role))


def test_each_entry_says_when_it_is_next_or_that_nobody_can_tell(stage: Stage) -> None:
    page = stage.show(SchedulesPage)
    page.beat.show_book(book(nightly=NIGHTLY, often=OFTEN, sun=SUN, odd=ODD))
    model, workers = page.beat.model, ("w1@a",)
    assert cell(model, ("nightly", workers), "schedule") == "Every day at 04:30"
    assert cell(model, ("nightly", workers), "next").startswith("in ")
    assert cell(model, ("nightly", workers), "args") == '[1] {"a": 2}'
    assert cell(model, ("often", workers), "next") == "within 30 s"
    assert "Only beat itself knows" in cell(model, ("often", workers), "next", Qt.ItemDataRole.ToolTipRole)
    assert cell(model, ("sun", workers), "next") == "—"
    assert cell(model, ("odd", workers), "schedule") == "Unknown: <myapp.Weekly object at 0x7f>"
    assert next(iter(model.rows())).entry.name == "often", "what is due first is on top"


def test_a_zone_that_is_not_told_leaves_the_next_run_unknown(stage: Stage) -> None:
    page = stage.show(SchedulesPage)
    page.beat.show_book(book(zone=None, nightly=NIGHTLY))
    assert cell(page.beat.model, ("nightly", ("w1@a",)), "next") == "—"
    assert "time zone" in cell(page.beat.model, ("nightly", ("w1@a",)), "next", Qt.ItemDataRole.ToolTipRole)


def test_a_run_that_has_passed_makes_way_for_the_next(stage: Stage) -> None:
    page = stage.show(SchedulesPage)
    page.beat.show_book(book(nightly=NIGHTLY))
    (first,) = page.beat.model.rows()
    page.beat.tick(first.runs[0] + 1)
    (second,) = page.beat.model.rows()
    assert second.runs[0] == first.runs[1]


def test_when_its_task_was_last_seen_stands_beside_an_entry(stage: Stage) -> None:
    page = stage.show(SchedulesPage)
    page.beat.show_book(book("w1@a", "w2@a", often=OFTEN))
    key = ("often", ("w1@a", "w2@a"))
    assert cell(page.beat.model, key, "seen") == "—"
    page.beat.show_seen({"shop.count": time.time() - 10_830})
    assert cell(page.beat.model, key, "seen") == age(10_830)
    assert cell(page.beat.model, key, "workers") == "w1@a + 1"


def test_no_answer_is_not_an_empty_schedule(stage: Stage) -> None:
    page = stage.show(SchedulesPage)
    page.beat.show_trouble(NoAnswer("the workers cannot be asked", "no route"))
    assert page.beat.empty.isVisible()
    page.beat.show_book(BeatBook())
    assert page.beat.empty.isVisible() and page.beat.lessons.isHidden()
    page.beat.show_book(book("w1@a"))
    assert page.beat.lessons.isVisible()
    assert "w1@a has no entry" in page.beat.lessons.words
    assert all(kept in page.beat.lessons.words for kept in ("not known here", "Django's database", "RedBeat"))
    assert any("add_periodic_task" in line for line in page.beat.lessons.lines)
    assert any("beat" in line for line in page.beat.lessons.lines)


def test_entries_kept_elsewhere_are_pointed_to(stage: Stage) -> None:
    page = stage.show(SchedulesPage)
    conf = {"beat_scheduler": "django_celery_beat.schedulers:DatabaseScheduler"}
    page.beat.show_book(read_beat({"w1@a": conf}))
    assert "Django's database" in page.beat.notes.text()


def test_tasks_wait_with_their_time_left_and_lead_to_their_page(stage: Stage) -> None:
    page = stage.show(SchedulesPage)
    now = time.time()
    late = TaskRow("t1", "RECEIVED", "shop.mail", "(1,)", worker="w1@a", eta=now - 30)
    soon = TaskRow("t2", "RETRY", "shop.crm", "(2,)", worker="w1@a", eta=now + 90)
    page.etas.show_etas(Etas(7, (soon, late)))
    assert [row.id for row in page.etas.model.rows()] == ["t1", "t2"]
    assert page.etas.count.text() == "2 of 7"
    assert cell(page.etas.model, "t1", "left").endswith("late")
    page.etas.table.row_activated.emit("t2")
    assert stage.went == [("tasks", "t2")]
    page.etas.filter_box.setText("crm")
    page.etas.filter_box.flush()
    assert page.etas.model.shown == 1
    page.etas.show_etas(Etas())
    assert page.etas.empty.isVisible()


def test_the_time_left_counts_down_in_whole_seconds() -> None:
    row = TaskRow("t", "RECEIVED", eta=1_000.0)
    told = [time_left(row, 1_000.0 - left) for left in (125.0, 9.7, 1.2, 0.4, -0.5, -12.0)]
    assert told == ["in 2 m 5 s", "in 9 s", "in 1 s", "due", "due", "12 s late"]
    assert time_left(TaskRow("t", "RECEIVED"), 0.0) == "—"
