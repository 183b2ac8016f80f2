"""Families of tasks as Celery tells them: by events, by stored results, and where it stores no link at all."""

from __future__ import annotations

from typing import Any

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.events import Event
from broker_client.tasks.family import MOST_MEMBERS, FamilyMember, TaskFamily, drawn, kin_on_board, learn
from broker_client.tasks.result_value import ResultDetail, ResultFact

NOW = 1_700_000_000.0
BOOM = "ValueError('boom')"


def sent(board: TaskBoard, task_id: str, root: str, parent: str | None = None, name: str = "shop.add") -> None:
    event = Event("task-sent", task_id, "gen1@h", NOW, name=name, root_id=root, parent_id=parent)
    board.fold_events([event], NOW)


def stored(board: TaskBoard, task_id: str, state: str = "SUCCESS", at: float = NOW, **more: Any) -> None:
    board.fold_result(ResultFact(task_id, state, at, **more), at, True)


def family(board: TaskBoard, task_id: str) -> TaskFamily:
    return drawn(task_id, kin_on_board(task_id, board.record, board.kin))


def parents(found: TaskFamily) -> dict[str, tuple[str, ...]]:
    return {member.id: member.parents for member in found.members}


def test_a_chain_is_found_from_any_of_its_steps() -> None:
    board = TaskBoard()
    for task_id, parent in (("a", None), ("b", "a"), ("c", "b")):
        sent(board, task_id, "a", parent)
    sent(board, "stranger", "stranger")
    for task_id in "abc":
        assert parents(family(board, task_id)) == {"a": (), "b": ("a",), "c": ("b",)}


def test_a_task_alone_is_a_family_of_one_and_an_unknown_one_has_no_state() -> None:
    board = TaskBoard()
    sent(board, "a", "a")
    assert parents(family(board, "a")) == {"a": ()}
    assert family(board, "nobody").members == (FamilyMember("nobody"),)


def test_results_alone_link_a_chain_by_its_parents() -> None:
    board = TaskBoard()
    stored(board, "a")
    stored(board, "b", parent_id="a")
    stored(board, "c", parent_id="b")
    assert parents(family(board, "b")) == {"a": (), "b": ("a",), "c": ("b",)}


def test_a_retried_task_is_not_its_own_parent() -> None:
    board = TaskBoard()
    sent(board, "a", "a")
    stored(board, "a", "RETRY", parent_id="a", exception=BOOM)
    assert parents(family(board, "a")) == {"a": ()}


def test_a_chords_body_has_its_whole_header_before_it() -> None:
    board = TaskBoard()
    for member in ("a", "b"):
        sent(board, member, member)
        stored(board, member, group_id="g")
    sent(board, "body", "b", "b")
    stored(board, "body", group_id="g", parent_id="b")
    found = family(board, "a")
    assert parents(found) == {"a": (), "b": (), "body": ("a", "b")}
    assert [member.id for member in found.members if member.body] == ["body"]


def test_the_body_of_a_failed_chord_is_found_by_what_it_failed_of() -> None:
    board = TaskBoard()
    stored(board, "a", group_id="g")
    stored(board, "b", "FAILURE", group_id="g", exception=BOOM, worker="w")
    stored(board, "body", "FAILURE", exception=f'ChordError("Dependency b raised {BOOM}")')
    assert parents(family(board, "body")) == {"a": (), "b": (), "body": ("a", "b")}
    assert parents(family(board, "a")) == parents(family(board, "body"))


def test_steps_that_never_ran_are_put_behind_the_only_failure_of_their_kind() -> None:
    board = TaskBoard()
    stored(board, "a", "FAILURE", exception=BOOM, worker="w", name="shop.fail")
    stored(board, "b", "FAILURE", NOW + 0.02, exception=BOOM, name="shop.add", never_run=True)
    stored(board, "later", "FAILURE", NOW + 60, exception=BOOM, worker="w")
    stored(board, "just before", "FAILURE", NOW - 0.9, exception=BOOM, worker="w")
    found = family(board, "a")
    assert parents(found) == {"a": (), "b": ("a",)} == parents(family(board, "b"))
    assert [member.id for member in found.members if member.guessed] == ["b"]


def test_two_failures_of_the_same_kind_at_once_are_not_told_apart_by_guessing() -> None:
    board = TaskBoard()
    for task_id in ("a", "other"):
        stored(board, task_id, "FAILURE", exception=BOOM, worker="w")
    stored(board, "b", "FAILURE", exception=BOOM, name="shop.add", never_run=True)
    assert parents(family(board, "b")) == {"b": ()}


def test_children_that_the_result_backend_names_are_there_before_anything_is_told_of_them() -> None:
    board = TaskBoard()
    stored(board, "a")
    kin = kin_on_board("a", board.record, board.kin)
    learn(kin, ResultDetail(ResultFact("a", "SUCCESS"), 10, children=("a", "b")))
    assert parents(drawn("a", kin)) == {"a": (), "b": ("a",)}


def test_of_a_huge_family_the_failed_ones_and_ones_own_line_are_kept() -> None:
    board = TaskBoard()
    sent(board, "root", "root")
    for number in range(MOST_MEMBERS + 500):
        sent(board, f"t{number}", "root", "root")
        stored(board, f"t{number}")
    stored(board, "t777", "FAILURE", exception=BOOM, worker="w")
    found = family(board, "t5")
    assert len(found.members) == MOST_MEMBERS and found.left_out == 501
    assert {"root", "t5", "t777"} <= {member.id for member in found.members}


def test_forgotten_tasks_leave_the_family() -> None:
    board = TaskBoard(max_tasks=2)
    sent(board, "a", "a")
    for task_id in ("b", "c"):
        sent(board, task_id, "a", "a")
        stored(board, task_id)
    assert len(board) == 2
    assert set(parents(family(board, "a"))) == {"a", "c"}
