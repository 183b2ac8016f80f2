"""A question that is asked again and again while somebody looks."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from broker_client.errors import NoAnswer
from dashboard.actions.jobs import Err, Ok, Outcome
from dashboard.actions.repeated_question import RepeatedQuestion

SOON_S = 0.01


class Asked:
    """The questions on their way; ``answer`` the first of them."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[Outcome], None]] = []
        self.heard: list[object] = []
        self.question = RepeatedQuestion(self.waiting.append, SOON_S)
        self.question.answered.connect(self.heard.append)
        self.question.failed.connect(self.heard.append)

    def answer(self, outcome: Outcome) -> None:
        self.waiting.pop(0)(outcome)


def test_it_is_asked_again_after_each_answer_good_or_bad(qtbot: QtBot) -> None:
    asked = Asked()
    asked.question.start()
    asked.answer(Ok(1))
    qtbot.waitUntil(lambda: len(asked.waiting) == 1)
    trouble = NoAnswer("no answer")
    asked.answer(Err(trouble))
    qtbot.waitUntil(lambda: len(asked.waiting) == 1)
    assert asked.heard == [1, trouble]


def test_one_is_on_its_way_and_a_new_wish_outdates_it(qtbot: QtBot) -> None:
    asked = Asked()
    asked.question.start()
    asked.question.ask_now()
    assert len(asked.waiting) == 1
    asked.answer(Ok("old"))
    assert len(asked.waiting) == 1, "asked anew at once"
    asked.answer(Ok("new"))
    assert asked.heard == ["new"]


def test_nothing_is_told_after_the_end(qtbot: QtBot) -> None:
    asked = Asked()
    asked.question.start()
    asked.question.stop()
    asked.answer(Ok(1))
    assert asked.heard == []
    asked.question.ask_now()
    assert asked.waiting == []
