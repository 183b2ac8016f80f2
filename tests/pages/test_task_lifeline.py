"""A task's moments become steps that a person can read."""

from __future__ import annotations

from broker_client.tasks.records import Moment
from dashboard.pages.task_lifeline import lifeline


def test_waits_are_named_between_the_steps() -> None:
    steps = lifeline(
        [
            Moment(10.0, "sent", "event"),
            Moment(10.5, "received", "event", "w1"),
            Moment(13.5, "started", "event", "w1"),
            Moment(15.5, "succeeded", "event", "w1"),
        ]
    )
    assert [step.wait_s for step in steps] == [None, 0.5, 3.0, 2.0]
    assert [step.wait_words for step in steps] == [
        "",
        "on its way through the queue",
        "waiting for a free slot",
        "running",
    ]
    assert steps[-1].tone == "ok"


def test_one_step_told_by_two_sources_is_shown_once_with_both() -> None:
    steps = lifeline([Moment(1.0, "started", "event", "w1"), Moment(1.2, "started", "result backend", None)])
    assert len(steps) == 1
    assert steps[0].sources == ("event", "result backend")
    assert steps[0].worker == "w1"


def test_a_second_try_is_a_step_of_its_own() -> None:
    moments = [
        Moment(1.0, "started", "event", "w1"),
        Moment(2.0, "retried", "event", "w1", "ConnectionError()"),
        Moment(5.0, "started", "event", "w2"),
    ]
    steps = lifeline(moments)
    assert [step.what for step in steps] == ["started", "retried", "started"]
    assert steps[2].wait_words == "waiting to be tried again"


def test_a_task_is_sent_first_even_when_the_senders_clock_is_ahead_and_then_no_wait_is_told() -> None:
    steps = lifeline([Moment(5.0, "started", "event"), Moment(4.9, "received", "event"), Moment(5.1, "sent", "event")])
    assert [step.what for step in steps] == ["sent", "received", "started"]
    assert [step.wait_s for step in steps[:2]] == [None, None]
    assert steps[2].wait_s == 5.0 - 4.9


def test_a_task_that_is_sent_again_much_later_keeps_its_place() -> None:
    steps = lifeline([Moment(5.0, "started", "event"), Moment(60.0, "sent", "event")])
    assert [step.what for step in steps] == ["started", "sent"]


def test_an_unknown_step_is_shown_plainly() -> None:
    (step,) = lifeline([Moment(1.0, "task-progress", "event")])
    assert step.tone == "plain"


def test_no_moments_give_no_steps() -> None:
    assert lifeline(()) == ()
