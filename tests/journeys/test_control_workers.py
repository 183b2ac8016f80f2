"""Ending tasks and changing workers in the real window, with real workers: each says what it made of it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from broker_client.lab.guard import Guard
from broker_client.profile import Profile
from broker_client.tasks.control_effect import DONE, Outcome
from dashboard.dialogs.control_run import ControlRunDialog
from dashboard.dialogs.end_tasks import ABORT, REVOKE, TERMINATE, EndTasksDialog
from dashboard.dialogs.worker_control import WorkerControlDialog
from dashboard.pages.tasks import TasksPage
from dashboard.pages.workers import WorkersPage
from tests.conftest import Brokers
from tests.hands import click, dialog_of
from tests.live.running_worker import RunningWorker, start_worker
from tests.open_window import OpenWindow

SOON_MS = 20_000


@pytest.fixture(scope="module")
def worker(
    sandbox: Brokers, guard: Guard, module_vhost: Profile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningWorker]:
    """Two processes that may be killed."""
    folder = tmp_path_factory.mktemp("worker")
    worker = start_worker(guard, folder, module_vhost, sandbox.secrets, pool="prefork", concurrency=2)
    yield worker
    worker.close()


def ended(dialog: ControlRunDialog, qtbot: QtBot) -> tuple[Outcome, ...]:
    """Press its button and wait until all is known; the dialog still stands."""
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: dialog.finished_work, timeout=SOON_MS)
    return tuple(dialog.outcomes.rows())


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


def test_tasks_that_wait_are_revoked_together_and_one_is_marked_as_aborted(
    opened: OpenWindow, module_vhost: Profile, sandbox: Brokers, worker: RunningWorker, qtbot: QtBot
) -> None:
    waiting = [worker.send("add", 1, number, countdown=600) for number in range(2)]
    running = worker.send("sleep", 600)
    opened.connect(module_vhost, sandbox.secrets, "tasks")
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
    dialog.reject()
    opened.connect(msgspec.structs.replace(module_vhost, read_only=True), sandbox.secrets, "workers")
    locked = changes.change([worker.hostname], "ping")
    assert locked is not None and not locked.go.isEnabled() and "read-only" in locked.lock.text()
    locked.reject()
