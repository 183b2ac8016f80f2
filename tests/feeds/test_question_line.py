"""Questions of other threads to the one thread that owns a connection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from broker_client.errors import BadInput, ConnectionLost, NoAnswer
from dashboard.feeds.question_line import QuestionLine


class Asked(threading.Thread):
    """A job that asks one question."""

    def __init__(self, line: QuestionLine[str], question: Callable[[str], Any]) -> None:
        super().__init__()
        self._line, self._question = line, question
        self.waits = threading.Event()
        self.got: Any = None
        self.start()
        assert self.waits.wait(30)

    def run(self) -> None:
        try:
            self.got = self._line.ask(self._question, 30.0, self.waits.set)
        except (BadInput, ConnectionLost) as error:
            self.got = error


def test_the_owner_answers_when_it_has_time() -> None:
    line: QuestionLine[str] = QuestionLine("the collector")
    asked = [Asked(line, lambda client, n=n: f"{client} {n}") for n in range(3)]  # type: ignore[misc]
    line.answer("client")
    for job in asked:
        job.join(30)
    assert [job.got for job in asked] == ["client 0", "client 1", "client 2"]


def test_an_error_goes_to_who_asked_and_only_a_broken_connection_to_the_owner() -> None:
    line: QuestionLine[str] = QuestionLine("the collector")

    def refuse(_client: str) -> None:
        raise BadInput("no")

    def break_off(_client: str) -> None:
        raise ConnectionLost("gone")

    first, second, third = Asked(line, refuse), Asked(line, break_off), Asked(line, str.upper)
    with pytest.raises(ConnectionLost, match="gone"):
        line.answer("client")
    line.turn_away(ConnectionLost("stopped"))
    for job in (first, second, third):
        job.join(30)
    assert [str(job.got) for job in (first, second, third)] == ["no", "gone", "stopped"]


def test_nobody_waits_for_ever() -> None:
    line: QuestionLine[str] = QuestionLine("the collector")
    with pytest.raises(NoAnswer, match="deadline"):
        line.ask(str.upper, 0.01, lambda: None)
    line.answer("client")
