"""The broker's samples and our own on one axis."""

from __future__ import annotations

import math

from broker_client.rabbit.entities import Sample, SampleSeries
from dashboard.pages.queue_timeline import QueueTimeline

NOW = 10_000.0


def broker_history(name: str = "ready", step: float = 5.0, points: int = 12, end: float = NOW) -> SampleSeries:
    first = end - step * (points - 1)
    return SampleSeries(name, tuple(Sample(first + step * i, float(i)) for i in range(points)))


def test_the_brokers_samples_fill_the_time_in_which_we_did_not_look() -> None:
    timeline = QueueTimeline()
    timeline.observe(NOW, {"ready": 500})
    joined = timeline.join((broker_history(),), NOW, 60)
    assert joined.values["ready"][0] == 0
    assert joined.values["ready"][-1] == 500
    assert joined.times == sorted(joined.times)


def test_our_own_samples_replace_the_brokers_beside_them() -> None:
    timeline = QueueTimeline()
    for second in range(60):
        timeline.observe(NOW - 59 + second, {"ready": 7})
    joined = timeline.join((broker_history(),), NOW, 60)
    assert set(joined.values["ready"]) == {7.0}


def test_samples_closer_than_a_second_are_thinned_and_the_newest_figure_wins() -> None:
    timeline = QueueTimeline()
    timeline.observe(NOW, {"ready": 1})
    timeline.observe(NOW + 0.3, {"ready": 2})
    joined = timeline.join((), NOW + 0.3, 60)
    assert joined.values["ready"] == [2.0]


def test_a_figure_that_is_not_told_keeps_its_last_value() -> None:
    timeline = QueueTimeline()
    timeline.observe(NOW - 2, {"ready": 1, "unacked": 4})
    timeline.observe(NOW, {"ready": 2})
    assert timeline.join((), NOW, 60).values["unacked"] == [4.0, 4.0]


def test_a_long_silence_is_a_gap() -> None:
    timeline = QueueTimeline()
    timeline.observe(NOW - 50, {"ready": 1})
    timeline.observe(NOW, {"ready": 2})
    ready = timeline.join((), NOW, 60).values["ready"]
    assert [math.isnan(value) for value in ready] == [False, True, False]


def test_samples_of_a_slow_broker_are_no_gaps() -> None:
    joined = QueueTimeline().join((broker_history(step=60.0, points=10),), NOW, 3_600)
    assert not any(math.isnan(value) for value in joined.values["ready"])


def test_a_sample_without_a_value_is_a_gap() -> None:
    series = SampleSeries("ready", (Sample(NOW - 10, 1.0), Sample(NOW - 5, None), Sample(NOW, 3.0)))
    ready = QueueTimeline().join((series,), NOW, 60).values["ready"]
    assert [math.isnan(value) for value in ready] == [False, True, False]


def test_lines_sampled_at_other_moments_do_not_tear_each_other_apart() -> None:
    ready = broker_history("ready", end=NOW)
    publish = broker_history("publish", end=NOW - 2)
    values = QueueTimeline().join((ready, publish), NOW, 60).values
    first = next(i for i, value in enumerate(values["ready"]) if not math.isnan(value))
    assert not any(math.isnan(value) for value in values["ready"][first:])


def test_only_the_asked_span_is_shown() -> None:
    joined = QueueTimeline().join((broker_history(points=100),), NOW, 60)
    assert joined.times[0] >= NOW - 60


def test_our_own_memory_is_bounded() -> None:
    timeline = QueueTimeline()
    for second in range(5_000):
        timeline.observe(NOW + second, {"ready": second})
    assert len(timeline.join((), NOW + 5_000, 1e9).times) <= 3_602
