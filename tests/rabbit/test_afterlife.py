"""What becomes of a message that nobody acknowledges, queue by queue."""

from __future__ import annotations

from typing import Any

import pytest

from broker_client.rabbit.afterlife import Departure, afterlife, delivery_limit, time_to_live_ms
from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, Queue, QueueKey
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import Topology

EXCHANGES = (
    Exchange("/", "", "direct"),
    Exchange("/", "dlx", "topic", internal=True),
    Exchange("/", "empty", "fanout"),
)
BINDINGS = (
    Binding("/", "dlx", "dead", "queue", "k.#"),
    Binding("/", "dlx", "copies", "queue", "cc"),
    Binding("/", "dlx", "named", "queue", "given"),
)


def departures(
    arguments: dict[str, Any],
    *,
    kind: str = "classic",
    headers: dict[str, Any] | None = None,
    version: str = "4.0.5",
    others: tuple[Queue, ...] = (),
    **more: Any,
) -> tuple[Departure, ...]:
    """Everything that can happen to a message published to the queue ``src``, under the key ``src``."""
    queues = (Queue("/", "src", type=kind, arguments=arguments), *others)
    known = {queue.name for queue in queues}
    rest = (Queue("/", name) for name in ("dead", "copies", "named") if name not in known)
    topology = Topology((*queues, *rest), EXCHANGES, BINDINGS)
    router = Router(topology, version)
    return afterlife(router, router.route(ExchangeKey("/", ""), "src", headers), headers, **more)


def by_cause(found: tuple[Departure, ...], depth: int = 0) -> dict[str, Departure]:
    return {departure.cause: departure for departure in found if departure.depth == depth}


def names(departure: Departure) -> list[str]:
    return [] if departure.trace is None else [key.name for key in departure.trace.queues]


def test_a_queue_without_settings_lets_go_only_of_what_is_rejected() -> None:
    (only,) = departures({})
    assert (only.cause, only.fate, only.exchange) == ("rejected", "dropped", None)


def test_each_setting_opens_a_way_out() -> None:
    found = departures(
        {
            "x-dead-letter-exchange": "dlx",
            "x-dead-letter-routing-key": "given",
            "x-message-ttl": 90_000,
            "x-max-length": 1_000,
            "x-queue-type": "quorum",
            "x-delivery-limit": 3,
        },
        kind="quorum",
    )
    first = by_cause(found)
    assert list(first) == ["expired", "maxlen", "rejected", "delivery_limit"]
    assert all(names(departure) == ["named"] and departure.fate == "dead-lettered" for departure in first.values())
    assert first["expired"].when == "after 90 s in the queue"
    assert first["maxlen"].when == "when it is the oldest and the queue holds more than 1,000 messages"
    assert first["delivery_limit"].when == "when it has come back to the queue more than 3 times"
    assert by_cause(found, 1)["rejected"].queue == QueueKey("/", "named")


def test_dead_letters_keep_the_keys_of_copies_unless_the_queue_gives_one() -> None:
    headers = {"CC": ["k.1"], "BCC": ["cc"]}
    kept = by_cause(departures({"x-dead-letter-exchange": "dlx"}, headers=headers))["rejected"]
    assert kept.routing_keys == ("src", "k.1", "cc")
    assert sorted(names(kept)) == ["copies", "dead"]


@pytest.mark.parametrize(("exchange", "why"), [("gone", "there is no exchange `gone`"), ("empty", "nothing is bound")])
def test_dead_letters_to_nowhere_are_dropped(exchange: str, why: str) -> None:
    (only,) = departures({"x-dead-letter-exchange": exchange})
    assert only.fate == "dropped" and only.why.startswith(why)


def test_at_least_once_keeps_what_has_nowhere_to_go() -> None:
    arguments = {
        "x-dead-letter-exchange": "empty",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    assert by_cause(departures(arguments, kind="quorum"))["rejected"].fate == "kept"


def test_a_full_queue_may_refuse_instead() -> None:
    limits = {"x-max-length": 1, "x-dead-letter-exchange": "dlx", "x-dead-letter-routing-key": "given"}
    refused = by_cause(departures({**limits, "x-overflow": "reject-publish"}))["maxlen"]
    assert (refused.fate, refused.trace) == ("refused", None)
    both = by_cause(departures({**limits, "x-overflow": "reject-publish-dlx"}))["maxlen"]
    assert both.fate == "dead-lettered" and "nack" in both.why


def test_a_circle_ends_unless_the_message_is_rejected_on_its_way() -> None:
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "back", "x-message-ttl": 5}
    back = Queue("/", "back", arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "src"})
    found = departures(arguments, others=(back,))
    second = by_cause(found, 1)["rejected"]
    assert second.loops == (QueueKey("/", "src"),)
    assert second.fate == "dead-lettered" and "round and round" in second.why
    itself = by_cause(departures({"x-dead-letter-exchange": "", "x-message-ttl": 5}))["expired"]
    assert itself.fate == "dropped" and "come back to `src`" in itself.why
    assert len(found) == 3


def test_a_stream_lets_go_of_nothing() -> None:
    assert departures({"x-max-length-bytes": 5}, kind="stream") == ()


def test_the_shortest_time_to_live_counts_and_the_message_s_own_only_once() -> None:
    queue = Queue("/", "q", arguments={"x-message-ttl": 500}, effective_policy={"message-ttl": 300})
    assert time_to_live_ms(queue) == 300
    assert time_to_live_ms(queue, 200) == 200
    assert time_to_live_ms(Queue("/", "q")) is None
    found = departures({"x-dead-letter-exchange": "dlx", "x-dead-letter-routing-key": "given"}, expiration_ms=1500)
    assert by_cause(found)["expired"].when == "after 1.5 s in the queue"
    assert "expired" not in by_cause(found, 1)


@pytest.mark.parametrize(
    ("limit", "version", "effective"),
    [(None, "3.10.8", None), (None, "4.0.5", 20), (-1, "4.0.5", None), (-1, "3.10.8", 0), (2, "3.10.8", 2)],
)
def test_the_delivery_limit_depends_on_the_version(limit: int | None, version: str, effective: int | None) -> None:
    arguments = {} if limit is None else {"x-delivery-limit": limit}
    assert delivery_limit(Queue("/", "q", type="quorum", arguments=arguments), version) == effective
    assert delivery_limit(Queue("/", "q", arguments=arguments), version) is None


def test_a_headers_exchange_sees_why_a_message_died() -> None:
    topology = Topology(
        (Queue("/", "src", arguments={"x-dead-letter-exchange": "h", "x-message-ttl": 1}), Queue("/", "late")),
        (Exchange("/", "", "direct"), Exchange("/", "h", "headers")),
        (Binding("/", "h", "late", "queue", "", {"x-match": "all-with-x", "x-first-death-reason": "expired"}),),
    )
    router = Router(topology, "3.10.8")
    found = by_cause(afterlife(router, router.route(ExchangeKey("/", ""), "src")))
    assert (names(found["expired"]), names(found["rejected"])) == (["late"], [])
