"""Tries come quickly at first and never in step with other windows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.feeds.backoff import LAST_BOUND_S, SHORTEST_PAUSE_S, Backoff


def longest(_low: float, high: float) -> float:
    return high


def test_within_the_first_minute_no_pause_is_longer_than_two_and_a_half_seconds() -> None:
    backoff, now = Backoff(longest), 100.0
    while now < 159.0:
        pause = backoff.fail(now)
        assert pause <= 2.5
        now += pause


def test_an_old_outage_is_asked_twice_a_minute_at_least() -> None:
    backoff = Backoff(longest)
    for now in (0.0, 1.0, 2.0, 3.0):
        backoff.fail(now)
    assert backoff.fail(120.0) == 10.0
    assert backoff.fail(4000.0) == LAST_BOUND_S


def test_a_success_begins_anew() -> None:
    backoff = Backoff(longest)
    for now in range(10):
        backoff.fail(float(now))
    backoff.succeed()
    assert backoff.since is None
    assert backoff.fail(1000.0) < 1.0


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=30))
def test_every_pause_lies_within_its_bounds(times: list[float]) -> None:
    backoff = Backoff()
    for now in sorted(times):
        assert SHORTEST_PAUSE_S <= backoff.fail(now) <= LAST_BOUND_S
