"""A search that finds nothing is told what it was perhaps meant to say, and is left alone where nothing is wrong."""

from __future__ import annotations

import pytest

from broker_client.tasks.query_hint import hint_on
from broker_client.tasks.records import KNOWN_STATES


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("state:failure and name:mail", "“and” was looked for as a word: AND joins conditions."),
        ("a (b Or c)", "“Or” was looked for as a word: OR joins conditions."),
        ("not mail", "“not” was looked for as a word: NOT joins conditions."),
        ("state:failed", "No task has the state “failed”. Did you mean FAILURE?"),
        ("mail State=succeeded", "No task has the state “succeeded”. Did you mean SUCCESS?"),
        ("state:xyz", "No task has the state “xyz”."),
    ],
)
def test_a_slip_is_told(text: str, hint: str) -> None:
    assert hint_on(text, KNOWN_STATES) == hint


@pytest.mark.parametrize(
    "text", ["", "or", "and x", "x or", '"and" x', "a AND b", "name:and b", "state:fail", "state:*ED", "state:", "mail"]
)
def test_what_is_no_slip_is_left_alone(text: str) -> None:
    assert hint_on(text, KNOWN_STATES) == ""


def test_a_state_of_the_application_is_known() -> None:
    assert hint_on("state:progress", (*KNOWN_STATES, "PROGRESS")) == ""
