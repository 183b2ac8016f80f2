"""The worker page on told facts: what a status means, ages that tick, and ways to the tasks and queues."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Queue, QueueKey
from broker_client.tasks.records import Snapshot, StreamHealth, TaskQuery, TaskSummary, TaskWindow, WorkerRow
from dashboard.dialogs.worker_control import WorkerControlDialog
from dashboard.models.worker_table import worker_table
from dashboard.pages.workers import WorkersPage
from dashboard.store.app_state import QueuesArrived, TasksArrived
from tests.page_stage import Stage, stamp

BUSY = WorkerRow(
    "mail@shop",
    "online",
    "prefork",
    slots=2,
    active=2,
    reserved=4,
    processed=1234,
    queues=("mail", "default"),
    heartbeat_at=time.time(),
    load=(0.5, 0.4, 0.3),
    events_on=True,
)
MUTE = WorkerRow("media@shop", "silent", heartbeat_at=time.time() - 41, events_on=False)
LIVE = (StreamHealth("events", "live"),)
UNHEARD = WorkerRow("old@shop", "unknown")


def tell(stage: Stage, *workers: WorkerRow, streams: tuple[StreamHealth, ...] = LIVE) -> None:
    snapshot = Snapshot(1, 0.0, TaskSummary(), TaskWindow(TaskQuery()), workers, streams, True)
    stage.receive(TasksArrived(stamp(), snapshot))


def cell(page: WorkersPage, worker: str, column: str) -> str:
    index = page.model.index_of(worker, page.model.column_of(column))
    return str(page.model.data(index, Qt.ItemDataRole.DisplayRole))


def test_each_worker_is_a_row_and_unknown_is_a_dash(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    tell(stage, BUSY, MUTE, UNHEARD)
    assert cell(page, "mail@shop", "queues") == "mail, default"
    assert cell(page, "mail@shop", "processed") == "1,234"
    assert cell(page, "old@shop", "active") == "—"
    assert cell(page, "old@shop", "heartbeat") == "—"


def test_no_answer_is_not_called_dead(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    tell(stage, UNHEARD, MUTE)
    assert cell(page, "old@shop", "status") == "No answer"
    page.reveal("old@shop")
    assert "does not mean that it is gone" in page.panel.meaning.text()
    page.reveal("media@shop")
    assert "may still be at work" in page.panel.meaning.text()


def test_a_heartbeat_ages_between_two_answers() -> None:
    clock = [1_000.0]
    model = worker_table(lambda: clock[0])
    model.apply([WorkerRow("w", "online", heartbeat_at=998.0)])
    heartbeat = model.index_of("w", model.column_of("heartbeat"))
    assert model.data(heartbeat) == "2 s ago"
    clock[0] += 40
    assert model.data(heartbeat) == "42 s ago"


def test_a_worker_without_events_is_told_how_to_send_them(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    tell(stage, BUSY, MUTE)
    page.reveal("media@shop")
    assert page.panel.events_words.isVisible()
    assert "-E" in page.panel.events_words.text()
    page.reveal("mail@shop")
    assert page.panel.events_words.isHidden()


def test_running_tasks_lead_to_the_task_page(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    tell(stage, BUSY)
    page.reveal("mail@shop")
    page.panel.running_button.click()
    page.panel.all_button.click()
    assert stage.went == [
        ("tasks", TaskQuery(text="mail@shop", states=("STARTED",))),
        ("tasks", TaskQuery(text="mail@shop")),
    ]


def test_a_queue_leads_to_the_queue_page_in_its_own_virtual_host(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    stage.receive(QueuesArrived(stamp(), (QueueRow(Queue("shop", "mail"), "running", "steady"),)))
    tell(stage, BUSY)
    page.reveal("mail@shop")
    page.panel.queues.chosen.emit("mail")
    assert stage.went == [("queues", QueueKey("shop", "mail"))]


def test_no_worker_teaches_how_to_start_one(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    tell(stage, streams=(StreamHealth("events", "off"),))
    assert page.lessons.isVisible()
    assert any("celery -A" in line for line in page.lessons.lines)
    assert "no broker" in page.lessons.words


def test_the_filter_knows_names_queues_and_states(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    tell(stage, BUSY, MUTE, UNHEARD)
    for text, shown in (("default", 1), ("!online", 2), ("nobody", 0), ("", 3)):
        page.filter_box.setText(text)
        page.filter_box.flush()
        assert page.model.shown == shown, text
    assert page.count.text() == "3 of 3"


def test_a_worker_that_is_not_there_yet_is_selected_when_it_is_heard(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    tell(stage, BUSY)
    page.reveal("media@shop")
    assert "Nothing was heard" in page.panel.meaning.text()
    tell(stage, BUSY, MUTE)
    assert page.table.current_key() == "media@shop"
    assert page.panel.status.text() == "Silent"


def test_hostile_names_are_shown_plainly(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    tell(stage, WorkerRow("<b>w\u202e\x00", "on\x1bline", queues=("&q<i>",)))
    page.reveal("<b>w\u202e\x00")
    assert page.panel.name.text() == "<b>w\\u202e\\0"
    assert "\x1b" not in page.panel.status.text()
    assert page.panel.queues.links[0][2] == "&q<i>"


def test_free_slots_are_counted_where_both_figures_are_known(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    tell(stage, BUSY, MUTE, WorkerRow("idle@shop", "online", slots=4, active=1))
    assert [cell(page, name, "free") for name in ("mail@shop", "media@shop", "idle@shop")] == ["0", "—", "3"]


def test_events_are_turned_on_from_the_panel_after_a_dialog(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    tell(stage, BUSY, MUTE)
    page.reveal("mail@shop")
    assert page.panel.events_button.isHidden()
    page.reveal("media@shop")
    page.panel.events_button.click()
    (dialog,) = page.window().findChildren(WorkerControlDialog)
    assert dialog.choice.id == "enable_events" and "everybody who listens" in dialog.meaning.text()
    assert not dialog.go.isEnabled() and dialog.lock.text() == "Open a profile first."
    dialog.reject()


def test_a_crowd_of_workers_is_looked_through_once_a_second(stage: Stage) -> None:
    page = stage.show(WorkersPage)
    crowd = tuple(WorkerRow(f"w{number}@shop", "online") for number in range(1_001))
    tell(stage, *crowd)
    assert page.model.total == 1_001
    page._taken_at += 3_600.0
    tell(stage, *crowd, BUSY)
    assert page.model.total == 1_001
    page._taken_at -= 3_602.0
    tell(stage, *crowd, BUSY, MUTE)
    assert page.model.total == 1_003
