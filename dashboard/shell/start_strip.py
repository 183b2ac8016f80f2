"""A line under the top bar while something long is being started: what, and for how long already."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel


class StartStrip(QFrame):
    """``give_up_requested`` from its button. Hidden while nothing starts."""

    give_up_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("startstrip")
        self._began = 0.0
        self._what = ""
        self._words = PlainLabel("", role="small", tone="quiet")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setFixedWidth(120)
        self._bar.setAccessibleName("Starting")
        give_up = Button("Give up", kind="link")
        give_up.clicked.connect(self.give_up_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(10)
        for part in (self._bar, self._words, give_up):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        self._clock = QTimer(self)
        self._clock.setInterval(500)
        self._clock.timeout.connect(self._tick)
        self.hide()

    def begin(self, what: str) -> None:
        """Show ``what`` ("Starting RabbitMQ and Redis") with the seconds that pass."""
        self._began = time.monotonic()
        self.say(what)
        self._clock.start()
        self.show()

    def say(self, what: str) -> None:
        self._what = what
        self._tick()

    def end(self) -> None:
        self._clock.stop()
        self.hide()

    def _tick(self) -> None:
        self._words.setText(f"{self._what}… {time.monotonic() - self._began:.0f} s")
