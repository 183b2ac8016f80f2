"""A broker is asked no oftener than it can bear."""

from __future__ import annotations

from dashboard.feeds.depth_feed import probe_interval_s
from dashboard.feeds.pace import LONGEST_S, SHORTEST_S, Pace, interval_for


def test_a_question_costs_at_most_four_thousandths_of_the_brokers_time() -> None:
    assert interval_for(0.100) == 25.0


def test_a_cheap_question_is_asked_every_two_seconds_and_a_dear_one_once_a_minute() -> None:
    assert interval_for(0.001) == SHORTEST_S
    assert interval_for(5.0) == LONGEST_S


def test_a_slow_answer_among_quick_ones_does_not_slow_the_pace() -> None:
    pace = Pace()
    assert pace.spent(0.200, 0.0) == SHORTEST_S
    assert pace.spent(0.004, 2.0) == SHORTEST_S
    assert pace.spent(0.200, 4.0) == SHORTEST_S


def test_answers_that_stay_slow_slow_the_pace() -> None:
    pace = Pace()
    pauses = [pace.spent(0.200, float(now)) for now in range(6)]
    assert pauses[-1] == 50.0
    assert pace.wait_s(15.0) == 40.0


def test_a_broker_that_counts_every_five_seconds_is_asked_every_five_seconds() -> None:
    pace = Pace(longest_s=5.0)
    pace.slow_to(5.0)
    assert pace.spent(0.001, 0.0) == 5.0


def test_a_person_in_a_hurry_is_answered_at_once() -> None:
    pace = Pace()
    pace.spent(1.0, 0.0)
    assert not pace.is_due(1.0)
    pace.hurry()
    assert pace.is_due(1.0)


def test_a_screen_of_queues_is_probed_three_times_a_second_and_many_in_proportion() -> None:
    assert probe_interval_s(40) == probe_interval_s(60) == 1 / 3
    assert probe_interval_s(600) > 3.0
