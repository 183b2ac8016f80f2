"""The forms that declare queues and exchanges: only what is valid, what is wrong at its field, and the same as code."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from broker_client.errors import NoAnswer
from broker_client.rabbit.argument_catalogue import QUEUE_TYPES, queue_arguments
from broker_client.rabbit.changes import DeclareExchange, DeclareQueue
from broker_client.rabbit.declare_conflict import Difference, conflict
from broker_client.rabbit.entities import ExchangeKey, QueueKey
from dashboard.actions.jobs import Err
from dashboard.dialogs.declare_exchange import DeclareExchangeDialog
from dashboard.dialogs.declare_queue import DeclareQueueDialog
from tests.dialogs.conftest import tell
from tests.page_stage import Stage


@pytest.fixture
def queue_form(stage: Stage, qtbot: QtBot) -> DeclareQueueDialog:
    form = DeclareQueueDialog(stage.desk, None, None)
    qtbot.addWidget(form)
    form.show()
    return form


@pytest.fixture
def exchange_form(stage: Stage, qtbot: QtBot) -> DeclareExchangeDialog:
    form = DeclareExchangeDialog(stage.desk, None, None)
    qtbot.addWidget(form)
    form.show()
    return form


def choose_type(form: DeclareQueueDialog, kind: str) -> None:
    form.type.set_current(kind)
    form.type.chosen.emit(kind)


def line(form: DeclareQueueDialog, argument: str) -> QLineEdit:
    found = form.arguments.fields[argument].input
    assert isinstance(found, QLineEdit)
    return found


@pytest.mark.parametrize("kind", QUEUE_TYPES)
def test_a_queue_is_asked_only_for_what_its_type_takes(queue_form: DeclareQueueDialog, kind: str) -> None:
    choose_type(queue_form, kind)
    offered = {argument.name for argument in queue_arguments(kind, "3.10.8")}
    assert set(queue_form.arguments.fields) == offered
    assert queue_form.durable.isHidden() == (kind != "classic")
    assert all(field.words.text() for field in queue_form.arguments.fields.values())
    labels = queue_form.findChildren(QLabel)
    assert kind in {label.text() for label in labels} or queue_form.type.current == kind


def test_what_was_typed_stays_when_the_type_changes_and_the_argument_with_it(queue_form: DeclareQueueDialog) -> None:
    line(queue_form, "x-max-length").setText("100")
    line(queue_form, "x-max-priority").setText("5")
    choose_type(queue_form, "quorum")
    assert queue_form.change().arguments == {"x-max-length": 100}
    choose_type(queue_form, "classic")
    assert queue_form.change().arguments == {"x-max-length": 100, "x-max-priority": 5}


def test_every_kind_of_argument_becomes_a_typed_value(queue_form: DeclareQueueDialog) -> None:
    queue_form.name.input.setText("orders")
    line(queue_form, "x-message-ttl").setText("60,000")
    line(queue_form, "x-dead-letter-exchange").setText("dlx")
    overflow = queue_form.arguments.fields["x-overflow"].input
    single = queue_form.arguments.fields["x-single-active-consumer"].input
    assert isinstance(overflow, QComboBox) and isinstance(single, QCheckBox)
    overflow.setCurrentText("reject-publish")
    single.setChecked(True)
    assert queue_form.change() == DeclareQueue(
        QueueKey("/", "orders"),
        arguments={
            "x-message-ttl": 60_000,
            "x-overflow": "reject-publish",
            "x-dead-letter-exchange": "dlx",
            "x-single-active-consumer": True,
        },
    )
    assert "'x-message-ttl': 60000" in queue_form.code.text


@pytest.mark.parametrize(
    ("argument", "text", "words"),
    [
        ("x-max-priority", "256", "A number from 1 to 255"),
        ("x-max-length", "-1", "A number from 0"),
        ("x-message-ttl", "abc", "A whole number"),
        ("x-expires", "0", "A number from 1"),
        ("x-dead-letter-routing-key", "dead", "There is no dead-letter exchange"),
        ("x-dead-letter-exchange", "é" * 128, "256 bytes in UTF-8, 255 are allowed"),
    ],
)
def test_what_the_broker_would_refuse_is_said_at_its_field_and_not_sent(
    queue_form: DeclareQueueDialog, argument: str, text: str, words: str
) -> None:
    line(queue_form, argument).setText(text)
    field = queue_form.arguments.fields[argument]
    assert field.words.text().startswith(words) and field.words.tone == "crit"
    assert queue_form.code.text == ""
    queue_form.press()
    assert queue_form.isVisible() and queue_form.go.isEnabled()
    line(queue_form, argument).clear()
    assert field.words.text() == field.argument.help


def test_a_name_is_counted_in_bytes(queue_form: DeclareQueueDialog) -> None:
    queue_form.name.input.setText("é" * 10)
    assert queue_form.name.words.text() == "20 of 255 bytes"
    queue_form.name.input.setText("é" * 128)
    assert queue_form.name.trouble.startswith("256 bytes in UTF-8")
    queue_form.name.input.setText("amq.mine")
    assert "belong to the broker" in queue_form.name.trouble


@pytest.mark.parametrize(("version", "tone"), [("3.10.8", "warn"), ("4.0.5", "warn"), ("4.3.0", "crit")])
def test_deprecated_kinds_are_warned_of_and_refused_where_the_broker_refuses(
    stage: Stage, qtbot: QtBot, version: str, tone: str
) -> None:
    tell(stage, version)
    form = DeclareQueueDialog(stage.desk, None, None)
    qtbot.addWidget(form)
    form.durable.setChecked(False)
    assert "deprecated" in form.flag_words.text() and form.flag_words.tone == tone
    assert bool(form.changes()) == (tone == "warn")


def test_a_deprecated_argument_says_what_to_use_instead(queue_form: DeclareQueueDialog) -> None:
    field = queue_form.arguments.fields["x-queue-mode"]
    assert isinstance(field.input, QComboBox)
    field.input.setCurrentText("lazy")
    assert field.words.tone == "warn" and "refused by 4.3" in field.words.text()
    assert queue_form.changes()


def test_a_queue_that_is_there_is_told_of(queue_form: DeclareQueueDialog) -> None:
    queue_form.name.input.setText("fulfil")
    assert "with these settings" in queue_form.name.words.text()
    line(queue_form, "x-max-length").setText("5")
    assert queue_form.name.words.text().endswith("with other settings: x-max-length.")


def test_a_refusal_for_other_settings_stands_side_by_side(queue_form: DeclareQueueDialog) -> None:
    differences = (Difference("x-max-length", "10", "20"), Difference("durable", "true", "false"))
    queue_form._hear(Err(conflict("queue 'orders'", "406", differences)))
    assert queue_form.conflict.isVisible()
    texts = [label.text() for label in queue_form.conflict.findChildren(QLabel) if label.isVisible()]
    assert texts[3:] == ["x-max-length", "10", "20", "durable", "true", "false"]
    queue_form.name.input.setText("other")
    assert queue_form.conflict.isHidden() and queue_form.trouble.isHidden()


def test_an_answer_that_did_not_come_is_unknown_and_never_failed(queue_form: DeclareQueueDialog) -> None:
    queue_form._hear(Err(NoAnswer("declare queue 'orders'", "no answer within 6 s")))
    assert "Nobody knows whether it happened" in queue_form.trouble.text()
    assert "failed" not in queue_form.trouble.text()


def test_a_read_only_profile_locks_the_button_and_says_why(stage: Stage, qtbot: QtBot) -> None:
    tell(stage, read_only=True)
    form = DeclareQueueDialog(stage.desk, None, None)
    qtbot.addWidget(form)
    form.show()
    form.name.input.setText("orders")
    assert not form.go.isEnabled() and "read-only" in form.lock.text() and form.lock.isVisible()
    assert "queue_declare" in form.code.text


def test_the_code_is_shown_in_four_languages_and_copied(exchange_form: DeclareExchangeDialog) -> None:
    exchange_form.name.input.setText("shop")
    seen = set()
    for language in ("pika", "kombu", "curl", "rabbitmqadmin"):
        exchange_form.code.language.set_current(language)
        exchange_form.code.language.chosen.emit(language)
        seen.add(exchange_form.code.text)
        assert "shop" in exchange_form.code.text
    assert len(seen) == 4


def test_the_types_are_those_the_broker_offers(exchange_form: DeclareExchangeDialog) -> None:
    offered = [exchange_form.type.itemText(place) for place in range(exchange_form.type.count())]
    assert offered == ["direct", "fanout", "headers", "topic", "x-delayed-message"]
    assert exchange_form.delayed.isHidden()
    exchange_form.type.setCurrentText("x-delayed-message")
    assert not exchange_form.delayed.isHidden()
    exchange_form.name.input.setText("later")
    exchange_form.delayed.setCurrentText("topic")
    assert exchange_form.change().arguments == {"x-delayed-type": "topic"}


def test_an_exchange_with_everything(exchange_form: DeclareExchangeDialog) -> None:
    exchange_form.name.input.setText("shop")
    exchange_form.internal.setChecked(True)
    exchange_form.alternate.input.setText("orders")
    assert exchange_form.alternate.words.tone == "muted"
    exchange_form.rows.add("x-own", 5)
    asked = DeclareExchange(
        ExchangeKey("/", "shop"), "topic", internal=True, arguments={"x-own": 5, "alternate-exchange": "orders"}
    )
    assert exchange_form.changes() == (asked,)


def test_what_is_wrong_with_an_exchange_is_said(exchange_form: DeclareExchangeDialog) -> None:
    exchange_form.press()
    assert exchange_form.name.trouble == "The exchange needs a name."
    exchange_form.name.input.setText("orders")
    assert "is there" in exchange_form.name.words.text()
    exchange_form.alternate.input.setText("nowhere")
    assert "no exchange of this name yet" in exchange_form.alternate.words.text()
    row = exchange_form.rows.add("x")
    row.kind.setCurrentText("number")
    QTest.keyClicks(row.value, "x")
    assert "is no number" in exchange_form.rows.words.text() and exchange_form.changes() == ()


def test_an_answer_after_the_form_was_closed_is_told_by_a_notice(stage: Stage, queue_form: DeclareQueueDialog) -> None:
    queue_form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    queue_form.reject()
    queue_form._hear(Err(NoAnswer("declare queue 'orders'", "no answer within 6 s")))
    assert stage.notices.recent[-1].title == "declare queue 'orders'"
    assert not queue_form.trouble.text()


def test_the_profiles_own_virtual_host_is_the_first_choice(stage: Stage, qtbot: QtBot) -> None:
    tell(stage, vhost="shop/eu")
    for made in (DeclareQueueDialog(stage.desk, None, None), DeclareExchangeDialog(stage.desk, None, None)):
        qtbot.addWidget(made)
        assert made.vhost() == "shop/eu"
    chosen = DeclareQueueDialog(stage.desk, "/", None)
    qtbot.addWidget(chosen)
    assert chosen.vhost() == "/"
