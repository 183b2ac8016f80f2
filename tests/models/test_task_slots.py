"""Lines of the task table keep their tasks while they are held, however fast new tasks come in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broker_client.tasks.records import TaskQuery, TaskRow, TaskWindow
from dashboard.models.task_slots import TaskSlots


def window(ids: list[str], *, offset: int = 0, count: int = 10, state: str = "STARTED") -> TaskWindow:
    """The window that a collector with ``ids`` (newest first) would answer."""
    rows = tuple(TaskRow(task_id, state) for task_id in ids[offset : offset + count])
    return TaskWindow(TaskQuery(offset=offset, count=count), rows, len(ids))


def names(slots: TaskSlots, seen: range) -> list[str | None]:
    return [row.id if (row := slots.row(slot)) else None for slot in seen]


def tasks(newest: int, oldest: int = 0) -> list[str]:
    return [f"t{i}" for i in range(newest, oldest, -1)]


def test_a_window_stands_where_it_was_asked_for() -> None:
    slots = TaskSlots()
    slots.place(window(tasks(100), offset=40, count=20), range(45, 55), held=False)
    assert slots.total == 100
    assert names(slots, range(39, 42)) == [None, "t60", "t59"]
    assert slots.slot_of("t60") == 40


def test_following_the_stream_shows_the_newest_at_the_top() -> None:
    slots = TaskSlots()
    slots.place(window(tasks(50)), range(5), held=False)
    slots.place(window(tasks(53)), range(5), held=False)
    assert names(slots, range(2)) == ["t53", "t52"]
    assert slots.newer == 0


def test_held_lines_keep_their_tasks_and_newer_ones_are_counted() -> None:
    slots = TaskSlots()
    slots.place(window(tasks(50)), range(5), held=False)
    slots.place(window(tasks(53)), range(5), held=True)
    assert names(slots, range(5)) == ["t50", "t49", "t48", "t47", "t46"]
    assert slots.newer == 3
    assert slots.total == 50


def test_held_lines_still_show_what_becomes_of_their_tasks() -> None:
    slots = TaskSlots()
    slots.place(window(tasks(50)), range(5), held=False)
    slots.place(window(tasks(51), state="SUCCESS"), range(5), held=True)
    row = slots.row(0)
    assert row is not None and (row.id, row.state) == ("t50", "SUCCESS")


def test_a_task_that_jumps_to_the_top_does_not_leave_its_held_line() -> None:
    slots = TaskSlots()
    slots.place(window(tasks(50)), range(5), held=False)
    jumped = ["t48", *(name for name in tasks(50) if name != "t48")]
    slots.place(window(jumped, state="SUCCESS"), range(5), held=True)
    assert names(slots, range(5)) == ["t50", "t49", "t48", "t47", "t46"]


def test_when_the_held_rows_left_the_window_the_growth_is_the_guess_and_they_stay() -> None:
    slots = TaskSlots()
    slots.place(window(tasks(50)), range(5), held=False)
    slots.place(window(tasks(550)), range(5), held=True)
    assert slots.newer == 500
    assert names(slots, range(2)) == ["t50", "t49"]
    slots.place(window(tasks(552), offset=500), range(5), held=True)
    assert slots.newer == 502
    assert names(slots, range(8)) == tasks(50, 42)


def test_held_lines_do_not_vanish_when_their_tasks_no_longer_match() -> None:
    slots = TaskSlots()
    slots.place(window(tasks(5)), range(5), held=False)
    slots.place(window([]), range(5), held=True)
    assert slots.total == 5
    slots.place(window([]), range(5), held=False)
    assert slots.total == 0


def test_an_answer_for_the_place_of_a_moment_ago_is_recognised() -> None:
    slots = TaskSlots()
    assert slots.meets_the_eye(window(tasks(500), offset=0), range(5))
    assert not slots.meets_the_eye(window(tasks(500), offset=0), range(200, 205))


def test_only_what_changed_is_told() -> None:
    slots = TaskSlots()
    slots.place(window(tasks(8)), range(5), held=False)
    assert not slots.place(window(tasks(8)), range(5), held=False)
    one = window(tasks(8))
    rows = (*one.rows[:3], TaskRow("t5", "SUCCESS"), *one.rows[4:])
    assert slots.place(TaskWindow(one.query, rows, 8), range(5), held=False) == range(3, 4)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20), st.integers(0, 30))
def test_whatever_comes_in_a_held_screen_stands_still(arrivals: list[int], first: int) -> None:
    slots = TaskSlots()
    seen = range(first, first + 5)
    count = 200
    held = 60
    slots.place(window(tasks(count), offset=first, count=held), seen, held=False)
    before = names(slots, seen)
    for extra in arrivals:
        count += extra
        slots.place(window(tasks(count), offset=first + slots.newer, count=held), seen, held=True)
        assert names(slots, seen) == before
    assert slots.newer == count - 200
