"""The task panel on told facts: the family as a picture, attempts, progress, and what was done to the task."""

from __future__ import annotations

import time

import msgspec
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from broker_client.tasks.family import FamilyMember, TaskFamily
from broker_client.tasks.records import Moment, SourcedText, TaskDetail, TaskRow
from dashboard.pages.family_graph import FamilyGraph
from dashboard.pages.family_layout import Box
from dashboard.pages.tasks import TasksPage
from dashboard.store.app_state import Session, SessionChanged, TaskDetailArrived
from tests.page_stage import Stage, stamp

ROW = TaskRow("m3", "SUCCESS", "shop.resize", worker="w1@host")
HEADER = tuple(
    FamilyMember(f"m{n}", "FAILURE" if n == 137 else "SUCCESS", "shop.resize", (), "g", at=float(n)) for n in range(200)
)
BODY = FamilyMember("body", "FAILURE", None, tuple(member.id for member in HEADER), None, True, "ChordError('m137')")
CHORD = TaskFamily("m3", (*HEADER, BODY))


def opened(stage: Stage, detail: TaskDetail, family: TaskFamily | None = None) -> TasksPage:
    page = stage.show(TasksPage)
    page.reveal(detail.row.id)
    stage.receive(TaskDetailArrived(stamp(), detail.row.id, detail, family))
    return page


def names(graph: FamilyGraph) -> list[str]:
    return [box.member.id for box in graph.troubled()]


def click(graph: FamilyGraph, box: Box) -> None:
    place = QPoint(box.x + 20, box.y + 20) + graph._offset()
    QTest.mouseClick(graph.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_the_failed_one_of_two_hundred_is_one_click_away(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, TaskDetail(ROW), CHORD)
    family = page.panel.family
    assert family.isVisible() and family.words.text() == "201 tasks: 2 failed, 199 succeeded"
    assert len(family.graph.plan.boxes) == 4 and names(family.graph) == ["m137", "body"]
    assert family.next_button.accessibleName() == "Next in trouble (2)"
    family.next_button.click()
    current = family.graph.current
    assert current is not None and current.member.id == "m137"
    assert "shop.resize, Failure" in family.graph.accessibleDescription()
    click(family.graph, current)
    assert page.panel.task_id == "m137" and stage.opened_tasks[-1] == "m137"


def test_the_picture_is_walked_by_keyboard_and_a_fold_opens(stage: Stage, qtbot: QtBot) -> None:
    graph = opened(stage, TaskDetail(ROW), CHORD).panel.family.graph
    assert graph.current is not None and graph.current.member.id == "m3"
    graph.setFocus()
    qtbot.waitUntil(graph.hasFocus)
    QTest.keyClick(graph, Qt.Key.Key_Right)
    assert graph.current.member.id == "body"
    QTest.keyClick(graph, Qt.Key.Key_Left)
    QTest.keyClick(graph, Qt.Key.Key_Up)
    QTest.keyClick(graph, Qt.Key.Key_Up)
    fold = next(box for box in graph.plan.boxes if box.fold)
    graph.open_box(fold)
    assert len(graph.plan.boxes) == 201
    assert graph.verticalScrollBar().maximum() > 1_000


def test_the_family_has_a_window_of_its_own_that_follows(stage: Stage) -> None:
    page = opened(stage, TaskDetail(ROW), CHORD)
    page.panel.family.large_button.click()
    large = page._large
    assert large is not None and large.isVisible() and len(large.section.graph.plan.boxes) == 4
    stage.receive(TaskDetailArrived(stamp(), "m3", TaskDetail(ROW), TaskFamily("m3", CHORD.members[:5])))
    assert large.section.words.text() == "5 tasks: 5 succeeded"
    large.close()


def test_a_task_alone_has_no_family_and_keeps_its_links(stage: Stage) -> None:
    detail = TaskDetail(ROW, parent_id="p", children=("c",))
    page = opened(stage, detail, TaskFamily("m3", (FamilyMember("m3"),)))
    assert page.panel.family.isHidden() and page.panel.links.isVisible()
    stage.receive(TaskDetailArrived(stamp(), "m3", detail, CHORD))
    assert page.panel.family.isVisible() and page.panel.links.isHidden()


def test_each_attempt_begins_with_its_number_and_ends_with_its_reason(stage: Stage) -> None:
    steps = (
        Moment(0.9, "sent", "event"),
        Moment(1.0, "received", "event", "w1"),
        Moment(1.1, "started", "event", "w1"),
        Moment(1.2, "received", "event", "w1"),
        Moment(1.21, "sent", "event"),
        Moment(1.22, "retried", "event", "w1", "ConnectionError('busy')"),
        Moment(3.0, "started", "event", "w1"),
        Moment(3.1, "succeeded", "event", "w1"),
    )
    timeline = opened(stage, TaskDetail(ROW, steps)).panel.timeline
    assert [step.what for step in timeline.steps][3:6] == ["retried", "sent", "received"]
    assert timeline.steps[6].wait_words == "waiting to be tried again"
    assert [step.attempt for step in timeline.steps] == [1, 1, 1, 1, 2, 1, 1, 1]
    assert "ConnectionError('busy')" in timeline.accessibleDescription()


def test_progress_is_a_bar_while_the_task_reports_it(stage: Stage) -> None:
    row = msgspec.structs.replace(ROW, state="PROGRESS")
    report = SourcedText('{"current": 30, "total": 120, "status": "resizing"}', "result backend")
    page = opened(stage, TaskDetail(row, result=report))
    assert page.panel.progress.isVisible() and page.panel.progress.bar.share == 0.25
    assert page.panel.progress.words.text() == "30 of 120 · resizing"
    stage.receive(TaskDetailArrived(stamp(), "m3", TaskDetail(ROW, result=SourcedText('"done"', "result backend"))))
    assert page.panel.progress.isHidden()


def test_what_was_done_to_the_task_stands_in_its_panel(stage: Stage) -> None:
    stage.receive(SessionChanged(Session("shop")))
    stage.task_log.open("shop")
    page = opened(stage, TaskDetail(ROW))
    assert page.panel.log.isHidden()
    stage.task_log.note("m3", time.time(), "Revoked before it began")
    stage.task_log.note("other", time.time(), "Something else")
    assert [field.value for field in page.panel.log.fields] == ["Revoked before it began"]


def test_hostile_names_and_a_ring_of_parents_are_drawn(stage: Stage, qtbot: QtBot) -> None:
    evil = "<img src='file:///etc/passwd'>\u202e" + "x" * 5_000
    ring = (FamilyMember("m3", "X" * 300, evil, ("b",), evil, exception=evil), FamilyMember("b", "", evil, ("m3",)))
    page = opened(stage, TaskDetail(ROW, stored_as="pickle", group_id=evil), TaskFamily("m3", ring, 3, evil))
    graph = page.panel.family.graph
    assert len(graph.plan.boxes) == 2
    assert not graph.grab().isNull()
    assert "\u202e" not in graph.accessibleDescription() + page.panel.family.trouble.text()
