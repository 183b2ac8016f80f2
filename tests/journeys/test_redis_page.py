"""The page of Redis in the real window: what fills it, Celery in it, and forgetting results after a look at them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from redis import Redis

from broker_client.lab.guard import Guard
from broker_client.profile import Profile, Secrets
from dashboard.dialogs.forget_dialog import ForgetDialog
from dashboard.pages.redis_page import CLIENTS, HELD, QUEUES, RESULTS, RedisPage
from dashboard.pages.tasks import TasksPage
from tests.conftest import Brokers
from tests.hands import SOON_MS, click, dialog_of
from tests.live.empty_redis import empty_database
from tests.live.running_worker import RunningWorker, start_worker
from tests.open_window import OpenWindow


class Shop(NamedTuple):
    profile: Profile
    secrets: Secrets
    redis: Redis
    worker: RunningWorker


@pytest.fixture(scope="module")
def shop(sandbox: Brokers, guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Redis as Celery's broker and result backend, with one worker."""
    with empty_database(sandbox.profile, sandbox.secrets) as (there, client):
        profile = msgspec.structs.replace(there, name="Redis shop", amqp_url="", management_url="")
        worker = start_worker(guard, tmp_path_factory.mktemp("redis-page"), profile, sandbox.secrets)
        try:
            for result in [*(worker.send("add", 1, number) for number in range(5)), worker.send("fail")]:
                result.get(timeout=20, propagate=False)
            client.set("session:<b>bold", "x" * 100)
            yield Shop(profile, sandbox.secrets, client, worker)
        finally:
            worker.close()


def open_page(opened: OpenWindow, shop: Shop, qtbot: QtBot, profile: Profile | None = None) -> RedisPage:
    opened.connect(profile or shop.profile, shop.secrets, "redis")
    page = opened.page(RedisPage)
    qtbot.waitUntil(lambda: page.census.census is not None and page.census.census.finished, timeout=SOON_MS)
    return page


def view(page: RedisPage, name: str) -> None:
    """Press the view's button."""
    words = {RESULTS: "Task results", QUEUES: "Celery queues", HELD: "Held tasks", CLIENTS: "Clients"}
    next(button for button in page.views.findChildren(QPushButton) if button.text() == words[name]).click()


def stored(shop: Shop) -> int:
    """How many results there are; other keys come and go with what the worker holds."""
    return sum(1 for _ in shop.redis.scan_iter("celery-task-meta-*"))


def planned(dialog: ForgetDialog) -> int:
    """How many results its plan names; 0 = there is no plan."""
    return len(dialog.plan.doomed) if dialog.plan is not None else 0


def test_what_fills_redis_is_counted_when_the_page_opens(opened: OpenWindow, shop: Shop, qtbot: QtBot) -> None:
    page = open_page(opened, shop, qtbot)
    rows = {row.pattern: row for row in page.families.model.rows()}
    assert rows["celery-task-meta-*"].count == sum(1 for _ in shop.redis.scan_iter("celery-task-meta-*"))
    assert rows["session:*"].never_expires == 1
    assert "keys counted" in page.told.text() and "all measured" in page.told.text()

    def told() -> tuple[str | None, ...]:
        fields = {field.name: field.value for field in page.side.fields.fields}
        return fields.get("Role"), fields.get("Policy")

    qtbot.waitUntil(lambda: told() == ("primary", "noeviction"), timeout=SOON_MS)
    remarks = page.side.remarks
    qtbot.waitUntil(lambda: any("saved to disk" in remark.title for remark in remarks.remarks), timeout=SOON_MS)
    page.filter_box.setText("session")
    qtbot.waitUntil(lambda: page.families.model.shown == 1, timeout=SOON_MS)
    page.filter_box.clear()
    view(page, RESULTS)
    results = {row.name: row for row in page.results.model.rows()}
    assert dict(results["tests.fail"].states) == {"FAILURE": 1}
    view(page, CLIENTS)
    qtbot.waitUntil(lambda: page.client_list.model.shown > 1, timeout=SOON_MS)


def test_waiting_and_held_tasks_of_a_broker_apart_from_the_results_are_seen_and_lead_to_the_task(
    opened: OpenWindow, shop: Shop, qtbot: QtBot
) -> None:
    here, _, database = shop.profile.redis_url.rpartition("/")
    elsewhere = f"{here}/{int(database) - 1}"
    apart = msgspec.structs.replace(shop.profile, redis_url=elsewhere, broker_redis_url=shop.profile.redis_url)
    page = open_page(opened, shop, qtbot, apart)
    view(page, QUEUES)
    qtbot.waitUntil(lambda: page.queues.queues.model.row_of("celery") is not None, timeout=SOON_MS)
    held = shop.worker.hold()
    waiting = [shop.worker.send("echo", number) for number in range(3)]
    qtbot.waitUntil(lambda: any((row.ready or 0) >= 2 for row in page.queues.queues.model.rows()), timeout=SOON_MS)
    page.queues.queues.table.select_key("celery")
    qtbot.waitUntil(lambda: page.queues.tasks.model.total >= 2, timeout=SOON_MS)
    seen = {row[1].id for row in page.queues.tasks.model.rows()}
    assert seen <= {result.id for result in waiting}
    view(page, HELD)
    qtbot.waitUntil(lambda: any(row.task.id == held.id for row in page.held.model.rows()), timeout=SOON_MS)
    page.held.table.row_activated.emit(next(row.tag for row in page.held.model.rows() if row.task.id == held.id))
    assert opened.app.window.current_page == TasksPage.page_id
    held.release()
    for result in (held.result, *waiting):
        result.get(timeout=20)


