"""Windows of the board: order, text, states, and staying right while the board changes."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import pytest

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.events import Event
from broker_client.tasks.records import TaskQuery, TaskWindow
from broker_client.tasks.search import MAX_COUNT, WindowFinder

T0 = 1_790_000_000.0
NAMES = ("shop.charge", "shop.mail", "stock.sync")
STATES = ("received", "started", "succeeded", "failed")


class Shop:
    """A board that random events come to, and the plain list of what it should hold."""

    def __init__(self, tasks: int, seed: int = 1, max_tasks: int = 10_000) -> None:
        self.board = TaskBoard(max_tasks)
        self.finder = WindowFinder(self.board)
        self._draw = random.Random(seed)
        self.now = T0
        for number in range(tasks):
            self.event(f"task{number}", "received", name=self._draw.choice(NAMES), args=f"({number},)")

    def event(self, task_id: str, kind: str, **fields: Any) -> None:
        self.now += self._draw.random()
        event = Event(f"task-{kind}", uuid=task_id, hostname="w1@h", timestamp=self.now, **fields)
        self.board.fold_events([event], self.now)

    def shuffle(self, times: int, tasks: int) -> None:
        for _ in range(times):
            self.event(f"task{self._draw.randrange(tasks)}", self._draw.choice(STATES), runtime=self._draw.random())

    def find(self, **fields: Any) -> TaskWindow:
        return finished(self.finder, TaskQuery(**fields), self.now)


def finished(finder: WindowFinder, query: TaskQuery, now: float) -> TaskWindow:
    return _driven(finder.find(query, now))


def _driven(work: Generator[None, None, TaskWindow]) -> TaskWindow:
    while True:
        try:
            next(work)
        except StopIteration as found:
            window: TaskWindow = found.value
            return window


def test_the_newest_change_comes_first() -> None:
    shop = Shop(300)
    shop.shuffle(500, 300)
    window = shop.find(count=1000)
    times = [row.updated for row in window.rows]
    assert times == sorted(times, reverse=True)
    assert (window.matching, len(window.rows)) == (300, 300)
    assert [row.id for row in shop.find(count=1000, descending=False).rows] == [row.id for row in window.rows][::-1]


def test_pages_join_without_gap_or_overlap() -> None:
    shop = Shop(250)
    whole = [row.id for row in shop.find(count=1000).rows]
    pages = [row.id for offset in range(0, 250, 30) for row in shop.find(offset=offset, count=30).rows]
    assert pages == whole
    assert shop.find(offset=10_000).rows == ()


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("field", ["name", "runtime_s", "state", "received", "finished", "id", "args"])
def test_any_column_sorts_and_rows_without_a_value_come_last(field: str, descending: bool) -> None:
    shop = Shop(200)
    shop.shuffle(150, 200)
    rows = shop.find(sort=field, descending=descending, count=1000).rows
    values = [getattr(row, field) for row in rows]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=descending)
    assert values[: len(known)] == known
    assert len({row.id for row in rows}) == 200


def test_states_choose_and_count() -> None:
    shop = Shop(100)
    shop.shuffle(200, 100)
    counts = shop.board.summary(shop.now).by_state
    window = shop.find(states=("FAILURE", "STARTED", "NO SUCH"), count=1000)
    assert window.matching == counts["FAILURE"] + counts["STARTED"] == len(window.rows)
    assert {row.state for row in window.rows} == {"FAILURE", "STARTED"}


def test_a_text_is_found_in_any_case_and_stays_right_while_tasks_change() -> None:
    shop = Shop(200)
    first = shop.find(text="SHOP.charge", count=1000)
    assert {row.name for row in first.rows} == {"shop.charge"}
    shop.event("new1", "received", name="shop.charge")
    shop.event("new2", "received", name="shop.mail")
    shop.event("task7", "failed", exception="ChargeError('shop.charge')")
    shop.shuffle(300, 200)
    again = shop.find(text="SHOP.charge", count=1000)
    fresh = finished(WindowFinder(shop.board), TaskQuery(text="shop.CHARGE", count=1000), shop.now)
    assert [row.id for row in again.rows] == [row.id for row in fresh.rows]
    assert "new1" in {row.id for row in again.rows}


def test_an_exclamation_mark_turns_the_text_around() -> None:
    shop = Shop(90)
    with_it, without = shop.find(text="mail", count=1000), shop.find(text="!mail", count=1000)
    assert with_it.matching + without.matching == 90
    assert "shop.mail" not in {row.name for row in without.rows}
    assert shop.find(text="!").problem.startswith("nothing follows")


def test_a_text_search_forgets_what_the_board_forgets() -> None:
    shop = Shop(50, max_tasks=50)
    assert shop.find(text="task").matching == 50
    for number in range(100, 140):
        shop.event(f"task{number}", "received", name="x")
    assert shop.find(text="task", count=1000).matching == 50


def test_a_board_that_changes_in_the_middle_of_a_search_is_still_found_whole() -> None:
    shop = Shop(5000)
    work = shop.finder.find(TaskQuery(text="task", count=1000), shop.now)
    next(work)
    shop.shuffle(500, 5000)
    shop.event("task-late", "received", name="late")
    with pytest.raises(StopIteration) as found:
        while True:
            next(work)
    assert found.value.value.matching == 5001


def test_impossible_queries_are_bounded() -> None:
    shop = Shop(10)
    query = shop.find(offset=-5, count=10**9, sort="no such column", text="x" * 100_000).query
    assert (query.offset, query.count, query.sort, len(query.text)) == (0, MAX_COUNT, "updated", 10_001)


def test_a_long_search_tells_what_it_found_yet_and_goes_on_with_the_next_question() -> None:
    shop = Shop(6000, max_tasks=10_000)
    query = TaskQuery(text="task7", count=1000)
    first = _driven(shop.finder.find(query, shop.now, enough=lambda: True))
    assert 0 < first.searched < 1 and first.matching < 111
    shop.event("task7-later", "received", name="later")
    windows = [_driven(shop.finder.find(query, shop.now, enough=lambda: True)) for _ in range(12)]
    assert [window.searched for window in windows] == sorted(window.searched for window in windows)
    assert (windows[-1].searched, windows[-1].matching) == (1.0, 112)
    hasty = _driven(WindowFinder(shop.board).find(TaskQuery(text="!task7"), shop.now, enough=lambda: True))
    assert hasty.searched < 1
    assert finished(shop.finder, TaskQuery(text="!task7"), shop.now).matching == 6001 - 112
