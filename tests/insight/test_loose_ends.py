"""What leads nowhere and what nothing leads to is found, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from broker_client.insight.loose_ends import is_built_in, loose_ends
from broker_client.rabbit.entities import Binding, Counters, Exchange, ExchangeKey, Queue, QueueKey, Rates
from broker_client.rabbit.topology import Topology

DEFAULT = Exchange("/", "", "direct")


def exchange(name: str, kind: str = "topic", **more: Any) -> Exchange:
    return Exchange("/", name, kind, **more)


def queue(name: str, **more: Any) -> Queue:
    """One that was used."""
    return Queue("/", name, **{"counters": Counters(publish=5), **more})


def bound(source: str, target: str, kind: str = "queue") -> Binding:
    return Binding("/", source, target, kind, "#")


def found(queues: tuple[Queue, ...], exchanges: tuple[Exchange, ...], *bindings: Binding) -> set[tuple[str, str]]:
    by_name = (bound("", one.name) for one in queues)
    topology = Topology(queues, (DEFAULT, *exchanges), (*by_name, *bindings))
    return {(one.rule, (one.exchange or one.queue or ("", ""))[1]) for one in loose_ends(topology)}


def test_a_whole_topology_has_no_loose_end() -> None:
    dead = queue("work", arguments={"x-dead-letter-exchange": "dlx"})
    exchanges = (exchange("in"), exchange("next"), exchange("dlx"))
    bindings = (bound("in", "next", "exchange"), bound("next", "work"), bound("dlx", "dead"))
    assert found((dead, queue("dead")), exchanges, *bindings) == set()


def test_an_exchange_that_reaches_no_queue_is_named_unless_its_alternate_does() -> None:
    circle = (bound("a", "b", "exchange"), bound("b", "a", "exchange"))
    assert found((), (exchange("a"), exchange("b")), *circle) == {("bound-to-nothing", "a"), ("bound-to-nothing", "b")}
    saved = exchange("lonely", arguments={"alternate-exchange": "net"})
    assert found((queue("q"),), (saved, exchange("net")), bound("net", "q")) == set()
    by_policy = exchange("lonely", effective_policy={"alternate-exchange": "missing"})
    assert found((), (by_policy,)) == {("bound-to-nothing", "lonely"), ("alternate-nowhere", "lonely")}


def test_one_that_gets_messages_is_worse_and_says_how_many() -> None:
    topology = Topology((), (exchange("calm"), exchange("busy", rate_in=2.0, count_in=1_024)), ())
    first, second = loose_ends(topology)
    assert (first.exchange, first.severity) == (ExchangeKey("/", "busy"), "crit")
    assert "1,024 messages" in first.evidence and second.severity == "warn"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"x-dead-letter-exchange": "missing"}, "does not exist"),
        ({"x-dead-letter-exchange": "empty"}, "reaches no queue"),
        ({"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "no-queue"}, "which does not exist"),
    ],
)
def test_dead_letters_that_are_lost_are_named_with_the_reason(arguments: dict[str, str], why: str) -> None:
    work = queue("work", arguments=arguments)
    topology = Topology((work,), (DEFAULT, exchange("empty")), (bound("", "work"),))
    (finding,) = [one for one in loose_ends(topology) if one.queue is not None]
    assert finding.rule == "dead-letters-nowhere" and why in finding.evidence


def test_a_queue_that_nothing_feeds_is_named_only_when_it_was_never_used() -> None:
    unused = queue("unused", counters=Counters(), total=0)
    assert found((unused,), ()) == {("queue-unfed", "unused")}
    waiting = queue("waiting", counters=Counters(), consumers=1)
    held = queue("held", counters=Counters(), total=3)
    busy = queue("busy", counters=Counters(), rates=Rates(publish=1.0))
    target = queue("target", counters=Counters())
    source = queue("source", arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "target"})
    assert found((waiting, held, busy, target, source, queue("used")), ()) == set()


def test_what_the_broker_and_celery_make_for_themselves_is_no_loose_end() -> None:
    names = ("", "amq.topic", "amq.rabbitmq.trace", "celeryev", "celery.pidbox", "reply.celery.pidbox", "warren.tap")
    assert all(is_built_in(name) for name in names)
    assert not any(is_built_in(name) for name in ("orders", "celery", "celeryevents", "my.amq.topic"))
    assert found((), tuple(exchange(name) for name in names[1:])) == set()
    hidden = Topology((queue("celery@x.celery.pidbox", counters=Counters()),), (), ())
    assert loose_ends(hidden, {QueueKey("/", "celery@x.celery.pidbox")}) == ()
