"""A column that scrolls where it is higher than its place, and only then shows a scroll bar."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

_BAR_WIDTH = 10


class Scrolled(QScrollArea):
    """``name`` is read out. Put it in its place first, then add to ``column``: a widget that moves is styled anew."""

    def __init__(self, name: str, least_height: int = 80) -> None:
        """``least_height`` of the contents is seen at once."""
        super().__init__()
        self._least_height = least_height
        self._inside = QWidget()
        self._inside.setProperty("kind", "scrolled")
        self.column = QVBoxLayout(self._inside)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)

    def minimumSizeHint(self) -> QSize:
        """As wide as the contents need, as they scroll downwards only."""
        return QSize(self._inside.minimumSizeHint().width() + _BAR_WIDTH, self._least_height)
