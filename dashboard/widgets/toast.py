"""Notices in the corner of the window: they never take the keyboard and, unless they are bad news, go by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from dashboard.look.wording import visible
from dashboard.widgets.badge import Badge
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

WIDTH = 380
MOST = 4
"""Toasts at one time; the oldest makes room."""
STAY_MS = {"ok": 5_000, "info": 6_000, "warn": 12_000}
"""How long a toast stays, by tone. What is not named here stays until somebody closes it."""
OFFER_STAY_MS = 20_000
"""One that offers something stays at least so long."""
_BAD_NEWS = ("warn", "crit")
"""What somebody may want to send on: it has a button that copies it."""
_MARGIN_RIGHT, _MARGIN_BOTTOM = 16, 40
_WORDS_CHARS = 400


class NoticeLike(Protocol):
    """What a toast shows."""

    @property
    def tone(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def offer(self) -> str: ...
    @property
    def accept(self) -> Callable[[], None] | None: ...


class Toast(QFrame):
    """One notice. ``done`` when its time is over or somebody closed it; the mouse on it stops its clock."""

    done = Signal()

    def __init__(self, notice: NoticeLike, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said = (notice.tone, notice.title, notice.words)
        self._times = 1
        self.setProperty("kind", "toast")
        self.setFixedWidth(WIDTH)
        self._repeats = Badge(tone="idle")
        self._close = IconButton("close", "Close this notice", side=22)
        self._close.clicked.connect(self.done)
        self._copy = IconButton("copy", "Copy this notice", side=22, parent=self)
        self._copy.clicked.connect(self.copy)
        self._copy.setHidden(notice.tone not in _BAD_NEWS)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self.done)
        self._stay_ms = STAY_MS.get(notice.tone, 0)
        if notice.offer and self._stay_ms:
            self._stay_ms = max(self._stay_ms, OFFER_STAY_MS)
        self._offer = Button(notice.offer, kind="link", parent=self)
        self._offer.setHidden(not notice.offer)
        self._accept = notice.accept
        self._offer.clicked.connect(self._take_offer)
        self._lay_out()
        self._name()
        self._start_clock()

    def repeat(self) -> None:
        """The same was said again."""
        self._times += 1
        self._repeats.set_text(f"×{self._times}", "idle")
        self._name()
        self._start_clock()

    def copy(self) -> None:
        """Put the whole notice on the clipboard."""
        QGuiApplication.clipboard().setText("\n".join(part for part in self.said[1:] if part))

    def _lay_out(self) -> None:
        tone, title, words = self.said
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(StateMark(tone))
        head.addWidget(PlainLabel(title, "strong", wrap=True), 1)
        head.addWidget(self._repeats)
        head.addWidget(self._copy)
        head.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 10)
        column.setSpacing(2)
        column.addLayout(head)
        if words:
            said = PlainLabel(words[:_WORDS_CHARS], "small", "quiet", wrap=True, selectable=True)
            said.setContentsMargins(20, 0, 22, 0)
            column.addWidget(said)
        offered = QHBoxLayout()
        offered.setContentsMargins(16, 0, 0, 0)
        offered.addWidget(self._offer)
        offered.addStretch(1)
        column.addLayout(offered)

    @property
    def offer(self) -> Button:
        """The button; hidden when nothing is offered."""
        return self._offer

    def _take_offer(self) -> None:
        """Once."""
        self.done.emit()
        if self._accept is not None:
            self._accept()

    def _name(self) -> None:
        _, title, words = self.said
        times = f", {self._times} times" if self._times > 1 else ""
        self.setAccessibleName(visible(f"{title}{times}"))
        self.setAccessibleDescription(visible(words))

    def _start_clock(self) -> None:
        if self._stay_ms:
            self._clock.start(self._stay_ms)

    # ---- Qt overrides

    def enterEvent(self, event: QEnterEvent) -> None:
        self._clock.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._start_clock()
        super().leaveEvent(event)


class ToastStack(QWidget):
    """Stands in the lower right corner of ``window``; the newest toast is the lowest."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._toasts: list[Toast] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        window.installEventFilter(self)
        self.hide()

    @property
    def toasts(self) -> tuple[Toast, ...]:
        """What is shown, the oldest first."""
        return tuple(self._toasts)

    def show_notice(self, notice: NoticeLike) -> None:
        """Show ``notice``; one that is on the screen already is counted instead of shown twice."""
        said = (notice.tone, notice.title, notice.words)
        known = next((toast for toast in self._toasts if toast.said == said), None)
        if known is not None:
            known.repeat()
            return
        while len(self._toasts) >= MOST:
            self._drop(self._toasts[0])
        toast = Toast(notice, self)
        toast.done.connect(lambda: self._drop(toast))
        self._toasts.append(toast)
        self._column.addWidget(toast)
        toast.show()
        self._settle()
        QAccessible.updateAccessibility(QAccessibleEvent(toast, QAccessible.Event.Alert))

    def close_newest(self) -> bool:
        """Take the newest toast away; ``False`` when there is none."""
        if not self._toasts:
            return False
        self._drop(self._toasts[-1])
        return True

    def _drop(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            self._column.removeWidget(toast)
            toast.hide()
            toast.deleteLater()
            self._settle()

    def _settle(self) -> None:
        self.setVisible(bool(self._toasts))
        if self._toasts:
            self._place()
            self.raise_()

    def _place(self) -> None:
        self._column.activate()
        height, room = self._column.totalHeightForWidth(WIDTH), self._window.size()
        self.setGeometry(room.width() - WIDTH - _MARGIN_RIGHT, room.height() - height - _MARGIN_BOTTOM, WIDTH, height)

    # ---- Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def event(self, event: QEvent) -> bool:
        settled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return settled
