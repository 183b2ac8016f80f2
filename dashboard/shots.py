"""Pictures of every page in both themes, taken from the live window.

Going to a page and switching the theme count as the window's own work; only the drawing of the picture itself is left
out of the stall meter.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from dashboard.look.theme import apply_theme, themes
from dashboard.look.turns import Turns
from dashboard.stall_meter import StallMeter
from dashboard.window import Window

THEMES = ("dark", "light")
STEP_MS = 100
"""Between two acts of a person."""
SETTLE_MS = 1_100
"""Time for a page's details to arrive and be drawn before its picture is taken."""


def session_length_s(pages: int) -> float:
    """How long all pictures take."""
    return pages * len(THEMES) * (SETTLE_MS / 1000 + 0.25) + 1.0


class Photographer(QObject):
    """``done(files)`` after the last picture. The theme and the page from before are shown again."""

    done = Signal(object)

    def __init__(self, window: Window, meter: StallMeter, pages: Sequence[str], folder: Path) -> None:
        super().__init__(window)
        self._window = window
        self._meter = meter
        self._folder = folder
        self._todo = list(itertools.product(THEMES, pages))
        self._files: list[Path] = []
        self._turns = Turns(self, STEP_MS)
        self._before = (themes.choice, window.current_page)

    def begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._next()

    def _next(self) -> None:
        if not self._todo:
            self._end()
            return
        theme_name, page = self._todo[0]
        self._turns.add(
            lambda: self._apply(theme_name),
            lambda: self._window.show_page(page),
            lambda: self._window.page(page).prepare_for_picture(),
        )
        QTimer.singleShot(SETTLE_MS, self._take)

    def _take(self) -> None:
        theme_name, page = self._todo.pop(0)
        file = self._folder / f"{page}_{theme_name}.png"
        with self._meter.suspended():
            self._window.grab().save(str(file))
        self._files.append(file)
        QTimer.singleShot(20, self._next)

    def _end(self) -> None:
        theme_name, page = self._before
        self._apply(theme_name)
        if page:
            self._window.show_page(page)
        self.done.emit(tuple(self._files))

    @staticmethod
    def _apply(theme_name: str) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_theme(application, theme_name, dress=False)
