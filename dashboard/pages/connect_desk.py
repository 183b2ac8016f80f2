"""The places of the list of profiles, the form and its test: side by side, or the test below the list."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

_LIST_WIDTH, _TEST_WIDTH = 290, 340
_ROOM_FOR_THREE = 1_100


class ConnectDesk(QWidget):
    """The form takes what the others leave."""

    def __init__(self, profiles: QWidget, form: QWidget, test: QWidget) -> None:
        super().__init__()
        self._profiles, self._test = profiles, test
        self._roomy: bool | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(12)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(form, 0, 1, 2, 1)
        profiles.setFixedWidth(_LIST_WIDTH)
        self._place(True)

    def _place(self, roomy: bool) -> None:
        self._roomy = roomy
        for part in (self._profiles, self._test):
            self._grid.removeWidget(part)
        self._test.setFixedWidth(_TEST_WIDTH if roomy else _LIST_WIDTH)
        if roomy:
            self._grid.addWidget(self._profiles, 0, 0, 2, 1)
            self._grid.addWidget(self._test, 0, 2, 2, 1)
        else:
            self._grid.addWidget(self._profiles, 0, 0)
            self._grid.addWidget(self._test, 1, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        roomy = event.size().width() >= _ROOM_FOR_THREE
        if roomy != self._roomy:
            self._place(roomy)
        super().resizeEvent(event)
