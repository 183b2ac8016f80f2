"""The queues with which Celery delays tasks, on told facts: one line, apart only when wanted, and left alone."""

from __future__ import annotations

import msgspec

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import QueueKey
from dashboard.dialogs.removal_dialog import RemovalDialog
from dashboard.pages.queue_changes import LEAVE_DELAYS
from dashboard.pages.queues import QueuesPage
from dashboard.store.app_state import QueuesArrived
from tests.models.queue_examples import make_row
from tests.page_stage import Stage, stamp


def delayed(number: int, tasks: int) -> QueueRow:
    row = make_row(f"celery_delayed_{number}", ready=tasks, unacked=0, total=tasks)
    return msgspec.structs.replace(row, system=True)


def page_with_delays(stage: Stage) -> QueuesPage:
    page = stage.show(QueuesPage)
    rows = [delayed(number, int(number in (3, 12))) for number in range(28)]
    stage.receive(QueuesArrived(stamp(), (make_row("orders"), *rows)))
    return page


def names(page: QueuesPage) -> list[str]:
    return [row.queue.name for row in page.queues.shown_rows()]


def test_they_are_one_line_even_where_system_queues_are_shown(stage: Stage) -> None:
    page = page_with_delays(stage)
    assert page.delays.isVisible()
    assert (
        page.delays.words.text()
        == "2 tasks wait for their time in celery_delayed_0…27, the last of them within 2 h 16 m"
    )
    page.system_button.click()
    assert names(page) == ["orders"]
    page.delays.apart.click()
    assert len(names(page)) == 29 and page.delays.apart.text() == "Show as one"
    page.delays.apart.click()
    assert names(page) == ["orders"]


def test_without_them_there_is_no_line(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    stage.receive(QueuesArrived(stamp(), (make_row("orders"),)))
    assert page.delays.isHidden()


def test_they_are_never_purged_deleted_or_moved(stage: Stage) -> None:
    page = page_with_delays(stage)
    said: list[str] = []
    stage.notices.notice_arrived.connect(lambda notice: said.append(notice.title))
    key = QueueKey("/", "celery_delayed_3")
    page.reveal(key)
    assert "celery_delayed_3" in names(page)
    page.changes.purge((key,))
    page.changes.delete((QueueKey("/", "orders"), key))
    page.changes.move(key)
    assert said == [LEAVE_DELAYS] * 3 and stage.went == []
    assert not page.window().findChildren(RemovalDialog)
