"""Tasks that rest are found, counted, ordered, woken and forgotten like records that were folded one by one."""

from __future__ import annotations

import json
import random
from collections.abc import Generator, Iterable
from typing import Any

import pytest

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.events import Event
from broker_client.tasks.query_values import values_of
from broker_client.tasks.records import TaskQuery, TaskRow
from broker_client.tasks.result_columns import PageMaker
from broker_client.tasks.result_value import decode_value, stored
from broker_client.tasks.row_walk import RowWalks
from broker_client.tasks.search import WindowFinder

NOW = 1_790_000_000.0
TASKS = 900
RAISED = {"exc_type": "ValueError", "exc_message": ["Müller"], "exc_module": "builtins"}
SEARCHES = (
    "",
    "shop.1",
    "name:shop.2 !worker:w0",
    "müller",
    "Zürich",
    "kwargs.user=7",
    "exception:value",
    "retries>0",
    "!shop.1",
    "!zürich name:shop",
    "eu OR exception:müller",
    "id:t00*1",
    "state:failure OR age<2m",
    "queue=fast (zürich OR NOT eu)",
    "no-such-word",
    "a z",
)
SORTS = ("updated", "name", "args", "retries", "exception", "received", "id")


def value(number: int) -> bytes:
    failed = number % 7 == 0
    seconds = number * 37 % 600
    meta = {
        "status": "FAILURE" if failed else "SUCCESS",
        "result": RAISED if failed else {"n": number},
        "traceback": None,
        "children": [],
        "date_done": f"2026-09-21T14:{seconds // 60:02}:{seconds % 60:02}.{number:06}+00:00",
        "name": f"shop.{number % 3}",
        "args": [number, "Zürich" if number % 5 == 0 else "eu"],
        "kwargs": {"user": number % 11} if number % 2 else {},
        "worker": f"w{number % 4}@h",
        "retries": number % 13 // 12,
        "queue": ("fast", "slow")[number % 2],
    }
    return json.dumps(meta, ensure_ascii=number % 3 == 0).encode()


def task_id(number: int) -> str:
    return f"t{number:04}"


class Pair:
    """Two boards with the same tasks: on one they rest, on the other each has a record."""

    def __init__(self, max_tasks: int = 10_000) -> None:
        self.boards = TaskBoard(max_tasks), TaskBoard(max_tasks)
        self.finders = [WindowFinder(board) for board in self.boards]

    def load(self, numbers: Iterable[int]) -> None:
        numbers, (resting, single) = list(numbers), self.boards
        maker = PageMaker()
        maker.take([task_id(number).encode() for number in numbers], [value(number) for number in numbers])
        resting.take_in(maker.page().columns, NOW)
        for number in numbers:
            single.fold_result(decode_value(task_id(number), stored(value(number))), NOW, pushed=False)

    def event(self, kind: str, number: int, **fields: Any) -> None:
        for board in self.boards:
            board.fold_events([Event(kind, task_id(number), timestamp=NOW, hostname="w9@h", **fields)], NOW)

    def rows(self, query: TaskQuery) -> list[tuple[list[Any], int]]:
        windows = [driven(finder.find(query, NOW)) for finder in self.finders]
        return [(list(map(plain, window.rows)), window.matching) for window in windows]


def plain(row: TaskRow) -> Any:
    return tuple(getattr(row, field) for field in TaskRow.__struct_fields__ if field != "revision")


def driven(work: Generator[None, None, Any]) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


@pytest.fixture
def pair() -> Pair:
    pair = Pair()
    for start in range(0, TASKS, 100):
        pair.load(range(start, start + 100))
    assert pair.boards[0].resting.count == TASKS
    return pair


@pytest.mark.parametrize("text", SEARCHES)
def test_every_search_finds_the_same_tasks_in_the_same_order(pair: Pair, text: str) -> None:
    for query in (
        TaskQuery(text, count=1000),
        TaskQuery(text, within_s=600.0),
        TaskQuery(text, states=("FAILURE",), count=30, descending=False),
        TaskQuery(text, offset=150, count=200, since=NOW - 1000, until=NOW - 100),
    ):
        resting, single = pair.rows(query)
        assert resting == single


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [True, False])
def test_every_column_sorts_alike(pair: Pair, sort: str, descending: bool) -> None:
    for text in ("", "zürich"):
        query = TaskQuery(text, sort=sort, descending=descending, count=1000)
        resting, single = pair.rows(query)
        place = TaskRow.__struct_fields__.index(sort)
        assert [row[place] for row in resting[0]] == [row[place] for row in single[0]]
        assert sorted(resting[0], key=repr) == sorted(single[0], key=repr)


