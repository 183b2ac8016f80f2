"""Dresses the parts of a window in the theme's style sheet: what is on the screen first, the rest after it.

One style sheet on the whole application would restyle every widget of every page in one turn of the event loop, a tenth
of a millisecond each. A new theme takes a turn for each piece; nothing is painted until all that is visible wears it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QChildEvent, QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from dashboard.look.theme import style_sheet, themes
from dashboard.look.turns import Turns

HIDDEN_PAUSE_MS = 20
"""Between two pieces that nobody sees, so that the window answers meanwhile."""
_APART = "dressed_apart"


def dress_apart(*containers: QWidget) -> None:
    """Let what lies in these be dressed piece by piece. They get no style sheet, so they have no look of their own."""
    for container in containers:
        container.setProperty(_APART, True)


class Wardrobe(QObject):
    """Belongs to one window. Parts must not lie inside one another."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._parts: list[QWidget] = []
        self._turns = Turns(self)
        self._later = Turns(self, HIDDEN_PAUSE_MS)
        themes.changed.connect(self._dress_all)

    def add(self, part: QWidget) -> None:
        """Take care of ``part`` until it is destroyed."""
        self._parts.append(part)
        part.destroyed.connect(lambda: self._parts.remove(part))
        for container in (part, *part.findChildren(QWidget)):
            if container.property(_APART):
                container.installEventFilter(self)
        if part.isVisible():
            self.dress(part)

    def dress(self, part: QWidget) -> None:
        """Let ``part`` wear the active theme, if it does not yet. Call it before a hidden part is shown."""
        for piece in _pieces(part):
            _dress_if_new(piece)

    def dress_soon(self, part: QWidget) -> None:
        """The same for a part that is not shown yet, a turn for each piece."""
        if isValid(part):
            self._turns.add(*(partial(_dress_if_new, piece) for piece in _pieces(part)))

    @Slot()
    def _dress_all(self) -> None:
        self._window.setUpdatesEnabled(False)
        self._turns.clear()
        self._later.clear()
        pieces = [piece for part in self._parts for piece in _pieces(part)]
        visible = [partial(_dress, piece) for piece in pieces if piece.isVisible()]
        hidden = [partial(_dress_if_new, piece) for piece in pieces if not piece.isVisible()]
        self._turns.add(*visible, self._show_again, partial(self._later.add, *hidden))

    def _show_again(self) -> None:
        self._window.setUpdatesEnabled(True)

    # ---- Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Something new in a container that is dressed apart, a view or a menu: at the latest as it is shown."""
        if isinstance(event, QChildEvent) and isinstance(watched, QWidget):
            if event.added():
                self._later.add(partial(self.dress_soon, watched))
            elif event.polished() and watched.isVisible() and isinstance(child := event.child(), QWidget):
                self.dress(child)
        return False


def _pieces(part: QWidget) -> Iterator[QWidget]:
    if not part.property(_APART):
        yield part
        return
    for child in part.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        yield from _pieces(child)


def _dress_if_new(piece: QWidget) -> None:
    if isValid(piece) and piece.styleSheet() != style_sheet():
        _dress(piece)


def _dress(piece: QWidget) -> None:
    """Polished at once: Qt tells a later style sheet only to widgets that are."""
    if isValid(piece):
        piece.setStyleSheet(style_sheet())
        piece.ensurePolished()
