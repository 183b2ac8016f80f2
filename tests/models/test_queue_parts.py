"""Consumers and bindings of one queue in words."""

from __future__ import annotations

from broker_client.rabbit.entities import Binding, Consumer, QueueKey
from dashboard.look.wording import DASH
from dashboard.models.queue_parts import (
    arguments_text,
    binding_key,
    binding_table,
    consumer_table,
    mode_words,
    prefetch_words,
)

KEY = QueueKey("/", "orders")


def test_a_prefetch_of_zero_is_no_limit_and_none_is_unknown() -> None:
    assert [prefetch_words(Consumer(KEY, "t", prefetch=value)) for value in (0, 25, None)] == ["∞", "25", DASH]


def test_the_mode_says_what_is_known_only() -> None:
    assert mode_words(Consumer(KEY, "t")) == DASH
    assert mode_words(Consumer(KEY, "t", ack_required=True, exclusive=True)) == "acks, exclusive"
    waiting = Consumer(KEY, "t", ack_required=False, active=False, activity="waiting")
    assert mode_words(waiting) == "no acks, waiting"


def test_the_same_tag_on_two_channels_is_two_consumers() -> None:
    model = consumer_table()
    model.apply([Consumer(KEY, "t", channel="a"), Consumer(KEY, "t", channel="b")])
    assert model.shown == 2


def test_bindings_that_differ_in_arguments_alone_are_two() -> None:
    one = Binding("/", "rules", "orders", "queue", "", {"x-match": "all"}, "~A")
    other = Binding("/", "rules", "orders", "queue", "", {"x-match": "any"}, "~B")
    assert binding_key(one) != binding_key(other)
    model = binding_table()
    model.apply([one, other])
    assert model.shown == 2


def test_arguments_of_any_kind_fit_on_one_line() -> None:
    assert arguments_text({}) == DASH
    assert arguments_text({"b": [1, None], "a": "ü"}) == '{"a": "ü", "b": [1, null]}'
    assert "object" in arguments_text({"odd": object()})
