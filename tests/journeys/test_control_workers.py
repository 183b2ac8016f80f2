"""Ending tasks and changing workers in the real window, with real workers: each says what it made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partialmethod

import msgspec
import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from broker_client.lab.guard import Guard
from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import QueueKey
from broker_client.tasks.control_effect import DONE, Outcome
from broker_client.tasks.remote_control import RemoteControl
from broker_client.tasks.task_controls import Terminate
from broker_client.tasks.worker_answers import Compared
from broker_client.tasks.worker_controls import CancelConsumer
from dashboard.actions.controlling import likely_workers
from dashboard.actions.worker_question import HOLDERS
from dashboard.dialogs.control_run import ControlRunDialog
from dashboard.dialogs.end_tasks import ABORT, REVOKE, TERMINATE, EndTasksDialog
from dashboard.dialogs.holders_dialog import HoldersDialog
from dashboard.dialogs.worker_control import WorkerControlDialog
from dashboard.pages.queues import QueuesPage
from dashboard.pages.tasks import TasksPage
from dashboard.pages.worker_sheet import WorkerSheet
from dashboard.pages.workers import WorkersPage
from tests.conftest import Brokers
from tests.hands import SOON_MS, click, dialog_of
from tests.live.running_worker import RunningWorker, start_worker
from tests.open_window import OpenWindow
from tests.patient_connection import patient_connection

PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def worker(
    sandbox: Brokers, guard: Guard, module_vhost: Profile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningWorker]:
    """Two processes that may be killed, and room for tasks that wait for their time."""
    folder, conf = tmp_path_factory.mktemp("worker"), {"worker_prefetch_multiplier": 4}
    worker = start_worker(guard, folder, module_vhost, sandbox.secrets, pool="prefork", concurrency=2, conf=conf)
    yield worker
    worker.close()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of a busy machine answer late: every question and every second look waits until they have."""
    patient = partialmethod(RemoteControl.send, deadline_s=PATIENCE_S, look_s=PATIENCE_S)
    monkeypatch.setattr(RemoteControl, "send", patient)
    for deadline in ("controlling._CONF_S", "holding._DEADLINE_S", "worker_question._DEADLINE_S"):
        monkeypatch.setattr(f"dashboard.actions.{deadline}", PATIENCE_S)


def ended(dialog: ControlRunDialog, qtbot: QtBot) -> tuple[Outcome, ...]:
    """Press its button and wait until all is known; the dialog still stands."""
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: dialog.finished_work, timeout=SOON_MS)
    return tuple(dialog.outcomes.rows())


def await_line(sheet: WorkerSheet, part: str, key: str, qtbot: QtBot) -> None:
    """Wait until the table of this part has a line of this key."""
    qtbot.waitUntil(lambda: sheet.table_of(part).model.row_of(key) is not None, timeout=SOON_MS)


def stop(task_id: str, profile: Profile, sandbox: Brokers, worker: RunningWorker) -> None:
    """End a task that would run for long, so that the worker is free for the next test."""
    RemoteControl(profile, sandbox.secrets).send(Terminate((task_id,), "SIGKILL"), expected=(worker.hostname,))


def await_worker(opened: OpenWindow, worker: RunningWorker, qtbot: QtBot) -> None:
    """Wait until it is known to answer, so that its answer is waited for."""

    def known() -> bool:
        tasks = opened.state.tasks
        rows = tasks.snapshot.workers if tasks is not None else ()
        return worker.hostname in likely_workers(rows)

    qtbot.waitUntil(known, timeout=SOON_MS)


def opened_task(opened: OpenWindow, task_id: str, qtbot: QtBot, state: str) -> TasksPage:
    """The task page with this task open beside the table, in this state."""
    opened.app.window.show_page("tasks")
    page = opened.page(TasksPage)
    page.reveal(task_id)
    qtbot.waitUntil(lambda: page.panel.detail is not None and page.panel.detail.row.state == state, timeout=SOON_MS)
    return page


