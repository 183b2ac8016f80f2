"""What is remembered of every queue between two polls."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from broker_client.insight.queue_rows import STUCK_AFTER_S, TREND_SAMPLES, QueueBook, QueueRow, is_system
from broker_client.rabbit.entities import Counters, Queue, QueueKey, Rates


def queue(name: str = "orders", **fields: Any) -> Queue:
    usual: dict[str, Any] = {"ready": 0, "unacked": 0, "total": 0, "consumers": 1, "state": "running"}
    return Queue("/", name, **{**usual, **fields})


def waiting(depth: int, **fields: Any) -> Queue:
    return queue(ready=depth, total=depth, **fields)


def last_row(depths: list[int], pause_s: float = 2.0, **fields: Any) -> QueueRow:
    book = QueueBook()
    for index, depth in enumerate(depths):
        rows, _ = book.fold([waiting(depth, **fields)], index * pause_s)
    return rows[0]


def test_a_queue_that_does_not_change_is_not_reported_as_changed() -> None:
    book = QueueBook()
    first, changed = book.fold([queue("a"), queue("b")], 0)
    assert changed == {QueueKey("/", "a"), QueueKey("/", "b")}
    second, changed = book.fold([queue("a"), waiting(5)], 2)
    assert changed == {QueueKey("/", "b"), QueueKey("/", "orders")}
    assert second[0] is first[0]


def test_the_order_of_the_answer_is_kept() -> None:
    rows, _ = QueueBook().fold([queue("b"), queue("a"), queue("c")], 0)
    assert [row.queue.name for row in rows] == ["b", "a", "c"]


def test_a_deleted_queue_is_forgotten_and_comes_back_without_a_past() -> None:
    book = QueueBook()
    for at, depth in enumerate((1, 5, 9)):
        book.fold([waiting(depth)], at * 2.0)
    _, changed = book.fold([], 8)
    assert changed == {QueueKey("/", "orders")}
    (row,), _ = book.fold([waiting(3)], 10)
    assert row.trend == (3, 3)


# ---- trend ----------------------------------------------------------------------------------------------------------


def test_a_trend_is_useful_within_seconds() -> None:
    row = last_row([1, 5, 9, 4, 7])
    assert row.trend == (1, 5, 9, 4, 7)
    assert row.trend_interval_s == 2


def test_a_trend_grows_coarser_until_it_spans_fifteen_minutes() -> None:
    row = last_row(list(range(1000)))
    assert len(row.trend) <= TREND_SAMPLES
    assert row.trend_interval_s == 15
    known = [depth for depth in row.trend if depth is not None]
    assert known == sorted(known) and known[-1] > 980
    assert (known[-1] - known[0]) * 2.0 > 600


def test_a_depth_that_never_moves_costs_two_samples() -> None:
    assert last_row([4] * 30).trend == (4, 4)


def test_a_flat_past_is_drawn_once_the_depth_moves() -> None:
    assert last_row([4] * 5 + [9]).trend == (4, 4, 4, 4, 4, 9)


def test_a_pause_of_the_polls_is_a_gap() -> None:
    book = QueueBook()
    for at in (0, 2, 4, 6):
        book.fold([waiting(at)], at)
    (row,), _ = book.fold([waiting(7)], 16)
    assert row.trend == (0, 2, 4, 6, None, None, None, None, 7)


def test_an_unknown_depth_is_a_gap() -> None:
    book = QueueBook()
    book.fold([waiting(3)], 0)
    book.fold([queue(ready=None, total=None)], 2)
    (row,), _ = book.fold([waiting(5)], 4)
    assert row.trend == (3, None, 5)


# ---- rates ----------------------------------------------------------------------------------------------------------


FLICKERING = Rates(publish=0.0, deliver_get=0.0, ack=0.0)


def counted(publish: int, out: int, depth: int, rates: Rates = FLICKERING) -> Queue:
    return waiting(depth, counters=Counters(publish, out, out), rates=rates)


def test_rates_come_from_the_counters_not_from_the_flickering_answer() -> None:
    book = QueueBook()
    for at in range(0, 30, 2):
        (row,), _ = book.fold([counted(at // 5 * 50, at // 5 * 40, 10)], at)
    assert row.queue.rates.publish == pytest.approx(10, rel=0.3)
    assert row.queue.rates.deliver_get == pytest.approx(8, rel=0.3)
    assert row.status == "running"


def test_the_brokers_own_rate_stands_in_at_first() -> None:
    (row,), _ = QueueBook().fold([counted(500, 400, 10, Rates(publish=12.0, deliver_get=9.0, ack=9.0))], 0)
    assert (row.queue.rates.publish, row.queue.rates.deliver_get) == (12, 9)


def test_rates_fall_to_zero_when_the_traffic_ends() -> None:
    book = QueueBook()
    for at in range(0, 20, 2):
        book.fold([counted(at * 10, at * 10, 0)], at)
    for at in range(20, 40, 2):
        (row,), _ = book.fold([counted(180, 180, 0)], at)
    assert row.queue.rates.publish == 0
    assert row.status == "idle"


def test_depths_of_a_light_answer_are_laid_over_the_full_one() -> None:
    book = QueueBook()
    book.fold([counted(0, 0, 5)], 0)
    book.fold([counted(100, 100, 5)], 10)
    for at in (12, 30, 40):
        (row,), _ = book.fold([queue(ready=7, total=9, consumers=None, unacked=None)], at, light=True)
    assert (row.queue.ready, row.queue.total, row.queue.consumers) == (7, 9, 1)
    assert row.queue.rates.publish == 10


# ---- status ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status", "drain"),
    [
        ({}, "idle", "empty"),
        ({"ready": 3, "total": 3}, "running", "unknown"),
        ({"ready": 3, "total": 3, "consumers": 0}, "no_consumer", "unknown"),
        ({"ready": 3, "total": 3, "consumers": 0, "rates": Rates(publish=4.0)}, "no_consumer", "never"),
        ({"ready": 3, "total": 3, "consumers": None}, "idle", "unknown"),
        ({"ready": 3, "total": 3, "consumers": 0, "type": "stream"}, "idle", "unknown"),
        ({"unacked": 2, "total": 2}, "running", "empty"),
        ({"state": "flow"}, "flow", "empty"),
        ({"state": "minority"}, "down", "empty"),
        ({"state": "crashed", "ready": None, "total": None}, "down", "unknown"),
        ({"ready": None, "total": None, "state": None}, "unknown", "unknown"),
        ({"ready": 9000, "total": 9000, "rates": Rates(publish=3.1, deliver_get=3.4)}, "backlog", "draining"),
        ({"ready": 90, "total": 90, "rates": Rates(publish=3.1, deliver_get=6.4)}, "running", "draining"),
    ],
)
def test_a_status_says_what_the_figures_mean(fields: dict[str, Any], status: str, drain: str) -> None:
    (row,), _ = QueueBook().fold([queue(**fields)], 0)
    assert (row.status, row.drain) == (status, drain)


def test_a_sustained_rise_is_a_backlog_and_a_short_one_is_not() -> None:
    short = last_row([100 + 20 * index for index in range(6)])
    assert (short.status, short.growth) == ("running", None)
    long = last_row([100 + 20 * index for index in range(30)])
    assert (long.status, long.drain) == ("backlog", "unknown" if long.growth is None else "growing")
    assert long.growth == pytest.approx(10)


def test_unacked_messages_are_stuck_when_nothing_is_acknowledged_for_minutes() -> None:
    book = QueueBook()
    held = queue(unacked=4, total=4, counters=Counters(10, 10, 6))
    book.fold([held], 0)
    (row,), _ = book.fold([held], STUCK_AFTER_S - 1)
    assert row.status == "running"
    (row,), _ = book.fold([held], STUCK_AFTER_S)
    assert row.status == "stuck"
    (row,), _ = book.fold([msgspec.structs.replace(held, counters=Counters(10, 10, 7))], STUCK_AFTER_S + 5)
    assert row.status == "running"


def test_since_tells_when_the_status_began() -> None:
    book = QueueBook()
    book.fold([waiting(1)], 10)
    book.fold([waiting(1, consumers=0)], 12)
    (row,), _ = book.fold([waiting(2, consumers=0)], 30)
    assert (row.status, row.since) == ("no_consumer", 12)


def test_work_can_be_shared_out() -> None:
    breaths = []
    QueueBook().fold([queue(f"q{index}") for index in range(1000)], 0, breathe=lambda: breaths.append(1))
    assert len(breaths) == 5


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("celeryev.4f6f9a00-1111-2222-3333-444455556666", True),
        ("w1@host.celery.pidbox", True),
        ("4f6f9a00-1111-2222-3333-444455556666.reply.celery.pidbox", True),
        ("amq.gen-JzTY20BRgKO", True),
        ("celery_delayed_27", True),
        ("4f6f9a00-1111-2222-3333-444455556666", True),
        ("celery", False),
        ("orders.fulfil", False),
        ("celery_delayed_orders", False),
    ],
)
def test_queues_of_celery_and_the_broker_are_known_by_their_names(name: str, system: bool) -> None:
    assert is_system(queue(name)) is system
