"""What a queue's settings mean and where they come from."""

from __future__ import annotations

from typing import Any

from broker_client.rabbit.entities import QueueDetail
from dashboard.pages.queue_arguments import argument_help, argument_lines, policy_origin
from tests.models.queue_examples import make_queue


def lines(**queue_fields: Any) -> dict[str, tuple[str, str, str]]:
    detail = QueueDetail(make_queue(**queue_fields), (), (), ())
    return {line.name: (line.value, line.means, line.origin) for line in argument_lines(detail, argument_help())}


def test_every_help_text_has_a_title_and_a_meaning() -> None:
    assert len(argument_help()) >= 20
    for text in argument_help().values():
        assert text.title and text.means
        assert text.unit in {"", "ms", "s", "bytes", "count", "name"}


def test_an_argument_is_told_with_its_value_in_words() -> None:
    value, means, origin = lines(arguments={"x-message-ttl": 60_000})["x-message-ttl"]
    assert value == "1 m"
    assert "waits longer than 1 m expires" in means
    assert origin == "queue argument"


def test_a_policys_key_names_the_policy_it_comes_from() -> None:
    _, means, origin = lines(policy="short-lived", effective_policy={"message-ttl": 5_000})["message-ttl"]
    assert "waits longer than 5.0 s" in means
    assert origin == "policy short-lived"


def test_both_policies_are_named_when_both_apply() -> None:
    assert policy_origin(make_queue(policy="a", operator_policy="b")) == "policy a and operator policy b"


def test_an_argument_we_do_not_know_is_shown_as_it_is() -> None:
    assert lines(arguments={"x-custom": "blue"})["x-custom"] == ("blue", "", "queue argument")


def test_hostile_arguments_are_only_text() -> None:
    table = lines(arguments={"x-<b>\u202e": {"a": ["{value}", "\x00"]}})
    (name,) = table
    assert name == "x-<b>\\u202e"
    assert "\x00" not in table[name][0]
