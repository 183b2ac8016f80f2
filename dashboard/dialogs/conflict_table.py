"""Asked and existing settings side by side, when something of that name is there with other settings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from broker_client.rabbit.declare_conflict import Difference
from dashboard.widgets.plain_label import PlainLabel

_TITLES = ("Setting", "You ask for", "It has")
_MARGINS = (12, 8, 12, 8)


class ConflictTable(QFrame):
    """Hidden until :meth:`show_differences` gets some."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "code")
        self.setAccessibleName("What differs")
        self._differences: tuple[Difference, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(*_MARGINS)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        for column in range(len(_TITLES)):
            self._grid.setColumnStretch(column, 1)
        self.hide()

    @property
    def differences(self) -> tuple[Difference, ...]:
        return self._differences

    def show_differences(self, differences: Sequence[Difference]) -> None:
        self._differences = tuple(differences)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for column, title in enumerate(_TITLES):
            self._grid.addWidget(PlainLabel(title, "micro_strong"), 0, column)
        for row, one in enumerate(self._differences, 1):
            self._grid.addWidget(PlainLabel(one.name, "mono", selectable=True), row, 0)
            self._grid.addWidget(PlainLabel(one.asked, "body", "warn", wrap=True, selectable=True), row, 1)
            self._grid.addWidget(PlainLabel(one.existing, "body", wrap=True, selectable=True), row, 2)
        self.setVisible(bool(self._differences))
