"""Before something goes, the dialog says exactly what, who is cut off, and whether there is a way back."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from broker_client.errors import NotFound
from broker_client.rabbit.changes import Bind, Change, DeclareQueue, DeleteExchange, DeleteQueue, PurgeQueue
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from broker_client.rabbit.removal import Picture, Removal
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Ok
from dashboard.dialogs.removal_dialog import RemovalDialog
from tests.dialogs.conftest import BINDINGS, tell
from tests.page_stage import Stage

FULFIL = QueueKey("/", "fulfil")
BACK: tuple[Change, ...] = (DeclareQueue(FULFIL), Bind(BINDINGS[0]))


@pytest.fixture(autouse=True)
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the broker holds is told by the test."""
    monkeypatch.setattr(ChangeDesk, "look_at", lambda *_: None)


def shown(stage: Stage, qtbot: QtBot, *pictures: Picture) -> RemovalDialog:
    form = RemovalDialog(stage.desk, [picture.change for picture in pictures], None)
    qtbot.addWidget(form)
    form.show()
    form._take_pictures(Ok(pictures))
    return form


def delete(messages: int = 18_432, consumers: int = 3, no_undo: str = "") -> Picture:
    return Picture(DeleteQueue(FULFIL), BACK, no_undo, messages, consumers)


def test_nothing_can_be_pressed_before_the_broker_was_asked(stage: Stage, qtbot: QtBot) -> None:
    form = RemovalDialog(stage.desk, [DeleteQueue(FULFIL)], None)
    qtbot.addWidget(form)
    form.show()
    assert not form.go.isEnabled() and form.told.text().startswith("Asking the broker")
    form._take_pictures(Err(NotFound("there is no queue 'fulfil' in /")))
    assert not form.go.isEnabled() and "no queue" in form.told.text() and form.told.tone == "crit"


def test_the_button_says_the_verb_and_the_number(stage: Stage, qtbot: QtBot) -> None:
    form = shown(stage, qtbot, delete())
    assert form.go.accessibleName() == "Delete queue and 18,432 messages"
    assert form.windowTitle() == "Delete queue fulfil"
    told = form.told.text()
    assert "18,432 ready messages" in told and "3 consumers are cancelled" in told and "1 binding goes too" in told
    assert "gone for good" in form.back.text()
    form.keep.setChecked(True)
    assert form.back.text() == "Undo declares it again with its bindings, and puts the kept messages back."
    assert form.order().keep


def test_an_empty_queue_has_nothing_to_keep(stage: Stage, qtbot: QtBot) -> None:
    form = shown(stage, qtbot, delete(0, 0))
    assert form.keep.isHidden() and form.go.accessibleName() == "Delete queue"
    assert form.back.text() == "Undo declares it again with its bindings."
    assert "Nobody consumes now" in form.told.text()


def test_conditions_are_part_of_what_is_sent_and_of_its_code(stage: Stage, qtbot: QtBot) -> None:
    form = shown(stage, qtbot, delete())
    form.if_empty.setChecked(True)
    form.if_unused.setChecked(True)
    assert form.order().pictures[0].change == DeleteQueue(FULFIL, if_empty=True, if_unused=True)
    assert "if_unused=True" in form.code.text


def test_where_there_is_no_way_back_it_says_why(stage: Stage, qtbot: QtBot) -> None:
    form = shown(stage, qtbot, delete(no_undo="it is exclusive to the connection that declared it"))
    assert form.back.text().startswith("There is no way back: it is exclusive")


def test_a_purge_says_what_stays(stage: Stage, qtbot: QtBot) -> None:
    form = shown(stage, qtbot, Picture(PurgeQueue(FULFIL), (), "", 1, 2))
    assert form.go.accessibleName() == "Purge 1 message"
    assert "The queue and its bindings stay" in form.told.text() and form.if_empty.isHidden()
    assert "messages in delivery stay with their consumers" in form.told.text().lower()


def test_a_stream_cannot_be_purged_and_is_deleted_without_keeping(stage: Stage, qtbot: QtBot) -> None:
    log = QueueKey("/", "log")
    form = shown(stage, qtbot, Picture(PurgeQueue(log), (), "", 9, 0))
    assert not form.go.isEnabled() and "is a stream" in form.back.text()
    form = shown(stage, qtbot, Picture(DeleteQueue(log), (DeclareQueue(log, "stream"),), "", 9, 0))
    assert form.go.isEnabled() and form.keep.isHidden()


def test_an_exchange_says_how_many_bindings_go_and_whose_dead_letters_are_lost(stage: Stage, qtbot: QtBot) -> None:
    key = ExchangeKey("/", "orders")
    to_it = Binding("/", "media", "orders", "exchange", "#")
    form = shown(stage, qtbot, Picture(DeleteExchange(key), (Bind(BINDINGS[0]), Bind(to_it))))
    assert "1 binding from it and 1 to it" in form.told.text()
    assert form.go.accessibleName() == "Delete exchange" and form.if_empty.isHidden()
    assert not form.if_unused.isHidden()


def test_a_list_is_frozen_and_named(stage: Stage, qtbot: QtBot) -> None:
    keys = [QueueKey("/", f"q{number}") for number in range(15)]
    pictures = [Picture(PurgeQueue(key), (), "", 10, 0) for key in keys]
    form = shown(stage, qtbot, *pictures)
    assert form.windowTitle() == "Purge 15 queues" and form.go.accessibleName() == "Purge 150 messages"
    assert form.names.text().startswith("q0\nq1\n") and form.names.text().endswith("and 3 more")
    assert [picture.change for picture in form.order().pictures] == [PurgeQueue(key) for key in keys]


@pytest.mark.parametrize(
    ("removals", "word"),
    [((DeleteQueue(FULFIL),), "fulfil"), ((DeleteQueue(FULFIL), DeleteQueue(QueueKey("/", "b"))), "2")],
)
def test_on_production_it_has_to_be_typed(stage: Stage, qtbot: QtBot, removals: tuple[Removal, ...], word: str) -> None:
    tell(stage, environment="production")
    form = shown(stage, qtbot, *(Picture(removal, BACK, "", 5, 0) for removal in removals))
    assert form.typed.isVisible() and not form.go.isEnabled()
    QTest.keyClicks(form.typed.input, word)
    assert form.go.isEnabled()
    QTest.keyClicks(form.typed.input, "x")
    assert not form.go.isEnabled()


def test_each_queue_is_deleted_where_it_is(stage: Stage, qtbot: QtBot) -> None:
    there = QueueKey("shop/eu", "fulfil")
    pictures = (delete(), Picture(DeleteQueue(there), (DeclareQueue(there),), "", 0, 0))
    form = shown(stage, qtbot, *pictures)
    assert "virtual_host='/'" in form.code.text and "virtual_host='shop/eu'" in form.code.text


def test_a_name_with_hidden_characters_is_typed_as_it_is_seen(stage: Stage, qtbot: QtBot) -> None:
    tell(stage, environment="production")
    key = QueueKey("/", "a\u202eb")
    form = shown(stage, qtbot, Picture(DeleteQueue(key), (DeclareQueue(key),), "", 0, 0))
    assert form.typed.input.placeholderText() == "a\\u202eb" and "\u202e" not in form.windowTitle()
    QTest.keyClicks(form.typed.input, "a\\u202eb")
    assert form.go.isEnabled() and form.order().pictures[0].change.key == key
