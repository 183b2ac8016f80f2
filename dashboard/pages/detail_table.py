"""A small table inside a detail panel: heading with a count, as high as its rows, words where there are none."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dashboard.look import wording
from dashboard.models.keyed_table import KeyedTable
from dashboard.widgets.data_table import ROW_HEIGHT, DataTable
from dashboard.widgets.plain_label import PlainLabel

MOST_ROWS = 6


class DetailTable(QWidget):
    """``nothing`` is said when the answer is an empty table, ``waiting`` before the first answer. ``heading`` takes
    buttons."""

    def __init__(
        self, title: str, model: KeyedTable, nothing: str, waiting: str = "…", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._nothing = nothing
        self._waiting = waiting
        self.model = model
        self.table = DataTable(model, title)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.count = PlainLabel("", "small")
        self.words = PlainLabel(waiting, "small", wrap=True)
        self.heading = QHBoxLayout()
        self.heading.setSpacing(8)
        self.heading.addWidget(PlainLabel(title, "strong"))
        self.heading.addWidget(self.count)
        self.heading.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self.heading)
        column.addWidget(self.words)
        column.addWidget(self.table)
        self.show_rows(None)

    def show_rows(self, rows: Sequence[object] | None) -> None:
        """``None`` = not known yet, which is not the same as none."""
        self.model.apply(rows or ())
        self.count.setText(wording.count(len(rows)) if rows else "")
        self.words.setText(self._nothing if rows is not None else self._waiting)
        self.words.setVisible(not rows)
        self.table.setVisible(bool(rows))
        lines = min(MOST_ROWS, len(rows or ()))
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(header + lines * ROW_HEIGHT + 2)
