"""Counting a queue whose first answers are wrong: it is asked until it counts us and nobody holds anything."""

from __future__ import annotations

from typing import cast

import pytest

from broker_client.errors import NoAnswer
from broker_client.rabbit import given_back
from broker_client.rabbit.frame_channel import Stock
from broker_client.rabbit.given_back import CUT_OFF_S, Asking, count_again
from broker_client.rabbit.source_queue import SourceQueue


class FakeSource:
    """A queue that sends one message when there is one."""

    def __init__(self, arrived: int) -> None:
        self.arrived = arrived
        self.done: list[str] = []

    def take_one(self) -> None:
        self.done.append("take one")

    def end(self) -> None:
        self.done.append("end")


def counted(*answers: Stock, arrived: int = 1, wait_s: float = CUT_OFF_S, stop_after: int = 1000) -> tuple[int, int]:
    """The count, and how often it was asked; the last answer is repeated."""
    source, asked, looks = FakeSource(arrived), [], []

    def stock() -> Stock:
        asked.append(1)
        return answers[min(len(asked), len(answers)) - 1]

    def should_stop() -> bool:
        looks.append(1)
        return len(looks) > stop_after

    found = count_again(cast(SourceQueue, source), Asking("q", stock, lambda _: None, should_stop), wait_s)
    assert source.done == ["take one", "end"]
    return found, len(asked)


def test_an_answer_that_does_not_count_us_is_none() -> None:
    assert counted(Stock(0, 0), Stock(0, 0), Stock(4999, 1), wait_s=0.0) == (5000, 3)


def test_an_empty_queue_is_believed_at_once_when_there_was_no_earlier_attempt() -> None:
    assert counted(Stock(0, 1), arrived=0, wait_s=0.0) == (0, 1)


def test_what_another_consumer_holds_is_waited_for() -> None:
    found, asked = counted(Stock(0, 0), Stock(3999, 2), Stock(4999, 1))
    assert (found, asked > 3) == (5000, True)


def test_a_consumer_that_cannot_be_the_earlier_one_is_not_waited_for() -> None:
    assert counted(Stock(7, 3), wait_s=-1.0) == (8, 1)


def test_waiting_ends_when_it_is_told_to_stop() -> None:
    assert counted(Stock(7, 3), stop_after=4) == (8, 4)


def test_a_queue_that_never_counts_us_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_back, "_BELIEVED_S", 0.0)
    with pytest.raises(NoAnswer, match="does not say what it holds"):
        count_again(
            cast(SourceQueue, FakeSource(0)), Asking("q", lambda: Stock(0, 0), lambda _: None, lambda: False), 1.0
        )
