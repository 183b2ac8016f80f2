"""A typed key as light in the picture: what is lit, what is not, and why."""

from __future__ import annotations

import pytest

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import Topology
from dashboard.topology.graph import NodeId
from dashboard.topology.picture import Choice, Facts, picture_of
from dashboard.topology.tracing import Traced, headers_of, starts_of, traced
from tests.topology.topology_examples import binding, crowd, exchange, row, shop


def trace(facts: Facts, key: str, start: str | None = None, headers: str = "") -> Traced:
    picture = picture_of(facts, Choice())
    router = Router(Topology((r.queue for r in facts.rows), facts.exchanges, facts.bindings))
    starts = starts_of(picture) if start is None else (ExchangeKey("/", start),)
    return traced(router, picture, starts, key, headers_of(headers))


def lit_targets(found: Traced) -> set[str]:
    return {edge.target.name for edge in found.emphasis.edges or ()}


def test_a_key_lights_the_way_through_other_exchanges() -> None:
    found = trace(shop(), "order.created", "orders.events")
    assert lit_targets(found) == {"orders.fulfil", "search.index", "orders.audit", "audit.log"}
    assert found.words == "3 queues: orders.fulfil, search.index, audit.log" or found.words.startswith("3 queues: ")
    assert not found.emphasis.is_dim(NodeId("exchange", "/", "orders.audit"))
    assert found.emphasis.is_dim(NodeId("queue", "/", "payments.refund"))


def test_a_miss_says_why() -> None:
    found = trace(shop(), "order.paid", "orders.events")
    missed = next(line for line in found.lines if line.title.endswith("orders.fulfil"))
    assert missed.matched is False
    assert "order.created" in missed.why
    assert found.lines[0].matched


def test_headers_decide_at_a_headers_exchange() -> None:
    assert lit_targets(trace(shop(), "", "media.rules", "kind=video")) == {"media.transcode"}
    assert trace(shop(), "", "media.rules", "kind=text").tone == "crit"


def test_the_default_exchange_leads_to_the_queue_of_that_name() -> None:
    found = trace(shop(), "celery", "")
    assert found.queues == (QueueKey("/", "celery"),)
    assert lit_targets(found) == {"celery"}


def test_any_exchange_means_every_one_that_no_other_feeds() -> None:
    picture = picture_of(shop(), Choice())
    names = {key.name for key in starts_of(picture)}
    assert names == {"", "orders.events", "payments", "notify", "media.rules"}
    found = trace(shop(), "capture")
    assert {"payments.capture", "orders.audit", "audit.log"} <= lit_targets(found)


def test_an_alternate_exchange_is_lit_when_nothing_else_matches() -> None:
    facts = Facts(
        (exchange("a", "direct", arguments={"alternate-exchange": "lost"}), exchange("lost", "fanout")),
        (binding("a", "q", "k"), binding("lost", "rest")),
        (),
        (row("q"), row("rest")),
    )
    assert lit_targets(trace(facts, "other", "a")) == {"lost", "rest"}
    assert lit_targets(trace(facts, "k", "a")) == {"q"}


def test_an_unknown_type_is_not_guessed() -> None:
    facts = Facts((exchange("x", "x-random"),), (binding("x", "q", "k"),), (), (row("q"),))
    found = trace(facts, "k", "x")
    assert found.queues == ()
    assert len(found.emphasis.unsure) == 1
    assert "not certain" in found.words


def test_a_folded_queue_lights_its_fold() -> None:
    facts = crowd(500)
    found = trace(facts, "evt.0.a", "svc0.events")
    picture = picture_of(facts, Choice())
    assert {picture.place_of[queue] for queue in found.queues} <= (found.emphasis.nodes or frozenset())


def test_headers_are_typed_as_they_look() -> None:
    typed = headers_of('kind=video, public=true, size=5, ratio=1.5, none=null, text="5", eq=a=b')
    assert typed == {
        "kind": "video",
        "public": True,
        "size": 5,
        "ratio": 1.5,
        "none": None,
        "text": "5",
        "eq": "a=b",
    }
    assert headers_of(" , ") == {}
    with pytest.raises(ValueError, match="not name=value"):
        headers_of("kind")
