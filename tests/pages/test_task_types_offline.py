"""The page of task types on told facts: words for how a name fares, the worst on top, unknown as a dash."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt

from broker_client.tasks.records import Snapshot, StreamHealth, TaskQuery, TaskSummary, TaskWindow
from broker_client.tasks.task_types import TaskTypeRow, TaskTypes, pain_of
from dashboard.models.task_type_wording import fate, fate_words, share_text
from dashboard.pages.task_types_page import TaskTypesPage
from dashboard.store.app_state import TasksArrived
from tests.page_stage import Stage, stamp

NO = (None, None, None)


def row(name: str, finished: int = 10, failed: int = 0, wait: float | None = 0.5, **more: object) -> TaskTypeRow:
    share = failed / finished if finished else None
    times = (wait, wait, wait)
    given = {"rate_per_s": finished / 300, "failure_share": share, "run": (0.1, 0.2, 0.3), "trend": (None, 1, 2)}
    pain = pain_of(finished, failed, 0, wait)
    return TaskTypeRow(name, finished, failed, wait=times, pain=pain, last_at=time.time() - 5, **{**given, **more})  # type: ignore[arg-type]


WORST = row("shop.pay", 20, 9, exception="CardDeclined", queue="tasks.pay")
SLOW = row("shop.mail", 10, 0, wait=25.0)
FINE = row("shop.stock", 500, 0)
QUIET = row("shop.report", 0, 0, None, run=NO, rate_per_s=0.0)
ALL = (FINE, QUIET, SLOW, WORST)


def tell(stage: Stage, page: TaskTypesPage, *rows: TaskTypeRow, window_s: int = 300, watched_s: float = 300.0) -> None:
    window = TaskWindow(TaskQuery())
    stage.receive(TasksArrived(stamp(), Snapshot(1, 0.0, TaskSummary(), window, (), (StreamHealth("events", "live"),))))
    page.show_types(TaskTypes(window_s, watched_s, rows))


def cell(page: TaskTypesPage, name: str, column: str, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> str:
    return str(page.model.data(page.model.index_of(name, page.model.column_of(column)), role))


def test_the_most_painful_name_is_on_top(stage: Stage) -> None:
    page = stage.show(TaskTypesPage)
    tell(stage, page, *ALL)
    assert [shown.name for shown in page.model.rows()] == ["shop.mail", "shop.pay", "shop.stock", "shop.report"]
    assert [cell(page, name.name, "fate") for name in (WORST, SLOW, FINE, QUIET)] == [
        "Failing",
        "Waits long",
        "Steady",
        "Quiet",
    ]


def test_unknown_is_a_dash_and_a_wait_that_nobody_told_says_why(stage: Stage) -> None:
    page = stage.show(TaskTypesPage)
    tell(stage, page, row("quiet", 3, wait=None), QUIET)
    assert cell(page, "quiet", "wait_p95") == "—"
    assert "task_send_sent_event" in cell(page, "quiet", "wait_p95", Qt.ItemDataRole.ToolTipRole)
    assert cell(page, "shop.report", "share") == "—"
    assert cell(page, "shop.report", "run_p50") == "—"


def test_the_words_rest_on_numbers() -> None:
    assert fate_words(WORST, 300) == (
        "20 ended in the last 5 min. 9 of them failed (45 %), the last one with CardDeclined."
    )
    assert "one in twenty waited 25 s" in fate_words(SLOW, 60).lower()
    assert fate_words(QUIET, 3600) == "None has ended in the last 1 h."
    assert fate(row("once", 1, 1)) == ("Some fail", "warn"), "one failure is no pattern"
    assert [share_text(share) for share in (None, 0.0, 0.0001, 0.041, 0.5)] == ["—", "0 %", "0.1 %", "4.1 %", "50 %"]


def test_a_young_board_says_for_how_long_it_has_watched(stage: Stage) -> None:
    page = stage.show(TaskTypesPage)
    tell(stage, page, *ALL, watched_s=42.0)
    assert page.count.text() == "4 of 4, watched for 42 s"
    tell(stage, page, *ALL)
    assert page.count.text() == "4 of 4"


def test_an_answer_for_another_window_is_left_aside(stage: Stage) -> None:
    page = stage.show(TaskTypesPage)
    page.choose_window(60)
    tell(stage, page, WORST, window_s=3600)
    assert page.model.total == 0
    tell(stage, page, WORST, window_s=60)
    assert page.model.total == 1


def test_the_panel_leads_to_the_tasks_and_follows_what_arrives(stage: Stage) -> None:
    page = stage.show(TaskTypesPage)
    tell(stage, page, *ALL)
    page.reveal("shop.pay")
    panel = page.panel
    assert panel.fate.text() == "Failing"
    assert {field.name: field.value for field in panel.fields.fields}["Queue"] == "tasks.pay"
    panel.tasks_button.click()
    panel.failed_button.click()
    assert stage.went == [
        ("tasks", TaskQuery(text="name=shop.pay")),
        ("tasks", TaskQuery(text="name=shop.pay", states=("FAILURE",))),
    ]
    tell(stage, page, row("shop.pay", 50, 0))
    assert panel.fate.text() == "Steady"
    assert panel.failed_button.isHidden()
    assert page.step_back() and not page.step_back()


def test_the_filter_narrows_names(stage: Stage) -> None:
    page = stage.show(TaskTypesPage)
    tell(stage, page, *ALL)
    for text, shown in (("mail", 1), ("!shop.", 0), ("", 4)):
        page.filter_box.setText(text)
        page.filter_box.flush()
        assert page.model.shown == shown, text


def test_nothing_that_ended_teaches_how_to_see_tasks(stage: Stage) -> None:
    page = stage.show(TaskTypesPage)
    tell(stage, page)
    assert page.lessons.isVisible()
    assert "two seconds" in page.lessons.words


def test_hostile_names_are_shown_plainly(stage: Stage) -> None:
    page = stage.show(TaskTypesPage)
    tell(stage, page, row("<b>x\u202e\x00", 3, 1, exception="<i>\x1b"))
    page.reveal("<b>x\u202e\x00")
    assert page.panel.name.text() == "<b>x\\u202e\\0"
    assert "\x1b" not in page.panel.words.text()
    assert "&lt;i&gt;" in cell(page, "<b>x\u202e\x00", "fate", Qt.ItemDataRole.ToolTipRole)
