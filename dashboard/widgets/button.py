"""Buttons in the window's few kinds. Text is never read as a shortcut; each has a name that can be read out."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QWidget

from dashboard.look.assets import icon as themed_icon
from dashboard.look.theme import font
from dashboard.look.wording import menu_text, tip

_ICON_SIDE = 15
_ICON_TOKEN = {"primary": "on_accent", "danger": "crit", "link": "accent"}
_FONT_ROLE = {"primary": "strong", "danger": "strong", "link": "small_strong", "segment": "label"}


class Button(QPushButton):
    """``kind``: ``ghost`` (the usual), ``primary`` (one per panel), ``danger``, ``link`` or ``nav``."""

    def __init__(
        self, text: str, icon: str = "", kind: str = "ghost", *, help: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", kind)
        self.setFont(font(_FONT_ROLE.get(kind, "medium")))
        self.setAutoDefault(False)
        self._words = ""
        self._terse = False
        if icon:
            self.set_icon(icon, _ICON_TOKEN.get(kind, "text2"))
        self.set_text(text)
        if help:
            self.setToolTip(tip(help))

    def set_text(self, text: str) -> None:
        """Show ``text`` literally."""
        self._words = text
        self._write()
        self.setAccessibleName(text)

    def set_terse(self, terse: bool) -> None:
        """The icon alone, for want of room; the words are read out all the same."""
        if terse != self._terse:
            self._terse = terse
            self._write()

    def _write(self) -> None:
        words = "" if self._terse else self._words
        gap = " " if not self.icon().isNull() and words else ""
        self.setText(gap + menu_text(words))

    def set_icon(self, name: str, token: str = "text2", on: str = "accent") -> None:
        self.setIcon(themed_icon(name, token, on))
        self.setIconSize(QSize(_ICON_SIDE, _ICON_SIDE))


class IconButton(QPushButton):
    """A square button with an icon alone; ``name`` is its tool tip and what is read out."""

    def __init__(
        self, icon: str, name: str, *, side: int = 28, kind: str = "icon", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        self.setFixedSize(side, side)
        self.set_icon(icon)
        self.set_name(name)

    def set_icon(self, name: str, token: str = "text2", on: str = "accent") -> None:
        self.setIcon(themed_icon(name, token, on))
        self.setIconSize(QSize(_ICON_SIDE + 1, _ICON_SIDE + 1))

    def set_name(self, name: str) -> None:
        self.setAccessibleName(name)
        self.setToolTip(tip(name))
