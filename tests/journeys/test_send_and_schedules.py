"""A person sends tasks to a real worker, sees how their type fares, and looks at what is scheduled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from broker_client.lab.guard import Guard
from broker_client.profile import Profile
from broker_client.tasks.task_types import TaskTypeRow
from dashboard.dialogs.send_task import SendTaskDialog
from dashboard.pages.schedules import SchedulesPage
from dashboard.pages.task_types_page import TaskTypesPage
from dashboard.pages.tasks import TasksPage
from tests.conftest import Brokers
from tests.hands import SOON_MS, click, dialog_of
from tests.live.running_worker import RunningWorker, start_worker
from tests.open_window import OpenWindow

pytestmark = pytest.mark.live
BEAT = {"every hour": {"task": "tests.add", "schedule": 3600.0, "args": [1, 2]}}


@pytest.fixture(scope="module")
def worker(
    sandbox: Brokers, guard: Guard, module_vhost: Profile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningWorker]:
    folder = tmp_path_factory.mktemp("worker")
    worker = start_worker(guard, folder, module_vhost, sandbox.secrets, conf={"beat_schedule": BEAT})
    yield worker
    worker.close()


def test_a_task_is_sent_seen_and_sent_again_for_later(
    opened: OpenWindow, module_vhost: Profile, sandbox: Brokers, worker: RunningWorker, qtbot: QtBot
) -> None:
    opened.connect(module_vhost, sandbox.secrets, "tasks")
    page = opened.page(TasksPage)
    qtbot.waitUntil(lambda: bool(opened.state.tasks and opened.state.tasks.snapshot.synced), timeout=SOON_MS)
    first_id = send_first(opened, page, worker, qtbot)
    qtbot.waitUntil(lambda: page.panel.task_id == first_id, timeout=SOON_MS)
    qtbot.waitUntil(lambda: page.panel.state.text() == "Success", timeout=SOON_MS)
    qtbot.waitUntil(lambda: page.panel.detail is not None and page.panel.detail.args is not None, timeout=SOON_MS)
    assert [note.words for note in opened.workings.task_log.of(first_id)] == ["Sent from here"]
    later_id = send_like_it(opened, page, qtbot)
    opened.app.window.show_page("schedules")
    schedules = opened.page(SchedulesPage)
    qtbot.waitUntil(lambda: later_id in {row.id for row in schedules.etas.model.rows()}, timeout=SOON_MS)
    qtbot.waitUntil(lambda: schedules.beat.model.total == 1, timeout=SOON_MS)
    (entry,) = schedules.beat.model.rows()
    assert (entry.entry.name, entry.entry.workers) == ("every hour", (worker.hostname,))
    qtbot.waitUntil(lambda: schedules.beat.model.rows()[0].seen_at is not None, timeout=SOON_MS)
    see_how_it_fares(opened, qtbot)


def send_first(opened: OpenWindow, page: TasksPage, worker: RunningWorker, qtbot: QtBot) -> str:
    """From the empty form; a queue that is not there is told before the right one is chosen."""
    click(page.send_button, qtbot)
    dialog = dialog_of(opened, SendTaskDialog, qtbot)
    QTest.keyClicks(dialog.name.input, "tests.add")
    qtbot.waitUntil(lambda: worker.hostname in dialog.name.words.text(), timeout=SOON_MS)
    dialog.args.set_text("[40, 2]")
    dialog.queue.set_text("nowhere")
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: "no queue 'nowhere'" in dialog.trouble.text(), timeout=SOON_MS)
    dialog.queue.set_text("celery")
    order = dialog.order()
    assert order is not None
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: dialog.is_over, timeout=SOON_MS)
    return order.call.task_id


def send_like_it(opened: OpenWindow, page: TasksPage, qtbot: QtBot) -> str:
    click(page.panel.like_button, qtbot)
    dialog = dialog_of(opened, SendTaskDialog, qtbot)
    assert (dialog.name.text, dialog.args.text, dialog.queue.text) == ("tests.add", "[40, 2]", "celery")
    dialog.when.set_current("in")
    dialog.when.chosen.emit("in")
    QTest.keyClicks(dialog.when_text.input, "1h")
    order = dialog.order()
    assert order is not None
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: page.panel.task_id == order.call.task_id, timeout=SOON_MS)
    return order.call.task_id


def see_how_it_fares(opened: OpenWindow, qtbot: QtBot) -> None:
    opened.app.window.show_page("task_types")
    types = opened.page(TaskTypesPage)

    def row() -> TaskTypeRow:
        found = types.model.row_of("tests.add")
        return found if isinstance(found, TaskTypeRow) else TaskTypeRow("")

    qtbot.waitUntil(lambda: row().run[0] is not None, timeout=SOON_MS)
    assert row().finished >= 1, "other tests have left results of that name"
    qtbot.waitUntil(lambda: (row().failed, row().queue) == (0, "celery"), timeout=SOON_MS)
    types.reveal("tests.add")
    click(types.panel.tasks_button, qtbot)
    tasks = opened.page(TasksPage)
    qtbot.waitUntil(lambda: {row.name for row in tasks.tasks.model.rows()} == {"tests.add"}, timeout=SOON_MS)
