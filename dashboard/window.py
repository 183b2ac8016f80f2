"""The window: rail, top bar, pages, status bar. It shows pages and keeps its own layout; it knows no broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QChildEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QStackedWidget,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from dashboard.actions.action_set import ActionSet
from dashboard.look.assets import app_icon
from dashboard.look.wardrobe import Wardrobe
from dashboard.page_table import PAGES, PageEntry, page_entry, page_key
from dashboard.settings import Settings
from dashboard.shell.environment_strip import EnvironmentStrip
from dashboard.shell.rail import Rail
from dashboard.shell.start_strip import StartStrip
from dashboard.shell.status_bar import StatusBar
from dashboard.shell.top_bar import TopBar
from dashboard.store.view_choice import ViewChoice
from dashboard.widgets.toast import ToastStack

if TYPE_CHECKING:
    from dashboard.pages.page import Page
    from dashboard.store.store import Store

FIRST_SIZE = (1440, 900)
LEAST_SIZE = (900, 560)
ROOM_FOR_NAMES = 1120
"""In a narrower window the rail folds to icons."""
_FRAME_ROOM = QSize(16, 48)
"""What a desktop puts around a dialog, which has to fit on the screen with it."""
_KEYS_TYPED_INTO = (QLineEdit, QTextEdit, QPlainTextEdit, QComboBox, QAbstractButton)


class Window(QMainWindow):
    """``painted`` once, after the first paint. ``page_shown(page_id)`` after each change. ``closing`` before it closes.

    Made empty; :meth:`watch` says what it shows.
    """

    painted = Signal()
    page_shown = Signal(str)
    closing = Signal()

    def __init__(self, view: ViewChoice, settings: Settings) -> None:
        super().__init__()
        self._view = view
        self._settings = settings
        self._store: Store | None = None
        self._make_page: Callable[[PageEntry], Page] | None = None
        self._pages: dict[str, Page] = {}
        self._current = ""
        self._trail: list[str] = []
        self._was_painted = False
        self.setWindowIcon(app_icon())
        self.setMinimumSize(*LEAST_SIZE)
        self.actions_of_window = ActionSet(self)
        self.rail = Rail(PAGES)
        self.strip = EnvironmentStrip()
        self.top_bar = TopBar(self.actions_of_window, view)
        self.start_strip = StartStrip()
        self.stack = QStackedWidget()
        self.stack.addWidget(QWidget())  # what is seen while the first page is built and styled
        self.status_bar = StatusBar()
        self._lay_out()
        self.toasts = ToastStack(self)
        self._wardrobe = Wardrobe(self)
        for part in (self.rail, self.top_bar, self.start_strip, self.status_bar, self.toasts):
            self._wardrobe.add(part)
            self._wardrobe.dress(part)
        self._restore_layout()
        self._bind()

    def watch(self, store: Store, make_page: Callable[[PageEntry], Page]) -> None:
        """From now on show this store's session. ``make_page`` builds a page when it is first wanted."""
        self._store = store
        self._make_page = make_page
        store.session_changed.connect(self.show_session)
        self.show_session()

    # ---- pages --------------------------------------------------------------------------------------------------

    @property
    def current_page(self) -> str:
        return self._current

    def page(self, page_id: str) -> Page:
        """The page, built if it was not yet."""
        page = self._pages.get(page_id)
        if page is None:
            assert self._make_page is not None, "pages come after the store"
            page = self._pages[page_id] = self._make_page(page_entry(page_id))
            self.stack.addWidget(page)
            self._wardrobe.add(page)
        return page

    def dress_soon(self, page_id: str) -> None:
        """Style a page that is built, piece by piece, so that its first showing is quick."""
        self._wardrobe.dress_soon(self._pages[page_id])

    def show_page(self, page_id: str, subject: object = None) -> None:
        """Bring a page on screen and reveal ``subject`` on it."""
        page = self.page(page_id)
        if page_id != self._current:
            if self._current:
                self._pages[self._current].deactivate()
                self._trail = [*self._trail[-20:], self._current]
            self._current = page_id
            self._wardrobe.dress(page)
            self.stack.setCurrentWidget(page)
            self.rail.show_page(page_id)
            page.activate()
            self.show_session()
            self.page_shown.emit(page_id)
        if subject is not None:
            page.reveal(subject)

    def show_first(self, page_id: str) -> None:
        """Where the window opens, unless a page was shown already."""
        if not self._current:
            self.show_page(page_id)

    def go_back(self) -> None:
        """Esc: close the newest notice, else what is open on the page, else return to the page before."""
        if self.toasts.close_newest() or (self._current and self._pages[self._current].step_back()):
            return
        if self._trail:
            before = self._trail.pop()
            self.show_page(before)
            self._trail.pop()

    def focus_filter(self) -> None:
        if self._current:
            self._pages[self._current].focus_filter()

    def show_session(self) -> None:
        """Say what is open, everywhere it is said."""
        session = self._store.state.session if self._store is not None else None
        profile = session.profile if session is not None else ""
        environment = session.environment if session is not None and profile else ""
        self.strip.show_environment(environment)
        self.top_bar.show_session(profile, environment, session is not None and session.read_only)
        self.actions_of_window.set_need("profile", bool(profile))
        self.actions_of_window.set_need("writable", session is None or not session.read_only)
        self._title(profile, environment)

    def keep_layout(self) -> None:
        """Record size, place and folded rail."""
        if not _without_a_screen():
            self._settings.keep_layout("window", self.saveGeometry())
        self._settings.put("look.rail_folded", self.rail.chosen_folded)

    # ---- building -----------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        for part in (self.strip, self.top_bar, self.start_strip):
            right.addWidget(part)
        right.addWidget(self.stack, 1)
        right.addWidget(self.status_bar)
        root = _Root(self._hear_paint)
        whole = QHBoxLayout(root)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.rail)
        whole.addLayout(right, 1)
        self.setCentralWidget(root)
        root.setFocus()

    def _restore_layout(self) -> None:
        self.resize(*FIRST_SIZE)
        kept = self._settings.layout("window")
        if kept and not _without_a_screen():
            self.restoreGeometry(kept)
        self.rail.set_folded(self._settings.flag("look.rail_folded"))

    def _bind(self) -> None:
        actions = self.actions_of_window
        actions.bind("rail", self._fold_rail)
        actions.bind("back", self.go_back)
        actions.bind("filter", self.focus_filter)
        actions.bind("pause", lambda: self._view.choose_paused(not self._view.paused))
        actions.bind("quit", self.close)
        self.rail.page_requested.connect(self.show_page)
        self.rail.fold_requested.connect(lambda: actions.perform("rail"))
        for number, entry in enumerate(PAGES, 1):
            if page_key(number):
                shortcut = QShortcut(QKeySequence(page_key(number)), self)
                shortcut.activated.connect(lambda page_id=entry.id: self.show_page(page_id))
        self.show_session()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._mind_space)

    def _mind_space(self, _old: QObject | None, new: QObject | None) -> None:
        """Space belongs to the control that has the keyboard, when it has a use for it."""
        taken = isinstance(new, _KEYS_TYPED_INTO)
        self.actions_of_window.action("pause").setShortcut(QKeySequence() if taken else QKeySequence("Space"))

    def _fold_rail(self) -> None:
        self.rail.set_folded(not self.rail.folded)

    def _title(self, profile: str, environment: str) -> None:
        page = page_entry(self._current).title if self._current else ""
        production = " [production]" if environment == "production" else ""
        self.setWindowTitle(" - ".join(part for part in (profile, page, "Warren") if part) + production)

    def _hear_paint(self) -> None:
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    # ---- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.rail.set_cramped(event.size().width() < ROOM_FOR_NAMES)
        super().resizeEvent(event)

    def childEvent(self, event: QChildEvent) -> None:
        super().childEvent(event)
        if self._was_painted and event.polished():
            child = event.child()
            if isinstance(child, QDialog):
                self._wardrobe.add(child)
                self._wardrobe.dress(child)
                child.resize(child.size().boundedTo(self.screen().availableSize() - _FRAME_ROOM))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.keep_layout()
        self.closing.emit()
        event.accept()


class _Root(QWidget):
    """The canvas under everything; tells when it is painted. Has the keyboard until a control takes it."""

    def __init__(self, heard: Callable[[], None]) -> None:
        super().__init__()
        self._heard = heard
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._heard()


def _without_a_screen() -> bool:
    """Then the size is nobody's choice: it would be cut to a screen that does not exist, and so would the pictures."""
    return QApplication.platformName() == "offscreen"
