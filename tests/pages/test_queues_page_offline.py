"""The queue page on told facts: what it shows, hides, sorts, watches and says, without a broker."""

from __future__ import annotations

from time import monotonic

import msgspec
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Binding, Consumer, Depth, Overview, QueueDetail, QueueKey
from dashboard.look.wording import DASH
from dashboard.pages.queue_list import QueueList
from dashboard.pages.queues import QueuesPage
from dashboard.store.app_state import (
    DepthsArrived,
    Health,
    OverviewArrived,
    QueueDetailArrived,
    QueuesArrived,
    Session,
    SessionChanged,
)
from dashboard.widgets.badge import Badge
from tests.models.queue_examples import make_row
from tests.page_stage import JUST_NOW, Stage, stamp

HOSTILE = "<b>&amp;</b>\u202e\x00 %s"


def system(row: QueueRow) -> QueueRow:
    return msgspec.structs.replace(row, system=True)


def tell(stage: Stage, *rows: QueueRow, age_s: float = 0.0) -> None:
    stage.receive(QueuesArrived(stamp(age_s), rows))


def tell_vhosts(stage: Stage, *vhosts: str) -> None:
    stage.receive(OverviewArrived(stamp(), Overview("3.10.8"), (), vhosts))


def names(queues: QueueList) -> list[str]:
    return [row.queue.name for row in queues.shown_rows()]


def cell(queues: QueueList, key: QueueKey, column: str) -> str:
    return str(queues.model.index_of(key, queues.model.column_of(column)).data())


def type_filter(page: QueuesPage, text: str) -> None:
    page.queues.filter_box.setText(text)
    page.queues.filter_box.flush()


