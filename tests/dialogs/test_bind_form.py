"""The form of a binding: from either end, with a key or with headers, and what is wrong or unwise with it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from broker_client.rabbit.changes import Bind
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from dashboard.dialogs.bind_dialog import BindDialog
from dashboard.dialogs.unbind_dialog import UnbindDialog
from tests.page_stage import Stage

ORDERS, MEDIA, FULFIL = ExchangeKey("/", "orders"), ExchangeKey("/", "media"), QueueKey("/", "fulfil")


def opened(stage: Stage, qtbot: QtBot, **begun: ExchangeKey | QueueKey) -> BindDialog:
    form = BindDialog(stage.desk, None, **begun)  # type: ignore[arg-type]
    qtbot.addWidget(form)
    form.show()
    return form


def test_it_begins_from_either_end(stage: Stage, qtbot: QtBot) -> None:
    outgoing = opened(stage, qtbot, source=ORDERS)
    assert (outgoing.source.text, outgoing.target.text) == ("orders", "")
    assert outgoing.first_field() is outgoing.target.input
    incoming = opened(stage, qtbot, target=FULFIL)
    assert (incoming.target.text, incoming.kind.current) == ("fulfil", "queue")
    assert incoming.first_field() is incoming.source.input
    between = opened(stage, qtbot, target=MEDIA)
    assert between.kind.current == "exchange"


def test_a_topic_binding_has_a_key_and_the_code_follows(stage: Stage, qtbot: QtBot) -> None:
    form = opened(stage, qtbot, source=ORDERS, target=FULFIL)
    form.key.input.setText("paid.#")
    assert form.changes() == (Bind(Binding("/", "orders", "fulfil", "queue", "paid.#")),)
    assert "routing_key='paid.#'" in form.code.text
    assert form.mode.isHidden() and not form.key.isHidden()
    assert form.rule.text().startswith("topic: ")


def test_a_headers_binding_has_a_match_mode_and_typed_rows(stage: Stage, qtbot: QtBot) -> None:
    form = opened(stage, qtbot, source=MEDIA, target=FULFIL)
    assert not form.mode.isHidden() and form.key.isHidden()
    assert "matches every message" in form.rows.words.text()
    form.rows.add("size", 5)
    form.rows.add("public", True)
    form.mode.set_current("any-with-x")
    form.mode.chosen.emit("any-with-x")
    arguments = {"x-match": "any-with-x", "size": 5, "public": True}
    assert form.changes() == (Bind(Binding("/", "media", "fulfil", "queue", "", arguments)),)
    assert form.rows.words.text() == "" and "x- too" in form.mode_words.text()


def test_another_exchange_changes_what_is_asked(stage: Stage, qtbot: QtBot) -> None:
    form = opened(stage, qtbot, source=MEDIA, target=FULFIL)
    form.source.input.setText("orders")
    assert form.mode.isHidden() and "x-match" not in form.binding().arguments


def test_the_same_binding_twice_is_not_made(stage: Stage, qtbot: QtBot) -> None:
    form = opened(stage, qtbot, source=ORDERS, target=FULFIL)
    form.key.input.setText("order.#")
    assert form.key.trouble == "This very binding is there already."
    form.press()
    assert form.isVisible()


@pytest.mark.parametrize(
    ("source", "target", "key", "words"),
    [
        ("orders", "fulfil", "a..b", "empty word"),
        ("orders", "fulfil", "é" * 128, "256 bytes"),
        ("nowhere", "fulfil", "a", "no exchange of this name"),
        ("orders", "nowhere", "a", "no queue of this name"),
    ],
)
def test_what_is_wrong_or_unwise_is_said_at_its_field(
    stage: Stage, qtbot: QtBot, source: str, target: str, key: str, words: str
) -> None:
    form = opened(stage, qtbot)
    for field, text in ((form.source, source), (form.target, target), (form.key, key)):
        field.input.setText(text)
    told = " ".join(field.words.text() for field in (form.source, form.target, form.key))
    assert words in told


def test_an_empty_form_says_what_it_needs_when_it_is_pressed(stage: Stage, qtbot: QtBot) -> None:
    form = opened(stage, qtbot)
    assert not form.source.trouble and form.changes() == ()
    form.press()
    assert "every queue is bound to the default" in form.source.trouble
    assert form.target.trouble == "The name of a queue is needed."


def test_names_are_offered_while_one_types(stage: Stage, qtbot: QtBot) -> None:
    form = opened(stage, qtbot, source=ORDERS)
    completer = form.target.input.completer()
    completer.setCompletionPrefix("ul")
    assert completer.currentCompletion() == "fulfil"
    form.kind.set_current("exchange")
    form.kind.chosen.emit("exchange")
    completer.setCompletionPrefix("me")
    assert completer.currentCompletion() == "media"


def test_taking_a_binding_away_says_what_no_longer_arrives(stage: Stage, qtbot: QtBot) -> None:
    binding = Binding("/", "orders", "fulfil", "queue", "order.#", properties_key="order.%23")
    form = UnbindDialog(stage.desk, binding, None)
    qtbot.addWidget(form)
    form.show()
    assert "“fulfil” no longer gets messages that fit this key from “orders”" in form.told.text()
    assert "queue_unbind" in form.code.text and form.go.isEnabled()
