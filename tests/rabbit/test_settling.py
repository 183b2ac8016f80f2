"""Waiting until a queue lets our cancelled consumer go: what it counts, and what it says when it is too busy."""

from __future__ import annotations

from typing import cast

import pytest

from broker_client.errors import NoAnswer
from broker_client.rabbit.frame_channel import FrameChannel, Stock
from broker_client.rabbit.settling import Settling


class FakeChannel:
    """Answers with one count of consumers after the other; the last is repeated. A late answer is no answer."""

    def __init__(self, clock: list[float], counts: tuple[int, ...], late: int = 0) -> None:
        self.cancelled = False
        self._clock, self._counts, self._late = clock, counts, late
        self.asked = 0

    def stock(self, _queue: str) -> Stock:
        if self._late:
            self._late -= 1
            self._clock[0] += 0.25
            return Stock(0, 0)
        self.asked += 1
        return Stock(0, self._counts[min(self.asked, len(self._counts)) - 1])

    def cancel(self, _tag: str) -> None:
        pass

    def pause(self, longest_s: float) -> None:
        self._clock[0] += longest_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("broker_client.rabbit.settling.time.monotonic", lambda: now[0])
    return now


def settled(channel: FakeChannel) -> bool:
    made = Settling(cast(FrameChannel, channel), "q")
    made.cancel("warren-1")
    return made.wait(2.0)


def test_a_queue_that_does_not_count_a_cancelled_consumer_is_not_waited_for(clock: list[float]) -> None:
    for counts in ((1, 0), (3, 2)):
        channel = FakeChannel(clock, counts)
        assert settled(channel) and channel.asked == 2


def test_a_queue_that_counts_it_is_waited_for_until_it_does_not(clock: list[float]) -> None:
    channel = FakeChannel(clock, (1, 1, 1, 1, 0))
    assert settled(channel) and channel.asked == 5


def test_beside_other_consumers_one_less_must_stay_one_less_for_a_moment(clock: list[float]) -> None:
    channel = FakeChannel(clock, (3, 3, 3, 2, 3, 3, 2))
    assert settled(channel) and channel.asked > 15


def test_a_queue_that_never_lets_go_is_told(clock: list[float]) -> None:
    assert not settled(FakeChannel(clock, (1,)))


def test_a_late_answer_that_counts_nobody_is_not_believed(clock: list[float]) -> None:
    assert settled(FakeChannel(clock, (1, 1, 0), late=3))
    with pytest.raises(NoAnswer, match="does not answer"):
        settled(FakeChannel(clock, (1,), late=100))
