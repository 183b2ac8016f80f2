"""Named figures in a grid: a small name above its value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from dashboard.look.wording import tip
from dashboard.widgets.plain_label import PlainLabel


class Figure(NamedTuple):
    """``help_text`` says what the figure is, for the tool tip."""

    name: str
    value: str
    tone: str = "plain"
    help_text: str = ""


class FigureGrid(QWidget):
    """Shows the same figures again and again; the labels are made once."""

    def __init__(self, columns: int = 4, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self._cells: list[_Cell] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(10)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show ``figures`` row by row."""
        while len(self._cells) < len(figures):
            cell = _Cell()
            self._grid.addWidget(cell, len(self._cells) // self._columns, len(self._cells) % self._columns)
            self._cells.append(cell)
        for place, cell in enumerate(self._cells):
            cell.setVisible(place < len(figures))
            if place < len(figures):
                cell.show_figure(figures[place])


class _Cell(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._name = PlainLabel("", "micro", elide="right")
        self._value = PlainLabel("", "strong", elide="right")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self._name)
        column.addWidget(self._value)

    def show_figure(self, figure: Figure) -> None:
        self._name.setText(figure.name)
        self._value.setText(figure.value)
        self._value.set_tone(figure.tone)
        self.setAccessibleName(f"{figure.name} {figure.value}")
        self.setToolTip(tip(figure.help_text) if figure.help_text else "")
