"""Dresses the parts of a window in the theme's style sheet: what is on the screen at once, the rest when it is shown.

One style sheet on the whole application would restyle every widget of every page in one turn of the event loop, a fifth
of a millisecond each; a person sees one page at a time.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from dashboard.look.theme import style_sheet, themes


class Wardrobe(QObject):
    """Belongs to one window. Parts must not lie inside one another."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._parts: list[QWidget] = []
        themes.changed.connect(self._dress_visible)

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
    def _dress_visible(self) -> None:
        for part in self._parts:
            if part.isVisible():
                self.dress(part)
