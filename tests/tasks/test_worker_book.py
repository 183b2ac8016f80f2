"""Workers from their heartbeats and answers."""

from __future__ import annotations

from typing import Any

from broker_client.tasks.events import Event
from broker_client.tasks.inspection import Inspection, WorkerFacts
from broker_client.tasks.records import WorkerRow
from broker_client.tasks.worker_book import MAX_WORKERS, WorkerBook

T0 = 1_790_000_000.0
NAME = "w1@h"


def beat(book: WorkerBook, at: float, kind: str = "heartbeat", **fields: Any) -> None:
    book.fold_event(Event(f"worker-{kind}", hostname=NAME, timestamp=at, **{"freq": 2.0, **fields}), at)


def row(book: WorkerBook, now: float) -> WorkerRow:
    (found,) = book.rows(now)
    return found


def test_a_worker_is_online_then_silent_after_three_missed_beats() -> None:
    book = WorkerBook()
    beat(book, T0, active=2, processed=40, sw_ver="5.7.0", loadavg=(0.1, 0.2, 0.3), pid=7)
    online = row(book, T0 + 5.9)
    assert (online.status, online.active, online.processed, online.version) == ("online", 2, 40, "5.7.0")
    assert (online.load, online.pid, online.heartbeat_at) == ((0.1, 0.2, 0.3), 7, T0)
    assert row(book, T0 + 6.1).status == "silent"
    beat(book, T0 + 20, freq=30.0)
    assert row(book, T0 + 60).status == "online"


def test_a_good_bye_is_not_silence_and_a_return_is_seen() -> None:
    book = WorkerBook()
    beat(book, T0)
    beat(book, T0 + 1, kind="offline")
    assert row(book, T0 + 100).status == "offline"
    beat(book, T0 + 101, kind="online", pid=8)
    assert row(book, T0 + 101).status == "online"


def test_a_worker_that_only_answers_is_online_while_its_answer_is_fresh() -> None:
    book = WorkerBook()
    facts = WorkerFacts(NAME, "prefork", 4, 16, 99, 1000, 60, 1, 3, ("celery", "mail"))
    book.fold_inspection(Inspection(T0, (facts,)), T0)
    answered = row(book, T0 + 1)
    assert (answered.status, answered.pool, answered.slots, answered.reserved) == ("online", "prefork", 4, 3)
    assert (answered.queues, answered.started_at, answered.heartbeat_at) == (("celery", "mail"), T0 - 60, None)
    assert row(book, T0 + 100).status == "unknown"


def test_whether_task_events_are_on_is_told_only_when_it_is_known() -> None:
    book = WorkerBook()
    beat(book, T0, processed=5)
    assert row(book, T0 + 1).events_on is None
    beat(book, T0 + 15, processed=9)
    assert row(book, T0 + 15).events_on is False
    book.saw_task_event(NAME, T0 + 16)
    assert row(book, T0 + 16).events_on is True


def test_a_worker_whose_events_are_turned_off_is_noticed_and_an_idle_one_is_not() -> None:
    book = WorkerBook()
    beat(book, T0, processed=5)
    book.saw_task_event(NAME, T0 + 1, began=True)
    beat(book, T0 + 2, processed=900)  # a burst that its events have told of
    beat(book, T0 + 60, processed=900)
    assert row(book, T0 + 60).events_on is True
    beat(book, T0 + 62, processed=910)
    assert row(book, T0 + 62).events_on is False
    book.saw_task_event(NAME, T0 + 63)
    assert row(book, T0 + 63).events_on is True


def test_how_many_runs_are_told_is_counted_from_the_first_heartbeat() -> None:
    book = WorkerBook()
    beat(book, T0, processed=100)
    for second in range(3):
        book.saw_task_event(NAME, T0 + second, began=True)
    beat(book, T0 + 4, processed=104)
    assert (row(book, T0 + 4).ran, row(book, T0 + 4).runs_heard) == (4, 3)
    beat(book, T0 + 6, kind="online", processed=0, pid=9)
    beat(book, T0 + 8, processed=2, pid=9)
    assert (row(book, T0 + 8).ran, row(book, T0 + 8).runs_heard) == (2, 0)


def test_a_clock_that_is_off_is_measured() -> None:
    book = WorkerBook()
    for second in range(3):
        book.fold_event(Event("worker-heartbeat", hostname=NAME, timestamp=T0 + second - 41.0, freq=2.0), T0 + second)
    assert row(book, T0 + 3).clock_behind_s == 41.0
    assert book.clocks_off() == {NAME: 41.0}
    book = WorkerBook()
    beat(book, T0)
    assert row(book, T0).clock_behind_s == 0.0
    assert book.clocks_off() == {}


def test_hostile_heartbeats_do_not_fill_the_memory() -> None:
    book = WorkerBook()
    for number in range(MAX_WORKERS + 50):
        book.fold_event(Event("worker-heartbeat", hostname=f"w{number}", timestamp=T0, freq=-1.0), T0 + number)
    book.fold_event(Event("worker-heartbeat", hostname="x" * 1000, timestamp=T0), T0)
    book.fold_event(Event("worker-heartbeat", hostname="", timestamp=T0), T0)
    rows = book.rows(T0)
    assert len(rows) == MAX_WORKERS
    assert "w0" not in {found.name for found in rows}
