"""A person changes queues from the queue page: declares, binds, purges, deletes, and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import QueueKey
from dashboard.dialogs.declare_queue import DeclareQueueDialog
from dashboard.dialogs.palette import Palette
from dashboard.dialogs.removal_dialog import RemovalDialog
from dashboard.dialogs.unbind_dialog import UnbindDialog
from dashboard.pages.queues import QueuesPage
from tests.conftest import Brokers
from tests.hands import SOON_MS, click, dialog_of
from tests.live.message_store import MessageStore
from tests.open_window import OpenWindow

pytestmark = pytest.mark.live


@pytest.fixture
def store(vhost: Profile, sandbox: Brokers) -> Iterator[MessageStore]:
    with closing(MessageStore(vhost, sandbox.secrets)) as store:
        yield store


@pytest.fixture
def page(opened: OpenWindow, vhost: Profile, sandbox: Brokers, store: MessageStore, qtbot: QtBot) -> QueuesPage:
    """The queue page on a virtual host with the queues ``full`` (50 messages) and ``other``."""
    store.declare("full", "other")
    store.put("full", 50)
    opened.connect(vhost, sandbox.secrets, page="queues")
    opened.app.view.choose_vhost(vhost_of(vhost))
    page = opened.page(QueuesPage)
    qtbot.waitUntil(lambda: {"full", "other"} <= names(page), timeout=SOON_MS)
    return page


def names(page: QueuesPage) -> set[str]:
    return {row.queue.name for row in page.queues.shown_rows()}


def offer(opened: OpenWindow, title: str) -> QAbstractButton:
    return next(toast.offer for toast in opened.app.window.toasts.toasts if toast.said[1] == title)


def test_a_queue_is_declared_with_what_its_type_takes_and_a_406_is_explained(
    page: QueuesPage, opened: OpenWindow, vhost: Profile, store: MessageStore, qtbot: QtBot
) -> None:
    click(page.declare_button, qtbot)
    form = dialog_of(opened, DeclareQueueDialog, qtbot)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is form.name.input, timeout=SOON_MS)
    QTest.keyClicks(form.name.input, "orders")
    click(next(one for one in form.type.findChildren(QAbstractButton) if one.text() == "quorum"), qtbot)
    assert "x-max-priority" not in form.arguments.fields and form.durable.isHidden()
    limit = form.arguments.fields["x-max-length"].input
    QTest.keyClicks(limit, "many")
    click(form.go, qtbot)
    assert form.isVisible() and "whole number" in form.arguments.fields["x-max-length"].words.text()
    assert isinstance(limit, QLineEdit)
    limit.clear()
    QTest.keyClicks(limit, "1000")
    assert "'x-max-length': 1000" in form.code.text
    QTest.keyClick(form.name.input, Qt.Key.Key_Return)
    key = QueueKey(vhost_of(vhost), "orders")
    qtbot.waitUntil(lambda: page.panel.key == key and page.panel.isVisible(), timeout=SOON_MS)
    qtbot.waitUntil(lambda: "orders" in names(page), timeout=SOON_MS)

    click(page.declare_button, qtbot)
    again = dialog_of(opened, DeclareQueueDialog, qtbot)
    QTest.keyClicks(again.name.input, "orders")
    click(again.go, qtbot)
    qtbot.waitUntil(lambda: bool(again.conflict.differences), timeout=SOON_MS)
    told = {one.name: (one.asked, one.existing) for one in again.conflict.differences}
    assert told["x-max-length"] == ("not set", "1000") and told["x-queue-type"] == ("classic", "quorum")
    QTest.keyClick(again, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not opened.app.window.findChildren(DeclareQueueDialog), timeout=SOON_MS)


def test_a_purge_says_what_goes_keeps_it_when_asked_and_undo_brings_it_back(
    page: QueuesPage, opened: OpenWindow, vhost: Profile, store: MessageStore, qtbot: QtBot
) -> None:
    page.reveal(QueueKey(vhost_of(vhost), "full"))
    click(page.panel.purge_button, qtbot)
    form = dialog_of(opened, RemovalDialog, qtbot)
    qtbot.waitUntil(form.go.isEnabled, timeout=SOON_MS)
    assert form.go.accessibleName() == "Purge 50 messages"
    assert "50 ready messages are thrown away" in form.told.text() and "no way back" in form.back.text()
    QTest.keyClick(form.keep, Qt.Key.Key_Space)
    assert form.back.text() == "Undo puts the kept messages back, at the end of the queue."
    click(form.go, qtbot)
    qtbot.waitUntil(lambda: store.depth("full") == 0, timeout=SOON_MS)
    qtbot.waitUntil(lambda: opened.workings.desk.undoable == "Queue “full” purged", timeout=SOON_MS)
    click(offer(opened, "Queue “full” purged"), qtbot)
    notices = opened.workings.notices
    qtbot.waitUntil(lambda: notices.recent[-1].title == "Messages of “full” are back", timeout=SOON_MS)
    assert store.holds("full", 50)


def test_several_queues_are_deleted_by_the_keyboard_and_come_back(
    page: QueuesPage, opened: OpenWindow, vhost: Profile, store: MessageStore, qtbot: QtBot
) -> None:
    table = page.queues.table
    table.setFocus()
    table.selectAll()
    QTest.keyClick(table, Qt.Key.Key_Delete)
    form = dialog_of(opened, RemovalDialog, qtbot)
    qtbot.waitUntil(form.go.isEnabled, timeout=SOON_MS)
    assert form.go.accessibleName() == "Delete 2 queues" and set(form.names.text().split("\n")) == {"full", "other"}
    QTest.keyClick(form.keep, Qt.Key.Key_Space)
    QTest.keyClick(form.go, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not names(page), timeout=SOON_MS)
    qtbot.waitUntil(lambda: bool(opened.workings.desk.undoable), timeout=SOON_MS)
    opened.app.window.actions_of_window.perform("undo")
    qtbot.waitUntil(lambda: {"full", "other"} <= names(page), timeout=SOON_MS)
    qtbot.waitUntil(lambda: opened.workings.notices.recent[-1].title.endswith("is back"), timeout=SOON_MS)
    assert store.holds("full", 50)


def test_a_condition_that_does_not_hold_keeps_the_queue_and_says_why(
    page: QueuesPage, opened: OpenWindow, vhost: Profile, store: MessageStore, qtbot: QtBot
) -> None:
    page.reveal(QueueKey(vhost_of(vhost), "full"))
    click(page.panel.delete_button, qtbot)
    form = dialog_of(opened, RemovalDialog, qtbot)
    qtbot.waitUntil(form.go.isEnabled, timeout=SOON_MS)
    QTest.keyClick(form.if_empty, Qt.Key.Key_Space)
    assert "if_empty=True" in form.code.text
    click(form.go, qtbot)
    qtbot.waitUntil(lambda: bool(form.trouble.text()), timeout=SOON_MS)
    assert "not empty" in form.trouble.text() and store.depth("full") == 50
    click(form.cancel, qtbot)


def test_on_production_the_name_is_typed_first_and_the_palette_leads_there(
    opened: OpenWindow, vhost: Profile, sandbox: Brokers, store: MessageStore, qtbot: QtBot
) -> None:
    store.declare("orders")
    production = msgspec.structs.replace(vhost, environment="production")
    opened.connect(production, sandbox.secrets, page="queues")
    page = opened.page(QueuesPage)
    key = QueueKey(vhost_of(vhost), "orders")
    qtbot.waitUntil(lambda: page.queues.row(key) is not None, timeout=SOON_MS)
    page.reveal(key)
    palette = opened.workings.conduct.open_palette()
    assert isinstance(palette, Palette)
    QTest.keyClicks(palette._field, "delete the selected")
    QTest.keyClick(palette._field, Qt.Key.Key_Return)
    form = dialog_of(opened, RemovalDialog, qtbot)
    qtbot.waitUntil(lambda: bool(form.pictures), timeout=SOON_MS)
    assert not form.go.isEnabled() and form.typed.isVisible()
    QTest.keyClicks(form.typed.input, "orders")
    qtbot.waitUntil(form.go.isEnabled, timeout=SOON_MS)
    QTest.keyClick(form.typed.input, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.queues.row(key) is None, timeout=SOON_MS)


def test_a_binding_is_taken_away_from_the_queues_end(
    page: QueuesPage, opened: OpenWindow, vhost: Profile, store: MessageStore, qtbot: QtBot
) -> None:
    store.channel.exchange_declare("shop", "topic")
    store.channel.queue_bind("full", "shop", "order.#")
    page.reveal(QueueKey(vhost_of(vhost), "full"))
    qtbot.waitUntil(lambda: page.panel.bindings.model.shown == 1, timeout=SOON_MS)
    assert not page.panel.unbind_button.isEnabled()
    page.panel.bindings.table.select_key(page.panel.bindings.model.key_at(0))
    click(page.panel.unbind_button, qtbot)
    form = dialog_of(opened, UnbindDialog, qtbot)
    assert "order.#" in form.code.text
    click(form.go, qtbot)
    qtbot.waitUntil(lambda: page.panel.bindings.model.shown == 0, timeout=SOON_MS)
