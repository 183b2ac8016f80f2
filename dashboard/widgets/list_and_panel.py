"""A list and, beside it, the panel of what is chosen in it, with a border that can be moved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

_BORDER_WIDTH = 12


class ListAndPanel(QSplitter):
    """The list takes what room is left over; the panel is hidden until the page shows it. Neither can be closed by
    moving the border.

    ``kept`` is what ``saveState`` gave the last time (empty = never); ``first_sizes`` are pixels, list first.
    """

    def __init__(self, listing: QWidget, panel: QWidget, first_sizes: tuple[int, int], kept: bytes) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setHandleWidth(_BORDER_WIDTH)
        self.setChildrenCollapsible(False)
        self.addWidget(listing)
        self.addWidget(panel)
        self.setStretchFactor(0, 1)
        panel.hide()
        if not self.restoreState(kept):
            self.setSizes(list(first_sizes))
