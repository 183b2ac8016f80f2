"""Brings the plot library in without keeping the window waiting: imported on a thread, once, when first asked for.

Charts that wait for it are built one per turn of the event loop.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

if TYPE_CHECKING:
    from dashboard.widgets.plot_surface import PlotSurface

Build = Callable[[type["PlotSurface"]], None]


class PlotLoader(QObject):
    """``when_ready(build)`` calls ``build`` with the surface's class, later, on the GUI thread."""

    _imported = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[Build] = deque()
        self._thread: threading.Thread | None = None
        self._surface: type[PlotSurface] | None = None
        self._imported.connect(self._build_next, Qt.ConnectionType.QueuedConnection)

    def when_ready(self, build: Build) -> None:
        self._waiting.append(build)
        if self._surface is not None:
            QTimer.singleShot(0, self._build_next)
        elif self._thread is None:
            self._thread = threading.Thread(target=self._import, name="plot library")
            self._thread.start()

    def _import(self) -> None:
        from dashboard.widgets.plot_surface import PlotSurface  # half a second of numpy and pyqtgraph

        self._surface = PlotSurface
        self._imported.emit()

    @Slot()
    def _build_next(self) -> None:
        if self._waiting and self._surface is not None:
            self._waiting.popleft()(self._surface)
            if self._waiting:
                QTimer.singleShot(0, self._build_next)


@cache
def plot_loader() -> PlotLoader:
    """The one loader, made when the GUI thread first asks: a QObject belongs to the thread that made it, and another
    thread may import this module."""
    return PlotLoader()
