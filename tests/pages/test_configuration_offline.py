"""Two configurations side by side on told facts: what differs, what is the same, and what nobody can compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from broker_client.errors import NoAnswer
from broker_client.tasks.worker_answers import Compared
from dashboard.actions.jobs import Err, Ok, Outcome
from dashboard.actions.worker_question import PartAnswer
from dashboard.pages.configuration_part import ConfigurationPart, compared_words
from tests.page_stage import Stage

SAME = Compared("enable_utc", "true", "true")
OTHER = Compared("task_default_queue", "a", "b")
MASKED = Compared("task_default_routing_key", "********", "********")


class TellingDesk:
    """Answers every question at once with what it was told."""

    def __init__(self) -> None:
        self.outcome: Outcome = Err(NoAnswer("nothing", "was told"))

    def ask(self, _name: str, _question: Callable[..., Any], done: Callable[[Outcome], None]) -> None:
        done(self.outcome)


@pytest.fixture
def desk() -> TellingDesk:
    return TellingDesk()


@pytest.fixture
def part(stage: Stage, desk: TellingDesk) -> Iterator[ConfigurationPart]:
    part = ConfigurationPart(dataclasses.replace(stage.context, desk=desk))  # type: ignore[arg-type]
    part.show()
    part.ask("w1@a")
    part.other.addItem("w2@a", "w2@a")
    yield part
    part.close()


def names(part: ConfigurationPart) -> list[str]:
    return [line.name for line in part.both.model.rows()]


def test_masked_lines_are_listed_as_what_cannot_be_compared(part: ConfigurationPart, desk: TellingDesk) -> None:
    desk.outcome = Ok(PartAnswer((SAME, MASKED, OTHER), 0.0))
    part.compare_with("w2@a")
    assert names(part) == ["task_default_queue", "task_default_routing_key"]
    assert [part.both.model.data(part.both.model.index(row, 0)) for row in range(2)] == ["Differs", "Hidden"]
    assert part.verdict.text().startswith("1 line differs. 1 line is hidden by Celery, wholly or in part, and cannot")
    assert part.hide_same.text() == "Hide what is the same (1)"
    part.hide_same.setChecked(False)
    assert names(part) == ["enable_utc", "task_default_routing_key", "task_default_queue"]


def test_two_that_differ_in_nothing_told_are_not_called_alike_where_lines_are_masked(
    part: ConfigurationPart, desk: TellingDesk
) -> None:
    desk.outcome = Ok(PartAnswer((SAME, MASKED), 0.0))
    part.compare_with("w2@a")
    assert part.both.empty.isHidden() and names(part) == ["task_default_routing_key"]
    assert part.verdict.text().startswith("No line that can be compared differs.")
    desk.outcome = Ok(PartAnswer((SAME,), 0.0))
    part.ask("w1@a")
    assert part.both.empty.isVisible() and part.verdict.text() == "No line differs."


def test_nothing_of_an_earlier_answer_is_shown_when_no_answer_came(part: ConfigurationPart, desk: TellingDesk) -> None:
    desk.outcome = Ok(PartAnswer((SAME, OTHER), 0.0))
    part.compare_with("w2@a")
    desk.outcome = Ok(PartAnswer(None, 0.0))
    part.ask("w1@a")
    part.hide_same.setChecked(False)
    assert part.both.model.total == 0 and part.verdict.isHidden()


def test_how_many_lines_differ_and_are_hidden_is_said_in_good_words() -> None:
    assert compared_words(0, 0) == "No line differs."
    assert compared_words(2, 0) == "2 lines differ."
    assert compared_words(3, 2).startswith(
        "3 lines differ. 2 lines are hidden by Celery, wholly or in part, and cannot"
    )