def test_results_are_forgotten_only_after_a_look(opened: OpenWindow, shop: Shop, qtbot: QtBot) -> None:
    results = [shop.worker.send("echo", number) for number in range(2)]
    for result in results:
        result.get(timeout=20)
    page = open_page(opened, shop, qtbot)
    view(page, RESULTS)
    qtbot.waitUntil(lambda: page.results.model.row_of("tests.echo") is not None, timeout=SOON_MS)
    page.results.table.select_key("tests.echo")
    before = stored(shop)
    click(page.forget_button, qtbot)
    dialog = dialog_of(opened, ForgetDialog, qtbot)
    assert "tests.echo" in dialog.whose.text()
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: dialog.plan is not None, timeout=SOON_MS)
    assert stored(shop) == before
    number = planned(dialog)
    assert number >= 2 and dialog.go.text() == f"Forget {number} results"
    dialog.boxes["FAILURE"].click()
    assert not planned(dialog) and dialog.go.text() == "Look what would go"
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: dialog.plan is not None, timeout=SOON_MS)
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: stored(shop) == before - number, timeout=SOON_MS)
    qtbot.waitUntil(lambda: page.results.model.row_of("tests.echo") is None, timeout=SOON_MS)
    assert page.results.model.row_of("tests.add") is not None
    log = opened.workings.task_log
    qtbot.waitUntil(lambda: all(log.of(result.id) for result in results), timeout=SOON_MS)


def test_results_under_another_prefix_are_told_and_go_only_when_it_is_chosen(
    opened: OpenWindow, shop: Shop, qtbot: QtBot
) -> None:
    for prefix in ("", "stock_"):
        told = {"status": "SUCCESS", "result": 1, "name": "tests.stock", "task_id": f"of-{prefix}"}
        shop.redis.set(f"{prefix}celery-task-meta-of-{prefix}", json.dumps(told))
    page = open_page(opened, shop, qtbot)
    view(page, RESULTS)
    qtbot.waitUntil(lambda: page.results.model.row_of("tests.stock") is not None, timeout=SOON_MS)
    page.results.table.select_key("tests.stock")
    click(page.forget_button, qtbot)
    dialog = dialog_of(opened, ForgetDialog, qtbot)
    assert dialog.prefix.isHidden()
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: planned(dialog) == 1, timeout=SOON_MS)
    assert dialog.prefix.isVisible() and "1 with “stock_”" in dialog.told.text()
    assert dialog.names.text().startswith("celery-task-meta-of-  ")
    dialog.prefix.setFocus()
    QTest.keyClick(dialog.prefix, Qt.Key.Key_Down)
    assert not planned(dialog) and dialog.prefix.isVisible()
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: planned(dialog) == 1, timeout=SOON_MS)
    assert dialog.names.text().startswith("stock_celery-task-meta-of-stock_  ")
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: not shop.redis.exists("stock_celery-task-meta-of-stock_"), timeout=SOON_MS)
    assert shop.redis.delete("celery-task-meta-of-") == 1


def test_a_read_only_profile_may_look_and_not_forget_and_production_wants_the_number_typed(
    opened: OpenWindow, shop: Shop, qtbot: QtBot
) -> None:
    profile = msgspec.structs.replace(shop.profile, read_only=True, environment="production")
    page = open_page(opened, shop, qtbot, profile)
    view(page, RESULTS)
    click(page.forget_button, qtbot)
    dialog = dialog_of(opened, ForgetDialog, qtbot)
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: dialog.plan is not None, timeout=SOON_MS)
    assert not dialog.go.isEnabled() and "read-only" in dialog.lock.text()
    dialog.reject()
    opened.workings.session.open(msgspec.structs.replace(profile, read_only=False), shop.secrets)
    qtbot.waitUntil(lambda: page.results.model.total > 0, timeout=SOON_MS)
    click(page.forget_button, qtbot)
    typing = dialog_of(opened, ForgetDialog, qtbot)
    click(typing.go, qtbot)
    qtbot.waitUntil(lambda: typing.plan is not None, timeout=SOON_MS)
    assert not typing.go.isEnabled() and typing.typed.isVisible()
    typing.typed.input.setText(str(planned(typing)))
    assert typing.go.isEnabled()
    typing.reject()
