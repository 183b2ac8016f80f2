"""A column that scrolls where it is larger than its place, and only then shows a scroll bar."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

_BAR_WIDTH = 10
_LEAST_WIDTH, _LEAST_HEIGHT = 160, 80


class Scrolled(QScrollArea):
    """``name`` is read out. Put it in its place first, then add to ``column``: a widget that moves is styled anew."""

    def __init__(self, name: str, *, aside: bool = False) -> None:
        """``aside``: scrolls to the side, too, where it is too narrow for what is in it."""
        super().__init__()
        self._aside = aside
        self._inside = QWidget()
        self._inside.setProperty("kind", "scrolled")
        self.column = QVBoxLayout(self._inside)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if aside else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)

    def minimumSizeHint(self) -> QSize:
        needed = self._inside.minimumSizeHint().width() + _BAR_WIDTH
        return QSize(_LEAST_WIDTH if self._aside else needed, _LEAST_HEIGHT)
