"""A person at the window on a running broker: it opens, shows what is true, and obeys mouse and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from broker_client.lab.sandbox import Sandbox
from dashboard.dialogs.palette import Palette
from dashboard.look.theme import theme
from dashboard.page_table import PAGE_KEYS, PAGES
from dashboard.pages.overview import OverviewPage
from dashboard.pages.queues import QueuesPage
from dashboard.shell.rail import FOLDED_WIDTH, WIDTH
from dashboard.widgets.line_chart import LineChart
from dashboard.window import FIRST_SIZE, LEAST_SIZE, Window
from tests.conftest import Brokers
from tests.hands import SOON_MS
from tests.open_window import OpenWindow

pytestmark = pytest.mark.live


def press(widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(widget, key, modifier)


def focus_page(opened: OpenWindow) -> None:
    """The keyboard on no control."""
    root = opened.app.window.centralWidget()
    assert root is not None
    root.setFocus()


def test_a_first_start_offers_a_sandbox_or_a_connection(opened: OpenWindow) -> None:
    assert opened.app.window.current_page == "connect"
    assert opened.app.window.windowTitle() == "Connections - Warren"


def test_live_data_is_shown_with_versions_and_latencies(opened: OpenWindow, demo: Sandbox, qtbot: QtBot) -> None:
    opened.connect(demo.profile, demo.secrets)
    qtbot.waitUntil(lambda: opened.state.queues is not None and len(opened.state.queues.rows) > 8, timeout=SOON_MS)
    qtbot.waitUntil(lambda: "2 of 2 workers answer" in opened.line("Celery").words, timeout=SOON_MS)
    assert opened.line("RabbitMQ").name.startswith("RabbitMQ 3") or opened.line("RabbitMQ").name.startswith(
        "RabbitMQ 4"
    )
    qtbot.waitUntil(lambda: opened.line("RabbitMQ").words.endswith("ms"), timeout=SOON_MS)
    qtbot.waitUntil(lambda: opened.line("Redis").tone == "ok", timeout=SOON_MS)
    assert opened.app.window.windowTitle().startswith(demo.profile.name)


def test_the_charts_of_the_first_page_are_drawn(opened: OpenWindow, demo: Sandbox, qtbot: QtBot) -> None:
    opened.connect(demo.profile, demo.secrets)
    charts = opened.page(OverviewPage).findChildren(LineChart)
    qtbot.waitUntil(lambda: all(chart.drawn for chart in charts if chart.isVisible()), timeout=SOON_MS)


def test_every_page_opens_by_its_number_and_goes_back_with_escape(
    opened: OpenWindow, demo: Sandbox, qtbot: QtBot
) -> None:
    opened.connect(demo.profile, demo.secrets)
    window = opened.app.window
    by_number = PAGES[: len(PAGE_KEYS)]
    for number, entry in enumerate(by_number, 1):
        press(window, Qt.Key(Qt.Key.Key_0 + number % 10), Qt.KeyboardModifier.ControlModifier)
        assert window.current_page == entry.id
        opened.turn()
    focus_page(opened)
    press(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.current_page == by_number[-2].id, timeout=SOON_MS)


def test_escape_empties_a_filter_then_leaves_it_and_only_then_goes_back(
    opened: OpenWindow, demo: Sandbox, qtbot: QtBot
) -> None:
    opened.connect(demo.profile, demo.secrets)
    window = opened.app.window
    window.show_page("queues")
    qtbot.waitUntil(lambda: opened.state.queues is not None, timeout=SOON_MS)
    box = opened.page(QueuesPage).queues.filter_box
    focus_page(opened)
    press(window, Qt.Key.Key_Slash)
    assert QApplication.focusWidget() is box
    QTest.keyClicks(box, "mail")
    press(box, Qt.Key.Key_Escape)
    assert (window.current_page, box.text(), QApplication.focusWidget()) == ("queues", "", box)
    press(box, Qt.Key.Key_Escape)
    table = opened.page(QueuesPage).queues.table
    assert window.current_page == "queues" and QApplication.focusWidget() is table
    press(table, Qt.Key.Key_Escape)
    assert window.current_page == "overview"


class StrayWindows(QObject):
    """Notes every widget that is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


def test_no_part_of_a_page_flashes_up_as_a_window(
    opened: OpenWindow, demo: Sandbox, qapp: QApplication, qtbot: QtBot
) -> None:
    stray = StrayWindows()
    qapp.installEventFilter(stray)
    opened.connect(demo.profile, demo.secrets)
    qtbot.waitUntil(lambda: opened.state.queues is not None, timeout=SOON_MS)
    for entry in PAGES:
        opened.app.window.show_page(entry.id)
        opened.turn()
        opened.app.window.page(entry.id).prepare_for_picture()
        if entry.id == QueuesPage.page_id:
            qtbot.waitUntil(lambda: opened.state.queue_detail is not None, timeout=SOON_MS)
    qapp.removeEventFilter(stray)
    assert stray.seen == []


