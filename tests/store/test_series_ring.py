"""Series share their times, forget what is too old, and show an outage as a gap."""

from __future__ import annotations

import math

from dashboard.store.series_ring import SeriesRing


def ring(keep_s: float = 1000.0) -> SeriesRing:
    return SeriesRing(("ready", "ack"), keep_s)


def test_values_share_their_times() -> None:
    series = ring()
    series.append(1.0, {"ready": 10, "ack": 0.5}, 10.0)
    series.append(3.0, {"ready": 11, "ack": None}, 10.0)
    times, values = series.window(("ready", "ack"), 0.0)
    assert list(times) == [1.0, 3.0]
    assert list(values["ready"]) == [10.0, 11.0]
    assert math.isnan(values["ack"][1])


def test_a_long_pause_is_a_gap() -> None:
    series = ring()
    series.append(0.0, {"ready": 1}, 10.0)
    series.append(60.0, {"ready": 2}, 10.0)
    times, values = series.window(("ready",), -1.0)
    assert list(times) == [0.0, 5.0, 60.0]
    assert math.isnan(values["ready"][1])


def test_time_never_runs_backwards() -> None:
    series = ring()
    series.append(5.0, {"ready": 1}, 10.0)
    series.append(4.0, {"ready": 2}, 10.0)
    assert list(series.window(("ready",), 0.0)[0]) == [5.0]


def test_only_the_window_asked_for_is_returned() -> None:
    series = ring()
    for at in range(10):
        series.append(float(at), {"ready": at}, 10.0)
    assert list(series.window(("ready",), 7.0)[1]["ready"]) == [7.0, 8.0, 9.0]


def test_what_is_too_old_is_forgotten() -> None:
    series = ring(keep_s=100.0)
    for at in range(2000):
        series.append(float(at), {"ready": at}, 10.0)
    assert len(series.window(("ready",), 0.0)[0]) < 700
