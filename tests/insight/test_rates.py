"""Rates out of counters that move in steps, stand still, restart, or are asked rarely."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.insight.rates import OVERDUE_S, GrowthWatch, RateMeter


def test_one_reading_says_nothing() -> None:
    assert RateMeter().read(0, 100) is None


def test_a_counter_that_moves_every_five_seconds_has_a_steady_rate_between() -> None:
    meter = RateMeter()
    rates = [meter.read(at, 50 * (at // 5)) for at in range(0, 40, 2)]
    assert all(rate == pytest.approx(10, rel=0.3) for rate in rates[6:])


def test_a_counter_that_rests_for_two_intervals_stands_still() -> None:
    meter = RateMeter()
    for at in (0, 5, 10):
        meter.read(at, at * 10)
    assert meter.read(10 + OVERDUE_S, 100) == 10
    assert meter.read(10 + OVERDUE_S + 1, 100) == 0


def test_a_restart_of_the_broker_is_unknown_and_then_measured_anew() -> None:
    meter = RateMeter()
    for at in (0, 5, 10):
        meter.read(at, 1000 + at * 10)
    assert meter.read(15, 3) is None
    assert meter.read(20, 53) == 10


def test_a_counter_that_moves_after_a_long_rest_is_not_spread_over_the_rest() -> None:
    meter = RateMeter()
    meter.read(0, 0)
    assert meter.read(600, 50, before=598) == 10


def test_a_counter_that_is_asked_rarely_is_measured_over_the_pause() -> None:
    meter = RateMeter()
    meter.read(0, 0)
    assert meter.read(30, 300, before=0) == 10
    assert meter.read(60, 600, before=30) == 10


def test_the_first_step_is_not_measured_from_a_reading_just_before_it() -> None:
    meter = RateMeter()
    assert [meter.read(at, count) for at, count in ((0, 300), (0.1, 600), (1.1, 660))] == [None, None, 60]


@pytest.mark.parametrize(("told", "shown"), [(0.0, [0.0, None, 10]), (3.0, [3.0, 3.0, 10]), (None, [None, None, 10])])
def test_the_brokers_own_word_stands_in_but_not_its_zero_for_what_was_seen_to_move(
    told: float | None, shown: list[float | None]
) -> None:
    meter = RateMeter()
    assert [meter.shown(at, count, told) for at, count in ((0, 300), (1, 600), (6, 650))] == shown
    assert meter.shown(7, None, told) == told


def test_steps_that_are_seen_close_together_leave_the_rate_as_it_was() -> None:
    meter = RateMeter()
    rates = [meter.read(at, count) for at, count in ((0, 0), (1.9, 60), (3.9, 180), (4.0, 240))]
    assert rates == [None, None, 60, pytest.approx(180 / 2.1)]
    hurried = RateMeter()
    assert [hurried.read(at, count) for at, count in ((0, 0), (0.95, 60), (1.0, 120))] == [None, None, None]


def test_what_moves_right_after_a_rest_is_taken_over_an_interval() -> None:
    meter = RateMeter()
    meter.read(0, 0)
    assert meter.read(OVERDUE_S + 1, 0) == 0
    assert meter.read(OVERDUE_S + 1.1, 50) == 10


@given(st.lists(st.tuples(st.floats(0.1, 60), st.integers(0, 10**9)), max_size=40))
def test_no_rate_is_negative_whatever_comes(readings: list[tuple[float, int]]) -> None:
    meter, at = RateMeter(), 0.0
    for pause, count in readings:
        at += pause
        rate = meter.read(at, count)
        assert rate is None or rate >= 0


def watched(depths: list[int], pause_s: float = 4.0) -> list[float | None]:
    watch = GrowthWatch()
    return [watch.read(index * pause_s, depth) for index, depth in enumerate(depths)]


def test_a_steady_rise_is_growth_after_half_a_minute() -> None:
    growth = watched([100 + 40 * index for index in range(16)])
    assert growth[3] is None
    assert growth[-1] == pytest.approx(10)


def test_a_blip_is_no_growth() -> None:
    assert set(watched([100] * 8 + [900] + [100] * 12)) == {None}


def test_noise_is_no_growth() -> None:
    assert set(watched([50 + (index * 37) % 50 for index in range(60)])) == {None}


def test_growth_survives_a_short_pause_of_the_rise() -> None:
    rise = [100 + 40 * index for index in range(16)]
    growth = watched([*rise, rise[-1], rise[-1] - 5, rise[-1] + 40, rise[-1] + 80])
    assert None not in growth[-4:]


def test_growth_ends_when_the_depth_falls() -> None:
    rise = [100 + 40 * index for index in range(16)]
    assert watched([*rise, *(rise[-1] - 60 * index for index in range(1, 9))])[-1] is None


def test_a_long_silence_forgets_the_rise() -> None:
    watch = GrowthWatch()
    for index in range(16):
        watch.read(index * 4.0, index * 100)
    assert watch.growth is not None
    assert watch.read(1_000, 99_999) is None
