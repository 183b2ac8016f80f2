"""Beside the views of Redis: what one should know of it, and its own settings and state."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from dashboard.pages.remark_list import RemarkList
from dashboard.widgets.card import Card
from dashboard.widgets.field_list import FieldList

WIDTH, NARROW_WIDTH = 320, 260
_NAME_WIDTH, _GAP = 104, 12


class RedisSide(QScrollArea):
    """Fill ``remarks`` and ``fields``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.remarks = RemarkList("Nothing here needs you")
        self.fields = FieldList(_NAME_WIDTH)
        self._outlook, self._server = Card("What to know"), Card("Server")
        self._outlook.body.addWidget(self.remarks)
        self._server.body.addWidget(self.fields)
        self._server.body.addStretch(1)
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addWidget(self._outlook)
        column.addWidget(self._server, 1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("What to know of Redis, and its settings")

    def set_narrow(self, narrow: bool) -> None:
        self.setFixedWidth(NARROW_WIDTH if narrow else WIDTH)

    def set_stale(self, reason: str | None) -> None:
        for card in (self._outlook, self._server):
            card.set_stale(reason)
