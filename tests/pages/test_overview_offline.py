"""The overview on told facts: figures, charts, what needs attention, and where its jumps lead."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from broker_client.insight.findings import Finding
from broker_client.rabbit.entities import Overview, QueueKey, Rates
from broker_client.tasks.records import FailingTask, Snapshot, TaskQuery, TaskSummary, TaskWindow, WorkerRow
from dashboard.pages.overview import OverviewPage
from dashboard.store.app_state import Health, OverviewArrived, QueuesArrived, TasksArrived
from dashboard.widgets.kpi_card import KpiCard
from tests.models.queue_examples import make_row
from tests.page_stage import Stage, stamp

KEY = QueueKey("/", "orders")
NO_CONSUMER = Finding("no-consumer", "crit", "orders has no consumer", "40 ready", "Start one.", queue=KEY)
SILENT = Finding("worker-silent", "warn", "worker a is silent", "Last heartbeat 41 s ago", worker="a")


def tell_broker(stage: Stage, *findings: Finding, ready: int | None = 30_587, age_s: float = 0.0) -> None:
    overview = Overview("3.10.8", ready=ready, unacked=367, rates=Rates(publish=575.0, deliver_get=511.0, ack=508.0))
    stage.receive(OverviewArrived(stamp(age_s), overview, (), ("/",)))
    rows = (make_row("calm"), make_row("orders", status="no_consumer"))
    stage.receive(QueuesArrived(stamp(age_s), rows, None, findings))


def tell_tasks(stage: Stage, *failing: FailingTask, status: str = "online") -> None:
    failed = sum(task.failures for task in failing)
    summary = TaskSummary(total=900, failed_last_hour=failed, failing=failing)
    workers = (WorkerRow("a", status, slots=8, active=3), WorkerRow("b", "online", slots=8, active=1))
    window = TaskWindow(TaskQuery())
    stage.receive(TasksArrived(stamp(), Snapshot(1, 0.0, summary, window, workers, (), synced=True)))


def words(card: KpiCard) -> str:
    """The card as it is read out."""
    return card.accessibleName()


def test_before_any_answer_every_figure_is_a_dash(stage: Stage) -> None:
    page = stage.show(OverviewPage)
    for card in (page.ready, page.unacked, page.published, page.failed, page.workers):
        assert "unknown" in words(card) and "0" not in words(card)
    assert page.attention.count.text() == ""


def test_the_cards_say_what_the_broker_and_the_tasks_tell(stage: Stage, qtbot: QtBot) -> None:
    page = stage.show(OverviewPage)
    tell_broker(stage)
    tell_tasks(stage, FailingTask("mail.send", 118, "SMTPError", 0.9), FailingTask("crm.sync", 10))
    qtbot.waitUntil(lambda: "128" in words(page.failed))
    assert "30,587" in words(page.ready)
    assert "367" in words(page.unacked)
    assert "575" in words(page.published)
    assert "2 task names" in words(page.failed)
    assert "of 2" in words(page.workers) and "16 slots, 4 busy" in words(page.workers)


def test_a_chosen_virtual_host_is_summed_from_its_queues(stage: Stage, qtbot: QtBot) -> None:
    page = stage.show(OverviewPage)
    tell_broker(stage)
    stage.view.choose_vhost("/")
    qtbot.waitUntil(lambda: "80" in words(page.ready))
    assert "in /" in words(page.ready)


def test_a_young_history_fills_the_charts_instead_of_a_sliver(stage: Stage) -> None:
    page = stage.show(OverviewPage)
    tell_broker(stage)
    assert page.depth_chart._span_s == 60


def test_a_click_on_a_finding_goes_to_its_queue_or_worker(stage: Stage) -> None:
    page = stage.show(OverviewPage)
    tell_broker(stage, NO_CONSUMER, SILENT)
    assert page.attention.count.text() == "2 open"
    listed = page.attention.list
    for place in (0, 1):
        spot = listed.visualRect(listed.findings.index(place, 0)).center()
        QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert stage.went == [("queues", KEY), ("workers", "a")]


def test_enter_on_a_finding_goes_there_too(stage: Stage) -> None:
    page = stage.show(OverviewPage)
    tell_broker(stage, NO_CONSUMER)
    listed = page.attention.list
    listed.setCurrentIndex(listed.findings.index(0, 0))
    QTest.keyClick(listed, Qt.Key.Key_Return)
    assert stage.went == [("queues", KEY)]


def test_a_task_that_fails_most_opens_its_failures(stage: Stage) -> None:
    page = stage.show(OverviewPage)
    tell_tasks(stage, FailingTask("mail.send", 118), FailingTask("crm.sync", 3))
    page.attention.failing.rows[0].click()
    page.attention.failing.show_all.click()
    assert stage.went == [
        ("tasks", TaskQuery("mail.send", ("FAILURE",))),
        ("tasks", TaskQuery("", ("FAILURE",))),
    ]


def test_nothing_wrong_is_said_and_is_not_the_same_as_nothing_known(stage: Stage) -> None:
    page = stage.show(OverviewPage)
    shown = page.attention._stack.currentWidget
    assert shown() is page.attention.waiting
    tell_broker(stage)
    assert shown() is page.attention.nothing
    tell_tasks(stage)
    assert page.attention.failing.words.text() == "No task failed in the last hour."


def test_a_queue_of_the_short_table_opens_on_the_queue_page(stage: Stage) -> None:
    page = stage.show(OverviewPage)
    tell_broker(stage)
    assert page.queues.shown_rows()[0].key == KEY
    page.reveal(KEY)
    QTest.keyClick(page.queues.table, Qt.Key.Key_Return)
    page.all_queues.click()
    assert stage.went == [("queues", KEY), ("queues", None)]


def test_old_figures_are_dimmed_with_the_reason(stage: Stage) -> None:
    page = stage.show(OverviewPage)
    tell_broker(stage, age_s=30)
    stage.receive(Health("management", "down", what="management API", why="no answer", next_try=stamp(-600).at))
    page._tick()
    for card in (page.rate_chart, page.depth_chart, page.attention, page.queues):
        assert "no answer" in (card.stale_reason or "") and "next try in " in (card.stale_reason or "")


def test_a_hidden_page_does_no_work(stage: Stage) -> None:
    page = stage.show(OverviewPage)
    page.deactivate()
    tell_broker(stage, NO_CONSUMER)
    assert page.attention.count.text() == "" and page.queues.model.total == 0
    page.activate()
    assert page.attention.count.text() == "1 open" and page.queues.model.total == 2