def test_a_search_goes_on_with_what_comes_to_rest_wakes_and_changes_after_it() -> None:
    pair, query = Pair(), TaskQuery("zürich OR worker:w9", count=1000)
    pair.load(range(40))
    before = pair.rows(query)
    pair.load(range(40, 80))
    later = pair.rows(query)
    pair.event("task-started", 41)
    pair.event("task-received", 5)
    pair.event("task-sent", 500, name="shop.new", args="zürich")
    after = pair.rows(query)
    assert before[0] == before[1] and later[0] == later[1] and after[0] == after[1]
    assert before[0][1] < later[0][1] < after[0][1]
    assert pair.rows(TaskQuery(count=1000))[0] == pair.rows(TaskQuery(count=1000))[1]
    assert pair.boards[0].resting.count == 78 and len(pair.boards[0]) == len(pair.boards[1]) == 81


def test_a_search_that_was_interrupted_goes_on_with_what_came_to_rest_meanwhile() -> None:
    pair, query = Pair(), TaskQuery("!zürich name:shop", count=1000)
    pair.load(range(4))
    work = pair.finders[0].find(query, NOW)
    next(work)
    next(work)
    pair.load(range(4, 300))
    pair.event("task-started", 2)
    window = driven(work)
    assert (list(map(plain, window.rows)), window.searched) == (pair.rows(query)[1][0], 1.0)


def test_a_task_wakes_as_the_record_that_it_would_have_been(pair: Pair) -> None:
    for number in (3, 7, 450):
        assert pair.boards[0].record(task_id(number)) is not pair.boards[0].record(task_id(number))
        pair.event("task-sent", number, name="other.name", root_id="root", parent_id="parent")
        fields = [
            {
                field: getattr(board.record(task_id(number)), field)
                for field in ("state", "sent", "finished", "exception")
            }
            for board in pair.boards
        ]
        assert fields[0] == fields[1]
    assert pair.boards[0].summary(NOW).by_state == pair.boards[1].summary(NOW).by_state


def test_a_second_scan_changes_nothing_where_nothing_has_changed(pair: Pair) -> None:
    board = pair.boards[0]
    revision = board.revision
    pair.event("task-received", 100)
    pair.load(range(200))
    assert board.resting.count == TASKS - 1 and len(board) == TASKS
    assert board.revision < revision + 5


def test_what_has_another_end_now_is_taken_in_anew(pair: Pair) -> None:
    maker = PageMaker()
    maker.take([b"t0001"], [value(1).replace(b"SUCCESS", b"FAILURE").replace(b"2026-09-21T14", b"2026-09-21T15")])
    pair.boards[0].take_in(maker.page().columns, NOW)
    record = pair.boards[0].record("t0001")
    assert record is not None and (record.state, len(pair.boards[0])) == ("FAILURE", TASKS)


@pytest.mark.parametrize("seed", range(5))
def test_a_full_board_forgets_the_same_tasks_in_the_same_order(seed: int) -> None:
    pair, choice = Pair(max_tasks=300), random.Random(seed)
    numbers = choice.sample(range(TASKS), TASKS)
    for start in range(0, TASKS, 90):
        pair.load(numbers[start : start + 90])
        for number in choice.sample(range(TASKS), 5):
            pair.event("task-failed", number, exception="KeyError('x')")
    windows = [driven(finder.find(TaskQuery(count=1000), NOW)) for finder in pair.finders]
    kept: list[set[str]] = [{row.id for row in window.rows} for window in windows]
    assert [len(ids) for ids in kept] == [len(board) for board in pair.boards] == [300, 300]
    newest = sorted((row.finished, row.id) for row in windows[1].rows if row.state == "SUCCESS")
    assert newest == sorted((row.finished, row.id) for row in windows[0].rows if row.state == "SUCCESS")
    assert all(page is None or len(page) <= 400 for page in pair.boards[0].resting.pages)


def test_pages_of_which_little_is_left_are_given_up_and_what_is_left_is_found() -> None:
    pair = Pair()
    pair.load(range(400))
    for board in pair.boards:
        board.resize(60)
        board.let_go(1000)
    resting, single = pair.rows(TaskQuery("shop", count=1000))
    assert sorted(resting[0], key=repr) == sorted(single[0], key=repr) and resting[1] == 60
    board = pair.boards[0]
    assert sum(len(page) for page in board.resting.pages if page) < 100
    assert all(board.resting.find(row[0]) is not None for row in resting[0])


def test_an_export_has_all_rows_even_when_their_tasks_leave_meanwhile(pair: Pair) -> None:
    walks, board = RowWalks(), pair.boards[0]
    tasks = driven(pair.finders[0].all_of(TaskQuery("zürich", sort="args"), NOW))
    board.resize(10)
    board.let_go(5000)
    piece = walks.begin(tasks)
    assert piece.total == len(piece.rows) == len({row.id for row in piece.rows}) == TASKS // 5
    assert all("Zürich" in (row.args or "") for row in piece.rows)


def test_values_are_counted_and_sampled_alike(pair: Pair) -> None:
    for field in ("name", "worker", "queue", "state", "exception", "kwargs.", "kwargs.user"):
        resting, single = (values_of(board, field) for board in pair.boards)
        assert sorted(resting, key=repr) == sorted(single, key=repr) != []
