"""A column that scrolls where it is higher than its place, and only then shows a scroll bar."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QWidget


class Scrolled(QScrollArea):
    """``name`` is read out. The contents are as wide as the place; ``least_height`` of them is seen at once."""

    def __init__(self, contents: QLayout, name: str, least_height: int = 80) -> None:
        super().__init__()
        self._least_height = least_height
        self._inside = inside = QWidget()
        inside.setProperty("kind", "scrolled")
        contents.setContentsMargins(0, 0, 0, 0)
        inside.setLayout(contents)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)

    def minimumSizeHint(self) -> QSize:
        """As wide as the contents need, as they scroll downwards only."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._inside.minimumSizeHint().width() + bar, self._least_height)
