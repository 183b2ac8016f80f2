"""Which bindings a tap would make, when it is impossible, and what is said of what it cannot see."""

from __future__ import annotations

from broker_client.rabbit.amqp_message import Properties
from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, Queue, QueueKey
from broker_client.rabbit.property_wire import encode_properties
from broker_client.rabbit.tap_plan import MOST_BINDINGS, plan_exchange_tap, plan_firehose, plan_queue_tap
from broker_client.rabbit.tap_ring import Tapped, TapRing
from broker_client.rabbit.topology import Topology
from broker_client.rabbit.trace_message import message_of_trace, routed_queues

EXCHANGES = {
    "t": "topic",
    "d": "direct",
    "h": "headers",
    "f": "fanout",
    "hash": "x-consistent-hash",
    "alone": "topic",
}


def topology(*bindings: Binding) -> Topology:
    exchanges = [Exchange("/", name, kind) for name, kind in EXCHANGES.items()]
    exchanges.append(Exchange("/", "alt", "topic", arguments={"alternate-exchange": "f"}))
    default = Binding("/", "", "q", "queue", "q")
    return Topology([Queue("/", "q")], exchanges, [default, *bindings])


def bound(source: str, key: str = "", destination: str = "q", **arguments: object) -> Binding:
    return Binding("/", source, destination, "queue", key, arguments)


def test_a_queue_is_tapped_by_cloning_its_bindings_once_each() -> None:
    found = plan_queue_tap(topology(bound("t", "a.#"), bound("t", "a.#"), bound("h", "", k=1)), QueueKey("/", "q"))
    assert not found.impossible and [one.source for one in found.bindings] == ["t", "h"]
    assert found.bindings[1].arguments == {"k": 1}
    assert "default exchange" in found.notes[0]


def test_a_queue_behind_the_default_exchange_only_cannot_be_tapped() -> None:
    found = plan_queue_tap(topology(), QueueKey("/", "q"))
    assert "default exchange only" in found.impossible and not found.bindings
    assert "no such queue" in plan_queue_tap(topology(), QueueKey("/", "gone")).impossible


def test_a_tap_never_takes_messages_from_others() -> None:
    assert "take it from the others" in plan_queue_tap(topology(bound("hash", "1")), QueueKey("/", "q")).impossible
    assert "take it from the others" in plan_exchange_tap(topology(), ExchangeKey("/", "hash")).impossible
    mixed = plan_queue_tap(topology(bound("hash", "1"), bound("f")), QueueKey("/", "q"))
    assert [one.source for one in mixed.bindings] == ["f"] and any("hash" in note for note in mixed.notes)


def test_an_exchange_is_tapped_with_what_is_bound_so_that_publishers_are_told_the_same() -> None:
    found = plan_exchange_tap(topology(bound("t", "a.*"), bound("t", "b", "other")), ExchangeKey("/", "t"))
    assert {one.routing_key for one in found.bindings} == {"a.*", "b"}
    assert "nothing is bound" in plan_exchange_tap(topology(), ExchangeKey("/", "alone")).impossible
    assert "no bindings" in plan_exchange_tap(topology(), ExchangeKey("/", "")).impossible
    assert "no such exchange" in plan_exchange_tap(topology(), ExchangeKey("/", "x")).impossible


def test_everything_is_seen_only_when_asked_for_and_its_price_is_said() -> None:
    (one,) = plan_exchange_tap(topology(), ExchangeKey("/", "alone"), everything=True).bindings
    assert one.routing_key == "#"
    (one,) = plan_exchange_tap(topology(), ExchangeKey("/", "h"), everything=True).bindings
    assert one.arguments == {"x-match": "all"}
    notes = plan_exchange_tap(topology(), ExchangeKey("/", "alt"), everything=True).notes
    assert any("alternate exchange" in note for note in notes)
    direct = plan_exchange_tap(topology(bound("d", "k")), ExchangeKey("/", "d"), everything=True)
    assert direct.bindings[0].routing_key == "k" and "no pattern for everything" in direct.notes[0]


def test_too_many_bindings_are_refused_in_words() -> None:
    many = [bound("t", f"k{number}") for number in range(MOST_BINDINGS + 1)]
    assert "at most" in plan_queue_tap(topology(*many), QueueKey("/", "q")).impossible


def test_the_firehose_says_what_it_costs() -> None:
    found = plan_firehose("/")
    assert found.traced and found.bindings[0].routing_key == "publish.#"
    assert any("CPU" in note for note in found.notes)


def tapped(number: int, body: bytes = b"x") -> Tapped:
    return Tapped(number, 0.0, b"e", b"k", encode_properties(Properties(type="t")), body, len(body), False)


def test_the_ring_keeps_the_newest_and_counts_what_it_pushes_out() -> None:
    ring = TapRing(most=3)
    ring.add([tapped(number) for number in range(1, 6)])
    assert [one.number for one in ring.newest(10)] == [5, 4, 3]
    assert [one.number for one in ring.after(3)] == [4, 5]
    assert ring.after(5) == () and ring.pushed_out == 2
    ring.clear()
    assert ring.newest(1) == () and len(ring) == 0


def test_the_ring_is_bounded_by_bytes_too() -> None:
    ring = TapRing(most=1000, most_bytes=10_000)
    ring.add([tapped(number, b"x" * 4_000) for number in range(10)])
    assert len(ring) == 2 and ring.pushed_out == 8


def test_a_tapped_message_is_read_when_somebody_looks() -> None:
    cut = Tapped(1, 0.0, b"e", "ü".encode(), encode_properties(Properties(headers={"a": 1.5})), b"be", 100, True)
    message = cut.message()
    assert (message.routing_key, message.body, message.body_size) == ("ü", b"be", 100)
    assert message.properties.headers == {"a": 1.5} and not message.is_whole


def test_a_trace_tells_the_message_and_where_it_went() -> None:
    wrapper = Properties(
        headers={
            "exchange_name": "shop",
            "routing_keys": ["order.new", "copy"],
            "properties": {"content_type": "text/plain", "delivery_mode": 2, "headers": {"k": 1}, "odd": 5},
            "routed_queues": ["a", "b"],
        }
    )
    message = message_of_trace(wrapper, b"body")
    assert (message.exchange, message.routing_key, message.body) == ("shop", "order.new", b"body")
    assert message.properties == Properties(content_type="text/plain", delivery_mode=2, headers={"k": 1})
    assert routed_queues(wrapper) == ("a", "b")
    assert message_of_trace(Properties(), b"").exchange == "" and routed_queues(Properties()) == ()
