"""How the tasks of each name fare, and which of them wait for their time: folded from told facts."""

from __future__ import annotations

import random

import pytest

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.eta_book import MOST_SHOWN
from broker_client.tasks.events import Event
from broker_client.tasks.task_types import MAX_NAMES, OTHERS, SETTLE_S, TaskTypeRow, TaskTypes, pain_of
from broker_client.tasks.time_sketch import TimeSketch

NOW = 1_790_000_000.0
WORKER = "w1@host"


def event(kind: str, task_id: str, at: float, **fields: object) -> Event:
    return Event(f"task-{kind}", task_id, WORKER, at, **fields)  # type: ignore[arg-type]


def ran(
    task_id: str, name: str, at: float, wait_s: float = 0.5, run_s: float = 0.2, end: str = "succeeded"
) -> list[Event]:
    """The whole life of a task that was sent at ``at``."""
    started = at + wait_s
    raised = {"exception": "KeyError('sku')"} if end == "failed" else {"runtime": run_s}
    return [
        event("sent", task_id, at, name=name, queue="mail"),
        event("received", task_id, at + 0.01, name=name),
        event("started", task_id, started),
        event(end, task_id, started + run_s, **raised),
    ]


def answer(board: TaskBoard, window_s: int = 60, now: float = NOW) -> TaskTypes:
    work = board.types.rows(window_s, now)
    while True:
        try:
            next(work)
        except StopIteration as found:
            result: TaskTypes = found.value
            return result


def of(types: TaskTypes, name: str) -> TaskTypeRow:
    return next(row for row in types.rows if row.name == name)


def test_tasks_are_counted_by_name_and_by_how_they_ended() -> None:
    board = TaskBoard()
    for number in range(8):
        at = NOW - 30 + number
        board.fold_events(ran(f"m{number}", "mail", at, end="failed" if number < 2 else "succeeded"), at + 1)
    board.fold_events(ran("s", "stock", NOW - 20, wait_s=4.0, run_s=2.0), NOW - 14)
    mail, stock = of(answer(board), "mail"), of(answer(board), "stock")
    assert (mail.finished, mail.failed, mail.failure_share) == (8, 2, 0.25)
    assert (mail.queue, mail.exception) == ("mail", "KeyError")
    assert mail.rate_per_s == pytest.approx(8 / 29.3, rel=0.02), "over the time that was watched, not the whole window"
    assert len(mail.trend) == 12
    assert mail.trend[0] is None, "nothing was watched then"
    assert sum(filter(None, mail.trend)) == 8
    assert stock.wait[0] == pytest.approx(4.0, rel=0.05) and stock.run[2] == pytest.approx(2.0, rel=0.05)
    assert stock.last_at == pytest.approx(NOW - 14)


def test_each_window_tells_its_own_time() -> None:
    board = TaskBoard()
    for number, age_s in enumerate((3_000.0, 200.0, 20.0)):
        board.fold_events(ran(str(number), "mail", NOW - age_s), NOW - age_s + 1)
    assert [of(answer(board, window), "mail").finished for window in (60, 300, 3600)] == [1, 2, 3]
    assert len(of(answer(board, 3600), "mail").trend) == 60
    later = of(answer(board, 60, NOW + 120), "mail")
    assert (later.finished, later.failure_share, later.wait) == (0, None, (None, None, None))
    assert later.last_at is not None, "it is still known when the last one ended"


def test_a_task_is_counted_with_what_its_late_events_tell() -> None:
    """The result backend is often faster than the worker's batch of events."""
    board = TaskBoard()
    life = ran("a", "mail", NOW - 10, wait_s=1.0, run_s=3.0)
    board.fold_events([life[0], life[3]], NOW - 6)
    board.fold_events(life[1:3], NOW - 5)
    row = of(answer(board), "mail")
    assert row.run[0] == pytest.approx(3.0, rel=0.05)
    assert row.finished == 1
    unsettled = TaskBoard()
    unsettled.fold_events(ran("b", "mail", NOW - 1, run_s=0.1), NOW)
    assert not answer(unsettled).rows
    assert of(answer(unsettled, now=NOW + SETTLE_S + 0.1), "mail").finished == 1


