"""The thin line over the window that says by its colour which environment one is touching."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dashboard.look.theme import ENVIRONMENT_TONES, themes, tone_color

HEIGHT = 3


class EnvironmentStrip(QWidget):
    """Grey while nothing is open."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = "idle"
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    @Slot(str)
    def show_environment(self, environment: str) -> None:
        """An environment's name; empty = nothing is open."""
        self._tone = ENVIRONMENT_TONES.get(environment, "idle")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), tone_color(self._tone))
        painter.end()
