"""A person with a small screen: on every page all controls have the room they need, and so do the dialogs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.exceptions import TimeoutError as TooLate
from pytestqt.qtbot import QtBot

from broker_client.lab.sandbox import Sandbox
from broker_client.lab.shop_topology import EMAIL
from broker_client.rabbit.entities import QueueKey
from dashboard.dialogs.change_dialog import ChangeDialog
from dashboard.dialogs.long_work import LongWorkDialog
from dashboard.page_table import PAGES
from dashboard.pages.connect import ConnectPage
from dashboard.pages.exchanges import ExchangesPage
from dashboard.pages.messages import VIEWS, MessagesPage
from dashboard.pages.overview import OverviewPage
from dashboard.pages.publish_view import PublishView
from dashboard.pages.queues import QueuesPage
from dashboard.pages.redis_page import RedisPage
from dashboard.pages.schedules import SchedulesPage
from dashboard.pages.task_types_page import TaskTypesPage
from dashboard.pages.tasks import TasksPage
from dashboard.pages.topology_page import TopologyPage
from dashboard.pages.workers import WorkersPage
from dashboard.shell.rail import FOLDED_WIDTH, WIDTH
from dashboard.window import FIRST_SIZE, LEAST_SIZE
from tests.cramped import cramped
from tests.hands import SOON_MS, dialog_of
from tests.open_window import OpenWindow

pytestmark = pytest.mark.live

LAPTOP = (1280, 720)
SIZES = (LAPTOP, LEAST_SIZE)
SETTLED_MS = 10_000
"""By then a size has been taken in, on a busy machine too; what is cramped after it stays so."""
LOW = 500
"""As high as a dialog may be that has to show everything without a scroll bar of the screen's own."""
LONG_NAME = "orders of the northern warehouse"


@pytest.fixture
def shop(opened: OpenWindow, demo: Sandbox, qtbot: QtBot) -> OpenWindow:
    """The window on a shop at work."""
    opened.connect(demo.profile, demo.secrets)
    qtbot.waitUntil(lambda: opened.state.queues is not None and len(opened.state.queues.rows) > 8, timeout=SOON_MS)
    return opened


def pages_in_use(opened: OpenWindow) -> Iterator[tuple[str, Callable[[], bool]]]:
    """Brings one page after the other on screen, filled and with its panel open; says when it is ready."""
    for entry in PAGES:
        opened.app.window.show_page(entry.id)
        yield entry.id, _READY[entry.id](opened)


def _after(filled: Callable[[], object], opened: OpenWindow, then: Callable[[], bool]) -> Callable[[], bool]:
    """Prepare the page once it is filled; ready when ``then`` holds."""
    prepared: list[bool] = []

    def ready() -> bool:
        if not prepared and filled():
            opened.app.window.page(opened.app.window.current_page).prepare_for_picture()
            prepared.append(True)
        return bool(prepared) and then()

    return ready


def _overview(opened: OpenWindow) -> Callable[[], bool]:
    page = opened.page(OverviewPage)
    return lambda: page.rate_chart.drawn and page.queues.model.shown > 8 and page.workers.isVisible()


def _queues(opened: OpenWindow) -> Callable[[], bool]:
    page = opened.page(QueuesPage)
    return _after(lambda: page.queues.model.shown, opened, lambda: opened.state.queue_detail is not None)


def _exchanges(opened: OpenWindow) -> Callable[[], bool]:
    page = opened.page(ExchangesPage)
    return _after(lambda: page.exchanges.model.shown, opened, page.panel.isVisible)


def _topology(opened: OpenWindow) -> Callable[[], bool]:
    page = opened.page(TopologyPage)
    page.trace.key.setText("order.created")
    return lambda: page.side.isVisible() and bool(page.why.lines)


def _messages(opened: OpenWindow) -> Callable[[], bool]:
    page = opened.page(MessagesPage)
    return _after(lambda: opened.state.topology, opened, page.view.isVisible)


def _tasks(opened: OpenWindow) -> Callable[[], bool]:
    page = opened.page(TasksPage)
    return _after(lambda: page.tasks.model.shown, opened, lambda: page.panel.detail is not None)


def _task_types(opened: OpenWindow) -> Callable[[], bool]:
    page = opened.page(TaskTypesPage)
    return _after(lambda: page.model.shown, opened, page.panel.isVisible)


def _workers(opened: OpenWindow) -> Callable[[], bool]:
    page = opened.page(WorkersPage)
    return _after(lambda: page.model.shown, opened, page.panel.isVisible)


def _schedules(opened: OpenWindow) -> Callable[[], bool]:
    page = opened.page(SchedulesPage)
    return lambda: page.beat.table.isVisible() and not page.etas.waiting


def _redis(opened: OpenWindow) -> Callable[[], bool]:
    page = opened.page(RedisPage)
    return lambda: page.census.census is not None and bool(page.side.fields.fields)


