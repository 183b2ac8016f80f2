"""A card with lines over time. The plot library comes in after the first paint; until then it says that it waits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget
from shiboken6 import isValid

from dashboard.look.theme import font, theme, themes
from dashboard.look.wording import DASH, clock, number
from dashboard.widgets.card import Card
from dashboard.widgets.chart_readout import ChartReadout
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.plot_loader import plot_loader

if TYPE_CHECKING:
    from dashboard.widgets.plot_surface import PlotSurface

_WAITING = "Waiting for data"
_HEADER_MARGIN = 60
"""What is left of a header beside its title and legend; with less the legend shows colours and values only."""
_WIDEST_VALUE = "888.8k"


@dataclass(frozen=True)
class Line:
    """``name`` is the key in the data and in the legend; ``series_index`` chooses the colour, from 0."""

    name: str
    series_index: int = 0


class LineChart(Card):
    """``words`` writes a value for the legend, the axis and the crosshair. ``area`` fills under the first line."""

    hovered = Signal(object)
    """The epoch under the mouse, ``None`` when it left: for linking the hairs of several charts."""

    def __init__(
        self,
        title: str,
        subtitle: str = "",
        lines: Sequence[Line] = (),
        area: bool = True,
        *,
        words: Callable[[float], str] = number,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, subtitle, parent)
        self._lines = tuple(lines)
        self._area = area
        self._words = words
        self._span_s = 1_800.0
        self._times: Sequence[float] = ()
        self._values: Mapping[str, Sequence[float]] = {}
        self._threshold: tuple[float | None, str] = (None, "")
        self._due = False
        self._asked = False
        self._surface: PlotSurface | None = None
        self._keys = {line.name: _LegendKey(line) for line in self._lines}
        for key in self._keys.values():
            self.header.addWidget(key)
        self._stack = QStackedLayout()
        self._waiting = _WaitingSurface(self._ask_for_surface)
        self.body.addLayout(self._stack, 1)  # before its first widget, which it shows: as a window, if it has no parent
        self._stack.addWidget(self._waiting)
        self._readout = ChartReadout(self)
        self.setMinimumHeight(120)
        self._describe()
        themes.changed.connect(self._retint)

    # ---- writing

    def set_data(self, times: Sequence[float], values: Mapping[str, Sequence[float]]) -> None:
        """``times`` are ascending epochs, ``values`` as many numbers per line's name; NaN is a gap."""
        self._times, self._values = times, values
        for line in self._lines:
            self._keys[line.name].show_value(self._last_words(line.name))
        self._describe()
        self._draw()

    def set_span(self, seconds: float) -> None:
        """How much time the chart shows, up to the newest sample."""
        self._span_s = seconds
        self._draw()

    def set_threshold(self, value: float | None, words: str = "") -> None:
        """A dashed line that says ``words``; drawn once the data come near it."""
        if (value, words) != self._threshold:
            self._threshold = (value, words)
            if self._surface is not None:
                self._surface.set_threshold(value, words)

    def set_crosshair(self, at: float | None) -> None:
        """Draw the hair at an epoch, as another chart's mouse asks."""
        if self._surface is not None:
            self._surface.set_crosshair(at)

    @property
    def drawn(self) -> bool:
        """Whether the plot itself stands (the library is there and data have come)."""
        return self._surface is not None and self._stack.currentWidget() is self._surface

    # ---- inside

    def _ask_for_surface(self) -> None:
        if not self._asked:
            self._asked = True
            QTimer.singleShot(0, lambda: plot_loader().when_ready(self._build))

    def _build(self, surface_class: type[PlotSurface]) -> None:
        if not isValid(self):
            return
        colors = {line.name: line.series_index for line in self._lines}
        surface = surface_class(colors, self._area, self._words)
        surface.set_threshold(*self._threshold)
        surface.hovered.connect(self._hover)
        self._surface = surface
        self._stack.addWidget(surface)
        self._draw()

    def _draw(self) -> None:
        if self._surface is None or not self.isVisible():
            self._due = True
            return
        self._due = False
        self._surface.show_data(self._times, self._values, self._span_s)
        has_data = any(math.isfinite(value) for line in self._lines for value in self._values.get(line.name, ()))
        self._stack.setCurrentWidget(self._surface if has_data else self._waiting)

    def _last_words(self, name: str) -> str:
        found = self._values.get(name, ())
        return self._words(found[-1]) if len(found) and math.isfinite(found[-1]) else DASH

    def _describe(self) -> None:
        now = ", ".join(f"{line.name} {self._last_words(line.name)}" for line in self._lines)
        self.setAccessibleName(f"{self.title}: {now if len(self._times) else _WAITING.lower()}")

    def _hover(self, at: float | None) -> None:
        self.hovered.emit(at)
        sample = self._surface.sample_at(at) if self._surface is not None and at is not None else None
        self.set_crosshair(sample[0] if sample else None)
        if sample is None:
            self._readout.hide()
            return
        readings = [
            (line.name, self._words(value) if math.isfinite(value) else DASH, line.series_index)
            for line in self._lines
            if (value := sample[1].get(line.name)) is not None
        ]
        cursor = self.mapFromGlobal(self.cursor().pos())
        self._readout.show_at(QPoint(cursor.x(), cursor.y()), clock(sample[0]), readings)

    def _retint(self) -> None:
        if self._surface is not None:
            self._surface.retint()

    # ---- Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._due:
            QTimer.singleShot(0, self._draw)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        names = sum(key.full_width() for key in self._keys.values())
        roomy = self.width() >= self._title.sizeHint().width() + names + _HEADER_MARGIN
        for key in self._keys.values():
            key.set_roomy(roomy)


class _LegendKey(QWidget):
    """A line's colour, name and newest value."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._index = line.series_index
        self._name = PlainLabel(line.name, "small", "quiet")
        self._value = PlainLabel(DASH, "small_strong", "plain")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._name)
        row.addWidget(self._value)
        self.setToolTip(line.name)

    def show_value(self, words: str) -> None:
        self._value.setText(words)

    def full_width(self) -> int:
        """What it takes with its name and the longest value."""
        name, value = (label.fontMetrics() for label in (self._name, self._value))
        return 22 + name.horizontalAdvance(self._name.text()) + value.horizontalAdvance(_WIDEST_VALUE)

    def set_roomy(self, roomy: bool) -> None:
        self._name.setVisible(roomy)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        series = theme().series
        painter.setBrush(series[self._index % len(series)])
        painter.drawRoundedRect(QRectF(0, self.height() / 2 - 1.5, 10, 3), 1.5, 1.5)
        painter.end()


class _WaitingSurface(QWidget):
    """Stands in for the plot. Its first paint is the moment after which the plot library may come in."""

    def __init__(self, painted: Callable[[], None]) -> None:
        super().__init__()
        self._painted = painted

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font("small"))
        painter.setPen(theme().text3)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, _WAITING)
        painter.end()
        self._painted()
