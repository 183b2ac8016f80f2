"""Results that are taken in by the thousand end as the same records as results that are folded one by one."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.query_values import values_of
from broker_client.tasks.records import TaskQuery, TaskWindow
from broker_client.tasks.result_columns import PageMaker, ResultPage
from broker_client.tasks.result_value import decode_value, stored
from broker_client.tasks.search import WindowFinder
from broker_client.tasks.task_record import TEXT_CHARS, TaskRecord
from broker_client.tasks.task_types import WINDOWS_S

NOW = 1_790_000_000.0
DONE = "2026-09-21T14:{:02}:07.250000+00:00"


def value(number: int, **fields: Any) -> bytes:
    meta: dict[str, Any] = {
        "status": "SUCCESS",
        "result": number,
        "traceback": None,
        "children": [],
        "date_done": DONE.format(number % 15),
        "name": f"shop.{number % 2}",
        "args": [number],
        "kwargs": {},
        "worker": f"w{number % 3}@h",
        "retries": 0,
        "queue": "celery",
    }
    return json.dumps(meta | fields).encode()


RAISED = {"exc_type": "ValueError", "exc_message": ["boom"], "exc_module": "builtins"}
VALUES = {
    **{f"plain-{number}": value(number) for number in range(30)},
    "failed": value(1, status="FAILURE", result=RAISED, traceback="Traceback"),
    "failed-strangely": value(1, status="FAILURE", result=None),
    "never-run": value(1, status="FAILURE", result=RAISED, worker=None),
    "retried": value(1, status="RETRY", result=RAISED, retries=2),
    "custom": value(1, status="PROGRESS", result={"done": 3}),
    "bare": b'{"status": "SUCCESS", "result": null, "date_done": "2026-09-21T14:01:07"}',
    "undated": value(1, date_done=None),
    "old": value(1, date_done="2023-01-01T00:00:00+00:00"),
    "of-the-future": value(1, date_done="2096-01-01T00:00:00+00:00"),
    "before-all": value(1, date_done="1970-01-01T00:00:00+00:00"),
    "dated-oddly": value(1, date_done="yesterday"),
    "long": value(1, args=["x" * 2000], result="y" * 900),
    "nul": value(1, args=["a\0b"], kwargs={"user": "Ä\u2028"}),
    "letters": value(1, args=["Müller 😀", 'C:\\tmp "x"', "\n"], kwargs={"名": "é"}, result="çok"),
    "lone": value(1, args=["\ud83d"]),
    "long-letters": value(1, args=["é" * 2000], kwargs={"a": "😀" * 505}, result="\\u00e9" * 300),
    "child": value(1, parent_id="plain-1", group_id="g"),
    "own-child": value(1, parent_id="own-child"),
    "broken": b'{"status": "SUCC',
    "other-types": value(1, name=7, retries="no"),
    "x" * 300: value(1),
}


def page_of(values: dict[str, bytes]) -> ResultPage:
    maker = PageMaker()
    maker.take([task_id.encode() for task_id in values], list(values.values()))
    made = maker.page()
    return msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=ResultPage)


def take_in(board: TaskBoard, page: ResultPage) -> None:
    board.take_in(page.columns, NOW)
    for fact in page.facts:
        board.fold_result(fact, NOW, pushed=False)


def one_by_one(board: TaskBoard, values: dict[str, bytes]) -> None:
    for task_id, raw in values.items():
        board.fold_result(decode_value(task_id, stored(raw)), NOW, pushed=False)


def told(board: TaskBoard, task_id: str) -> dict[str, Any] | None:
    record = board.record(task_id)
    if record is None:
        return None
    return {
        field: getattr(record, field)
        for field in TaskRecord.__struct_fields__
        if field not in ("revision", "entry")  # the order of arrival
    }


def boards() -> tuple[TaskBoard, TaskBoard]:
    together, single = TaskBoard(), TaskBoard()
    take_in(together, page_of(VALUES))
    one_by_one(single, VALUES)
    return together, single


def test_records_are_the_same_as_one_by_one() -> None:
    together, single = boards()
    assert [told(together, task_id) for task_id in VALUES] == [told(single, task_id) for task_id in VALUES]


def found(board: TaskBoard, text: str) -> set[str]:
    work = WindowFinder(board).find(TaskQuery(text, count=1000), NOW)
    while True:
        try:
            next(work)
        except StopIteration as done:
            window: TaskWindow = done.value
            assert (window.matching, window.searched) == (len(window.rows), 1.0)
            return {row.id for row in window.rows}


def test_counts_and_searches_are_the_same_as_one_by_one() -> None:
    together, single = boards()
    assert len(together) == len(single)
    assert together.summary(NOW) == single.summary(NOW)
    for field in ("name", "worker", "queue", "state"):
        assert set(values_of(together, field)) == set(values_of(single, field))
    for text in ("boom", "[7]", "plain-2", "user", "worker:w1@h", ""):
        assert found(together, text) == found(single, text) != set()


def test_letters_are_kept_and_found_as_they_are_and_control_characters_stay_escaped() -> None:
    short = {task_id: VALUES[task_id] for task_id in ("letters", "plain-1", "nul", "lone")}
    for values in (short, VALUES):
        together, single = TaskBoard(), TaskBoard()
        take_in(together, page_of(values))
        one_by_one(single, values)
        for board in (together, single):
            record, nul, lone = map(board.record, ("letters", "nul", "lone"))
            assert record is not None and nul is not None and lone is not None
            assert (record.args, record.kwargs) == (r'["Müller 😀", "C:\\tmp \"x\"", "\n"]', '{"名": "é"}')
            assert (record.result, nul.args, lone.args) == ('"çok"', r'["a\u0000b"]', r'["\ud83d"]')
            assert (found(board, "müller"), found(board, "fcller")) == ({"letters"}, set())


def test_a_long_text_is_cut_at_as_many_characters_with_and_without_escapes() -> None:
    for board in boards():
        record = board.record("long-letters")
        assert record is not None and record.args is not None and record.kwargs is not None
        assert (len(record.args), record.args[-2:]) == (TEXT_CHARS, "é…")
        assert (len(record.kwargs), record.kwargs[-4:]) == (TEXT_CHARS, "😀😀😀…")


@pytest.mark.parametrize("window_s", WINDOWS_S)
def test_task_types_count_what_was_found(window_s: int) -> None:
    rows = []
    for board in boards():
        work = board.types.rows(window_s, NOW + 30)
        try:
            while True:
                next(work)
        except StopIteration as done:
            rows.append(sorted((row.name, row.finished, row.failed, row.last_at) for row in done.value.rows))
    assert rows[0] == rows[1]


def test_what_is_known_already_is_not_taken_in_twice() -> None:
    board, page = TaskBoard(), page_of(VALUES)
    one_by_one(board, {"plain-1": value(1), "plain-4": value(4)})
    take_in(board, page)
    take_in(board, page)
    single = TaskBoard()
    one_by_one(single, VALUES)
    assert board.summary(NOW).by_state == single.summary(NOW).by_state
    assert len(board) == len(single)


def test_a_value_that_was_pushed_during_the_scan_is_newer_than_what_the_scan_found() -> None:
    board = TaskBoard()
    board.begin_scan()
    board.fold_result(decode_value("plain-1", stored(value(1, status="RETRY", result=RAISED))), NOW, pushed=True)
    take_in(board, page_of(VALUES))
    record = board.record("plain-1")
    assert record is not None and record.state == "RETRY"


def test_one_id_under_two_prefixes_is_one_task() -> None:
    maker, board = PageMaker(), TaskBoard()
    maker.take([b"a", b"b", b"a"], [value(0), value(0), value(0)])
    take_in(board, maker.page())
    assert (len(board), board.summary(NOW).total, found(board, "")) == (2, 2, {"a", "b"})


def test_a_full_board_keeps_the_newest_of_what_is_found() -> None:
    board = TaskBoard(max_tasks=10)
    take_in(board, page_of({f"t{number}": value(number) for number in range(15)}))
    newest = {f"t{number}" for number in range(5, 15)}
    assert {f"t{number}" for number in range(15) if board.record(f"t{number}")} == newest
    older = {f"o{number}": value(number) for number in range(4)}
    take_in(board, page_of(older | {"failed": value(1, status="FAILURE", result=RAISED)}))
    assert found(board, "") == (newest | {"failed"}) - {"t5"}
    assert board.summary(NOW).evicted == 10
