"""Brings the plot library in without keeping the window waiting, once, when first asked for.

Charts that wait for it are built one per turn of the event loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from dashboard.look.import_slices import ImportSlices

if TYPE_CHECKING:
    from dashboard.widgets.plot_surface import PlotSurface

Build = Callable[[type["PlotSurface"]], None]
_WITHOUT_QT = (
    "numpy",
    "cProfile",
    "decimal",
    "importlib.resources",
    "locale",
    "multiprocessing.connection",
    "pydoc",
    "subprocess",
    "xml.etree.ElementTree",
)
"""What pyqtgraph needs besides Qt."""


class PlotLoader(QObject):
    """``when_ready(build)`` calls ``build`` with the surface's class, later, on the GUI thread."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[Build] = deque()
        self._slices: ImportSlices | None = None
        self._surface: type[PlotSurface] | None = None

    def when_ready(self, build: Build) -> None:
        self._waiting.append(build)
        if self._surface is not None:
            QTimer.singleShot(0, self._build_next)
        elif self._slices is None:
            self._slices = ImportSlices(_WITHOUT_QT, "pyqtgraph", self._import, self._build_next)
            self._slices.begin()

    def _import(self) -> None:
        from dashboard.widgets.plot_surface import PlotSurface  # half a second of numpy and pyqtgraph

        self._surface = PlotSurface

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