def test_a_running_task_is_terminated_from_its_panel(
    opened: OpenWindow, module_vhost: Profile, sandbox: Brokers, worker: RunningWorker, qtbot: QtBot
) -> None:
    opened.connect(module_vhost, sandbox.secrets, "tasks")
    running = worker.send("sleep", 600)
    await_worker(opened, worker, qtbot)
    page = opened_task(opened, running.id, qtbot, "STARTED")
    click(page.panel.end_button, qtbot)
    dialog = dialog_of(opened, EndTasksDialog, qtbot)
    assert dialog.way.current == REVOKE and dialog.task_ids == (running.id,)
    assert "goes on to its end" in dialog.meaning.text()
    dialog.way.set_current(TERMINATE)
    dialog.way.chosen.emit(TERMINATE)
    assert dialog.go.text() == "Terminate 1 task" and "terminate SIGTERM" in dialog.code.text
    (outcome,) = ended(dialog, qtbot)
    assert (outcome.worker, outcome.verdict) == (worker.hostname, DONE)
    assert dialog.outcome.text() == "Done at the worker."
    dialog.reject()
    qtbot.waitUntil(lambda: opened.workings.task_log.of(running.id) != (), timeout=SOON_MS)
    assert opened.workings.task_log.of(running.id)[0].words.startswith("Terminated with SIGTERM. Done")
    opened_task(opened, running.id, qtbot, "REVOKED")
    qtbot.waitUntil(page.panel.end_button.isHidden, timeout=SOON_MS)
    assert page.panel.detail is not None
    assert page.endings.end([page.panel.detail.row]) is None, "there is nothing to end any more"


def test_tasks_that_wait_are_revoked_together_and_one_is_marked_as_aborted(
    opened: OpenWindow, module_vhost: Profile, sandbox: Brokers, worker: RunningWorker, qtbot: QtBot
) -> None:
    waiting = [worker.send("add", 1, number, countdown=600) for number in range(2)]
    running = worker.send("sleep", 600)
    opened.connect(module_vhost, sandbox.secrets, "tasks")
    await_worker(opened, worker, qtbot)
    page = opened_task(opened, running.id, qtbot, "STARTED")
    menu = page._made_menu(tuple(task.id for task in waiting))
    assert isinstance(menu, QMenu)
    (revoke,) = (action for action in menu.actions() if action.text() == "Revoke 2 tasks…")
    revoke.trigger()
    dialog = dialog_of(opened, EndTasksDialog, qtbot)
    assert [outcome.verdict for outcome in ended(dialog, qtbot)] == [DONE]
    dialog.reject()
    qtbot.waitUntil(lambda: {task.state for task in waiting} == {"REVOKED"}, timeout=SOON_MS)
    assert page.panel.detail is not None
    abort = page.endings.end([page.panel.detail.row], ABORT)
    assert abort is not None
    (outcome,) = ended(abort, qtbot)
    assert (outcome.worker, outcome.verdict) == (running.id, DONE)
    assert running.state == "ABORTED"
    abort.reject()
    stop(running.id, module_vhost, sandbox, worker)


def test_a_worker_is_changed_from_its_panel(
    opened: OpenWindow, module_vhost: Profile, sandbox: Brokers, worker: RunningWorker, qtbot: QtBot
) -> None:
    opened.connect(module_vhost, sandbox.secrets, "workers")
    page = opened.page(WorkersPage)
    qtbot.waitUntil(lambda: page.model.row_of(worker.hostname) is not None, timeout=SOON_MS)
    page.reveal(worker.hostname)
    click(page.panel.change_button, qtbot)
    dialog = dialog_of(opened, WorkerControlDialog, qtbot)
    dialog.choose("rate_limit")
    assert not dialog.go.isEnabled() and dialog.code.text == ""
    dialog.field("task").input.setText("tests.add")
    dialog.field("rate").input.setText("fast")
    assert dialog.problem.text().startswith("The rate 'fast' cannot be used")
    dialog.field("rate").input.setText("7/m")
    assert f"--destination {worker.hostname} rate_limit tests.add 7/m" in dialog.code.text
    (outcome,) = ended(dialog, qtbot)
    assert (outcome.verdict, outcome.words) == (DONE, "at most 7/m")
    dialog.reject()


def test_a_queue_that_would_end_the_worker_is_not_offered_and_refused_in_words(
    opened: OpenWindow, module_vhost: Profile, sandbox: Brokers, worker: RunningWorker, qtbot: QtBot
) -> None:
    with closing(patient_connection(module_vhost, sandbox.secrets)) as connection:
        connection.channel().queue_declare("ranked", durable=True, arguments={"x-max-priority": 5})
        connection.channel().exchange_declare("by topic", "topic", durable=True)
        for name in ("by topic", "plain"):
            connection.channel().queue_declare(name, durable=True)
    opened.connect(module_vhost, sandbox.secrets, "workers")
    dialog = opened.page(WorkersPage).changes.change([worker.hostname], "add_consumer")
    assert dialog is not None
    qtbot.waitUntil(lambda: {"plain", "celery"} <= set(dialog._offered("consumable")), timeout=SOON_MS)
    assert not {"ranked", f"{worker.hostname}.celery.pidbox"} & set(dialog._offered("consumable"))
    dialog.field("queue").input.setText("ranked")
    assert dialog.problem.text().startswith("“ranked” cannot be added: it has x-max-priority.")
    assert not dialog.go.isEnabled() and dialog.code.text == ""
    dialog.field("queue").input.setText("by topic")
    qtbot.waitUntil(lambda: "is of the type topic" in dialog.problem.text(), timeout=SOON_MS)
    assert "by topic" not in dialog._offered("consumable")
    dialog.field("queue").input.setText("plain")
    (outcome,) = ended(dialog, qtbot)
    assert (outcome.verdict, outcome.words) == (DONE, "it consumes celery, plain")
    dialog.reject()
    RemoteControl(module_vhost, sandbox.secrets).send(CancelConsumer("plain"), (worker.hostname,))


