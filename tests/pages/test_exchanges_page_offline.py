"""The exchange page on told facts: what it shows, hides, predicts and asks, without a broker."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QTableView
from pytestqt.qtbot import QtBot

from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, Overview, QueueKey, Rates
from dashboard.pages.exchanges import ExchangesPage
from dashboard.store.app_state import (
    Health,
    OverviewArrived,
    QueuesArrived,
    Session,
    SessionChanged,
    TopologyArrived,
)
from tests.models.queue_examples import make_row
from tests.page_stage import Stage, stamp

HOSTILE = "<b>&amp;</b>\u202e\x00 %s"
ORDERS, AMQ = ExchangeKey("/", "orders"), ExchangeKey("/", "amq.topic")


def exchanges(*more: Exchange) -> tuple[Exchange, ...]:
    usual = (
        Exchange("/", "", "direct", True),
        Exchange("/", "amq.topic", "topic", True),
        Exchange("/", "orders", "topic", True, rate_in=12.0, rate_out=20.0),
        Exchange("/", "media", "headers", True),
    )
    return (*usual, *more)


BINDINGS = (
    Binding("/", "", "fulfil", "queue", "fulfil"),
    Binding("/", "orders", "fulfil", "queue", "order.*"),
    Binding("/", "orders", "search", "queue", "#"),
    Binding("/", "media", "search", "queue", "", {"x-match": "any", "kind": "video"}),
    Binding("/", "orders", "media", "exchange", "media.#"),
)


def tell(stage: Stage, *more: Exchange, bindings: tuple[Binding, ...] = BINDINGS, rates: Rates | None = None) -> None:
    overview = Overview("3.10.8", rates=rates or Rates(), exchange_types=("direct", "fanout", "headers", "topic"))
    stage.receive(OverviewArrived(stamp(), overview, (), ("/",)))
    stage.receive(QueuesArrived(stamp(), (make_row("fulfil"), make_row("search"))))
    stage.receive(TopologyArrived(stamp(), None, exchanges(*more), bindings))


def names(page: ExchangesPage) -> list[str]:
    return [row.exchange.name for row in page.exchanges.model.rows()]


@pytest.fixture
def page(stage: Stage) -> ExchangesPage:
    page = stage.show(ExchangesPage)
    tell(stage)
    return page


def test_built_in_exchanges_are_hidden_until_they_are_wanted(page: ExchangesPage, stage: Stage) -> None:
    assert names(page) == ["media", "orders"]
    page.exchanges.built_in.click()
    assert set(names(page)) == {"", "amq.topic", "media", "orders"}
    assert stage.settings.flag("exchanges.show_built_in")


def test_a_hidden_exchange_that_is_jumped_to_is_shown(page: ExchangesPage) -> None:
    page.exchanges.filter_box.setText("orders")
    page.exchanges.filter_box.flush()
    page.reveal(AMQ)
    assert page.exchanges.table.current_key() == AMQ and page.panel.name.text() == "amq.topic"
    assert page.exchanges.filter_box.text() == ""


def test_the_filter_finds_names_and_types(page: ExchangesPage) -> None:
    for text, left in (("ORD", ["orders"]), ("headers", ["media"]), ("!headers", ["orders"]), ("none", [])):
        page.exchanges.filter_box.setText(text)
        page.exchanges.filter_box.flush()
        assert names(page) == left
    assert "“none”" in page.exchanges.empty.accessibleDescription()


def test_the_virtual_host_has_a_column_only_where_it_tells_exchanges_apart(page: ExchangesPage, stage: Stage) -> None:
    shown = page.exchanges.table.layout_of_columns.is_shown
    assert not shown("vhost")
    stage.receive(OverviewArrived(stamp(), Overview("3.10.8"), (), ("/", "shop")))
    stage.receive(TopologyArrived(stamp(), None, exchanges(Exchange("shop", "orders", "topic")), BINDINGS))
    assert shown("vhost") and names(page).count("orders") == 2


def test_unroutable_messages_are_told_where_people_look(page: ExchangesPage, stage: Stage) -> None:
    assert page.exchanges.unroutable.text() == "Nothing unroutable"
    tell(stage, rates=Rates(returned=0.4, dropped=2.5))
    assert page.exchanges.unroutable.text() == "Unroutable: 0.4 /s returned · 2.5 /s dropped"
    assert page.exchanges.unroutable_mark.tone == "warn"
    assert "does not count them by exchange" in page.exchanges.unroutable.accessibleDescription()


def test_the_panel_tells_bindings_of_both_ends_and_what_is_reached(page: ExchangesPage, qtbot: QtBot) -> None:
    page.reveal(ExchangeKey("/", "media"))
    assert [row.binding.destination for row in page.panel.leaving.model.rows()] == ["search"]
    assert [row.binding.source for row in page.panel.arriving.model.rows()] == ["orders"]
    page.reveal(ORDERS)
    qtbot.waitUntil(lambda: page.panel.reaches.title.text() == "Reaches 2 queues")
    assert "dropped, or returned" in page.panel.reaches.words.text()


def test_a_key_is_tried_while_one_types_and_the_misses_say_why(page: ExchangesPage, qtbot: QtBot) -> None:
    page.reveal(ORDERS)
    trial = page.panel.trial
    QTest.keyClicks(trial.key, "order.paid")
    qtbot.waitUntil(lambda: trial.words.text() == "Prediction: 2 queues: fulfil, search")
    assert any("media.#" in reason for reason in trial.reasons)
    taken = {row.binding.destination: row.taken for row in page.panel.leaving.model.rows()}
    assert taken == {"fulfil": True, "search": True, "media": False}
    trial.clear()
    trial.try_now()
    assert trial.words.text() == "" and not any(row.traced for row in page.panel.leaving.model.rows())


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ("kind=video", "Prediction: 1 queue: search"),
        ("kind=5", "Prediction: no queue. The message is dropped, or returned if it is mandatory"),
        ("kind", "“kind” is not name=value"),
    ],
)
def test_headers_are_tried_where_they_matter(page: ExchangesPage, headers: str, outcome: str, qtbot: QtBot) -> None:
    page.reveal(ExchangeKey("/", "media"))
    assert not page.panel.trial.headers.isHidden()
    QTest.keyClicks(page.panel.trial.headers, headers)
    qtbot.waitUntil(lambda: page.panel.trial.words.text() == outcome)


def test_a_prediction_follows_when_bindings_change(page: ExchangesPage, stage: Stage, qtbot: QtBot) -> None:
    page.reveal(ORDERS)
    QTest.keyClicks(page.panel.trial.key, "x.y.z")
    qtbot.waitUntil(lambda: page.panel.trial.words.text() == "Prediction: 1 queue: search")
    tell(stage, bindings=(*BINDINGS, Binding("/", "orders", "fulfil", "queue", "x.#")))
    qtbot.waitUntil(lambda: page.panel.trial.words.text() == "Prediction: 2 queues: search, fulfil")


def test_loose_ends_are_listed_and_lead_to_their_subject(page: ExchangesPage, stage: Stage, qtbot: QtBot) -> None:
    lonely = Exchange("/", "lonely", "fanout", True, rate_in=3.0, count_in=9)
    stage.receive(
        QueuesArrived(stamp(), (make_row("fulfil", arguments={"x-dead-letter-exchange": "no"}), make_row("search")))
    )
    stage.receive(TopologyArrived(stamp(), None, exchanges(lonely), BINDINGS))
    qtbot.waitUntil(lambda: len(page.strip.findings) == 2)
    assert page.strip.isVisible() and page.strip.findings[0].exchange == ExchangeKey("/", "lonely")
    row = page.exchanges.row(ExchangeKey("/", "lonely"))
    assert row is not None and row.finding is not None
    page.strip.list.chosen.emit(page.strip.findings[0])
    assert page.panel.problem.text().startswith("lonely reaches no queue")
    page.strip.list.chosen.emit(page.strip.findings[1])
    assert stage.went == [("queues", QueueKey("/", "fulfil"))]
    tell(stage)
    qtbot.waitUntil(page.strip.isHidden)


def test_an_exchange_that_went_says_so_and_cannot_be_changed(page: ExchangesPage, stage: Stage) -> None:
    page.reveal(ORDERS)
    gone = tuple(one for one in exchanges() if one.name != "orders")
    stage.receive(TopologyArrived(stamp(), None, gone, ()))
    assert page.panel.rule.text() == "There is no exchange of this name any more."
    assert not page.panel.delete_button.isEnabled()


@pytest.mark.parametrize(("key", "why"), [(AMQ, "RabbitMQ itself"), (ExchangeKey("/", ""), "RabbitMQ itself")])
def test_what_belongs_to_the_broker_is_not_offered_for_deletion(
    page: ExchangesPage, stage: Stage, monkeypatch: pytest.MonkeyPatch, key: ExchangeKey, why: str
) -> None:
    monkeypatch.setattr(stage.desk, "why_not", str)
    page.reveal(key)
    assert not page.panel.delete_button.isEnabled() and why in page.panel.delete_button.toolTip()
    assert page.panel.bind_button.isEnabled() == bool(key.name)


def test_a_hostile_name_is_plain_text_everywhere(page: ExchangesPage, stage: Stage) -> None:
    arguments: dict[str, Any] = {HOSTILE: HOSTILE}
    bindings = (*BINDINGS, Binding("/", HOSTILE, HOSTILE, "queue", HOSTILE, arguments))
    tell(stage, Exchange("/", HOSTILE, HOSTILE, True, arguments=arguments, policy=HOSTILE), bindings=bindings)
    page.reveal(ExchangeKey("/", HOSTILE))
    shown = page.panel.name.text()
    assert "<b>" in shown and "\u202e" not in shown and "\x00" not in shown
    labels = page.findChildren(QLabel)
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)
    assert not any("\u202e" in label.text() or "\x00" in label.text() for label in labels)


def test_a_click_opens_the_panel_keys_follow_and_escape_closes_it(page: ExchangesPage) -> None:
    table = page.exchanges.table
    spot = table.visualRect(page.exchanges.model.index_of(ExchangeKey("/", "media"), 1)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert page.panel.name.text() == "media"
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert page.panel.name.text() == "orders"
    assert page.step_back() and page.panel.isHidden()
    assert not page.step_back()


def test_a_lost_source_leaves_the_last_rows_dimmed_with_the_reason(page: ExchangesPage, stage: Stage) -> None:
    stage.receive(Health("topology", "down", what="the management API", why="refused"))
    page._tick()
    assert "refused" in (page.exchanges.stale_reason or "") and names(page) == ["media", "orders"]


def test_another_broker_shows_nothing_of_the_one_before(page: ExchangesPage, stage: Stage) -> None:
    page.reveal(ORDERS)
    stage.receive(SessionChanged(Session("other")))
    assert not names(page) and page.panel.isHidden() and page.strip.isHidden()


def test_nothing_is_asked_of_the_broker_while_nobody_looks(stage: Stage) -> None:
    page = stage.show(ExchangesPage)
    assert "exchanges" in stage.session.topology_watchers
    page.deactivate()
    assert "exchanges" not in stage.session.topology_watchers


def test_every_control_has_a_name_and_can_be_reached(page: ExchangesPage) -> None:
    page.reveal(ORDERS)
    page.activateWindow()
    kinds = (QAbstractButton, QLineEdit, QTableView)
    inside = {child for table in page.findChildren(QTableView) for child in table.findChildren(QAbstractButton)}
    controls = [w for kind in kinds for w in page.findChildren(kind) if w.isVisible() and w not in inside]
    inner = [w for w in controls if not isinstance(w.parent(), QLineEdit)]
    assert inner and all(widget.accessibleName() for widget in inner), [w for w in inner if not w.accessibleName()]
    reached = set()
    page.exchanges.filter_box.setFocus()
    for _ in range(3 * len(controls)):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    wanted = {w for w in inner if w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus}
    assert wanted <= reached


def test_a_narrow_page_shows_the_table_or_the_details(page: ExchangesPage) -> None:
    page.resize(700, 700)
    page.reveal(ORDERS)
    assert page.exchanges.isHidden() and page.panel.isVisible()
    page.resize(1_200, 700)
    assert not page.exchanges.isHidden()
    assert page.panel.rect().contains(QPoint(10, 10))


def test_a_right_click_offers_what_can_be_done_with_an_exchange(
    page: ExchangesPage, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.desk, "why_not", str)
    menu = page._made_menu((ORDERS,))
    assert menu is not None
    actions = {action.text(): action for action in menu.actions() if action.text()}
    assert all(action.isEnabled() for action in actions.values())
    actions["Show in the topology"].trigger()
    assert stage.went == [("topology", ORDERS)]
    own = page._made_menu((AMQ,))
    assert own is not None
    offered = {action.text(): action.isEnabled() for action in own.actions()}
    assert not offered["Delete…"] and offered["Bind…"]
    assert page._made_menu((ORDERS, AMQ)) is None


def test_of_ten_thousand_bindings_the_first_are_listed_and_those_that_match_before_them(
    page: ExchangesPage, stage: Stage, qtbot: QtBot
) -> None:
    crowd = tuple(Binding("/", "orders", "search", "queue", f"svc{number}.#") for number in range(3_000))
    tell(stage, bindings=crowd)
    page.reveal(ORDERS)
    leaving = page.panel.leaving
    assert leaving.model.total == 500 and leaving.words.text().startswith("500 of 3,000 are listed here")
    page.panel.trial.key.setText("svc2999.done")
    qtbot.waitUntil(lambda: page.panel.trial.words.text() == "Prediction: 1 queue: search")
    qtbot.waitUntil(lambda: [row.binding for row in leaving.model.rows() if row.taken] == [crowd[2999]])
    assert leaving.model.total == 500
