"""The task page on told facts: chips, filters, words for what is missing, and hostile texts shown plainly."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from broker_client.tasks.query_values import ValueCount
from broker_client.tasks.records import (
    Moment,
    Snapshot,
    SourcedText,
    StreamHealth,
    TaskDetail,
    TaskQuery,
    TaskRow,
    TaskSummary,
    TaskWindow,
)
from dashboard.pages.tasks import TasksPage
from dashboard.pages.time_range import Times
from dashboard.store.app_state import Session, SessionChanged, TaskDetailArrived, TasksArrived
from tests.hands import SOON_MS
from tests.page_stage import Stage, stamp

LIVE = (StreamHealth("events", "live"), StreamHealth("results", "live"), StreamHealth("inspection", "live"))
FAILED = TaskRow("id-1", "FAILURE", "shop.mail", "(1,)", worker="w1@host", exception="ValueError('no')", updated=2.0)
GOOD = TaskRow("id-2", "SUCCESS", "shop.stock", "(2,)", worker="w1@host", updated=1.0)
TRACEBACK = """Traceback (most recent call last):
  File "/v/lib/python3.11/site-packages/celery/app/trace.py", line 1, in trace_task
    R = fun()
  File "/srv/shop/mail.py", line 41, in send
    raise ValueError('no')
