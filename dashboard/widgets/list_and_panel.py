"""A list and, beside it, the panel of what is chosen in it, with a border that can be moved."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

_BORDER_WIDTH = 12
_COMINGS = (QEvent.Type.ShowToParent, QEvent.Type.HideToParent)


class ListAndPanel(QSplitter):
    """The list takes what room is left over; the panel is hidden until the page shows it. Neither can be closed by
    moving the border. Where there is no room for both, an open panel takes the place of the list.

    ``kept`` is what ``saveState`` gave the last time (empty = never); ``first_sizes`` are pixels, list first.
    """

    def __init__(self, listing: QWidget, panel: QWidget, first_sizes: tuple[int, int], kept: bytes) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._listing, self._panel = listing, panel
        self.setHandleWidth(_BORDER_WIDTH)
        self.setChildrenCollapsible(False)
        self.addWidget(listing)
        self.addWidget(panel)
        self.setStretchFactor(0, 1)
        panel.hide()
        if not self.restoreState(kept):
            self.setSizes(list(first_sizes))
        panel.installEventFilter(self)

    def _share_room(self) -> None:
        room_for_both = _least(self._listing) + _BORDER_WIDTH + _least(self._panel)
        self._listing.setVisible(self._panel.isHidden() or self.width() >= room_for_both)

    # ---- Qt overrides

    def minimumSizeHint(self) -> QSize:
        height = max(self._listing.minimumSizeHint().height(), self._panel.minimumSizeHint().height())
        return QSize(max(_least(self._listing), _least(self._panel)), height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _COMINGS:
            self._share_room()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._share_room()
        super().resizeEvent(event)


def _least(part: QWidget) -> int:
    return max(part.minimumWidth(), part.minimumSizeHint().width())
