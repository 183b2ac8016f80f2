"""One number that matters, its unit, a sentence about it and its recent course."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from dashboard.look.wording import DASH
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.sparkline import Sparkline


class KpiCard(QFrame):
    """Cards in one row get equal widths. Read out as one sentence: "Ready messages: 30,587, +4,120 in 30 min"."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._title = title
        self._value = PlainLabel(DASH, "kpi", "muted")
        self._unit = PlainLabel("", "small", elide="right")
        self._unit.setContentsMargins(0, 0, 0, 4)
        self._unit.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        self._unit.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._note = PlainLabel(" ", "small", elide="right")
        self._trend = Sparkline()
        self._trend.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        middle = QHBoxLayout()
        middle.setSpacing(6)
        middle.addWidget(self._value)
        middle.addWidget(self._unit, 1)
        middle.addWidget(self._trend)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 12, 10)
        column.setSpacing(2)
        column.addWidget(PlainLabel(title, "small", elide="right"))
        column.addLayout(middle)
        column.addWidget(self._note)
        self.show_value(DASH)

    def show_value(
        self,
        value: str,
        unit: str = "",
        note: str = "",
        note_tone: str = "plain",
        trend: Sequence[float | None] = (),
        trend_tone: str = "accent",
    ) -> None:
        """Show ``value`` (a dash = unknown). A ``plain`` note is muted."""
        self._value.setText(value)
        self._value.set_tone("muted" if value == DASH else "plain")
        self._value.setMinimumWidth(self._value.fontMetrics().horizontalAdvance(value) + 2)
        self._unit.setText(unit)
        self._note.setText(note or " ")
        self._note.set_tone("muted" if note_tone == "plain" else note_tone)
        self._trend.set_values(trend, trend_tone)
        spoken = f"{self._title}: {'unknown' if value == DASH else value} {unit}".rstrip()
        self.setAccessibleName(f"{spoken}, {note}" if note else spoken)
