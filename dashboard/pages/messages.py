"""The page Messages: publish, look into a queue, tap. One view at a time; what may not be done is said above them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from dashboard.look.turns import Turns
from dashboard.look.wardrobe import dress_apart
from dashboard.pages.context import PageContext
from dashboard.pages.look_view import LookView
from dashboard.pages.messages_view import LOOK, PUBLISH, TAP, MessagesAt, MessagesView
from dashboard.pages.page import Page
from dashboard.pages.publish_view import PublishView
from dashboard.pages.tap_view import TapView
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented
from dashboard.widgets.state_mark import StateMark

VIEWS: tuple[tuple[str, str, Callable[[PageContext], MessagesView]], ...] = (
    (PUBLISH, "Publish", PublishView),
    (LOOK, "Look", LookView),
    (TAP, "Tap", TapView),
)
"""Id, title and maker of each view, in their order."""
BUILD_PAUSE_MS = 50
_PRODUCTION = "This is production: applications take what is published here."


class MessagesPage(Page):
    """Shows the view that was used last; :class:`MessagesAt` chooses one."""

    page_id = "messages"
    title = "Messages"
    icon_name = "messages"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._active = False
        self.switch = Segmented([(name, title) for name, title, _make in VIEWS], name="Messages")
        self.mark = StateMark("warn")
        self.words = PlainLabel("", "small", "warn", elide="right")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.stack = QStackedWidget()
        self._views: dict[str, MessagesView] = {}
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.switch)
        head.addSpacing(8)
        head.addWidget(self.mark)
        head.addWidget(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.stack, 1)
        dress_apart(self, self.stack)
        self.switch.chosen.connect(self.show_view)
        context.store.session_changed.connect(self._say_rights)
        self._say_rights()
        self.stack.setCurrentWidget(self.view)
        Turns(self, BUILD_PAUSE_MS).add(*(partial(self.view_of, name) for name, _title, _make in VIEWS[1:]))

    def view_of(self, name: str) -> MessagesView:
        """The view of that id; built when it is first wanted, or in a turn of its own."""
        if name not in self._views:
            make = next(make for known, _title, make in VIEWS if known == name)
            self._views[name] = make(self._context)
            self.stack.addWidget(self._views[name])
        return self._views[name]

    @property
    def view(self) -> MessagesView:
        """The one on screen."""
        return self.view_of(self.switch.current)

    def show_view(self, name: str) -> None:
        """Bring another view on screen."""
        view, before = self.view_of(name), self.stack.currentWidget()
        if self._active and before is not view:
            if isinstance(before, MessagesView):
                before.deactivate()
            view.activate()
        self.switch.set_current(name)
        self.stack.setCurrentWidget(view)

    def activate(self) -> None:
        self._active = True
        self._say_rights()
        self.view.activate()

    def deactivate(self) -> None:
        self._active = False
        self.view.deactivate()

    def reveal(self, subject: object) -> None:
        """Open a view at what :class:`MessagesAt` names."""
        if isinstance(subject, MessagesAt) and any(subject.view == name for name, _title, _make in VIEWS):
            self.show_view(subject.view)
            if subject.subject is not None:
                self.view.reveal(subject.subject)

    def focus_filter(self) -> None:
        self.view.focus_filter()

    def step_back(self) -> bool:
        return self.view.step_back()

    def prepare_for_picture(self) -> None:
        self.view.prepare_for_picture()

    def _say_rights(self) -> None:
        """Read-only and production are said before anything is tried."""
        desk = self._context.desk
        words = desk.why_not() or (_PRODUCTION if desk.production else "")
        self.words.setText(words)
        self.mark.set_tone("warn", words)
        self.mark.setVisible(bool(words))
