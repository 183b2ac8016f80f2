"""Real answers of RabbitMQ 3.10.8 and 4.0.5, and the gaps that every broker may leave in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.rabbit import management_json as wire
from broker_client.rabbit.entities import Binding, Queue, QueueKey
from broker_client.rabbit.management_samples import history_of, recent_slope, sampled_rates

RECORDED = Path(__file__).parent.parent / "recorded"
VERSIONS = ("3.10.8", "4.0.5")


def recorded(version: str, name: str) -> bytes:
    return (RECORDED / f"rabbitmq-{version}" / f"{name}.json").read_bytes()


def queues(version: str, name: str = "queues") -> dict[str, Queue]:
    page = wire.decode(recorded(version, name), wire.QueuePage)
    return {queue.name: queue for queue in wire.queues_of(page)}


def bindings(version: str) -> list[Binding]:
    return [wire.binding_of(row) for row in wire.decode(recorded(version, "bindings"), list[dict[str, Any]])]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_overview_has_totals_rates_and_history(version: str) -> None:
    overview, history = wire.overview_of(wire.decode(recorded(version, "overview"), dict[str, Any]))
    assert overview.rabbitmq_version == version
    assert overview.ready and overview.total and overview.consumers == 1
    assert overview.rates.publish is not None and 20 < overview.rates.publish < 60
    assert {"direct", "topic"} <= set(overview.exchange_types)
    names = {series.name for series in history}
    assert {"ready", "unacked", "publish", "deliver_get", "ack"} <= names
    for series in history:
        times = [sample.at for sample in series.samples]
        assert times == sorted(times)
    publish = next(series for series in history if series.name == "publish")
    assert all(sample.value is not None and 20 < sample.value < 60 for sample in publish.samples)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_queue_type_is_read(version: str) -> None:
    found = queues(version)
    assert {found["orders.fulfil"].type, found["log"].type, found["prio"].type} == {"quorum", "stream", "classic"}
    quorum = found["orders.fulfil"]
    assert quorum.leader == "rabbit@shop" and quorum.members == ("rabbit@shop",) == quorum.online
    assert quorum.arguments["x-dead-letter-routing-key"] == "shop.dead"
    assert quorum.counters.publish and quorum.counters.ack
    assert found["celeryev.abc"].exclusive is True and found["celeryev.abc"].durable is False
    assert found["shop.dead"].ready and found["shop.dead"].consumers == 0


def test_a_policy_is_read_with_its_definition() -> None:
    prio = queues("3.10.8")["prio"]
    assert (prio.policy, prio.effective_policy) == ("p", {"max-length": 1000})
    assert queues("3.10.8")["shop.dead"].policy is None


@pytest.mark.parametrize("version", VERSIONS)
def test_the_light_answer_has_live_depths_and_no_statistics(version: str) -> None:
    found = queues(version, "queues_light")
    assert found["shop.dead"].total
    assert found["shop.dead"].consumers is None
    assert found["log"].total is None


@pytest.mark.parametrize("version", VERSIONS)
def test_a_queue_comes_with_its_consumers_and_history(version: str) -> None:
    detail = wire.queue_detail_of(wire.decode(recorded(version, "queue_detail"), wire.QueueWire), bindings(version))
    (consumer,) = detail.consumers
    assert consumer.queue == QueueKey("/", "orders.fulfil")
    assert (consumer.prefetch, consumer.ack_required, consumer.active) == (10, True, True)
    assert consumer.peer is not None and consumer.peer.startswith("127.0.0.1:")
    assert {binding.source for binding in detail.bindings} == {"", "shop"}
    assert {series.name for series in detail.history} >= {"ready", "unacked", "publish", "ack"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_node_tells_limits_and_alarms(version: str) -> None:
    (node,) = [wire.node_of(row) for row in wire.decode(recorded(version, "nodes"), list[dict[str, Any]])]
    assert node.running is True and node.memory_alarm is False and node.disk_alarm is False
    assert node.memory_bytes and node.memory_limit_bytes and node.uptime_s


@pytest.mark.parametrize(
    ("tags", "expected"), [(["administrator"], ("administrator",)), ("a, b", ("a", "b")), ("", ())]
)
def test_tags_come_as_a_list_or_as_text(tags: object, expected: tuple[str, ...]) -> None:
    assert wire.whoami_of({"name": "ops", "tags": tags}).tags == expected


def test_a_queue_that_has_just_started_is_unknown_not_empty() -> None:
    body = b'{"items": [{"name": "q", "vhost": "/", "type": "classic", "arguments": [], "message_stats": []}]}'
    (queue,) = wire.queues_of(wire.decode(body, wire.QueuePage))
    assert (queue.ready, queue.total, queue.state, queue.consumers) == (None, None, None, None)
    assert queue.arguments == {} and queue.rates.publish is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(wire.QueueWire.__struct_fields__[2:]), json_values))
def test_no_value_of_a_field_breaks_a_queue(fields: dict[str, Any]) -> None:
    body = msgspec.json.encode({"name": "q", "vhost": "/", **fields})
    queue = wire.queue_of(wire.decode(body, wire.QueueWire))
    assert queue.name == "q"
    assert queue.total is None or isinstance(queue.total, int)


@given(json_values, json_values, json_values)
def test_no_value_breaks_an_overview(totals: object, stats: object, objects: object) -> None:
    row = {"queue_totals": totals, "message_stats": stats, "object_totals": objects, "rabbitmq_version": "4.0"}
    overview, _ = wire.overview_of(row)
    assert overview.rabbitmq_version == "4.0"


def details(*values: int) -> dict[str, Any]:
    """Samples as the broker sends them: newest first, 5 s apart."""
    newest = 1_000_000
    return {
        "rate": 0.0,
        "samples": [
            {"sample": value, "timestamp": (newest - 5 * index) * 1000} for index, value in enumerate(reversed(values))
        ],
    }


def test_a_rate_does_not_fall_to_zero_while_the_newest_sample_waits() -> None:
    assert sampled_rates({"publish_details": details(0, 50, 100, 150, 150)}).publish == 10
    assert sampled_rates({"publish_details": details(0, 50, 100, 150, 200)}).publish == 10


def test_a_counter_that_stands_still_has_rate_zero() -> None:
    assert recent_slope([(5.0 * index, 80.0) for index in range(6)]) == 0


def test_a_counter_that_starts_anew_is_a_gap() -> None:
    (series,) = history_of({}, {"publish_details": details(100, 150, 10, 60, 110)})
    assert [sample.value for sample in series.samples] == [10, None, 10, 10]


def test_the_time_before_the_broker_counted_is_not_zero() -> None:
    ready, publish = history_of(
        {"messages_ready_details": details(0, 0, 7, 8)}, {"publish_details": details(0, 0, 900, 950)}
    )
    assert [sample.value for sample in ready.samples] == [7, 8]
    assert [sample.value for sample in publish.samples] == [10]
