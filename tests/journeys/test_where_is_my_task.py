"""A person looks for a task: in its panel, by a pasted id; and turns on the events of a worker that tells nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from broker_client.profile import Profile
from broker_client.tasks.records import WorkerRow
from dashboard.dialogs.find_task import FindTaskDialog
from dashboard.dialogs.worker_control import WorkerControlDialog
from dashboard.pages.tasks import TasksPage
from dashboard.pages.workers import WorkersPage
from tests.conftest import Brokers
from tests.hands import SOON_MS, click, dialog_of
from tests.live.running_worker import RunningWorker
from tests.open_window import OpenWindow


def test_a_task_is_found_and_a_silent_worker_is_made_to_tell(
    opened: OpenWindow, vhost: Profile, sandbox: Brokers, celery_worker: Callable[..., RunningWorker], qtbot: QtBot
) -> None:
    worker = celery_worker(vhost, pool="threads", events=False, conf={"worker_prefetch_multiplier": 4})
    opened.connect(vhost, sandbox.secrets, "tasks")
    page = opened.page(TasksPage)
    later = worker.send("add", 1, 2, countdown=600)
    for number in range(2):
        worker.send("add", number, 1)

    # the panel says where it is, and on what that rests
    qtbot.waitUntil(lambda: page.tasks.row(later.id) is not None, timeout=2 * SOON_MS)
    page.reveal(later.id)
    view = page.panel.whereabouts
    held = f"workers: {worker.hostname} holds it for its ETA"
    qtbot.waitUntil(lambda: held in view.evidence_texts, timeout=SOON_MS)
    assert view.found is not None and view.found.verdict == "scheduled"
    assert view.words.text() == f"Waiting for its ETA on {worker.hostname}"
    assert "due" in view.times.text()

    # any id can be pasted
    opened.app.window.actions_of_window.perform("whereis")
    dialog = dialog_of(opened, FindTaskDialog, qtbot)
    nobody = str(uuid4())
    QTest.keyClicks(dialog.field, nobody)
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    nothing = "result backend: holds nothing under this id"
    qtbot.waitUntil(lambda: nothing in dialog.view.evidence_texts, timeout=SOON_MS)
    assert dialog.view.found is not None and dialog.view.found.verdict == "never_seen"
    dialog.field.setText(later.id)
    click(dialog.find_button, qtbot)
    qtbot.waitUntil(lambda: dialog.view.found is not None and dialog.view.found.task_id == later.id, timeout=SOON_MS)
    click(dialog.view.to_worker, qtbot)
    qtbot.waitUntil(lambda: opened.app.window.current_page == WorkersPage.page_id, timeout=SOON_MS)
    opened.app.window.show_page("tasks")

    # what is hidden is said, with the button that changes it
    worker.send("add", 9, 1)
    qtbot.waitUntil(lambda: not page.coverage.isHidden() and not page.coverage.turn_on.isHidden(), timeout=2 * SOON_MS)
    assert f"{worker.hostname} sends no task events" in page.coverage.words.text()
    click(page.coverage.turn_on, qtbot)
    control = dialog_of(opened, WorkerControlDialog, qtbot)
    assert control.choice.id == "enable_events" and "tell of every task" in control.meaning.text()
    click(control.go, qtbot)

    def told() -> WorkerRow | None:
        tasks = opened.state.tasks
        rows = tasks.snapshot.workers if tasks is not None else ()
        return next((row for row in rows if row.name == worker.hostname and row.events_on), None)

    qtbot.waitUntil(lambda: control.finished_work, timeout=SOON_MS)
    worker.send("add", 3, 4)
    qtbot.waitUntil(lambda: told() is not None, timeout=SOON_MS)
    control.reject()
