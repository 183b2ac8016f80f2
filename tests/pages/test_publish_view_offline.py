"""The view Publish on told facts: predicted while one types, checked in place, locked where nothing may be changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.entities import ExchangeKey, Overview, QueueKey
from broker_client.rabbit.publisher import StreamCounts
from dashboard.actions.draft_book import Kept
from dashboard.actions.publish_draft import Draft
from dashboard.pages.body_editor import MOST_TYPED_CHARS
from dashboard.pages.messages import MessagesPage
from dashboard.pages.messages_view import PUBLISH, MessagesAt
from dashboard.pages.publish_view import PublishView
from dashboard.store.app_state import Health, OverviewArrived, QueuesArrived, Session, SessionChanged, TopologyArrived
from tests.page_stage import JUST_NOW, Stage, stamp
from tests.topology.topology_examples import binding, exchange, row

SOON_MS = 30_000
EXCHANGES = (exchange("", "direct"), exchange("shop"), exchange("by.header", "headers"))
BINDINGS = (
    binding("shop", "mail", "order.*"),
    binding("shop", "audit", "#"),
    binding("by.header", "mail", kind="queue", x_match="all", kind_="video"),
)
PROFILE = Profile("shop", amqp_url="amqp://127.0.0.1:1/%2F")


def tell(stage: Stage) -> None:
    rows = (row("mail"), row("audit"))
    stage.receive(OverviewArrived(stamp(), Overview(rabbitmq_version="3.10.8"), (), ("/", "other")))
    stage.receive(QueuesArrived(stamp(), rows))
    stage.receive(TopologyArrived(stamp(), None, EXCHANGES, BINDINGS))


@pytest.fixture
def page(stage: Stage, qtbot: QtBot) -> MessagesPage:
    stage.session.open(PROFILE, Secrets())
    page = stage.show(MessagesPage)
    tell(stage)
    with qtbot.waitActive(page):
        page.activateWindow()
    return page


@pytest.fixture
def view(page: MessagesPage) -> PublishView:
    view = page.view
    assert isinstance(view, PublishView)
    return view


def words_become(view: PublishView, words: str, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: view.why.outcome.text() == words, timeout=SOON_MS)


def test_where_it_would_go_is_said_while_one_types(view: PublishView, qtbot: QtBot) -> None:
    target = view.form.target
    QTest.keyClicks(target.exchange.input, "shop")
    QTest.keyClicks(target.key.input, "order.created")
    words_become(view, "Would go to 2 queues: audit, mail.", qtbot)
    assert "Topic exchange" in target.exchange.words.text()
    QTest.keyClicks(target.key.input, ".x")
    words_become(view, "Would go to 1 queue: audit.", qtbot)
    assert any("needs 2 words, the key has 3" in line.why for line in view.why.lines)
    target.exchange.input.setText("nowhere")
    qtbot.waitUntil(lambda: "would refuse it" in view.why.outcome.text(), timeout=SOON_MS)
    assert target.exchange.words.text() == "There is no exchange of this name."


def test_typed_headers_decide_at_a_headers_exchange(view: PublishView, stage: Stage, qtbot: QtBot) -> None:
    stage.receive(TopologyArrived(stamp(), None, EXCHANGES, (binding("by.header", "mail", x_match="all", size=5),)))
    view.form.target.exchange.input.setText("by.header")
    words_become(view, "Would go to no queue: the broker would return it.", qtbot)
    row = view.form.headers.add("size", "5")
    qtbot.waitUntil(lambda: view.reading.aim is not None and bool(view.reading.aim.properties.headers), timeout=SOON_MS)
    words_become(view, "Would go to no queue: the broker would return it.", qtbot)
    row.kind.setCurrentText("number")
    words_become(view, "Would go to 1 queue: mail.", qtbot)
    row.value.setText("five")
    qtbot.waitUntil(lambda: not view.go.isEnabled(), timeout=SOON_MS)
    assert "is no number" in view.form.headers.words.text()


def test_a_queue_that_is_not_there_is_said(view: PublishView, qtbot: QtBot) -> None:
    QTest.mouseClick(view.form.target.kind._buttons["queue"], Qt.MouseButton.LeftButton)
    QTest.keyClicks(view.form.target.queue.input, "mail")
    words_become(view, "Would go to 1 queue: mail.", qtbot)
    QTest.keyClicks(view.form.target.queue.input, "s")
    words_become(view, "Would go to no queue: the broker would return it.", qtbot)
    assert "no queue of this name" in view.form.target.queue.words.text()


def test_broken_json_is_told_with_its_place_and_not_published(view: PublishView, qtbot: QtBot) -> None:
    view.form.body_editor.show_body("JSON", '{"n": {{counter}}, "who": }')
    qtbot.waitUntil(lambda: "line 1, column 27" in view.form.body_editor.words.text(), timeout=SOON_MS)
    assert not view.go.isEnabled()
    assert view.trouble.text() == "The body is not JSON."
    qtbot.waitUntil(lambda: view.why.outcome.text().startswith("Would go to"), timeout=SOON_MS)
    view.form.body_editor.input.setPlainText('{"n": {{counter}}}')
    qtbot.waitUntil(view.go.isEnabled, timeout=SOON_MS)
    assert b'{"n": 1}' in (view.reading.first.body if view.reading.first else b"")


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("exchange", "é" * 128, "256 bytes in UTF-8; 255 are allowed"),
        ("key", "k" * 256, "256 bytes in UTF-8; 255 are allowed"),
        ("key", "a\0b", "It holds a control character"),
    ],
)
def test_names_that_amqp_cannot_carry_are_told_in_place(
    view: PublishView, field: str, text: str, words: str, qtbot: QtBot
) -> None:
    form_field = getattr(view.form.target, field)
    form_field.input.setText(text)
    qtbot.waitUntil(lambda: not view.go.isEnabled(), timeout=SOON_MS)
    assert form_field.words.text() == words


def test_properties_and_amounts_are_checked_in_place(view: PublishView, qtbot: QtBot) -> None:
    view.form.properties.fields["priority"].input.setText("300")
    qtbot.waitUntil(lambda: not view.go.isEnabled(), timeout=SOON_MS)
    assert "0 to 255" in view.form.properties.fields["priority"].words.text()
    view.form.properties.fields["priority"].input.setText("")
    view.form.amount.count_field.input.setText("many")
    qtbot.waitUntil(lambda: view.trouble.text().startswith("Number of messages"), timeout=SOON_MS)
    view.form.amount.count_field.input.setText("2,500")
    qtbot.waitUntil(lambda: view.go.accessibleName() == "Publish 2,500", timeout=SOON_MS)
    assert not view.prove.isEnabled()


def test_an_unknown_placeholder_is_told_and_may_be_sent_as_it_stands(view: PublishView, qtbot: QtBot) -> None:
    view.form.body_editor.input.setPlainText("Dear {{customer}}")
    qtbot.waitUntil(lambda: "customer" in view.trouble.text(), timeout=SOON_MS)
    assert not view.go.isEnabled()
    view.form.amount.fill.setChecked(False)
    qtbot.waitUntil(view.go.isEnabled, timeout=SOON_MS)
    assert view.reading.first is not None and view.reading.first.body == b"Dear {{customer}}"


def test_too_much_to_type_belongs_into_a_file(view: PublishView) -> None:
    data = QMimeData()
    data.setText("x" * (MOST_TYPED_CHARS + 1))
    view.form.body_editor.input.insertFromMimeData(data)
    assert view.form.body_editor.input.toPlainText() == ""
    assert "use a file" in view.form.body_editor.words.text()


def test_a_file_is_read_as_a_job_and_its_failure_is_said(view: PublishView, tmp_path: Path, qtbot: QtBot) -> None:
    editor = view.form.body_editor
    QTest.mouseClick(editor.kind._buttons["file"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not view.go.isEnabled(), timeout=SOON_MS)
    (tmp_path / "body.bin").write_bytes(b"\xff\0" * 500)
    editor.read_path(str(tmp_path / "body.bin"))
    qtbot.waitUntil(view.go.isEnabled, timeout=SOON_MS)
    assert view.reading.first is not None and view.reading.first.body == b"\xff\0" * 500
    assert "1,000 bytes" in editor.words.text()
    editor.read_path(str(tmp_path / "missing"))
    qtbot.waitUntil(lambda: "cannot be read" in editor.path.text(), timeout=SOON_MS)
    qtbot.waitUntil(lambda: not view.go.isEnabled(), timeout=SOON_MS)


def test_csv_rows_fill_their_columns(view: PublishView, tmp_path: Path, qtbot: QtBot) -> None:
    view.form.target.key.input.setText("order.{{csv:city}}")
    qtbot.waitUntil(lambda: "csv" in view.trouble.text(), timeout=SOON_MS)
    (tmp_path / "rows.csv").write_text("city\nbonn\noslo\n")
    view.form.amount.read_path(str(tmp_path / "rows.csv"))
    qtbot.waitUntil(view.go.isEnabled, timeout=SOON_MS)
    assert view.reading.aim is not None and view.reading.aim.routing_key == "order.bonn"
    assert view.form.amount.rows_words.text() == "2 rows: city"
    QTest.mouseClick(view.form.amount.drop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not view.go.isEnabled(), timeout=SOON_MS)


def test_the_code_follows_and_holds_no_password(view: PublishView, qtbot: QtBot) -> None:
    view.form.target.exchange.input.setText("shop")
    view.form.body_editor.input.setPlainText("hello <b>")
    QTest.mouseClick(view.tabs._buttons["code"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "hello <b>" in view.code.text, timeout=SOON_MS)
    for language in ("pika", "kombu", "curl", "rabbitmqadmin"):
        QTest.mouseClick(view.code.language._buttons[language], Qt.MouseButton.LeftButton)
        assert "RABBITMQ_PASSWORD" in view.code.text and "shop" in view.code.text
    QTest.mouseClick(view.code.copy_button, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == view.code.text


def test_a_read_only_profile_is_told_and_cannot_publish(page: MessagesPage, view: PublishView, stage: Stage) -> None:
    stage.receive(SessionChanged(Session("shop", "production", read_only=True)))
    assert page.words.text().startswith("This profile is read-only") and page.mark.isVisible()
    view.renew()
    assert not view.go.isEnabled() and "read-only" in view.go.toolTip()
    view.publish()
    assert not view.run.busy


def test_production_is_said_and_many_are_asked_about(
    page: MessagesPage, view: PublishView, stage: Stage, qtbot: QtBot
) -> None:
    stage.receive(SessionChanged(Session("shop", "production")))
    assert "production" in page.words.text()
    assert view.go.accessibleName() == "Publish to production"
    assert not view.prove.isChecked()
    view.form.amount.count_field.input.setText("500")
    view.publish()
    assert view.confirm.isVisible() and "500 messages to production" in view.confirm.words.text()
    assert not view.run.busy and view.confirm.keep.hasFocus()
    assert page.step_back() and view.confirm.isHidden()
    assert not page.step_back()


def test_nothing_reachable_is_told_as_nothing_sent(view: PublishView, qtbot: QtBot) -> None:
    view.publish()
    qtbot.waitUntil(lambda: view.result.told.title == "Nothing was sent")
    assert view.book.drafts.history == ()


def test_what_is_named_elsewhere_is_aimed_at(page: MessagesPage, view: PublishView) -> None:
    page.reveal(MessagesAt(PUBLISH, QueueKey("/", "mail")))
    assert view.reading.draft.place == ("", "mail")
    page.reveal(MessagesAt(PUBLISH, ExchangeKey("/", "shop")))
    assert (view.reading.draft.to_queue, view.reading.draft.exchange) == (False, "shop")
    draft = Draft("/", False, "shop", "again", {"type": "t"}, {"n": {"$short": 5}}, "hex", "ff", fill=False)
    page.reveal(MessagesAt(PUBLISH, draft))
    assert view.reading.draft == draft
    page.reveal("nonsense")


def test_a_template_is_saved_and_used_again(view: PublishView, qtbot: QtBot) -> None:
    view.form.target.exchange.input.setText("shop")
    view.form.target.key.input.setText("order.created")
    QTest.mouseClick(view.tabs._buttons["shelf"], Qt.MouseButton.LeftButton)
    QTest.keyClicks(view.shelf.name, "an order")
    QTest.keyClick(view.shelf.name, Qt.Key.Key_Return)
    assert view.shelf.model.total == 1
    view.form.target.key.input.setText("something else")
    view.shelf.table.select_key(("an order", 0.0))
    QTest.mouseClick(view.shelf.take_button, Qt.MouseButton.LeftButton)
    assert view.form.target.key.text == "order.created"
    QTest.mouseClick(view.shelf.drop_button, Qt.MouseButton.LeftButton)
    assert view.shelf.model.total == 0


def test_names_of_brokers_never_become_html_or_reorder_words(view: PublishView, stage: Stage, qtbot: QtBot) -> None:
    evil = "<b>\u202email"
    stage.receive(QueuesArrived(stamp(), (row(evil),)))
    stage.receive(TopologyArrived(stamp(), None, EXCHANGES, (binding("shop", evil, "#"),)))
    view.form.target.exchange.input.setText("shop")
    words_become(view, "Would go to 1 queue: <b>\\u202email.", qtbot)
    assert view.why.outcome.textFormat() == Qt.TextFormat.PlainText


def test_the_prediction_says_when_nobody_knows(stage: Stage) -> None:
    page = stage.show(MessagesPage)
    view = page.view
    assert isinstance(view, PublishView)
    assert view.why.outcome.text().startswith("Not known")
    view.take(Kept(Draft(exchange="x", routing_key="y")))
    assert view.trace is None


def test_a_prediction_from_old_facts_is_said_to_be_one(view: PublishView, stage: Stage, qtbot: QtBot) -> None:
    stage.receive(Health("topology", "live"))
    stage.receive(TopologyArrived(stamp(JUST_NOW), None, EXCHANGES, BINDINGS))
    qtbot.waitUntil(lambda: view.why.stale_reason is None, timeout=SOON_MS)
    stage.receive(Health("topology", "down", what="no answer", why="timed out"))
    qtbot.waitUntil(lambda: "no answer" in (view.why.stale_reason or ""), timeout=SOON_MS)


def test_a_crowd_of_bindings_is_counted_and_not_listed_whole(view: PublishView, stage: Stage, qtbot: QtBot) -> None:
    crowd = tuple(binding("shop", "mail", f"svc{number}.#") for number in range(3_000))
    stage.receive(TopologyArrived(stamp(), None, EXCHANGES, crowd))
    view.form.target.exchange.input.setText("shop")
    view.form.target.key.input.setText("svc7.done")
    words_become(view, "Would go to 1 queue: mail.", qtbot)
    qtbot.waitUntil(lambda: len(view.why.lines) == 60, timeout=SOON_MS)
    assert view.why.lines[0].matched
    assert view.why.rest.text() == "and 2,940 more"


def test_late_counts_of_another_broker_are_not_shown(view: PublishView) -> None:
    before = view.result.told
    view.run.forget()
    view.run._hear_counts(0, StreamCounts(5, sent=5))
    assert view.result.told == before
