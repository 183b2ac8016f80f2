"""Routing: where a message goes, what was tried on the way, and what cannot be known."""

from __future__ import annotations

from typing import Any

import pytest

from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, Queue, QueueKey
from broker_client.rabbit.routing import Router, RouteTrace, route
from broker_client.rabbit.topology import Topology


def bound(source: str, to: str, key: str = "", arguments: dict[str, Any] | None = None, kind: str = "queue") -> Binding:
    return Binding("/", source, to, kind, key, arguments or {})


def exchange(name: str, kind: str, alternate: str | None = None, **more: Any) -> Exchange:
    return Exchange("/", name, kind, arguments={} if alternate is None else {"alternate-exchange": alternate}, **more)


SHOP = Topology(
    (Queue("/", name) for name in ("bill", "ship", "audit", "lost", "maybe")),
    (
        Exchange("/", "", "direct"),
        exchange("orders", "topic", "spare"),
        exchange("hub", "fanout"),
        exchange("back", "topic"),
        exchange("spare", "fanout"),
        exchange("inside", "fanout", internal=True),
        exchange("hash", "x-consistent-hash", "spare"),
        exchange("to-default", "direct", ""),
        exchange("to-nowhere", "direct", "gone"),
        exchange("mixed", "headers", "spare"),
        Exchange("/", "by-policy", "direct", effective_policy={"alternate-exchange": "spare"}),
    ),
    (
        bound("orders", "bill", "order.*.paid"),
        bound("orders", "hub", "order.#", kind="exchange"),
        bound("hub", "back", kind="exchange"),
        bound("hub", "ship"),
        bound("back", "orders", "order.#", kind="exchange"),
        bound("back", "bill", "#"),
        bound("spare", "lost"),
        bound("inside", "audit"),
        bound("hash", "maybe", "1"),
        bound("hash", "back", "1", kind="exchange"),
        bound("mixed", "maybe", arguments={"a": 1}),
        bound("mixed", "audit", arguments={"b": "x"}),
    ),
)


def at(name: str, key: str = "", headers: dict[str, Any] | None = None, version: str = "3.10.8") -> RouteTrace:
    """The trace, after checking that the fast answer is the same."""
    trace = route(SHOP, ExchangeKey("/", name), key, headers, version)
    router = Router(SHOP, version)
    for _ in range(2):
        assert router.destinations(ExchangeKey("/", name), key, headers) == trace.queues
    return trace


def names(queues: tuple[QueueKey, ...]) -> list[str]:
    return [queue.name for queue in queues]


def test_a_message_goes_round_a_circle_once_and_into_each_queue_once() -> None:
    trace = at("orders", "order.7.paid")
    assert sorted(names(trace.queues)) == ["bill", "ship"]
    assert [key.name for key in trace.passed] == ["orders", "hub", "back"]
    assert len(trace.steps) == 6
    assert {step.depth for step in trace.steps if step.exchange.name == "back"} == {2}


def test_every_miss_says_why() -> None:
    steps = at("orders", "order.7").steps
    assert next(step.why for step in steps if step.matched is False) == "`order.*.paid` needs 3 words, the key has 2"


def test_what_matches_nothing_goes_to_the_alternate_exchange() -> None:
    trace = at("orders", "mail")
    assert names(trace.queues) == ["lost"]
    assert "nothing matched, so the alternate exchange `spare` gets it" in [step.why for step in trace.steps]
    assert names(at("by-policy", "x").queues) == ["lost"]


@pytest.mark.parametrize("name", ["to-default", "to-nowhere"])
def test_an_alternate_that_does_not_exist_or_is_the_default_exchange_reaches_nothing(name: str) -> None:
    assert at(name, "bill").queues == ()


def test_the_default_exchange_knows_queues_by_name() -> None:
    assert names(at("", "bill", {"CC": ["ship", "bill"], "BCC": ["nobody"]}).queues) == ["bill", "ship"]
    (step,) = at("", "nobody").steps
    assert (step.matched, step.why) == (False, "no queue has the name `nobody`")


def test_carbon_copies_are_further_keys_of_the_same_message() -> None:
    trace = at("back", "mail", {"CC": [5, "order.1"], "BCC": ["x"]})
    assert trace.routing_keys == ("mail", "order.1", "x")
    assert sorted(names(trace.queues)) == ["bill", "ship"]
    hit = next(step for step in trace.steps if step.binding and step.binding.destination == "orders")
    assert hit.why == "`order.#` matches `order.1` of the header CC or BCC"


@pytest.mark.parametrize("header", ["CC", "BCC"])
@pytest.mark.parametrize("value", ["x", 1, None, b"x", {"a": 1}])
def test_a_carbon_copy_that_is_no_array_is_refused(header: str, value: Any) -> None:
    trace = at("hub", "", {header: value})
    assert trace.queues == () and "406" in trace.refused and header in trace.refused


def test_a_blind_copy_is_not_seen_by_headers_exchanges() -> None:
    topology = Topology(
        (Queue("/", "q"), Queue("/", "p")),
        (exchange("h", "headers"),),
        (bound("h", "q", arguments={"BCC": None}), bound("h", "p", arguments={"CC": None})),
    )
    trace = route(topology, ExchangeKey("/", "h"), "", {"BCC": ["a"], "CC": ["b"]})
    assert names(trace.queues) == ["p"]


def test_nobody_can_publish_to_an_internal_or_a_missing_exchange() -> None:
    assert "403" in at("inside").refused
    assert "404" in at("nowhere").refused


def test_an_unknown_type_is_never_guessed() -> None:
    trace = at("hash", "order.1")
    assert trace.queues == ()
    assert trace.unknown == ("at `hash`: how an exchange of type `x-consistent-hash` chooses is not known",)
    assert [step.matched for step in trace.steps] == [None, None, None]
    assert sorted(names(trace.possible)) == ["bill", "lost", "maybe", "ship"]


def test_a_doubtful_header_makes_its_queue_and_the_alternate_possible() -> None:
    trace = at("mixed", "", {"a": 1.0}, version="")
    assert trace.queues == ()
    assert names(trace.possible) == ["maybe", "lost"]
    certain = at("mixed", "", {"a": 1.0, "b": "x"}, version="")
    assert (names(certain.queues), names(certain.possible)) == (["audit"], ["maybe"])
    assert names(at("mixed", "", {"a": 1.0}).queues) == ["maybe"]


def test_a_direct_reply_cannot_be_foretold() -> None:
    assert at("", "amq.rabbitmq.reply-to.abc").unknown