def test_a_wait_is_unknown_when_nobody_told_of_the_sending() -> None:
    board = TaskBoard()
    board.fold_events(ran("a", "mail", NOW - 10)[1:], NOW - 5)
    row = of(answer(board), "mail")
    assert row.wait == (None, None, None)
    assert row.run[0] is not None


def test_the_wait_for_a_chosen_time_is_no_wait() -> None:
    board = TaskBoard()
    eta = "2026-09-21T14:13:15+00:00"  # NOW - 5
    life = ran("a", "mail", NOW - 50, wait_s=46.0)
    life[0].eta = life[1].eta = eta
    board.fold_events(life, NOW - 3)
    wait_s = of(answer(board, now=NOW + SETTLE_S), "mail").wait[0]
    assert wait_s == pytest.approx(1.0, rel=0.05)


def test_retries_and_revocations_are_no_runs_that_finished() -> None:
    board = TaskBoard()
    board.fold_events([*ran("a", "mail", NOW - 20)[:3], event("retried", "a", NOW - 18)], NOW - 18)
    board.fold_events([event("received", "b", NOW - 9, name="mail"), event("revoked", "b", NOW - 8)], NOW - 8)
    row = of(answer(board), "mail")
    assert (row.finished, row.retried, row.revoked) == (0, 1, 1)
    assert row.pain > 0


def test_names_are_bounded() -> None:
    board = TaskBoard()
    for number in range(MAX_NAMES + 50):
        board.fold_events(ran(str(number), f"made.{number}", NOW - 20), NOW - 10)
    rows = answer(board).rows
    assert len(rows) <= MAX_NAMES + 1
    assert of(answer(board), OTHERS).finished == 50


def test_pain_grows_with_failures_and_with_waiting() -> None:
    many, few, alone = pain_of(100, 40, 0, None), pain_of(100, 4, 0, None), pain_of(1, 1, 0, None)
    assert many > few > 0
    assert alone < pain_of(50, 50, 0, None)
    assert pain_of(10, 0, 0, 60.0) > pain_of(10, 0, 0, 1.0) > pain_of(10, 0, 0, None) == 0.0
    assert pain_of(10, 10, 10, 1e6) <= 100.0


def test_a_sketch_tells_quantiles_within_five_percent() -> None:
    draw = random.Random(3)
    values = sorted(draw.lognormvariate(-1.0, 1.5) for _each in range(5_000))
    one, other = TimeSketch(), TimeSketch()
    for place, value in enumerate(values):
        (one if place % 2 else other).add(value)
    one.merge(other)
    for share, found in zip((0.5, 0.95, 0.99), one.quantiles((0.5, 0.95, 0.99)), strict=True):
        assert found == pytest.approx(values[int(share * 5_000) - 1], rel=0.051)
    assert TimeSketch().quantiles((0.5,)) == (None,)
    one.add(-1.0)
    one.add(1e300)


# ---- tasks that wait for their time -------------------------------------------------------------------------------


def waiting(task_id: str, eta: str, name: str = "mail") -> list[Event]:
    return [event("received", task_id, NOW - 5, name=name, eta=eta)]


def test_tasks_with_an_eta_are_listed_until_they_start() -> None:
    board = TaskBoard()
    board.fold_events(waiting("late", "2026-09-21T14:30:00+00:00"), NOW)
    board.fold_events(waiting("soon", "2026-09-21T14:14:00Z"), NOW)
    board.fold_events([event("sent", "sent", NOW - 5, name="mail", eta="2026-09-21T15:00:00+00:00", queue="mail")], NOW)
    etas = board.etas.rows(NOW)
    assert (etas.total, [row.id for row in etas.rows]) == (3, ["soon", "late", "sent"])
    board.fold_events([event("started", "soon", NOW + 40)], NOW + 40)
    assert [row.id for row in board.etas.rows(NOW + 40).rows] == ["late", "sent"]
    assert not board.etas.rows(NOW + 9_000).rows, "nobody holds them any more"


def test_only_the_next_of_very_many_are_listed() -> None:
    board = TaskBoard()
    for number in range(MOST_SHOWN + 10):
        board.fold_events(waiting(str(number), "2026-09-21T14:30:00+00:00"), NOW)
    etas = board.etas.rows(NOW)
    assert (etas.total, len(etas.rows)) == (MOST_SHOWN + 10, MOST_SHOWN)
