"""The badges of a queue and the words behind them."""

from __future__ import annotations

from dashboard.models.queue_features import badges, feature_words, queue_features
from tests.models.queue_examples import make_queue

EVERY_ARGUMENT = {
    "x-message-ttl": 60_000,
    "x-expires": 3_600_000,
    "x-max-length": 1_000,
    "x-max-length-bytes": 5_000_000,
    "x-overflow": "reject-publish",
    "x-dead-letter-exchange": "dlx",
    "x-dead-letter-routing-key": "dead",
    "x-max-priority": 9,
    "x-single-active-consumer": True,
    "x-delivery-limit": 5,
}


def test_all_features_have_the_badges_that_operators_know() -> None:
    queue = make_queue(auto_delete=True, exclusive=True, arguments=EVERY_ARGUMENT)
    assert badges(queue) == "D AD Excl TTL Exp Lim LimB Ovfl DLX DLK Pri SAC DlL"


def test_the_words_carry_the_value_with_its_unit() -> None:
    text = feature_words(make_queue(arguments=EVERY_ARGUMENT))
    assert "TTL: Messages expire after 1 m" in text
    assert "LimB: Holds at most 5.0 MB of message bodies" in text
    assert "DLX: Dead letters go to exchange “dlx”" in text


def test_a_policy_gives_a_feature_as_an_argument_does() -> None:
    assert "TTL" in badges(make_queue(effective_policy={"message-ttl": 5_000}))


def test_the_queues_own_argument_is_told_before_the_policys() -> None:
    queue = make_queue(arguments={"x-max-length": 7}, effective_policy={"max-length": 9})
    assert "at most 7 messages" in feature_words(queue)


def test_a_plain_transient_queue_has_no_badge() -> None:
    assert queue_features(make_queue(durable=False)) == ()


def test_hostile_names_are_shown_plainly() -> None:
    queue = make_queue(arguments={"x-dead-letter-exchange": "<b>\u202egnp</b>\x00"})
    assert "<b>\\u202egnp</b>\\0" in feature_words(queue)


def test_braces_in_a_value_are_only_text() -> None:
    queue = make_queue(arguments={"x-dead-letter-exchange": "{0}{value}"})
    assert "“{0}{value}”" in feature_words(queue)