def test_a_read_only_profile_sends_nothing_and_production_asks_for_the_name(
    opened: OpenWindow, module_vhost: Profile, sandbox: Brokers, worker: RunningWorker, qtbot: QtBot
) -> None:
    careful = msgspec.structs.replace(module_vhost, environment="production")
    opened.connect(careful, sandbox.secrets, "workers")
    changes = opened.page(WorkersPage).changes
    dialog = changes.change([worker.hostname], "shutdown")
    assert dialog is not None and not dialog.go.isEnabled() and not dialog.typed.isHidden()
    dialog.typed.input.setText(worker.hostname)
    assert dialog.go.isEnabled()
    dialog.choose("ping")
    assert dialog.typed.isHidden() and dialog.go.isEnabled()
    dialog.choose("pool_shrink")
    assert dialog.typed.isHidden() and dialog.loss.isHidden()
    dialog.field("by").input.setText("2")
    qtbot.waitUntil(lambda: dialog.loss.text().startswith("No process is left"), timeout=SOON_MS)
    assert not dialog.typed.isHidden() and dialog.go.property("kind") == "danger"
    dialog.typed.input.clear()
    assert not dialog.go.isEnabled()
    dialog.reject()
    opened.connect(msgspec.structs.replace(module_vhost, read_only=True), sandbox.secrets, "workers")
    locked = changes.change([worker.hostname], "ping")
    holders = HoldersDialog(opened.workings.desk, QueueKey("/", "celery"), opened.app.window)
    holders.open()
    holders.reject()
    assert locked is not None and not locked.go.isEnabled() and "read-only" in locked.lock.text()
    locked.reject()
    qtbot.waitUntil(lambda: not opened.workings.jobs._running, timeout=SOON_MS)
    opened.turn()


def test_every_part_of_a_worker_is_told_and_two_configurations_are_compared(
    opened: OpenWindow,
    module_vhost: Profile,
    sandbox: Brokers,
    worker: RunningWorker,
    celery_worker: Callable[..., RunningWorker],
    qtbot: QtBot,
) -> None:
    other = celery_worker(module_vhost, "w2", queues=("elsewhere",), conf={"worker_prefetch_multiplier": 3})
    running = worker.send("sleep", 600)
    opened.connect(module_vhost, sandbox.secrets, "workers")
    page = opened.page(WorkersPage)
    qtbot.waitUntil(lambda: page.model.total == 2, timeout=SOON_MS)
    page.reveal(worker.hostname)
    click(page.panel.details_button, qtbot)
    sheet = page.sheet
    await_line(sheet, "active", running.id, qtbot)
    for part, line in (("registered", "tests.add"), ("limits", "Prefetch count"), ("statistics", "pid")):
        sheet.open(worker.hostname, part)
        await_line(sheet, part, line, qtbot)
    sheet.open(worker.hostname, HOLDERS)
    held_by = sheet.table_of(HOLDERS).model
    qtbot.waitUntil(lambda: held_by.total == 1, timeout=SOON_MS)
    (holder,) = held_by.rows()
    assert (holder.worker, holder.queue.name, holder.running) == (worker.hostname, "celery", 1)
    sheet.open(worker.hostname, "configuration")
    configuration = sheet.configuration
    qtbot.waitUntil(lambda: configuration.alone.model.row_of("task_track_started") is not None, timeout=SOON_MS)
    configuration.compare_with(other.hostname)
    qtbot.waitUntil(lambda: configuration.both.model.total > 0, timeout=SOON_MS)
    assert Compared("worker_prefetch_multiplier", "4", "3") in configuration.both.model.rows()
    assert page.step_back() and not page.panel.isHidden()
    opened.page(QueuesPage).changes.who_holds(QueueKey(vhost_of(module_vhost), "celery"))
    dialog = dialog_of(opened, HoldersDialog, qtbot)
    qtbot.waitUntil(lambda: dialog.held.row_of(running.id) is not None, timeout=SOON_MS)
    assert "1 consumer of 1 worker" in dialog.told.text()
    dialog.reject()
    stop(running.id, module_vhost, sandbox, worker)
