"""The bar under the pages: each service's state and latency, why one is down and when it is tried again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dashboard.look.wording import tip
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

HEIGHT = 28
_MOST_SERVICES = 3
_USUAL_AGE = "Refreshed 10 s ago, every 10 s"
"""As wide as this always, so that it is not cut for a moment whenever its words grow."""


class ServiceLine(NamedTuple):
    """``words`` follow the name; ``tip`` says everything. ``service`` is the leg that "Try now" wakes, empty = none."""

    name: str
    tone: str
    words: str
    tip: str
    service: str = ""


class StatusBar(QWidget):
    """``retry_requested(service)`` from "Try now"."""

    retry_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self._items = tuple(ServiceItem() for _ in range(_MOST_SERVICES))
        self._idle = PlainLabel("No connection is open", role="small")
        self._idle.hide()
        self._refreshed = PlainLabel("", role="small")
        self._refreshed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._refreshed.setMinimumWidth(self._refreshed.fontMetrics().horizontalAdvance(_USUAL_AGE))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(16)
        row.addWidget(self._idle)
        for item in self._items:
            item.retry_requested.connect(self.retry_requested)
            row.addWidget(item)
        row.addStretch(1)
        row.addWidget(self._refreshed)

    @property
    def lines(self) -> tuple[ServiceLine, ...]:
        """What is said of the services now."""
        return tuple(item.line for item in self._items if item.line is not None)

    def show_lines(self, lines: Sequence[ServiceLine], refreshed: str) -> None:
        """One item per line, and on the right how fresh the figures are."""
        self._idle.setVisible(not lines)
        for index, item in enumerate(self._items):
            item.show_line(lines[index] if index < len(lines) else None)
        self._refreshed.setText(refreshed)


class ServiceItem(QWidget):
    """One service: mark, name, words, and a button while it is down."""

    retry_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.line: ServiceLine | None = None
        self._mark = StateMark("idle")
        self._name = PlainLabel("", role="small", tone="quiet")
        self._words = PlainLabel("", role="small", elide="right")
        self._retry = Button("Try now", kind="link")
        self._retry.clicked.connect(self._ask_retry)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for part in (self._mark, self._name, self._words, self._retry):
            row.addWidget(part)
        self.hide()
        self._retry.hide()

    def show_line(self, line: ServiceLine | None) -> None:
        if line == self.line:
            return
        self.line = line
        self.setVisible(line is not None)
        if line is None:
            return
        self._mark.set_tone(line.tone)
        self._name.setText(line.name)
        self._words.setText(line.words)
        self._words.set_tone("crit" if line.tone == "crit" else None)
        self._retry.setVisible(bool(line.service))
        self._retry.setAccessibleName(f"Try {line.name} now")
        self.setToolTip(tip(line.tip))
        self.setAccessibleName(f"{line.name}: {line.words}")

    def _ask_retry(self) -> None:
        if self.line is not None:
            self.retry_requested.emit(self.line.service)
