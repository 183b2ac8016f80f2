"""The plotted part of a chart. Importing this module imports pyqtgraph and numpy: only ``plot_loader`` does."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QMouseEvent, QPainterPath
from PySide6.QtWidgets import QFrame, QGraphicsPathItem, QVBoxLayout, QWidget

from dashboard.look.theme import font, theme
from dashboard.widgets.chart_ticks import time_ticks, value_ticks, whole_ticks
from dashboard.widgets.downsample import Floats, thin

_LINE, _THIN_LINE = 1.6, 1.0
_MANY_POINTS = 2_000
_PIXELS_PER_POINT = 2
_TOP_ALPHA, _FOOT_ALPHA = 72, 4
_TICK_PIXELS = 74
_HEAD_ROOM = 1.05
_MOST_ROOM = 1.2
"""A tick farther above the data than this is left out."""
_FOOT_ROOM = 5
"""Pixels below zero, so that the dot of a line at zero is whole."""
_THRESHOLD_NEAR = 0.4
"""The threshold line is drawn once the data come so near to it (as a share of it)."""

pg.setConfigOptions(antialias=True, exitCleanup=False)


class PlotSurface(QWidget):
    """``colors`` are series indexes by line name, in drawing order; ``words`` writes a value."""

    hovered = Signal(object)
    """The epoch under the mouse, ``None`` when it left."""

    def __init__(
        self, colors: Mapping[str, int], area: bool, words: Callable[[float], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._colors = dict(colors)
        self._words = words
        self._threshold: tuple[float, str] | None = None
        self._times: Floats = np.empty(0)
        self._values: dict[str, Floats] = {}
        self._range = (0.0, 1.0)
        self._top = 1.0
        self._view = pg.GraphicsLayoutWidget(self)
        self._box = self._view.addViewBox(row=0, col=1, enableMenu=False, enableMouse=False, defaultPadding=0)
        self._axes = {"left": pg.AxisItem("left"), "bottom": pg.AxisItem("bottom")}
        self._resized = QTimer(self, singleShot=True, interval=0)
        self._resized.timeout.connect(self._redraw)
        self._set_up_view()
        self._area = QGraphicsPathItem() if area else None
        self._grid: list[Any] = []
        self._curves = {name: pg.PlotCurveItem(connect="finite") for name in self._colors}
        self._dots = pg.ScatterPlotItem()
        self._limit = pg.InfiniteLine(angle=0, label="", labelOpts={"position": 0.02, "anchors": [(0, 1), (0, 1)]})
        self._cross = pg.InfiniteLine(angle=90)
        self._add_items()
        self.retint()

    def _set_up_view(self) -> None:
        view = self._view
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.viewport().setMouseTracking(True)
        view.viewport().installEventFilter(self)
        view.ci.setContentsMargins(0, 0, 0, 0)
        view.ci.setSpacing(0)
        for side, axis in self._axes.items():
            axis.setStyle(tickFont=font("micro"), tickLength=0, tickAlpha=0, tickTextOffset=6, maxTickLevel=0)
            axis.linkToView(self._box)
            view.addItem(axis, row=int(side == "bottom"), col=int(side == "bottom"))
        self._axes["bottom"].setHeight(22)
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(view)

    def _add_items(self) -> None:
        items = [self._area] if self._area is not None else []
        for item in (*items, *reversed(self._curves.values()), self._dots, self._limit, self._cross):
            self._box.addItem(item, ignoreBounds=True)
        self._limit.hide()
        self._cross.hide()

    # ---- writing

    def show_data(self, times: Sequence[float], values: Mapping[str, Sequence[float]], span_s: float) -> None:
        """Draw the last ``span_s`` seconds before the newest time."""
        self._times = np.asarray(times, dtype=np.float64)
        self._values = {
            name: np.asarray(values.get(name, ()), dtype=np.float64)
            for name in self._colors
            if len(values.get(name, ())) == len(self._times)
        }
        if len(self._times):
            end = float(self._times[-1])
            self._range = (end - span_s, end + span_s * 0.012)
        self._redraw()

    def set_threshold(self, value: float | None, words: str) -> None:
        self._threshold = (value, words) if value is not None else None
        self._redraw()

    def set_crosshair(self, at: float | None) -> None:
        """Draw the vertical hair at an epoch, or nowhere."""
        self._cross.setVisible(at is not None)
        if at is not None:
            self._cross.setValue(at)

    def sample_at(self, at: float) -> tuple[float, dict[str, float]] | None:
        """The sample nearest to ``at``: its time and each line's value (NaN = gap)."""
        if not len(self._times):
            return None
        place = int(np.clip(np.searchsorted(self._times, at), 1, max(1, len(self._times) - 1)))
        if len(self._times) == 1 or at - self._times[place - 1] < self._times[place] - at:
            place -= 1
        return float(self._times[place]), {name: float(found[place]) for name, found in self._values.items()}

    def retint(self) -> None:
        """Take the colours of the active theme."""
        active = theme()
        self._view.setBackground(active.surface)
        for axis in self._axes.values():
            axis.setTextPen(pg.mkPen(active.text3))
            axis.setPen(pg.mkPen(None))
        self._limit.setPen(pg.mkPen(active.crit, width=1, style=Qt.PenStyle.DashLine))
        self._limit.label.setColor(active.crit)
        self._limit.label.setFont(font("small"))
        self._cross.setPen(pg.mkPen(active.text3, width=1))
        self._redraw()

    # ---- drawing

    def _redraw(self) -> None:
        self._choose_top()
        start, end = self._range
        self._box.setXRange(start, end, padding=0)
        foot = self._top * _FOOT_ROOM / max(40, self._view.viewport().height())
        self._box.setYRange(-foot, self._top, padding=0)
        self._draw_ticks()
        most = max(64, round(self._view.viewport().width() / _PIXELS_PER_POINT))
        thinned = {name: thin(self._times, found, most) for name, found in self._values.items()}
        for name, curve in self._curves.items():
            xs, ys = thinned.get(name, (np.empty(0), np.empty(0)))
            width = _THIN_LINE if len(xs) > _MANY_POINTS else _LINE
            curve.setPen(pg.mkPen(self._color(name), width=width))
            curve.setData(xs, ys)
        self._draw_area(thinned)
        self._draw_dots()

    def _choose_top(self) -> None:
        inside = self._times >= self._range[0]
        found = [values[inside] for values in self._values.values()]
        highest = max((float(np.nanmax(part)) for part in found if np.isfinite(part).any()), default=0.0)
        near = self._threshold is not None and highest >= self._threshold[0] * _THRESHOLD_NEAR
        if self._threshold is not None and near:
            highest = max(highest, self._threshold[0])
            self._show_limit(*self._threshold)
        self._limit.setVisible(near)
        whole = all(np.equal(np.rint(part), part)[np.isfinite(part)].all() for part in found)
        ticks = whole_ticks(highest) if whole else value_ticks(highest)
        room = highest * _MOST_ROOM if highest > 0 else ticks[-1]
        self._ticks = [tick for tick in ticks if tick <= room] if len(ticks) > 3 else ticks
        self._top = max(self._ticks[-1], highest) * _HEAD_ROOM

    def _show_limit(self, value: float, words: str) -> None:
        """The label takes its words only while it is visible, and reads braces as a format."""
        self._limit.show()
        self._limit.setValue(value)
        self._limit.label.setFormat(words.replace("{", "{{").replace("}", "}}"))

    def _draw_ticks(self) -> None:
        axis = self._axes["left"]
        words = [self._words(tick) for tick in self._ticks]
        axis.setTicks([list(zip(self._ticks, words, strict=True))])
        axis.setWidth(max(36, max(self._advance(word) for word in words) + 12))
        most = min(6, max(2, self._view.viewport().width() // _TICK_PIXELS))
        self._axes["bottom"].setTicks([time_ticks(*self._range, most)])
        while len(self._grid) < len(self._ticks):
            line = pg.InfiniteLine(angle=0)
            line.setZValue(-10)
            self._grid.append(line)
            self._box.addItem(line, ignoreBounds=True)
        active = theme()
        for place, line in enumerate(self._grid):
            line.setVisible(place < len(self._ticks))
            line.setPen(pg.mkPen(active.grid if place else active.border, width=1))
            if place < len(self._ticks):
                line.setValue(self._ticks[place])

    def _draw_area(self, thinned: Mapping[str, tuple[Floats, Floats]]) -> None:
        if self._area is None or not self._colors:
            return
        name = next(iter(self._colors))
        path = QPainterPath()
        for xs, ys in _runs(*thinned.get(name, (np.empty(0), np.empty(0)))):
            path.addPath(pg.arrayToQPath(np.concatenate((xs[:1], xs, xs[-1:])), np.concatenate(([0.0], ys, [0.0]))))
        # In data units: an object-bound gradient starts anew with every piece of the area.
        fade = QLinearGradient(0, 0, 0, self._top)
        for stop, alpha in ((0.0, _FOOT_ALPHA), (1.0, _TOP_ALPHA)):
            shade = QColor(self._color(name))
            shade.setAlpha(alpha)
            fade.setColorAt(stop, shade)
        self._area.setPen(pg.mkPen(None))
        self._area.setBrush(QBrush(fade))
        self._area.setPath(path)
        self._area.setZValue(-5)

    def _draw_dots(self) -> None:
        ends = [(name, float(found[-1])) for name, found in self._values.items() if len(found)]
        spots = [
            {"pos": (float(self._times[-1]), value), "brush": self._color(name)}
            for name, value in ends
            if math.isfinite(value)
        ]
        self._dots.setData(spots=spots, size=7, pen=pg.mkPen(theme().surface, width=1.5))

    def _color(self, name: str) -> QColor:
        series = theme().series
        return series[self._colors[name] % len(series)]

    def _advance(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text)

    # ---- Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._hover(event.position())
        elif event.type() == QEvent.Type.Leave:
            self.hovered.emit(None)
        elif event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        elif event.type() == QEvent.Type.Resize:
            self._resized.start()
        return False

    def _hover(self, position: QPointF) -> None:
        where = self._view.mapToScene(position.toPoint())
        inside = self._box.sceneBoundingRect().contains(where)
        self.hovered.emit(float(self._box.mapSceneToView(where).x()) if inside and len(self._times) else None)


def _runs(xs: Floats, ys: Floats) -> list[tuple[Floats, Floats]]:
    """The stretches between gaps, each of at least two points."""
    finite = np.isfinite(ys)
    cuts = np.flatnonzero(np.diff(finite.astype(np.int8))) + 1
    pieces = zip(np.split(xs, cuts), np.split(ys, cuts), np.split(finite, cuts), strict=True)
    return [(x, y) for x, y, whole in pieces if len(x) > 1 and whole[0]]
