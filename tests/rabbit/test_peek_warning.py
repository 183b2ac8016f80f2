"""What is said before a queue is looked into, and when it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.entities import Queue
from broker_client.rabbit.peek_warning import deliveries_of, delivery_limit, peek_warning


def quorum(policy: dict[str, Any] | None = None, **arguments: Any) -> Queue:
    named = {name.replace("_", "-"): value for name, value in arguments.items()}
    return Queue("/", "q", type="quorum", arguments=named, effective_policy=policy or {})


def test_a_classic_queue_only_gets_marks() -> None:
    found = peek_warning(Queue("/", "q", consumers=2), "3.10.8")
    assert not found.refused and any("redelivered" in words for words in found.words)
    assert any("2 consumer" in words for words in found.words)


@pytest.mark.parametrize(
    ("queue", "version", "limit"),
    [
        (quorum(), "3.10.8", None),
        (quorum(), "4.0.5", 20),
        (quorum(), "", 20),
        (quorum(x_delivery_limit=5), "3.10.8", 5),
        (quorum(x_delivery_limit=-1), "4.0.5", None),
        (quorum({"delivery-limit": 3}, x_delivery_limit=50), "4.0.5", 3),
    ],
)
def test_the_limit_is_that_of_argument_policy_or_broker(queue: Queue, version: str, limit: int | None) -> None:
    assert delivery_limit(queue, version) == limit


def test_a_quorum_queue_close_to_its_limit_is_refused() -> None:
    assert "could lose" in peek_warning(quorum(x_delivery_limit=2), "3.10.8").refused
    assert not peek_warning(quorum(), "4.0.5", 17).refused
    assert "18 times" in peek_warning(quorum(), "4.0.5", 18).refused
    assert not peek_warning(quorum(), "3.10.8", 1_000).refused


def test_the_fate_of_a_message_is_named() -> None:
    assert any("destroyed" in words for words in peek_warning(quorum(), "4.0.5").words)
    lettered = peek_warning(quorum(x_dead_letter_exchange="dlx"), "4.0.5", 4)
    assert any("dead-lettered" in words for words in lettered.words)
    assert any("16 deliveries are left" in words for words in lettered.words)


def test_streams_and_exclusive_queues_are_refused() -> None:
    assert "stream" in peek_warning(Queue("/", "q", type="stream"), "4.0.5").refused
    assert "one connection" in peek_warning(Queue("/", "q", exclusive=True), "4.0.5").refused


def test_delivery_counts_are_read_from_the_headers() -> None:
    def counted(count: object) -> Message:
        return Message("", "q", Properties(headers={"x-delivery-count": count}), b"")

    assert deliveries_of([counted(3), counted(0), counted("x"), Message("", "q", Properties(), b"")]) == 3
    assert deliveries_of([]) is None
