"""Where a task is, on the page and in the dialog: every verdict in words, trouble beside what was found, coverage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from broker_client.errors import NoAnswer
from broker_client.insight.coverage import coverage
from broker_client.insight.findings import Finding, told_once
from broker_client.rabbit.entities import QueueKey
from broker_client.tasks.clues import VERDICTS, Evidence, Whereabouts
from broker_client.tasks.records import Snapshot, StreamHealth, TaskQuery, TaskSummary, TaskWindow, WorkerRow
from dashboard.actions.jobs import Jobs
from dashboard.actions.whereabouts_asker import WhereaboutsAsker
from dashboard.dialogs.find_task import FindTaskDialog
from dashboard.models.whereabouts_wording import time_words, verdict_tone, verdict_words
from dashboard.pages.coverage_line import CoverageLine
from dashboard.pages.overview import OverviewPage
from dashboard.pages.tasks import TasksPage
from dashboard.pages.whereabouts_view import WhereaboutsView
from dashboard.store.app_state import Session, SessionChanged, TasksArrived
from tests.page_stage import Stage, stamp

HOSTILE = "<img src=x>\u202e\x1b[31m"
NOW = 1_000.0
LIVE = (StreamHealth("events", "live"), StreamHealth("results", "live"), StreamHealth("inspection", "live"))
MUTE = WorkerRow("w2@host", "online", events_on=False, ran=3, runs_heard=0)
WELL = WorkerRow("w1@host", "online", events_on=True, ran=97, runs_heard=97, clock_behind_s=0.0)


def found(verdict: str = "waiting", words: str = "Waiting in queue orders", **known: Any) -> Whereabouts:
    return Whereabouts("id-1", NOW, verdict, words, **known)


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[Jobs]:
    """Outlives its jobs, which are deleted in a turn of the event loop after the test."""
    jobs = Jobs()
    yield jobs
    assert jobs.drain(30.0)


@pytest.fixture
def view(qtbot: QtBot) -> WhereaboutsView:
    view = WhereaboutsView()
    qtbot.addWidget(view)
    view.show()
    return view


def test_how_many_are_ahead_is_part_of_the_sentence() -> None:
    assert verdict_words(found(ahead=0)) == "Waiting in queue orders, next in line"
    assert verdict_words(found(ahead=1_234)) == "Waiting in queue orders, about 1,234 ahead of it"
    assert verdict_words(found(ahead=7, ahead_at_most=True)) == "Waiting in queue orders, at most 7 ahead of it"


def test_times_say_what_they_are_the_time_of() -> None:
    assert "(20 s)" in time_words(found(since=NOW - 20), NOW)
    assert "due" in time_words(found("scheduled", until=NOW + 90), NOW)
    assert "ago)" in time_words(found("scheduled", until=NOW - 90), NOW)
    assert time_words(found(), NOW) == ""
    for ended in ("finished", "revoked", "not_run"):
        assert time_words(found(ended, until=NOW + 90), NOW).startswith("kept until ")


def test_every_verdict_has_a_tone_and_a_failure_is_not_fine() -> None:
    tones = {verdict: verdict_tone(found(verdict)) for verdict in VERDICTS}
    assert (tones["running"], tones["worker_lost"], tones["unknown"]) == ("ok", "crit", "warn")
    assert verdict_tone(found("finished", "Failed with ValueError('no'); the failure is stored")) == "crit"


def test_evidence_is_shown_plainly_with_its_age(view: WhereaboutsView) -> None:
    evidence = (Evidence("workers", HOSTILE, time.time() - 5), Evidence("queue orders", "3 ready"))
    view.show_found(found(queue="orders", worker=HOSTILE, evidence=evidence))
    assert view.evidence_texts[1] == "queue orders: 3 ready"
    shown = [label.text() for label in view.findChildren(QWidget) if hasattr(label, "text")]
    assert not any("\u202e" in text or "\x1b" in text for text in shown if isinstance(text, str))
    assert any("<img src=x>" in text for text in shown)
    view.show_found(found("never_seen", "Never seen"))
    assert view.evidence_texts == () and view.to_queue.isHidden() and view.to_worker.isHidden()


def test_no_age_of_evidence_is_cut_however_old_it_is(view: WhereaboutsView) -> None:
    now = time.time()
    olds = (5.0, 96.0, 599.0, 3_540.0, 86_340.0, 364.97 * 86_400, 4e8)
    view.resize(340, 600)
    view.show_found(found(evidence=tuple(Evidence("events", "failed", now - old) for old in olds)))
    QApplication.sendPostedEvents()
    view.grab()
    labels = [line.age for line in view._lines]
    assert [label.text() for label in labels[1:3]] == ["1 m 36 s ago", "9 m 59 s ago"]
    for label in labels:
        assert label.width() >= label.fontMetrics().horizontalAdvance(label.text()), label.text()


def test_trouble_leaves_what_was_found_before(view: WhereaboutsView) -> None:
    trouble = NoAnswer("no answer from the task collector", "the deadline passed")
    view.show_trouble(trouble)
    assert view.words.text() == "Unknown" and "no answer from the task collector" in view.reason.text().lower()
    view.show_found(found())
    view.show_trouble(trouble)
    assert view.words.text() == "Waiting in queue orders" and "could not be asked again" in view.reason.text()


class Client:
    """Answers with what it was told to."""

    def __init__(self, answer: Whereabouts) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def where_is(self, task_id: str) -> Whereabouts:
        self.asked.append(task_id)
        return self.answer


def test_a_task_that_may_move_is_asked_for_again_and_one_that_ended_is_not(jobs: Jobs, qtbot: QtBot) -> None:
    client = Client(found())
    asker = WhereaboutsAsker(jobs, _line_to(client), jobs)
    asker._again.setInterval(3_600_000)
    told = QSignalSpy(asker.answered)
    asker.follow("id-1")
    qtbot.waitUntil(lambda: told.count() == 1)
    assert asker._again.isActive()
    client.answer = found("finished", "Finished; its result is there")
    asker.ask_again()
    qtbot.waitUntil(lambda: told.count() == 2)
    assert not asker._again.isActive() and client.asked == ["id-1", "id-1"]
    asker.follow(None)
    asker.ask_again()
    assert client.asked == ["id-1", "id-1"]


def test_the_dialog_refuses_what_is_no_id_and_leads_to_the_task(jobs: Jobs, qtbot: QtBot) -> None:
    client, went = Client(found(queue="orders")), list[tuple[str, object]]()
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = FindTaskDialog(jobs, _line_to(client), lambda page, subject: went.append((page, subject)), parent)
    dialog.show()
    dialog.field.setText("x" * 300)
    dialog.look()
    assert "at most 255" in dialog.hint.text() and not dialog.open_button.isEnabled() and not client.asked
    dialog.field.setText("  id-1\n")
    dialog.look()
    qtbot.waitUntil(lambda: dialog.view.found is not None)
    dialog.open_button.click()
    assert went == [("tasks", "id-1")] and dialog.isHidden()


def test_the_line_says_what_is_missed_and_asks_for_events(qtbot: QtBot) -> None:
    line = CoverageLine()
    qtbot.addWidget(line)
    line.show_coverage(coverage((WELL,), LIVE, True), "")
    assert line.isHidden()
    line.show_coverage(coverage((WELL, MUTE), LIVE, True), "")
    wanted = QSignalSpy(line.events_wanted)
    line.turn_on.click()
    assert line.words.text() == "I see 97 % of the tasks that ran: w2@host sends no task events."
    assert wanted.count() == 1 and wanted.at(0)[0] == ("w2@host",)
    line.show_coverage(coverage((WELL, MUTE), LIVE, True), "This profile is read-only.")
    assert not line.turn_on.isEnabled() and "read-only" in line.turn_on.toolTip()
    line.show_coverage(coverage((WELL,), LIVE, False), "")
    assert line.turn_on.isHidden() and "task_send_sent_event" in line.words.text()


def test_the_page_shows_the_line_once_the_collector_has_looked(stage: Stage) -> None:
    page = stage.show(TasksPage)
    stage.receive(SessionChanged(Session("test")))
    for synced in (False, True):
        snapshot = Snapshot(
            1, time.time(), TaskSummary(sent_told=True), TaskWindow(TaskQuery()), (WELL, MUTE), LIVE, synced
        )
        stage.receive(TasksArrived(stamp(), snapshot))
        page._tick()
        assert page.coverage.isHidden() is not synced


def test_a_finding_about_tasks_leads_to_them(stage: Stage) -> None:
    page = stage.show(OverviewPage)
    ghosts = TaskQuery("worker:w1@host", ("STARTED",))
    for finding in (
        Finding("ghost-task", "warn", "t", "e", worker="w1@host", task="id-1", tasks=ghosts),
        Finding("ghost-task", "warn", "t", "e", worker="w1@host", tasks=ghosts),
        Finding("no-worker", "crit", "t", "e", queue=QueueKey("/", "mail"), task="id-2"),
        Finding("events-off", "warn", "t", "e", worker="w1@host"),
    ):
        page.attention.finding_chosen.emit(finding)
    assert stage.went == [
        ("tasks", "id-1"),
        ("tasks", ghosts),
        ("queues", QueueKey("/", "mail")),
        ("workers", "w1@host"),
    ]


def test_a_queue_without_worker_and_consumer_is_told_once() -> None:
    queue = QueueKey("/", "mail")
    found = (Finding("no-worker", "crit", "t", "e", queue=queue), Finding("no-consumer", "crit", "t", "e", queue=queue))
    assert told_once(found) == found[:1] and told_once(found[1:]) == found[1:]


def _line_to(client: Client) -> Callable[[Callable[[Any], Any]], Any]:
    return lambda question: question(client)
