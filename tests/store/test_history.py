"""The history records every arrival, fills gaps from the broker's samples, and speaks at most twice a second."""

from __future__ import annotations

import math
import time

from pytestqt.qtbot import QtBot

from broker_client.rabbit.entities import Overview, Rates, Sample, SampleSeries
from dashboard.store.app_state import OverviewArrived, Session, SessionChanged, Stamp
from dashboard.store.history import History


def arrival(at: float, ready: int, history: tuple[SampleSeries, ...] = ()) -> OverviewArrived:
    overview = Overview("3.10.8", ready=ready, rates=Rates(publish=1.5))
    return OverviewArrived(Stamp(at, "test", 2.0), overview, (), (), history)


def samples(name: str, newest: float, count: int, step: float = 5.0) -> SampleSeries:
    return SampleSeries(name, tuple(Sample(newest - step * (count - 1 - i), float(i)) for i in range(count)))


def test_figures_of_one_source_share_their_times(qtbot: QtBot) -> None:
    history, now = History(), time.monotonic()
    history.receive(arrival(now - 2, 5))
    history.receive(arrival(now, 7))
    times, values = history.windows(("ready", "publish"), 60)
    assert len(times) == 2
    assert list(values["ready"]) == [5.0, 7.0]
    assert list(values["publish"]) == [1.5, 1.5]


def test_the_brokers_samples_come_before_our_own(qtbot: QtBot) -> None:
    history, epoch = History(), time.time()
    history.receive(arrival(time.monotonic(), 9, (samples("ready", epoch - 3, 10),)))
    _, values = history.window("ready", 3600)
    assert list(values) == [*map(float, range(10)), 9.0]


def test_an_outage_is_filled_from_the_brokers_samples(qtbot: QtBot) -> None:
    history, now, epoch = History(), time.monotonic(), time.time()
    history.receive(arrival(now - 60, 100))
    history.receive(arrival(now, 200, (samples("ready", epoch - 2, 20),)))
    _, values = history.window("ready", 3600)
    assert values[0] == 100.0
    assert values[-1] == 200.0
    assert len([value for value in values if not math.isnan(value)]) > 10


def test_a_brokers_wrong_clock_is_shifted_to_ours(qtbot: QtBot) -> None:
    history, epoch = History(), time.time()
    history.receive(arrival(time.monotonic(), 9, (samples("ready", epoch - 7200, 10),)))
    times, _ = history.window("ready", 600)
    assert len(times) > 5


def test_another_session_starts_with_an_empty_history(qtbot: QtBot) -> None:
    history = History()
    history.receive(arrival(time.monotonic(), 1))
    history.receive(SessionChanged(Session("other")))
    assert len(history.window("ready", 3600)[0]) == 0


def test_news_are_told_at_once_and_then_at_most_twice_a_second(qtbot: QtBot) -> None:
    history, heard = History(), []
    history.history_changed.connect(lambda: heard.append(time.monotonic()))
    now = time.monotonic()
    for second in range(20):
        history.receive(arrival(now - 40 + 2 * second, second))
    assert len(heard) == 1
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert heard[1] - heard[0] > 0.4
