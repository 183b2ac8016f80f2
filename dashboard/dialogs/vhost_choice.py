"""Chooses the virtual host that something is declared in; hidden where there is only one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from dashboard.look.theme import font
from dashboard.look.wording import shorten, visible
from dashboard.widgets.plain_label import PlainLabel

_SHOWN_CHARS = 60


class VhostChoice(QWidget):
    """``current`` is the vhost's real name."""

    chosen = Signal()

    def __init__(self, vhosts: Sequence[str], first: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        names = tuple(dict.fromkeys((*vhosts, first)))
        self.box = QComboBox()
        self.box.setFont(font("body"))
        self.box.setAccessibleName("Virtual host")
        for name in names:
            self.box.addItem(visible(shorten(name, _SHOWN_CHARS)), name)
        self.box.setCurrentIndex(names.index(first))
        self.box.currentIndexChanged.connect(self.chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(PlainLabel("Virtual host", "label"))
        column.addWidget(self.box)
        self.setHidden(len(names) < 2)

    @property
    def current(self) -> str:
        return str(self.box.currentData())
