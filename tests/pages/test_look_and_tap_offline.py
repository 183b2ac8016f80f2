"""The views Look and Tap on told facts: hostile texts, rights, counters; without a broker."""

from __future__ import annotations

import threading

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from broker_client.errors import NoAnswer
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.message_groups import groups_of
from broker_client.rabbit.peek_warning import PeekWarning
from broker_client.rabbit.tap_counts import TapCounts
from broker_client.rabbit.tap_order import TapOrder
from broker_client.rabbit.tap_ring import Tapped, TapRing
from dashboard.actions.jobs import Job, Ok
from dashboard.actions.looking import Looked, Looker
from dashboard.actions.orders import Clients
from dashboard.models.message_table import message_row
from dashboard.pages.look_view import LookView
from dashboard.pages.messages import MessagesPage
from dashboard.pages.messages_view import LOOK, TAP, MessagesAt
from dashboard.pages.tap_counters import dropped_words, figures
from dashboard.pages.tap_view import TapView
from dashboard.store.app_state import Session, SessionChanged, TapArrived
from tests.hands import SOON_MS
from tests.page_stage import Stage, stamp

HOSTILE = "<b>&amp;</b>\u202e\x00"
KEY = QueueKey("/", HOSTILE)


def looked(*messages: Message) -> Looked:
    rows = tuple(message_row(number, message) for number, message in enumerate(messages, 1))
    return Looked(KEY, rows, groups_of(messages), PeekWarning(("it is marked",)), False, 1_700_000_000.0, len(rows))


def look_view(stage: Stage) -> LookView:
    page = stage.show(MessagesPage)
    page.reveal(MessagesAt(LOOK))
    assert isinstance(page.view, LookView)
    return page.view


def tap_view(stage: Stage) -> TapView:
    page = stage.show(MessagesPage)
    page.reveal(MessagesAt(TAP))
    assert isinstance(page.view, TapView)
    return page.view


def test_hostile_messages_are_shown_as_plain_text(stage: Stage, qtbot: QtBot) -> None:
    view = look_view(stage)
    hostile = Message(HOSTILE, HOSTILE, Properties(type=HOSTILE, headers={HOSTILE: HOSTILE}), HOSTILE.encode())
    view._take(Ok(looked(hostile, Message("", "k", Properties(), b"\xff"))))
    kind = view.model.index_of(1, view.model.column_of("kind")).data()
    assert "\u202e" not in kind and "\\u202e" in kind and "\\0" in kind
    with qtbot.waitSignal(view.panel.shown):
        view._open(1)
    shown = [label for label in view.findChildren(QLabel) if "&amp;" in label.text()]
    assert shown and all(label.textFormat() == Qt.TextFormat.PlainText for label in shown)
    assert not any("\u202e" in label.text() or "\x00" in label.text() for label in view.findChildren(QLabel))


def test_a_profile_that_may_not_write_says_so_before_anything_is_tried(stage: Stage) -> None:
    view = look_view(stage)
    stage.receive(SessionChanged(Session("p", "production", read_only=True)))
    view.bar.place.put("/", "orders")
    view.bar.show_warning(PeekWarning(("it is marked",)))
    assert not view.bar.look.isEnabled() and view.bar.words.text()
    view._take(Ok(looked(Message("", "k", Properties(), b""))))
    view.table.select_key(1)
    assert not view.move_button.isEnabled() and not view.delete_button.isEnabled()


def test_a_search_that_cannot_be_read_is_marked_and_changes_nothing(stage: Stage) -> None:
    view = look_view(stage)
    view._take(Ok(looked(Message("", "a", Properties(), b""), Message("", "b", Properties(), b""))))
    QTest.keyClicks(view.filter_box, "nonsense:1")
    view.filter_box.flush()
    assert view.filter_box.property("wrong") == "true" and view.model.shown == 2
    assert "no field" in view.filter_box.accessibleDescription()


class HeldLooker(Looker):
    """A look ends when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def warning(self, key: QueueKey, clients: Clients) -> PeekWarning:
        return PeekWarning((f"about {key.name}",))

    def look(self, key: QueueKey, count: int, clients: Clients) -> Looked:
        self.let_go.wait()
        return looked(Message("", "k", Properties(), b""))


def test_a_look_is_shown_though_another_queue_was_named_while_it_lasted(stage: Stage, qtbot: QtBot) -> None:
    view = look_view(stage)
    stage.connect(Profile("p"), Secrets())
    view._looker = looker = HeldLooker()
    view.bar.place.put("/", "first")
    qtbot.waitUntil(view.bar.look.isEnabled, timeout=SOON_MS)
    view.bar.press()
    view.bar.place.put("/", "second")
    assert not view.bar.allowed, "one look at a time"
    looker.let_go.set()
    qtbot.waitUntil(lambda: view.looked is not None and view.bar.allowed, timeout=SOON_MS)
    assert view.bar.words.text() == "About second."


def test_everything_that_a_tap_has_not_got_stands_in_its_counters() -> None:
    counts = TapCounts(100, 80, 15, 5, 30, 7, True, 4, 12_000, 1_204.0)
    words = figures(counts, running=True)
    for part in ("1,204/s", "100 received (12 kB)", "50 here", "15 filtered out", "5 passed", "4 waiting"):
        assert part in words
    assert dropped_words(counts) == (
        "30 older ones pushed out · 7 dropped: they came too fast · the broker dropped more, uncounted"
    )
    assert dropped_words(TapCounts(5, 5)) == ""


def test_a_tap_that_ended_by_itself_says_why(stage: Stage) -> None:
    view = tap_view(stage)
    order = TapOrder("queue", "/", "orders")
    stage.receive(TapArrived(stamp(), order, "running", TapRing(), TapCounts()))
    assert view.bar.start.text().strip() == "Stop" and view.counters.state.text() == "Tapping"
    stage.receive(TapArrived(stamp(), order, "ended", TapRing(), None, trouble=NoAnswer("it fell silent", "for 9 s")))
    assert view.bar.start.text().strip() == "Start" and view.counters.state.text() == "Ended: it fell silent."
    assert "For 9 s" in view.empty.accessibleDescription()


def test_a_tap_that_is_wanted_before_the_connection_stands_begins_with_it(stage: Stage, qtbot: QtBot) -> None:
    stage.connect(Profile("p", "amqp://127.0.0.1:1/%2F", "guest", "http://127.0.0.1:1"), Secrets())
    order = TapOrder("queue", "/", "orders")
    stage.session.tap(order)
    qtbot.waitUntil(lambda: stage.store.state.tap is not None and stage.store.state.tap.order == order, timeout=SOON_MS)


def test_what_comes_while_messages_are_read_is_read_next_though_nothing_more_is_told(
    stage: Stage, qtbot: QtBot
) -> None:
    view = tap_view(stage)
    order, ring = TapOrder("queue", "/", "orders"), TapRing()
    stage.receive(TapArrived(stamp(), order, "running", ring, TapCounts()))
    assert [job.join(SOON_MS / 1000) for job in stage.jobs.findChildren(Job)] == [True], "it found nothing yet"
    ring.add([Tapped(1, 0.0, b"", b"orders", b"\0\0", b"", 0, False)])
    stage.receive(TapArrived(stamp(), order, "ended", ring, TapCounts()))
    qtbot.waitUntil(lambda: view.model.rowCount() == 1, timeout=SOON_MS)