def test_the_worst_queue_is_on_top_until_another_order_is_chosen(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    tell(stage, make_row("calm"), make_row("late", status="backlog"), make_row("alone", status="no_consumer"))
    assert names(page.queues) == ["alone", "late", "calm"]
    page.queues.table.sort_by("name")
    assert names(page.queues) == ["alone", "calm", "late"]


def test_the_filter_takes_words_exclusions_and_regular_expressions(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    tell(stage, make_row("mail.out"), make_row("mail.dead"), make_row("orders"))
    for text, left in (("MAIL", {"mail.out", "mail.dead"}), ("mail !dead", {"mail.out"}), ("/^o.*s$/", {"orders"})):
        type_filter(page, text)
        assert set(names(page.queues)) == left
    assert page.queues.count.text() == "1 of 3"
    type_filter(page, "nothing like it")
    assert "nothing like it" in page.queues.empty.accessibleDescription()
    type_filter(page, "")
    assert len(names(page.queues)) == 3


def test_queues_that_celery_made_for_itself_are_hidden_until_they_are_wanted(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    tell(stage, make_row("orders"), system(make_row("celery@a.celery.pidbox")))
    assert names(page.queues) == ["orders"]
    page.system_button.click()
    assert len(names(page.queues)) == 2
    assert stage.settings.flag("queues.show_system")


def test_the_virtual_host_has_a_column_only_where_it_tells_queues_apart(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    shown = page.queues.table.layout_of_columns.is_shown
    tell_vhosts(stage, "/")
    tell(stage, make_row("orders"))
    assert not shown("vhost")
    tell_vhosts(stage, "/", "shop")
    tell(stage, make_row("orders"), make_row("orders", "shop"))
    assert shown("vhost") and page.queues.model.shown == 2
    stage.view.choose_vhost("shop")
    assert not shown("vhost") and page.queues.model.shown == 1


def test_every_figure_that_the_broker_left_out_is_a_dash(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    row = make_row("bare", ready=None, unacked=None, total=None, consumers=None, memory_bytes=None)
    tell(stage, msgspec.structs.replace(row, drain="unknown", drain_s=None))
    for column in ("ready", "unacked", "total", "consumers", "memory", "drain", "capacity", "in_memory"):
        assert cell(page.queues, row.key, column) == DASH


def test_a_probed_depth_is_shown_at_once_and_named_as_live(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    row = make_row("orders", ready=40)
    tell(stage, row)
    stage.receive(DepthsArrived(stamp(JUST_NOW, "AMQP"), (Depth(row.key, 41, 3),)))
    assert cell(page.queues, row.key, "ready") == "41"
    page._tick()
    assert "live" in page.queues.ages.text() and "AMQP" in page.queues.ages.text()


def test_only_queues_on_the_screen_are_probed_and_none_when_the_page_is_left(stage: Stage, qtbot: QtBot) -> None:
    page = stage.show(QueuesPage)
    tell(stage, *(make_row(f"queue-{number:03}") for number in range(200)))
    qtbot.waitUntil(lambda: bool(stage.watched[-1]))
    assert 5 < len(stage.watched[-1]) < 60
    last = make_row("queue-199").key
    page.open_panel(last)
    assert last in stage.watched[-1]
    page.deactivate()
    assert stage.watched[-1] == ()


def test_a_hostile_name_is_plain_text_everywhere(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    row = make_row(HOSTILE)
    tell(stage, row)
    page.reveal(row.key)
    shown = cell(page.queues, row.key, "name")
    assert "<b>" in shown and "\u202e" not in shown and "\x00" not in shown
    assert page.panel.name.text() == shown
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in page.findChildren(QLabel))


def test_a_click_opens_the_panel_keys_follow_and_escape_closes_it(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    first, second = make_row("a"), make_row("b")
    tell(stage, first, second)
    table = page.queues.table
    spot = table.visualRect(page.queues.model.index_of(first.key, 2)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert page.panel.isVisible() and page.panel.key == first.key
    assert stage.opened_queues[-1] == (first.key, 600)
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert page.panel.key == second.key and stage.opened_queues[-1][0] == second.key
    assert page.step_back() and page.panel.isHidden()
    assert stage.opened_queues.pop() == (None, 600)
    assert not page.step_back()


def test_the_table_leaves_columns_out_while_the_panel_is_open_and_keeps_the_layout_whole(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    row = make_row("orders")
    tell(stage, row)
    shown = page.queues.table.layout_of_columns.is_shown
    page.open_panel(row.key)
    assert not shown("memory")
    page.deactivate()
    assert b'"memory"' in stage.settings.layout("queues/table")
    again = stage.show(QueuesPage)
    assert again.queues.table.layout_of_columns.is_shown("memory")
    page.close_panel()
    assert shown("memory")


def test_a_small_window_shows_either_the_table_or_the_details(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    tell(stage, make_row("orders"))
    page.resize(692, 500)
    page.open_panel(make_row("orders").key)
    assert page.panel.isVisible() and page.queues.isHidden()
    page.resize(1200, 800)
    assert page.panel.isVisible() and page.queues.isVisible()
    page.resize(692, 500)
    assert page.width() == 692 and page.queues.isHidden()
    page.step_back()
    assert page.queues.isVisible() and page.panel.isHidden()


def test_a_chosen_column_and_order_are_there_again_next_time(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    page.queues.table.show_column("capacity")
    page.queues.table.sort_by("memory", Qt.SortOrder.DescendingOrder)
    page.deactivate()
    again = stage.show(QueuesPage).queues
    assert again.table.layout_of_columns.is_shown("capacity")
    assert again.model.sorted_by == (again.model.column_of("memory"), Qt.SortOrder.DescendingOrder)


def test_a_revealed_queue_is_selected_even_when_filters_hide_it_or_it_has_not_arrived(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    hidden = system(make_row("amq.gen-x", "shop"))
    stage.view.choose_vhost("/")
    tell(stage, make_row("orders"))
    type_filter(page, "orders")
    page.reveal(hidden.key)
    assert page.panel.isVisible()
    tell(stage, make_row("orders"), hidden)
    assert page.queues.table.current_key() == hidden.key


def test_the_selection_survives_new_figures_and_another_order(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    tell(stage, make_row("a"), make_row("b"), make_row("c"))
    key = make_row("b").key
    page.queues.select(key)
    tell(stage, make_row("c", status="no_consumer"), make_row("b", ready=7), make_row("a"), make_row("0"))
    assert page.queues.table.current_key() == key
    assert cell(page.queues, key, "ready") == "7"


def test_the_panel_shows_consumers_bindings_and_what_arguments_mean(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    row = make_row("orders", arguments={"x-message-ttl": 60_000}, policy="short", effective_policy={"max-length": 9})
    tell(stage, row)
    page.open_panel(row.key)
    consumer = Consumer(row.key, "worker-1", peer="127.0.0.1:4", prefetch=0, ack_required=True)
    bindings = (Binding("/", "shop", "orders", "queue", "order.#"), Binding("/", "", "orders", "queue", "orders"))
    stage.receive(QueueDetailArrived(stamp(), QueueDetail(row.queue, (consumer,), bindings, ())))
    assert page.panel.consumers.count.text() == "1"
    assert [binding.source for binding in page.panel.bindings.model.rows()] == ["shop"]
    words = " ".join(label.text() for label in page.panel.settings.findChildren(QLabel))
    assert "expires" in words and "comes from policy short" in words


def test_the_panel_wears_a_badge_for_each_feature_of_its_queue(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    row = make_row("orders", arguments={"x-message-ttl": 60_000, "x-dead-letter-exchange": "<b>dlx</b>"})
    tell(stage, row, make_row("plain", durable=False))
    page.open_panel(row.key)
    badges = page.panel.badges.findChildren(Badge)
    assert [badge.text for badge in badges] == ["D", "TTL", "DLX"]
    assert "expire after 1 m" in badges[1].toolTip()
    assert "&lt;b&gt;dlx" in badges[2].toolTip()
    page.open_panel(QueueKey("/", "plain"))
    assert page.panel.badges.isHidden()


def test_the_age_of_the_figures_is_told_shorter_beside_the_details(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    row = make_row("orders")
    tell(stage, row, age_s=JUST_NOW)
    stage.receive(DepthsArrived(stamp(JUST_NOW), (Depth(row.key, 3, 1),)))
    page.queues.tick(monotonic())
    assert page.queues.ages.text().endswith("from the management API")
    page.open_panel(row.key)
    assert page.queues.ages.text().startswith("Depth 0.") and " s ago · rates " in page.queues.ages.text()


def test_an_answer_for_another_queue_is_not_shown(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    row, other = make_row("orders"), make_row("other")
    tell(stage, row, other)
    page.open_panel(row.key)
    consumer = Consumer(other.key, "worker-1")
    stage.receive(QueueDetailArrived(stamp(), QueueDetail(other.queue, (consumer,), (), ())))
    assert page.panel.consumers.count.text() == ""


def test_a_queue_that_goes_away_is_said_to_be_gone(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    row = make_row("orders")
    tell(stage, row, make_row("other"))
    page.reveal(row.key)
    tell(stage, make_row("other"))
    assert page.panel.isVisible()
    assert "no queue of this name" in page.panel.meaning.text()


def test_the_name_is_copied_as_it_is(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    tell(stage, make_row("orders & <more>"))
    page.open_panel(make_row("orders & <more>").key)
    page.panel.copy_button.click()
    assert QGuiApplication.clipboard().text() == "orders & <more>"
    assert stage.notices.recent[-1].title == "Name copied"


def test_an_empty_page_says_why(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    empty = page.queues.empty
    stage.receive(Health("management", "down", what="connect", why="refused", next_try=stamp(-3.5).at))
    assert "refused" in empty.accessibleDescription() and "next try in" in empty.accessibleDescription()
    tell(stage)
    assert empty.accessibleName() == "No queues yet" and "queue_declare" in empty.accessibleDescription()
    tell(stage, system(make_row("amq.gen-1")))
    assert empty.accessibleName() == "No queue of yours here"


def test_old_figures_are_dimmed_with_the_reason_and_the_next_try(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    tell(stage, make_row("orders"), age_s=20)
    stage.receive(Health("management", "down", what="management API", why="HTTP 503", next_try=stamp(-90).at))
    page._tick()
    reason = page.queues.stale_reason or ""
    assert " s ago" in reason and "503" in reason and "next try in" in reason
    tell(stage, make_row("orders"), age_s=JUST_NOW)
    stage.receive(Health("management", "live"))
    page._tick()
    assert page.queues.stale_reason is None


def test_details_that_cannot_be_had_say_why(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    tell(stage, make_row("orders"))
    page.open_panel(make_row("orders").key)
    assert not page.panel.stale_reason
    refused = Health("queue_detail", "refused", what="read the queue", why="the user lacks the tag “monitoring”")
    stage.receive(refused)
    page._tick()
    reason = page.panel.accessibleDescription()
    assert "lacks the tag “monitoring”" in reason and "waits for you" in reason


def test_rows_hold_still_under_the_mouse_and_their_figures_do_not(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    tell(stage, make_row("a"), make_row("b"))
    viewport = page.queues.table.viewport()
    place = QPointF(viewport.rect().center())
    nothing = Qt.MouseButton.NoButton
    move = QMouseEvent(
        QEvent.Type.MouseMove, place, viewport.mapToGlobal(place), nothing, nothing, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(viewport, move)
    assert page.queues.table.held
    tell(stage, make_row("a"), make_row("b", status="no_consumer", ready=77))
    assert names(page.queues) == ["a", "b"]
    assert cell(page.queues, make_row("b").key, "ready") == "77"
    QApplication.sendEvent(page.queues.table, QEvent(QEvent.Type.Leave))
    assert names(page.queues) == ["b", "a"]


def test_another_session_starts_with_an_empty_page(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    tell(stage, make_row("orders"))
    page.open_panel(make_row("orders").key)
    stage.receive(SessionChanged(Session("other")))
    assert not page.panel.isVisible()
    assert page.queues.model.total == 0


def test_before_a_picture_the_details_of_a_queue_are_open(stage: Stage) -> None:
    page = stage.show(QueuesPage)
    page.prepare_for_picture()
    assert not page.panel.isVisible()
    tell(stage, make_row("calm"), make_row("late", status="backlog"))
    page.prepare_for_picture()
    assert page.panel.key == make_row("late").key
