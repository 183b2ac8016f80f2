"""The bar over the pages: what is open and how careful to be, the search box, and what to look at."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from dashboard.actions.action_set import ActionSet
from dashboard.look import wording
from dashboard.look.assets import icon
from dashboard.look.theme import ENVIRONMENT_TONES, font, theme, themes
from dashboard.store.view_choice import SPANS, ViewChoice
from dashboard.widgets.badge import Badge
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.key_hint import KeyHint
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

HEIGHT = 56
_ALL_VHOSTS = "All vhosts"
_SEARCH, _SHORT_SEARCH = "   Find a queue, task or command", "   Find a queue or task"
_NO_MOST = 16_777_215
"""Qt's own name of it is not in PySide."""


class TopBar(QWidget):
    """``profile_requested(name)`` when a profile of the menu is chosen."""

    profile_requested = Signal(str)

    def __init__(self, actions: ActionSet, view: ViewChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._view = view
        self.setObjectName("topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self._name = ""
        self._profile = self._made_profile()
        self._profiles = QMenu(self._profile)
        self._environment = Badge("", "idle", round=False)
        self._lock = PlainLabel()
        self._read_only = PlainLabel("Read-only", role="label", tone="warn")
        self._vhost = self._made_vhost()
        self._search = SearchBox()
        self._span = Segmented([(str(span_s), words) for span_s, words in SPANS], name="Time range")
        self._pause = Button("Pause", "pause")
        self._theme = IconButton("sun", "Switch theme", side=32)
        self._savings = (
            self._search.set_short,
            self._fold_span,
            self._search.set_bare,
            self._pause.set_terse,
            self._shorten_name,
        )
        self._lay_out()
        self._connect()
        self.show_session("", "", False)
        self._show_theme()

    def show_session(self, profile: str, environment: str, read_only: bool) -> None:
        """The profile's name (empty = nothing is open), its environment, and whether it is only read."""
        self._name = profile or "Not connected"
        self._environment.set_text(environment.upper() if profile else "", ENVIRONMENT_TONES.get(environment, "idle"))
        self._environment.setVisible(bool(profile))
        for part in (self._lock, self._read_only):
            part.setVisible(bool(profile) and read_only)
        for control in (self._span, self._pause):
            control.setEnabled(bool(profile))
        self._share_room()

    def show_profiles(self, names: Sequence[str]) -> None:
        """What the menu under the profile's name offers, above the actions that concern connections."""
        menu = self._profiles
        menu.clear()
        for name in names:
            entry = menu.addAction(icon("plug"), wording.menu_text(wording.visible(name)))
            entry.triggered.connect(lambda _checked=False, chosen=name: self.profile_requested.emit(chosen))
        if names:
            menu.addSeparator()
        for action_id in ("connect", "sandbox", "disconnect"):
            menu.addAction(self._actions.action(action_id))

    def show_vhosts(self, vhosts: Sequence[str]) -> None:
        """The vhosts to choose from; hidden while there is no choice."""
        shown = [self._vhost.itemData(i) for i in range(1, self._vhost.count())]
        if shown == list(vhosts):
            return
        self._vhost.blockSignals(True)
        self._vhost.clear()
        self._vhost.addItem(_ALL_VHOSTS, None)
        for vhost in vhosts:
            self._vhost.addItem(wording.visible(vhost), vhost)
        self._vhost.setCurrentIndex(max(0, self._vhost.findData(self._view.vhost)) if self._view.vhost else 0)
        self._vhost.blockSignals(False)
        self._vhost.setVisible(len(vhosts) > 1)
        self._share_room()

    def _fold_span(self, folded: bool) -> None:
        self._span.setMaximumWidth(self._span.folded_width if folded else _NO_MOST)

    def _shorten_name(self, short: bool) -> None:
        self._profile.set_text(wording.visible(wording.shorten(self._name, 14 if short else 32)))
        self._profile.setAccessibleName(f"Connection: {self._name}")

    def _share_room(self) -> None:
        """Save room, one thing after the other, until everything fits."""
        row = self.layout()
        assert row is not None
        for save in self._savings:
            save(False)
        for save in self._savings:
            if row.minimumSize().width() > self.width():
                save(True)

    # ---- building -----------------------------------------------------------------------------------------------

    def _made_profile(self) -> Button:
        button = Button("Not connected")
        button.setFont(font("strong"))
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        button.set_icon("chevron")
        button.setToolTip("Connections")
        button.clicked.connect(self._open_profiles)
        return button

    def _open_profiles(self) -> None:
        """Not the button's own menu: the style would keep room for an arrow of its own."""
        self._profiles.popup(self._profile.mapToGlobal(QPoint(0, self._profile.height() + 4)))

    def _made_vhost(self) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName("Virtual host")
        box.setToolTip("Show the queues of one virtual host, or of all")
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setMaximumWidth(180)
        box.hide()
        return box

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        for part in (self._profile, self._environment, self._lock, self._read_only, self._vhost):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self._search, 4)
        row.addStretch(1)
        for control in (self._span, self._pause, self._theme):
            row.addWidget(control)

    def _connect(self) -> None:
        view, actions = self._view, self._actions
        self._search.clicked.connect(lambda: actions.perform("palette"))
        self._pause.clicked.connect(lambda: actions.perform("pause"))
        self._theme.clicked.connect(lambda: actions.perform("theme"))
        self._vhost.activated.connect(lambda index: view.choose_vhost(self._vhost.itemData(index)))
        self._span.set_current(str(view.span_s))
        self._span.chosen.connect(lambda value: view.choose_span(int(value)))
        view.span_changed.connect(lambda span_s: self._span.set_current(str(span_s)))
        view.paused_changed.connect(self._show_paused)
        themes.changed.connect(self._show_theme)

    def _show_paused(self, paused: bool) -> None:
        self._pause.set_icon("play" if paused else "pause")
        self._pause.set_text("Resume" if paused else "Pause")
        self._pause.setToolTip("Show what is new (Space)" if paused else "Hold the picture still (Space)")
        self._share_room()

    def _show_theme(self) -> None:
        self._theme.set_icon("sun" if theme().dark else "moon")
        self._theme.set_name("Switch to the light theme" if theme().dark else "Switch to the dark theme")
        self._lock.setPixmap(icon("lock", "warn").pixmap(QSize(15, 15), self.devicePixelRatioF()))

    # ---- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()


class SearchBox(QPushButton):
    """Looks like a field and opens the palette, where one types."""

    def __init__(self) -> None:
        super().__init__(icon("search", "text3"), _SEARCH)
        self.setProperty("kind", "search")
        self.setFont(font("body"))
        self.setIconSize(QSize(15, 15))
        self.setMaximumWidth(330)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_SEARCH.strip())
        self.setToolTip("Find a queue, task or command (Ctrl+K)")
        self._hint = KeyHint("Ctrl K")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.addStretch(1)
        row.addWidget(self._hint)

    def set_short(self, short: bool) -> None:
        """Fewer words, and no shortcut."""
        self._hint.setVisible(not short)
        self.setText(_SHORT_SEARCH if short else _SEARCH)

    def set_bare(self, bare: bool) -> None:
        """The icon alone."""
        if bare:
            self.setText("")

    def minimumSizeHint(self) -> QSize:
        words = super().minimumSizeHint()
        return words if self._hint.isHidden() else words + QSize(self._hint.sizeHint().width() + 8, 0)