def test_the_palette_leads_to_a_queue_by_the_keyboard_alone(opened: OpenWindow, demo: Sandbox, qtbot: QtBot) -> None:
    opened.connect(demo.profile, demo.secrets)
    qtbot.waitUntil(lambda: opened.state.queues is not None and len(opened.state.queues.rows) > 8, timeout=SOON_MS)
    press(opened.app.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), Palette), timeout=SOON_MS)
    palette = QApplication.activePopupWidget()
    assert palette is not None
    field, found = palette.findChild(QLineEdit), palette.findChild(QListView)
    assert field is not None and found is not None
    QTest.keyClicks(field, "orders.ful")
    assert found.model().index(0, 0).data() == "orders.fulfil"
    press(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.app.window.current_page == "queues", timeout=SOON_MS)

    def detail_name() -> str:
        arrived = opened.state.queue_detail
        return arrived.detail.queue.name if arrived is not None else ""

    qtbot.waitUntil(lambda: detail_name() == "orders.fulfil", timeout=SOON_MS)


def test_the_theme_switches_by_key_and_is_remembered(opened: OpenWindow, sandbox: Brokers) -> None:
    opened.connect(sandbox.profile, sandbox.secrets)
    press(opened.app.window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert not theme().dark
    assert opened.app.settings.text("look.theme") == "light"
    press(opened.app.window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert theme().dark


def test_space_holds_the_picture_and_recording_goes_on(opened: OpenWindow, demo: Sandbox, qtbot: QtBot) -> None:
    opened.connect(demo.profile, demo.secrets)
    focus_page(opened)
    press(opened.app.window, Qt.Key.Key_Space)
    assert opened.app.view.paused
    shown = opened.state.overview
    recorded = len(opened.workings.history.window("ready", 3600)[0])
    qtbot.waitUntil(lambda: len(opened.workings.history.window("ready", 3600)[0]) > recorded, timeout=SOON_MS)
    assert opened.state.overview is shown
    press(opened.app.window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: opened.state.overview is not shown, timeout=SOON_MS)


def test_space_belongs_to_the_button_that_has_the_keyboard(opened: OpenWindow, sandbox: Brokers) -> None:
    opened.connect(sandbox.profile, sandbox.secrets)
    button = next(button for button in opened.app.window.rail.findChildren(QPushButton) if button.isCheckable())
    button.setFocus()
    press(button, Qt.Key.Key_Space)
    assert not opened.app.view.paused


def test_the_rail_folds_to_icons_and_stays_so(opened: OpenWindow) -> None:
    rail = opened.app.window.rail
    press(opened.app.window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert rail.width() == FOLDED_WIDTH
    opened.app.window.keep_layout()
    assert opened.app.settings.flag("look.rail_folded")
    press(opened.app.window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert rail.width() == WIDTH


def test_a_window_without_a_screen_keeps_no_size_for_the_next_one(opened: OpenWindow) -> None:
    opened.app.window.resize(*LEAST_SIZE)
    opened.app.window.keep_layout()
    again = Window(opened.app.view, opened.app.settings)
    assert (again.width(), again.height()) == FIRST_SIZE
    again.deleteLater()


def test_closing_a_connection_forgets_its_facts(opened: OpenWindow, sandbox: Brokers, qtbot: QtBot) -> None:
    opened.connect(sandbox.profile, sandbox.secrets)
    opened.app.window.actions_of_window.perform("disconnect")
    assert opened.state.overview is None
    assert opened.app.window.current_page == "connect"
    assert opened.app.window.status_bar.lines == ()
    assert opened.app.window.actions_of_window.why_not("refresh") == "Open a profile first."


def test_tab_reaches_every_part_of_the_frame(opened: OpenWindow, sandbox: Brokers, qtbot: QtBot) -> None:
    opened.connect(sandbox.profile, sandbox.secrets)
    window = opened.app.window
    with qtbot.waitActive(window):
        window.activateWindow()
    focus_page(opened)
    seen: list[QWidget] = []
    for _ in range(80):
        press(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        widget = QApplication.focusWidget()
        assert widget is not None
        if widget in seen:
            break
        seen.append(widget)
    parts = (window.rail, window.top_bar, window.stack)
    assert all(any(part.isAncestorOf(widget) for widget in seen) for part in parts)
    assert not [widget for widget in seen if isinstance(widget, QPushButton) and not widget.accessibleName()]