ValueError: no
"""
DETAIL = TaskDetail(
    FAILED,
    (Moment(1.0, "received", "event", "w1@host"), Moment(2.0, "failed", "event", "w1@host")),
    args=SourcedText("[1]", "result backend"),
    kwargs=SourcedText("{'a': '" + "x" * 1000, "event", complete=False),
    exception=SourcedText("ValueError('no')", "result backend"),
    traceback=SourcedText(TRACEBACK, "result backend"),
    root_id="root-9",
    parent_id="parent-8",
    children=("child-7",),
    notes=("not run: an earlier step of its chain failed",),
)


def tell(
    stage: Stage,
    rows: Sequence[TaskRow] = (FAILED, GOOD),
    *,
    query: TaskQuery | None = None,
    streams: tuple[StreamHealth, ...] = LIVE,
    counts: dict[str, int] | None = None,
) -> None:
    """What the collector would answer to ``query`` (the newest one asked)."""
    asked = query or (stage.queries[-1] if stage.queries else TaskQuery())
    by_state = {"FAILURE": 1, "SUCCESS": 1, "PROGRESS": 3} if counts is None else counts
    summary = TaskSummary(sum(by_state.values()), by_state)
    window = TaskWindow(asked, tuple(rows), len(rows))
    stage.receive(TasksArrived(stamp(), Snapshot(1, 0.0, summary, window, (), streams, True)))


def open_failed(stage: Stage) -> TasksPage:
    page = stage.show(TasksPage)
    tell(stage)
    page.reveal("id-1")
    stage.receive(TaskDetailArrived(stamp(), "id-1", DETAIL))
    return page


def test_states_become_chips_with_counts_the_applications_own_too(stage: Stage) -> None:
    page = stage.show(TasksPage)
    tell(stage)
    assert page.tasks.chips.chip("FAILURE").number == 1
    assert page.tasks.chips.chip("PROGRESS").number == 3
    assert page.tasks.chips.chip("STARTED").number == 0


def test_a_chip_and_a_text_are_questions_to_the_collector(stage: Stage, qtbot: QtBot) -> None:
    page = stage.show(TasksPage)
    tell(stage)
    page.tasks.chips.chip("FAILURE").click()
    assert stage.queries[-1].states == ("FAILURE",)
    QTest.keyClicks(page.tasks.filter_box, "!mail")
    qtbot.waitUntil(lambda: stage.queries[-1].text == "!mail")
    assert stage.queries[-1].states == ("FAILURE",)


def test_a_title_sorts_in_the_collector(stage: Stage) -> None:
    page = stage.show(TasksPage)
    tell(stage)
    page.tasks.table.sort_by("runtime_s", Qt.SortOrder.DescendingOrder)
    assert (stage.queries[-1].sort, stage.queries[-1].descending) == ("runtime_s", True)


def test_a_failure_is_folded_to_ones_own_line_with_the_rest_one_click_away(stage: Stage) -> None:
    page = open_failed(stage)
    failure = page.panel.failure
    assert failure.headline.text() == "ValueError: no"
    assert failure.place.text() == "shop/mail.py:41 in send"
    assert failure.code.text() == "raise ValueError('no')"
    assert failure.raw.isHidden()
    failure.toggle.click()
    assert "trace_task" in failure.raw.toPlainText()


def test_every_text_names_its_source_and_what_is_cut(stage: Stage) -> None:
    page = open_failed(stage)
    assert page.panel.args.source_text == "from the result backend"
    assert page.panel.kwargs.source_text == "from the event, cut at 1,007 characters"
    assert page.panel.result.isHidden()
    assert "earlier step" in page.panel.notes.text()


def test_related_tasks_are_links(stage: Stage) -> None:
    page = open_failed(stage)
    assert [link[2] for link in page.panel.links.links] == ["parent-8", "root-9", "child-7"]
    page.panel.links.chosen.emit("parent-8")
    assert stage.opened_tasks[-1] == "parent-8"
    stage.receive(TaskDetailArrived(stamp(), "parent-8", None))
    assert "Nothing is known" in page.panel.notes.text()


def test_delete_never_means_another_task_than_the_one_that_is_open(stage: Stage) -> None:
    page = open_failed(stage)
    page.tasks.table.select_key("id-2")
    page.panel.task_requested.emit("far-away")
    assert page.panel.task_id == "far-away"
    assert (page.panel.isVisible(), page.tasks.table.selected_keys()) == (True, ())
    tell(stage, (TaskRow("far-away", "SUCCESS"), FAILED, GOOD))
    assert page.tasks.table.selected_keys() == ("far-away",)


def test_everything_can_be_copied_as_json(stage: Stage) -> None:
    page = open_failed(stage)
    page.panel.json_button.click()
    told = json.loads(QGuiApplication.clipboard().text())
    assert (told["id"], told["state"], told["traceback"]["source"]) == ("id-1", "FAILURE", "result backend")
    page.panel.id_button.click()
    assert QGuiApplication.clipboard().text() == "id-1"


def test_escape_closes_the_panel_and_nothing_more_is_asked(stage: Stage) -> None:
    page = open_failed(stage)
    assert stage.opened_tasks[-1] == "id-1"
    assert [page.step_back(), page.step_back()] == [True, False]
    assert stage.opened_tasks[-1] is None


def test_no_tasks_teaches_the_lines_that_make_celery_talk(stage: Stage) -> None:
    page = stage.show(TasksPage)
    refused = StreamHealth("events", "refused", "listen to events", "no configure right", "Grant it")
    tell(stage, (), streams=(refused, StreamHealth("results", "off")), counts={})
    assert page.tasks.lessons.isVisible()
    assert "no Redis" in page.tasks.lessons.words
    assert "No configure right" in page.tasks.lessons.words
    assert "worker_send_task_events = True" in page.tasks.lessons.lines[1]


def test_a_filter_that_hides_all_offers_to_take_it_off(stage: Stage) -> None:
    page = stage.show(TasksPage)
    page.tasks.filter_for("nothing has this", ("FAILURE",))
    tell(stage, ())
    assert page.tasks.empty.isVisible()
    page.tasks.empty.action_requested.emit()
    assert (stage.queries[-1].text, stage.queries[-1].states) == ("", ())


def test_a_question_from_another_page_sets_the_filter(stage: Stage) -> None:
    page = stage.show(TasksPage)
    page.reveal(TaskQuery(text="shop.mail", states=("FAILURE",)))
    assert (stage.queries[-1].text, stage.queries[-1].states) == ("shop.mail", ("FAILURE",))
    assert page.tasks.filter_box.text() == "shop.mail"
    assert page.tasks.chips.chosen == ("FAILURE",)


def test_new_rows_do_not_push_those_under_the_eye(stage: Stage) -> None:
    page = stage.show(TasksPage)
    rows = [TaskRow(f"t{i}", "SUCCESS", "shop.mail") for i in range(60, 0, -1)]
    tell(stage, rows)
    bar = page.tasks.table.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    top = page.tasks.model.key_at(page.tasks.table.rowAt(0))
    newer = [TaskRow(f"t{i}", "STARTED", "shop.mail") for i in range(64, 60, -1)]
    tell(stage, [*newer, *rows])
    assert page.tasks.model.key_at(page.tasks.table.rowAt(0)) == top
    assert page.tasks.newer_button.isVisible()
    assert "4 newer" in page.tasks.newer_button.text()
    page.tasks.newer_button.click()
    tell(stage, [*newer, *rows])
    assert page.tasks.model.key_at(0) == "t64"
    assert page.tasks.newer_button.isHidden()


def test_hostile_texts_are_shown_plainly_and_huge_ones_cut(stage: Stage) -> None:
    page = stage.show(TasksPage)
    evil = TaskRow("<b>id\u202e", "<h1>ST\x00ATE", "<img src='file:///x'>", "\x1b[31m" + "a" * 10_000)
    tell(stage, (evil,), counts={"<h1>ST\x00ATE": 1})
    page.reveal(evil.id)
    detail = TaskDetail(
        evil,
        (Moment(1.0, "<script>", "event", "<i>\u2066", "x" * 100_000),),
        result=SourcedText("pickle, 5,000,000 bytes, not opened", "result backend", False, 5_000_000),
        args=SourcedText("[" * 6_000 + "]" * 6_000, "result backend"),
        traceback=SourcedText("Traceback\n" + "\u202e" + "y" * 3_000_000, "result backend"),
    )
    stage.receive(TaskDetailArrived(stamp(), evil.id, detail))
    assert page.panel.name.text() == "<img src='file:///x'>"
    assert page.panel.name.textFormat() == Qt.TextFormat.PlainText
    assert page.panel.id_label.text() == "<b>id\\u202e"
    assert "not opened" in page.panel.result.shown_text
    assert "5.0 MB" in page.panel.result.source_text
    page.panel.failure.toggle.click()
    assert page.panel.failure.raw.is_cut
    assert "\u202e" not in page.panel.failure.raw.toPlainText()


def test_another_broker_starts_over(stage: Stage) -> None:
    page = open_failed(stage)
    stage.receive(SessionChanged(Session("other")))
    assert page.panel.isHidden()
    assert page.tasks.model.rowCount() == 0


def test_a_search_that_cannot_be_read_says_where_and_the_last_answer_stays(stage: Stage) -> None:
    page = stage.show(TasksPage)
    tell(stage)
    page.tasks.filter_for("name:mail")
    asked = len(stage.queries)
    page.tasks.filter_for("name:mail worcer:w1")
    bar = page.tasks.search
    assert (
        bar.problem.text()
        == "There is no field “worcer” (at character 11). Did you mean worker? Else put it in quotes."
    )
    assert bar.box.problem is not None and (bar.box.problem.start, bar.box.problem.end) == (10, 16)
    assert (len(stage.queries), stage.queries[-1].text) == (asked, "name:mail")
    page.tasks.filter_for("x" * 10_001)
    assert "longer than 10,000 characters" in bar.problem.text()
    page.tasks.filter_for("name:mail worker:w1")
    assert bar.problem.isHidden()
    assert stage.queries[-1].text == "name:mail worker:w1"


def test_fields_and_values_are_offered_and_taken_by_keyboard(stage: Stage, qtbot: QtBot) -> None:
    page = stage.show(TasksPage)
    tell(stage)
    box = page.tasks.filter_box
    page.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    QTest.keyClicks(box, "mail wor")
    assert [offer.words for offer in box.offers] == ["worker"]
    QTest.keyClick(box.popup, Qt.Key.Key_Down)
    QTest.keyClick(box.popup, Qt.Key.Key_Tab)
    assert box.text() == "mail worker:"
    box.offer_values("worker", (ValueCount("w1@host", 7), ValueCount("two words", 3)))
    qtbot.waitUntil(lambda: [offer.note for offer in box.offers] == ["7", "3"])
    QTest.keyClicks(box, "two")
    QTest.keyClick(box.popup, Qt.Key.Key_Down)
    QTest.keyClick(box.popup, Qt.Key.Key_Return)
    assert box.text() == 'mail worker:"two words" '
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert stage.queries[-1].text == 'mail worker:"two words"'


def test_a_time_range_is_part_of_the_question(stage: Stage) -> None:
    page = stage.show(TasksPage)
    tell(stage)
    chosen = page.tasks.search.range
    chosen.setCurrentIndex(chosen.findText("last hour"))
    chosen.activated.emit(chosen.currentIndex())
    assert stage.queries[-1].within_s == 3600
    chosen.activated.emit(chosen.count() - 1)
    assert chosen.dialog is not None
    chosen.dialog.accept()
    asked = stage.queries[-1]
    assert asked.within_s is None and asked.since is not None and asked.until == asked.since + 3600
    assert " to " in chosen.currentText()


def test_a_wide_list_loses_nothing_to_the_detail_beside_it(stage: Stage, qtbot: QtBot) -> None:
    page = stage.show(TasksPage)
    page.resize(1900, 900)
    tell(stage)
    page.tasks.filter_for("", (), Times(300.0))
    before = page.tasks.shown_columns()
    page.reveal("id-1")
    qtbot.waitUntil(lambda: page.panel.width() > 300 and page.tasks.width() < 1500, timeout=SOON_MS)
    layout = page.tasks.table.layout_of_columns
    assert all(layout.is_shown(column.field) for column in before) and page.send_button.isVisible()
    page.resize(1260, 900)
    qtbot.waitUntil(lambda: not layout.is_shown("args"), timeout=SOON_MS)
    search = page.tasks.search
    assert all(part.isVisible() for part in (search.range, search.saved, page.tasks.export_button))
    assert layout.is_shown("exception") and page.send_button.isHidden()
    assert page.tasks.shown_columns() == before
    page.resize(950, 900)
    qtbot.waitUntil(search.saved.isHidden, timeout=SOON_MS)
    assert search.range.isVisible() and page.tasks.export_button.isHidden()
    page.close_panel()
    assert all(layout.is_shown(column.field) for column in before) and page.send_button.isVisible()


def test_columns_without_room_are_not_remembered_as_taken_off(stage: Stage, qtbot: QtBot) -> None:
    page = stage.show(TasksPage)
    tell(stage)
    page.reveal("id-1")
    layout = page.tasks.table.layout_of_columns
    qtbot.waitUntil(lambda: not layout.is_shown("worker"), timeout=SOON_MS)
    page.deactivate()
    assert not layout.is_shown("worker")
    page.tasks.table.restore_state(stage.settings.layout("tasks/table"))
    assert layout.is_shown("worker")


def test_a_search_is_saved_under_a_name_taken_again_and_forgotten(stage: Stage) -> None:
    page = stage.show(TasksPage)
    tell(stage)
    page.tasks.filter_for("name:mail !dead", ("FAILURE",), Times(900.0))
    saved = page.tasks.search.saved
    menu_entry(saved.made_menu(), "Save this search…").trigger()
    assert saved.dialog is not None
    saved.dialog.name.setText("Mail trouble")
    saved.dialog.accept()
    page.tasks.show_all()
    menu_entry(saved.made_menu(), "Mail trouble   name:mail !dead · Failure · last 15 minutes").trigger()
    asked = stage.queries[-1]
    assert (asked.text, asked.states, asked.within_s) == ("name:mail !dead", ("FAILURE",), 900.0)
    stage.receive(SessionChanged(Session("another profile")))
    assert next(action.text() for action in saved.made_menu().actions()) == "No search is saved yet"


def menu_entry(menu: QMenu, text: str) -> QAction:
    return next(action for action in menu.actions() if action.text().replace("&&", "&") == text)


def test_the_columns_that_are_shown_are_exported_in_their_order(stage: Stage) -> None:
    page = stage.show(TasksPage)
    page.tasks.table.show_column("args", False)
    fields = [column.field for column in page.tasks.shown_columns()]
    assert fields[:3] == ["state", "name", "id"] and "args" not in fields


def test_how_many_tasks_are_kept_is_a_setting(stage: Stage) -> None:
    page = stage.show(TasksPage)
    assert [action.text() for action in page.tasks.made_keep_menu().actions() if action.isChecked()] == [
        "200,000 tasks"
    ]
    menu_entry(page.tasks.made_keep_menu(), "1,000,000 tasks").trigger()
    assert stage.settings.number("tasks.most") == 1_000_000
