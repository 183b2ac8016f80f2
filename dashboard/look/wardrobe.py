"""Dresses the parts of a window in the theme's style sheet: what is on the screen first, the rest after it.

One style sheet on the whole application would restyle every widget of every page in one turn of the event loop, a fifth
of a millisecond each. A new theme takes a turn for each part; nothing is painted until all that is visible wears it.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from dashboard.look.theme import style_sheet, themes
from dashboard.look.turns import Turns


class Wardrobe(QObject):
    """Belongs to one window. Parts must not lie inside one another."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._parts: list[QWidget] = []
        self._turns = Turns(self)
        themes.changed.connect(self._dress_all)

    def add(self, part: QWidget) -> None:
        """Take care of ``part`` until it is destroyed."""
        self._parts.append(part)
        part.destroyed.connect(lambda: self._parts.remove(part))
        if part.isVisible():
            self.dress(part)

    def dress(self, part: QWidget) -> None:
        """Let ``part`` wear the active theme, if it does not yet. Call it before a hidden part is shown."""
        sheet = style_sheet()
        if part.styleSheet() != sheet:
            part.setStyleSheet(sheet)

    @Slot()
    def _dress_all(self) -> None:
        self._window.setUpdatesEnabled(False)
        self._turns.clear()
        visible = [partial(self._dress_left, part) for part in self._parts if part.isVisible()]
        hidden = [partial(self._dress_left, part) for part in self._parts if not part.isVisible()]
        self._turns.add(*visible, self._show_again, *hidden)

    def _dress_left(self, part: QWidget) -> None:
        if part in self._parts:
            self.dress(part)

    def _show_again(self) -> None:
        self._window.setUpdatesEnabled(True)
