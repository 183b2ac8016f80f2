"""A person moves and copies messages of a running broker, and takes up what a crash has cut short."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from broker_client.ledger import Ledger, State
from broker_client.profile import Profile
from broker_client.rabbit.amqp import broker_label, vhost_of
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.transfer_plan import to_queue
from dashboard.dialogs.move_messages import MoveMessages
from dashboard.dialogs.unfinished_moves import UnfinishedMove
from dashboard.pages.look_view import LookView
from dashboard.pages.messages import MessagesPage
from dashboard.pages.messages_view import LOOK, MessagesAt, MoveFrom
from dashboard.pages.queues import QueuesPage
from tests.conftest import Brokers
from tests.hands import SOON_MS, click
from tests.live.message_store import MessageStore
from tests.open_window import OpenWindow

pytestmark = pytest.mark.live


@pytest.fixture
def store(vhost: Profile, sandbox: Brokers) -> Iterator[MessageStore]:
    with closing(MessageStore(vhost, sandbox.secrets)) as store:
        store.declare("dead", "orders")
        store.put("dead", 30)
        yield store


def dialog_of(opened: OpenWindow, vhost: Profile, qtbot: QtBot) -> MoveMessages:
    """From the table of queues: choose one, press Move…"""
    opened.app.window.show_page("queues")
    queues, key = opened.page(QueuesPage), QueueKey(vhost_of(vhost), "dead")
    qtbot.waitUntil(lambda: queues.queues.row(key) is not None, timeout=SOON_MS)
    queues.reveal(key)
    click(queues.panel.move_button, qtbot)
    view = opened.page(MessagesPage).view
    assert isinstance(view, LookView)
    qtbot.waitUntil(lambda: view.dialog is not None and view.dialog.isVisible(), timeout=SOON_MS)
    assert isinstance(view.dialog, MoveMessages)
    return view.dialog


def finish(dialog: MoveMessages, qtbot: QtBot) -> str:
    """Press the button, wait for the end, close the dialog; what it said."""
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: dialog.receipt is not None, timeout=SOON_MS)
    words = dialog.outcome.text()
    click(dialog.cancel, qtbot)
    return words


def test_some_are_copied_then_all_are_moved_from_the_table_of_queues(
    opened: OpenWindow, vhost: Profile, sandbox: Brokers, store: MessageStore, qtbot: QtBot
) -> None:
    opened.connect(vhost, sandbox.secrets, "queues")
    dialog = dialog_of(opened, vhost, qtbot)
    assert not dialog.go.isEnabled()
    QTest.keyClicks(dialog.name.input, "dead")
    assert "the queue they are in" in dialog.name.trouble
    dialog.name.input.clear()
    QTest.keyClicks(dialog.name.input, "nowhere")
    qtbot.waitUntil(lambda: dialog.told.tone == "crit", timeout=SOON_MS)
    dialog.name.input.clear()
    QTest.keyClicks(dialog.name.input, "orders")
    QTest.mouseClick(dialog.which._buttons["match"], Qt.MouseButton.LeftButton)
    QTest.keyClicks(dialog.match.input, "nonsense:1")
    assert "no field" in dialog.match.trouble
    dialog.match.input.clear()
    QTest.keyClicks(dialog.match.input, "id=1*")
    dialog.copy.setChecked(True)
    qtbot.waitUntil(dialog.go.isEnabled, timeout=SOON_MS)
    assert "30 ready messages that match would be copied" in dialog.told.text()
    assert "11 messages copied to queue orders" in finish(dialog, qtbot)
    assert store.holds("dead", 30) and store.holds("orders", 11)

    dialog = dialog_of(opened, vhost, qtbot)
    QTest.keyClicks(dialog.name.input, "orders")
    qtbot.waitUntil(lambda: dialog.go.text().strip() == "Move 30 messages", timeout=SOON_MS)
    assert finish(dialog, qtbot).startswith("Done: 30 messages moved to queue orders")
    assert store.holds("dead", 0) and store.holds("orders", 41)


def test_a_full_target_stops_it_and_the_rest_stays(
    opened: OpenWindow, vhost: Profile, sandbox: Brokers, store: MessageStore, qtbot: QtBot
) -> None:
    store.declare("small", x_max_length=5, x_overflow="reject-publish")
    opened.connect(vhost, sandbox.secrets, "queues")
    dialog = dialog_of(opened, vhost, qtbot)
    QTest.keyClicks(dialog.name.input, "small")
    words = finish(dialog, qtbot)
    assert words.startswith("It came to a halt") and "were not taken by the target and stayed" in words
    assert store.holds("dead", 30 - store.depth("small"))


def test_production_wants_the_name_typed_and_read_only_says_why_not(
    opened: OpenWindow, vhost: Profile, sandbox: Brokers, store: MessageStore, qtbot: QtBot
) -> None:
    opened.connect(msgspec.structs.replace(vhost, environment="production", read_only=False), sandbox.secrets, "queues")
    dialog = dialog_of(opened, vhost, qtbot)
    QTest.keyClicks(dialog.name.input, "orders")
    qtbot.waitUntil(lambda: dialog.dry is not None, timeout=SOON_MS)
    assert not dialog.go.isEnabled()
    QTest.keyClicks(dialog.typed.input, "dead")
    assert dialog.go.isEnabled()
    dialog.reject()
    opened.workings.session.open(msgspec.structs.replace(vhost, read_only=True), sandbox.secrets)
    opened.app.window.show_page("queues")
    opened.app.window.show_page("messages", MessagesAt(LOOK, MoveFrom(QueueKey(vhost_of(vhost), "dead"))))
    view = opened.page(MessagesPage).view
    assert isinstance(view, LookView)
    assert isinstance(view.dialog, MoveMessages)
    QTest.keyClicks(view.dialog.name.input, "orders")
    qtbot.waitUntil(lambda: "read-only" in view.dialog.lock.text(), timeout=SOON_MS)  # type: ignore[union-attr]
    assert not view.dialog.go.isEnabled()
    view.dialog.reject()


def test_what_a_crash_has_cut_short_is_named_when_its_broker_is_opened(
    opened: OpenWindow, vhost: Profile, sandbox: Brokers, store: MessageStore, qtbot: QtBot
) -> None:
    journals = opened.app.places.journals_folder
    plan = to_queue(QueueKey(vhost_of(vhost), "dead"), "orders")
    with Ledger(journals).begin("transfer", plan.subject(broker_label(vhost))) as journal:
        journal.write([(1, b"a" * 16, "m-1"), (2, b"b" * 16, "m-2")])
        journal.write((), [(1, 1, State.CONFIRMED)])
    opened.connect(vhost, sandbox.secrets, "queues")
    notices = opened.workings.notices
    qtbot.waitUntil(lambda: any("was cut short" in said.title for said in notices.recent), timeout=SOON_MS)
    said = next(said for said in notices.recent if "was cut short" in said.title)
    assert "“dead”" in said.title and said.words == "1 sent, 1 in doubt"

    blocked = dialog_of(opened, vhost, qtbot)
    QTest.keyClicks(blocked.name.input, "orders")
    qtbot.waitUntil(lambda: "was cut short" in blocked.told.text(), timeout=SOON_MS)
    assert not blocked.go.isEnabled()
    blocked.reject()

    assert said.accept is not None
    said.accept()
    dialog = opened.workings.conduct.unfinished.dialog
    assert isinstance(dialog, UnfinishedMove)
    assert "m-2" in dialog.doubts.text() and "m-1" not in dialog.doubts.text()
    QTest.mouseClick(dialog.way._buttons["send"], Qt.MouseButton.LeftButton)
    assert "twice" in dialog.means.text()
    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: dialog.finished_work, timeout=SOON_MS)
    assert "30 messages moved" in dialog.outcome.text()
    dialog.reject()
    assert store.holds("orders", 30)
