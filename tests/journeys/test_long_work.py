"""A person stops what lasts, with the mouse, and takes up what a kill -9 has cut short; no message is lost by it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from broker_client.lab.wire import Wire
from broker_client.ledger import Ledger
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.tcp_door import address_of
from dashboard.actions.notices import Notice
from dashboard.dialogs.move_messages import MoveMessages
from dashboard.dialogs.move_words import MOST_NAMED
from dashboard.dialogs.put_back import PutBack
from dashboard.dialogs.removal_dialog import RemovalDialog
from dashboard.dialogs.unfinished_moves import UnfinishedMove
from dashboard.pages.queues import QueuesPage
from dashboard.places import Places
from tests.conftest import Brokers
from tests.hands import click, dialog_of
from tests.journeys.moving_window import Access
from tests.live.message_store import MessageStore
from tests.open_window import OpenWindow
from tests.waiting import until

pytestmark = pytest.mark.live
SOON_MS = 60_000
COUNT = 8_000
SLOW = 60_000
"""Bytes a second: all the messages would take half a minute."""


@pytest.fixture
def store(vhost: Profile, sandbox: Brokers) -> Iterator[MessageStore]:
    """The queue ``dead`` with many messages, and ``orders``."""
    with closing(MessageStore(vhost, sandbox.secrets)) as store:
        store.declare("dead", "orders")
        store.put_all("dead", ((str(number), b"x" * 100) for number in range(COUNT)))
        yield store


@pytest.fixture
def wire(vhost: Profile) -> Iterator[Wire]:
    """What the window talks through in AMQP: slow when asked, so that work is still going on when it is stopped."""
    with Wire(address_of(vhost.amqp_url).port) as wire:
        yield wire


def through(vhost: Profile, wire: Wire) -> Profile:
    address = address_of(vhost.amqp_url)
    return msgspec.structs.replace(vhost, amqp_url=f"amqp://127.0.0.1:{wire.port}{address.path}")


def opened_queue(opened: OpenWindow, vhost: Profile, sandbox: Brokers, wire: Wire, qtbot: QtBot) -> QueuesPage:
    opened.connect(through(vhost, wire), sandbox.secrets, "queues")
    page, key = opened.page(QueuesPage), QueueKey(vhost_of(vhost), "dead")
    qtbot.waitUntil(lambda: page.queues.row(key) is not None, timeout=SOON_MS)
    page.reveal(key)
    return page


def purge_that_keeps(opened: OpenWindow, vhost: Profile, sandbox: Brokers, wire: Wire, qtbot: QtBot) -> RemovalDialog:
    """The dialog that purges ``dead`` and keeps its messages, ready to go."""
    page = opened_queue(opened, vhost, sandbox, wire, qtbot)
    click(page.panel.purge_button, qtbot)
    form = dialog_of(opened, RemovalDialog, qtbot)
    qtbot.waitUntil(lambda: form.go.isEnabled() and form.keep.isVisible(), timeout=SOON_MS)
    form.keep.setChecked(True)
    return form


def ids(store: MessageStore, queue: str, at_least: int = 0) -> Counter[str]:
    return Counter(message.properties.message_id or "" for message in store.take(queue, at_least))


def test_a_move_that_runs_is_stopped_with_the_mouse_and_says_how_many_went_and_stayed(
    opened: OpenWindow, vhost: Profile, sandbox: Brokers, store: MessageStore, wire: Wire, qtbot: QtBot
) -> None:
    page = opened_queue(opened, vhost, sandbox, wire, qtbot)
    click(page.panel.move_button, qtbot)
    form = dialog_of(opened, MoveMessages, qtbot)
    QTest.keyClicks(form.name.input, "orders")
    wire.throttle(SLOW)
    click(form.go, qtbot)
    qtbot.waitUntil(lambda: form.progress.bar.value() > 100, timeout=SOON_MS)
    assert form.progress.isVisible() and f"of {COUNT:,} confirmed" in form.far.text()
    assert form.cancel.accessibleName() == "Stop"
    click(form.cancel, qtbot)
    wire.mend()
    qtbot.waitUntil(lambda: form.receipt is not None, timeout=SOON_MS)
    went = store.depth("orders")
    stayed = COUNT - went
    assert 0 < went < COUNT and store.holds("dead", stayed)
    assert form.outcome.text().startswith(f"Stopped: {went:,} messages moved to queue orders")
    assert f"{stayed:,} stayed where they were." in form.outcome.text()
    click(form.cancel, qtbot)


def test_keeping_messages_before_a_purge_tells_how_far_it_is_and_is_stopped_with_a_way_back(
    opened: OpenWindow, vhost: Profile, sandbox: Brokers, store: MessageStore, wire: Wire, qtbot: QtBot
) -> None:
    form = purge_that_keeps(opened, vhost, sandbox, wire, qtbot)
    wire.throttle(SLOW)
    click(form.go, qtbot)
    qtbot.waitUntil(lambda: form.progress.bar.value() > 0, timeout=SOON_MS)
    assert f"of {COUNT:,} messages are kept in a file" in form.progress.far.text()
    click(form.cancel, qtbot)
    wire.mend()
    notices = opened.workings.notices
    qtbot.waitUntil(lambda: any("Stopped" in said.title for said in notices.recent), timeout=SOON_MS)
    said = next(said for said in notices.recent if "Stopped" in said.title)
    assert said.title == "Stopped: “dead” was not purged"
    until(lambda: f"{store.depth('dead'):,} messages stayed in “dead”" in said.words)
    stayed = store.depth("dead")
    assert 0 < stayed < COUNT and f"{COUNT - stayed:,} messages are kept" in said.words
    opened.app.window.actions_of_window.perform("undo")
    said_of(opened, "Messages of “dead” are back", qtbot)
    assert ids(store, "dead", COUNT) == Counter(str(number) for number in range(COUNT))


def test_messages_that_go_back_tell_how_far_they_are_and_are_stopped_and_gone_on_with(
    opened: OpenWindow,
    vhost: Profile,
    sandbox: Brokers,
    store: MessageStore,
    wire: Wire,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form = purge_that_keeps(opened, vhost, sandbox, wire, qtbot)
    click(form.go, qtbot)
    purged = said_of(opened, "Queue “dead” purged", qtbot)
    assert purged.offer == "Undo" and purged.accept is not None and store.depth("dead") == 0
    monkeypatch.setattr("dashboard.dialogs.put_back.PATIENCE_MS", 0)
    wire.throttle(SLOW)
    purged.accept()
    dialog = dialog_of(opened, PutBack, qtbot)
    qtbot.waitUntil(lambda: dialog.progress.bar.value() > 0, timeout=SOON_MS)
    assert f"of {COUNT:,} messages are back" in dialog.far.text()
    assert dialog.cancel.accessibleName() == "Stop" and not dialog.go.isVisible()
    click(dialog.cancel, qtbot)
    wire.mend()
    stopped = said_of(opened, "Stopped: not all messages of “dead” are back", qtbot)
    back = store.depth("dead")
    assert 0 < back < COUNT
    assert stopped.words == f"{back:,} of {COUNT:,} messages went back. {COUNT - back:,} are still in their file."
    assert stopped.offer == "Go on" and stopped.accept is not None
    monkeypatch.undo()
    stopped.accept()
    said_of(opened, "Messages of “dead” are back", qtbot)
    assert ids(store, "dead", COUNT) == Counter(str(number) for number in range(COUNT))


def said_of(opened: OpenWindow, title: str, qtbot: QtBot) -> Notice:
    """The notice with this title, once it is there."""
    found: list[Notice] = []

    def is_said() -> bool:
        found[:] = [said for said in opened.workings.notices.recent if said.title == title]
        return bool(found)

    qtbot.waitUntil(is_said, timeout=SOON_MS)
    return found[-1]


def command_that_moves(folder: Path, vhost: Profile, sandbox: Brokers) -> subprocess.Popen[bytes]:
    url = vhost.amqp_url.replace("://", f"://{vhost.username}@")
    journals = str(Places.under(folder).journals_folder)
    argv = [sys.executable, "-m", "broker_client", "move", "--journals", journals, "--json", "--amqp", url]
    environment = {**os.environ, "WARREN_AMQP_PASSWORD": sandbox.secrets.rabbitmq}
    return subprocess.Popen(
        [*argv, "--from", "dead", "--to-queue", "orders"], stdout=subprocess.DEVNULL, env=environment
    )


def window_that_moves(folder: Path, vhost: Profile, sandbox: Brokers) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "tests.journeys.moving_window", str(folder), "dead", "orders"]
    mover = subprocess.Popen(argv, stdin=subprocess.PIPE)
    assert mover.stdin is not None
    mover.stdin.write(msgspec.json.encode(Access(vhost, Secrets(rabbitmq=sandbox.secrets.rabbitmq))))
    mover.stdin.close()
    return mover


def kill_when_it_moves(mover: subprocess.Popen[bytes], store: MessageStore, wire: Wire) -> None:
    """Its line is slow, so that it is in the middle however late it is seen; what was on the line is lost."""
    until(lambda: mover.poll() is not None or store.depth("orders"), timeout_s=60, words="the move begins")
    assert mover.poll() is None, "it ended before it was killed"
    mover.send_signal(signal.SIGKILL)
    mover.wait()
    wire.cut()
    wire.mend()


@pytest.mark.parametrize("begin", [command_that_moves, window_that_moves])
def test_a_move_whose_process_was_killed_is_told_at_the_next_opening_with_exactly_what_is_in_doubt(
    begin: Callable[[Path, Profile, Brokers], subprocess.Popen[bytes]],
    opened: OpenWindow,
    vhost: Profile,
    sandbox: Brokers,
    store: MessageStore,
    wire: Wire,
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    assert Places.under(tmp_path) == opened.app.places
    slow = through(vhost, wire)
    wire.throttle(SLOW)
    kill_when_it_moves(begin(tmp_path, slow, sandbox), store, wire)
    (left,) = Ledger(opened.app.places.journals_folder).unfinished()
    assert not left.running
    opened.connect(slow, sandbox.secrets, "queues")
    notices = opened.workings.notices
    qtbot.waitUntil(lambda: any("was cut short" in said.title for said in notices.recent), timeout=SOON_MS)
    said = next(said for said in notices.recent if "was cut short" in said.title)
    assert said.words == f"{left.confirmed:,} sent, {len(left.in_doubt):,} in doubt" and said.accept is not None
    said.accept()
    dialog = dialog_of(opened, UnfinishedMove, qtbot)
    named = [line.strip() for line in dialog.doubts.text().split("\n")[1 : 1 + MOST_NAMED]]
    assert named == [item.label for item in left.in_doubt[:MOST_NAMED]]

    click(dialog.go, qtbot)
    qtbot.waitUntil(lambda: dialog.finished_work, timeout=SOON_MS)
    dialog.reject()
    arrived = ids(store, "orders")
    stayed = ids(store, "dead", COUNT - len(arrived))
    assert arrived.keys() | stayed.keys() == {str(number) for number in range(COUNT)}, "nothing is lost"
    assert set(arrived.values()) == {1}, "nothing is there twice"
    assert stayed.keys() <= {item.label for item in left.in_doubt}, "what stayed is what was named"
