"""Charts: gaps stay gaps, the span is the span, many points stay few, and a chart can be read out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from dashboard.look.theme import theme
from dashboard.widgets.chart_ticks import time_ticks, value_ticks
from dashboard.widgets.downsample import thin
from dashboard.widgets.line_chart import Line, LineChart
from dashboard.widgets.plot_loader import plot_loader

NOW = 1_700_000_000.0
NAN = math.nan


def times(count: int) -> list[float]:
    return [NOW - 5 * (count - 1 - place) for place in range(count)]


@pytest.fixture
def chart(qtbot: QtBot) -> LineChart:
    chart = LineChart("Message rates", "per second", [Line("Publish", 0), Line("Deliver", 1)])
    qtbot.addWidget(chart)
    chart.resize(640, 300)
    chart.show()
    return chart


def plot_of(qtbot: QtBot, chart: LineChart) -> pg.ViewBox:
    qtbot.waitUntil(lambda: chart.drawn, timeout=20_000)
    return next(item for item in widget_of(chart).ci.items if isinstance(item, pg.ViewBox))


def widget_of(chart: LineChart) -> pg.GraphicsLayoutWidget:
    found = chart.findChild(pg.GraphicsLayoutWidget)
    assert found is not None
    return found


def heights(plot: pg.ViewBox) -> list[Sequence[float]]:
    """The values of every curve, in the order of the lines."""
    curves = [item for item in plot.childGroup.childItems() if isinstance(item, pg.PlotCurveItem)]
    return [curve.getData()[1] for curve in reversed(curves)]


def test_a_gap_in_the_data_is_a_gap_in_the_line(qtbot: QtBot, chart: LineChart) -> None:
    chart.set_data(times(5), {"Publish": [1, 2, NAN, 4, 5], "Deliver": [0, 0, 0, 0, 0]})
    publish, deliver = heights(plot_of(qtbot, chart))
    assert [math.isnan(value) for value in publish] == [False, False, True, False, False]
    assert not any(math.isnan(value) for value in deliver)


def test_the_span_is_counted_back_from_the_newest_sample(qtbot: QtBot, chart: LineChart) -> None:
    chart.set_data(times(500), {"Publish": [1.0] * 500, "Deliver": [2.0] * 500})
    plot = plot_of(qtbot, chart)
    for span_s in (300, 7_200):
        chart.set_span(span_s)
        start, end = plot.viewRange()[0]
        assert start == pytest.approx(NOW - span_s)
        assert NOW <= end < NOW + span_s * 0.05


def test_the_loader_belongs_to_the_gui_thread_whoever_imports_its_module(qtbot: QtBot) -> None:
    assert plot_loader().thread() is QThread.currentThread()


def test_a_chart_without_data_waits_and_says_so(qtbot: QtBot, chart: LineChart) -> None:
    chart.set_data([], {})
    assert not chart.drawn
    assert chart.accessibleName() == "Message rates: waiting for data"


def test_the_newest_values_are_read_out_and_unknown_is_a_dash(chart: LineChart) -> None:
    chart.set_data(times(2), {"Publish": [1.0, 126.0], "Deliver": [1.0, NAN]})
    assert chart.accessibleName() == "Message rates: Publish 126, Deliver —"


def test_a_threshold_is_drawn_with_its_words_once_the_data_come_near(qtbot: QtBot, chart: LineChart) -> None:
    chart.set_threshold(100.0, "limit {100}")
    chart.set_data(times(2), {"Publish": [1.0, 2.0]})
    items = plot_of(qtbot, chart).childGroup.childItems()
    limit = next(item for item in items if isinstance(item, pg.InfiniteLine) and hasattr(item, "label"))
    assert not limit.isVisible()
    chart.set_data(times(2), {"Publish": [1.0, 80.0]})
    assert limit.isVisible()
    assert limit.label.toPlainText() == "limit {100}"


def test_the_mouse_reads_the_nearest_sample(qtbot: QtBot, chart: LineChart) -> None:
    chart.set_data(times(3), {"Publish": [1.0, NAN, 3.0], "Deliver": [4.0, 5.0, 6.0]})
    plot_of(qtbot, chart)
    surface = widget_of(chart).parent()
    at, values = surface.sample_at(NOW - 6)
    assert at == NOW - 5
    assert math.isnan(values["Publish"])
    assert values["Deliver"] == 5.0


def test_the_plot_follows_the_theme(qtbot: QtBot, chart: LineChart) -> None:
    chart.set_data(times(3), {"Publish": [1.0, 2.0, 3.0]})
    plot_of(qtbot, chart)
    assert widget_of(chart).backgroundBrush().color() == theme().surface


@given(st.integers(min_value=60, max_value=86_400), st.floats(min_value=1e9, max_value=2e9))
def test_time_ticks_are_few_and_inside(span_s: int, end: float) -> None:
    ticks = time_ticks(end - span_s, end)
    assert 2 <= len(ticks) <= 6
    assert all(end - span_s <= at <= end for at, _ in ticks)


@given(st.floats(min_value=1e-6, max_value=1e12))
def test_value_ticks_are_few_and_reach_the_highest_value(highest: float) -> None:
    ticks = value_ticks(highest)
    assert 3 <= len(ticks) <= 5
    assert ticks[0] == 0
    assert ticks[-1] >= highest * (1 - 1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(400, 3_000), st.floats(0, 1))
def test_fewer_points_keep_the_outline(seed: int, count: int, gaps: float) -> None:
    dice = np.random.default_rng(seed)
    line = np.where(dice.random(count) < gaps, NAN, dice.random(count))
    thin_times, thin_values = thin(np.arange(count, dtype=float), line, 300)
    assert len(thin_times) == len(thin_values) <= 302
    assert (np.diff(thin_times) >= 0).all()
    if np.isfinite(line[:-2]).any():
        assert np.nanmax(thin_values) <= np.nanmax(line)
        assert np.nanmin(thin_values) >= np.nanmin(line)


def test_a_spike_of_one_sample_is_never_lost() -> None:
    line = np.zeros(50_000)
    line[31_415] = 900.0
    assert thin(np.arange(50_000, dtype=float), line, 600)[1].max() == 900.0
