"""The topology page on told facts: choose, walk, search, trace, fold, list and export, by mouse and keyboard."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QComboBox, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from dashboard.look.theme import theme
from dashboard.pages.topology_page import TopologyPage
from dashboard.store.app_state import Health, QueuesArrived, TopologyArrived
from dashboard.topology.canvas import Canvas
from dashboard.topology.export import png_bytes, svg_bytes, write_picture
from dashboard.topology.graph import FOLD, NodeId
from dashboard.topology.picture import Facts
from dashboard.topology.scene_painter import Look
from tests.page_stage import Stage, stamp
from tests.topology.topology_examples import binding, crowd, row, shop

SOON_MS = 30_000
ORDERS = NodeId("exchange", "/", "orders.events")
FULFIL = NodeId("queue", "/", "orders.fulfil")
SEARCH = NodeId("queue", "/", "search.index")


def tell(stage: Stage, facts: Facts) -> None:
    stage.receive(QueuesArrived(stamp(), facts.rows))
    stage.receive(TopologyArrived(stamp(), None, facts.exchanges, facts.bindings, facts.consumers))


def shown(stage: Stage, qtbot: QtBot, facts: Facts) -> TopologyPage:
    page = stage.show(TopologyPage)
    tell(stage, facts)
    qtbot.waitUntil(lambda: bool(page.canvas.scene.graph.nodes), timeout=SOON_MS)
    return page


@pytest.fixture
def page(stage: Stage, qtbot: QtBot) -> TopologyPage:
    page = shown(stage, qtbot, shop())
    with qtbot.waitActive(page):
        page.activateWindow()
    return page


def middle(page: TopologyPage, node: NodeId) -> QPoint:
    spot = page.canvas.scene.plan.spots[node]
    return QPointF(*page.canvas.view.to_view(spot.x + spot.width / 2, spot.middle)).toPoint()


def click(page: TopologyPage, node: NodeId) -> None:
    QTest.mouseClick(page.canvas, Qt.MouseButton.LeftButton, pos=middle(page, node))


def key(page: TopologyPage, *keys: Qt.Key) -> None:
    for one in keys:
        QTest.keyClick(page.canvas, one)


def test_the_whole_shop_is_in_sight_at_first(page: TopologyPage) -> None:
    assert page.bar.counts.text() == "7 exchanges, 11 queues, 12 bindings"
    bounds, seen = page.canvas.scene.bounds, page.canvas.view.seen(page.canvas.width(), page.canvas.height())
    assert seen.x <= bounds.x and seen.right >= bounds.right and seen.y <= bounds.y and seen.bottom >= bounds.bottom
    assert page.minimap.isHidden()


def test_before_the_first_answer_the_page_says_what_it_waits_for(stage: Stage) -> None:
    page = stage.show(TopologyPage)
    stage.receive(Health("management", "down", what="connect", why="refused"))
    assert page.stack.currentWidget() is page.empty
    assert "No answer" in page.empty.accessibleName()


def test_a_click_opens_the_panel_and_escape_closes_it(page: TopologyPage) -> None:
    click(page, ORDERS)
    assert page.panel.isVisible() and page.panel.name.text() == "orders.events"
    assert "pattern" in page.panel.meaning.text()
    assert page.panel.leaving.count.text() == "3"
    click(page, FULFIL)
    assert page.panel.name.text() == "orders.fulfil"
    assert page.step_back()
    assert not page.side.isVisible()
    assert not page.step_back()


def test_the_arrow_keys_walk_along_the_lines_and_between_neighbours(page: TopologyPage) -> None:
    page.canvas.setFocus()
    click(page, ORDERS)
    key(page, Qt.Key.Key_Right)
    first = page.canvas.selected
    assert first is not None and first in {edge.target for edge in page.canvas.scene.graph.leaving[ORDERS]}
    page.canvas.select(SEARCH)
    key(page, Qt.Key.Key_Left)
    assert page.canvas.selected == ORDERS
    key(page, Qt.Key.Key_Down)
    below = page.canvas.selected
    assert below is not None
    assert page.canvas.scene.plan.spots[below].y > page.canvas.scene.plan.spots[ORDERS].y
    key(page, Qt.Key.Key_Up)
    assert page.canvas.selected == ORDERS


def test_the_canvas_says_which_node_has_the_keyboard(page: TopologyPage) -> None:
    page.canvas.select(FULFIL)
    interface = QAccessible.queryAccessibleInterface(page.canvas)
    assert interface.text(QAccessible.Text.Name) == "Topology"
    said = interface.text(QAccessible.Text.Description)
    assert said.startswith("Queue orders.fulfil, 9,210 ready · growing. From orders.events (order.created).")
    assert "dlx (dead letters)" in said


def test_the_ring_of_the_keyboard_can_be_seen(page: TopologyPage) -> None:
    page.canvas.select(FULFIL)
    page.bar.search.setFocus()
    without = page.canvas.grab().toImage()
    page.canvas.setFocus()
    assert page.canvas.grab().toImage() != without


def test_zoom_and_pan_by_keyboard_mouse_and_wheel(page: TopologyPage, qtbot: QtBot) -> None:
    scale = page.canvas.view.scale
    page.canvas.setFocus()
    key(page, Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_Plus)
    assert page.canvas.view.scale > scale * 1.5
    qtbot.waitUntil(page.minimap.isVisible)
    before = page.canvas.view
    QTest.mouseClick(page.minimap, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    assert page.canvas.view != before and page.canvas.view.scale == before.scale
    key(page, Qt.Key.Key_0)
    assert page.canvas.is_fitted and page.minimap.isHidden()


def test_dragging_moves_the_picture_and_chooses_nothing(page: TopologyPage) -> None:
    before, start = page.canvas.view, middle(page, ORDERS)
    QTest.mousePress(page.canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(page.canvas, start + QPoint(40, 30))
    QTest.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 30))
    assert (page.canvas.view.dx, page.canvas.view.dy) == (before.dx + 40, before.dy + 30)
    assert page.canvas.selected is None


def test_typing_a_key_lights_the_way_and_says_why_not(page: TopologyPage, qtbot: QtBot) -> None:
    page.trace.choose(ExchangeKey("/", "orders.events"))
    QTest.keyClicks(page.trace.key, "order.created")
    qtbot.waitUntil(lambda: page.trace.words.text().startswith("3 queues: "))
    assert page.why.isVisible()
    assert {line.matched for line in page.why.lines} == {True}
    page.trace.key.setText("order.x")
    qtbot.waitUntil(lambda: any(line.matched is False and line.why for line in page.why.lines))
    assert page.canvas.emphasis.is_dim(FULFIL) and not page.canvas.emphasis.is_dim(SEARCH)
    QTest.keyClick(page.trace.key, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not page.side.isVisible())
    assert page.canvas.emphasis.nodes is None


def test_headers_that_cannot_be_read_are_named(page: TopologyPage, qtbot: QtBot) -> None:
    page.trace.choose(ExchangeKey("/", "media.rules"))
    QTest.keyClicks(page.trace.headers, "kind")
    qtbot.waitUntil(lambda: "not name=value" in page.trace.words.text())
    QTest.keyClicks(page.trace.headers, "=video")
    qtbot.waitUntil(lambda: page.trace.words.text() == "1 queue: media.transcode")


def test_a_search_brings_out_what_it_finds(page: TopologyPage, qtbot: QtBot) -> None:
    QTest.keyClicks(page.bar.search, "payments")
    qtbot.waitUntil(lambda: page.canvas.emphasis.nodes is not None)
    assert not page.canvas.emphasis.is_dim(NodeId("queue", "/", "payments.refund"))
    assert page.canvas.emphasis.is_dim(FULFIL)
    QTest.keyClick(page.bar.search, Qt.Key.Key_Down)
    assert page.canvas.hasFocus() and page.canvas.selected is not None


def test_only_problems_leaves_the_rest_out(page: TopologyPage, qtbot: QtBot) -> None:
    QTest.mouseClick(page.bar.problems, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: SEARCH not in page.canvas.scene.graph.by_id, timeout=SOON_MS)
    assert FULFIL in page.canvas.scene.graph.by_id
    assert page.bar.counts.text().startswith("5 exchanges, 3 queues") or "3 queues" in page.bar.counts.text()


def test_what_is_there_stays_where_it_is_when_a_queue_comes(page: TopologyPage, stage: Stage, qtbot: QtBot) -> None:
    click(page, ORDERS)
    before = dict(page.canvas.scene.plan.spots)
    facts = shop()
    new = binding("orders.events", "orders.new", "order.new")
    tell(stage, msgspec.structs.replace(facts, rows=(*facts.rows, row("orders.new")), bindings=(*facts.bindings, new)))
    fresh = NodeId("queue", "/", "orders.new")
    qtbot.waitUntil(lambda: fresh in page.canvas.scene.graph.by_id, timeout=SOON_MS)
    assert {node: page.canvas.scene.plan.spots[node] for node in before} == before
    assert page.canvas.selected == ORDERS


def test_the_list_says_the_same_and_answers_the_trace(page: TopologyPage, qtbot: QtBot) -> None:
    QTest.mouseClick(page.bar.shape.findChildren(type(page.bar.fit))[1], Qt.MouseButton.LeftButton)
    assert page.twin.isVisible()
    assert page.twin.model.total == 12
    page.trace.choose(ExchangeKey("/", "payments"))
    QTest.keyClicks(page.trace.key, "refund")
    qtbot.waitUntil(lambda: page.trace.words.text() == "1 queue: payments.refund")
    taken = [r.binding.destination for r in page.twin.model.rows() if r.traced and r.taken]
    assert taken == ["payments.refund"]


def test_a_fold_opens_into_its_queues(stage: Stage, qtbot: QtBot) -> None:
    page = shown(stage, qtbot, crowd(500))
    fold = next(node.id for node in page.canvas.scene.graph.nodes if node.id.kind == FOLD)
    members = page.canvas.scene.graph.by_id[fold].members
    page.canvas.select(fold, show=True)
    page.canvas.node_chosen.emit(fold)
    assert page.panel.unfold_button.isVisible()
    QTest.mouseClick(page.panel.unfold_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: fold not in page.canvas.scene.graph.by_id, timeout=SOON_MS)
    assert {page.canvas.scene.picture.place_of[member].name for member in members} == {m.name for m in members}


@pytest.mark.parametrize("way", ["button", "key", "menu"])
def test_what_was_unfolded_is_folded_again_and_everything_else_keeps_its_place(
    stage: Stage, way: str, qtbot: QtBot
) -> None:
    page = shown(stage, qtbot, crowd(500))
    canvas = page.canvas
    before = dict(canvas.scene.plan.spots)
    fold = next(node.id for node in canvas.scene.graph.nodes if node.id.kind == FOLD)
    page.folds.unfold(fold)
    qtbot.waitUntil(lambda: fold not in canvas.scene.graph.by_id, timeout=SOON_MS)
    assert all(canvas.scene.plan.spots[node] == before[node] for node in before if node != fold)
    member = canvas.selected
    assert member is not None
    assert member in canvas.scene.picture.unfolded and page.panel.node == member
    opened = dict(canvas.scene.plan.spots)
    if way == "button":
        QTest.mouseClick(page.panel.fold_button, Qt.MouseButton.LeftButton)
    elif way == "key":
        canvas.setFocus()
        QTest.keyClick(canvas, Qt.Key.Key_F)
    else:
        canvas.customContextMenuRequested.emit(middle(page, member))
        menu = next(menu for menu in page.findChildren(QMenu) if menu.isVisible())
        next(action for action in menu.actions() if action.text() == "Fold again").trigger()
        menu.close()
    qtbot.waitUntil(lambda: canvas.selected == fold, timeout=SOON_MS)
    assert dict(canvas.scene.plan.spots) == before
    page.folds.toggle(fold)
    qtbot.waitUntil(lambda: fold not in canvas.scene.graph.by_id, timeout=SOON_MS)
    assert dict(canvas.scene.plan.spots) == opened


def test_a_queue_is_revealed_and_can_be_opened_on_its_page(page: TopologyPage, stage: Stage) -> None:
    page.reveal(QueueKey("/", "orders.fulfil"))
    assert page.panel.name.text() == "orders.fulfil"
    QTest.mouseClick(page.panel.queue_button, Qt.MouseButton.LeftButton)
    assert stage.went == [("queues", QueueKey("/", "orders.fulfil"))]


def test_the_topology_is_asked_for_only_while_the_page_is_seen(stage: Stage, qtbot: QtBot) -> None:
    page = shown(stage, qtbot, shop())
    assert stage.session.topology_watchers == {"topology"}
    assert len(stage.watched[-1]) == 11
    page.deactivate()
    assert not stage.session.topology_watchers
    assert stage.watched[-1] == ()


def test_the_picture_is_written_as_svg_and_png(page: TopologyPage, tmp_path: Path) -> None:
    scene = page.canvas.scene
    svg = svg_bytes(scene, Look(), theme()).decode()
    assert svg.startswith("<?xml") and "orders.fulfil" in svg and "order.created" in svg
    image = QImage.fromData(png_bytes(scene, Look(), theme()))
    assert image.width() > 2 * scene.bounds.width
    assert write_picture(scene, Look(), theme(), tmp_path / "t.png").stat().st_size > 10_000


def test_an_export_is_asked_for_and_told(page: TopologyPage, stage: Stage, tmp_path: Path, qtbot: QtBot) -> None:
    page.export.ask(page.canvas, ".svg")
    dialog = page.export.dialog
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "topology.svg"))
    dialog.reject()
    qtbot.waitUntil(lambda: [notice.title for notice in stage.notices.recent] == ["Picture written"], timeout=SOON_MS)
    assert (tmp_path / "topology.svg").exists()
    page.export.ask(page.canvas, ".png")
    assert page.export.dialog is not None
    page.export.dialog.fileSelected.emit(str(tmp_path / "no" / "t.png"))
    page.export.dialog.reject()
    qtbot.waitUntil(lambda: len(stage.notices.recent) == 2, timeout=SOON_MS)
    assert "cannot be written" in stage.notices.recent[-1].title


def test_every_control_has_a_name_that_can_be_read_out(page: TopologyPage) -> None:
    shown: list[QWidget] = []
    for view in (page.panel, page.why):
        page.side.setCurrentWidget(view)
        page.side.show()
        kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, Canvas)
        shown += [widget for kind in kinds for widget in page.findChildren(kind) if widget.isVisible()]
    nameless = [
        widget
        for widget in shown
        if not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        and not isinstance(widget.parentWidget(), QAbstractItemView)
    ]
    assert len(shown) > 20
    assert nameless == []


def test_tab_leads_from_the_search_to_the_canvas(page: TopologyPage) -> None:
    page.bar.search.setFocus()
    for _ in range(40):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused is page.canvas:
            break
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert page.canvas.hasFocus()
    assert page.canvas.selected is not None