def _connect(opened: OpenWindow) -> Callable[[], bool]:
    page = opened.page(ConnectPage)
    page.start_new()
    return page.editor.isVisible


_READY = {
    "overview": _overview,
    "queues": _queues,
    "exchanges": _exchanges,
    "topology": _topology,
    "messages": _messages,
    "tasks": _tasks,
    "task_types": _task_types,
    "workers": _workers,
    "schedules": _schedules,
    "redis": _redis,
    "connect": _connect,
}


def troubles_at(size: tuple[int, int], widget: QWidget, where: str, qtbot: QtBot) -> list[str]:
    """What is still cramped once ``widget`` has had time to take that size in."""
    widget.resize(*size)
    try:
        qtbot.waitUntil(lambda: not cramped(widget), timeout=SETTLED_MS)
    except TooLate:
        return [f"{where} at {size[0]} x {size[1]}: {words}" for words in cramped(widget)]
    return []


def test_every_page_has_room_for_its_controls(shop: OpenWindow, qtbot: QtBot) -> None:
    found: list[str] = []
    for page_id, ready in pages_in_use(shop):
        qtbot.waitUntil(ready, timeout=SOON_MS)
        for size in SIZES:
            found += troubles_at(size, shop.app.window, page_id, qtbot)
        shop.app.window.actions_of_window.perform("rail")
        found += troubles_at(LEAST_SIZE, shop.app.window, f"{page_id} beside the names of the pages", qtbot)
    assert not found, "\n".join(found)


def test_every_part_of_a_page_has_room_for_its_controls(shop: OpenWindow, qtbot: QtBot) -> None:
    window, found = shop.app.window, list[str]()
    window.resize(*LEAST_SIZE)
    window.show_page("messages")
    for name, _title, _make in VIEWS:
        shop.page(MessagesPage).show_view(name)
        found += troubles_at(LEAST_SIZE, window, f"messages, {name}", qtbot)
    shop.page(MessagesPage).show_view("publish")
    publish = shop.page(MessagesPage).view
    assert isinstance(publish, PublishView)
    for name in ("code", "shelf"):
        publish.tabs.chosen.emit(name)
        found += troubles_at(LEAST_SIZE, window, f"publish, {name}", qtbot)
    window.show_page("redis")
    for name in shop.page(RedisPage).layers:
        shop.page(RedisPage).reveal(name)
        found += troubles_at(LEAST_SIZE, window, f"redis, {name}", qtbot)
    window.show_page("workers")
    workers = shop.page(WorkersPage)
    qtbot.waitUntil(lambda: workers.model.shown > 0, timeout=SOON_MS)
    workers.open_sheet(str(workers.model.key_at(0)))
    found += troubles_at(LEAST_SIZE, window, "workers, one in detail", qtbot)
    assert not found, "\n".join(found)


def test_the_frame_has_room_for_a_long_name_in_production(opened: OpenWindow, qtbot: QtBot) -> None:
    bar = opened.app.window.top_bar
    bar.show_session(LONG_NAME, "production", True)
    bar.show_vhosts(("/", "warehouse"))
    found = [words for size in SIZES for words in troubles_at(size, bar.window(), "the frame", qtbot)]
    assert not found, "\n".join(found)


def test_the_rail_gives_its_names_away_and_takes_them_back_where_there_is_room(opened: OpenWindow) -> None:
    window = opened.app.window
    window.resize(*LEAST_SIZE)
    assert window.rail.width() == FOLDED_WIDTH
    window.actions_of_window.perform("rail")
    assert window.rail.width() == WIDTH, "a person may want the names all the same"
    window.keep_layout()
    assert not opened.app.settings.flag("look.rail_folded")
    window.resize(*FIRST_SIZE)
    assert window.rail.width() == WIDTH
    window.actions_of_window.perform("rail")
    window.resize(*LEAST_SIZE)
    window.resize(*FIRST_SIZE)
    assert window.rail.width() == FOLDED_WIDTH, "what a person chose comes back"


def test_the_large_dialogs_fit_on_a_small_screen(shop: OpenWindow, qtbot: QtBot) -> None:
    shop.app.window.show_page("queues")
    changes = shop.page(QueuesPage).changes
    openings: tuple[tuple[Callable[[], object], type[QDialog]], ...] = (
        (shop.page(TasksPage).send_task, ChangeDialog),
        (shop.page(QueuesPage).declare, ChangeDialog),
        (lambda: changes.move(QueueKey("/", EMAIL)), LongWorkDialog),
    )
    for open_it, kind in openings:
        open_it()
        dialog = dialog_of(shop, kind, qtbot)
        assert dialog.height() < dialog.screen().availableSize().height()
        assert dialog.minimumSizeHint().height() < LOW
        assert not troubles_at((dialog.width(), LOW), dialog, type(dialog).__name__, qtbot)
        dialog.reject()
