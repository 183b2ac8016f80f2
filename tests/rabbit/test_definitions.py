"""Definitions exports: of a broker and of a vhost, what is put back, and what is wrong with a file."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from broker_client.errors import BadInput
from broker_client.rabbit.definitions import Definitions, read_definitions
from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.topology import alternate_exchange

QUEUE = {"name": "q", "vhost": "v", "durable": True, "auto_delete": False, "arguments": {"x-queue-type": "quorum"}}
BINDING = {"source": "e", "vhost": "v", "destination": "q", "destination_type": "queue", "routing_key": "k"}
EXCHANGE = {"name": "e", "vhost": "v", "type": "topic", "durable": True, "internal": False, "arguments": []}


def read(row: Any, vhost: str = "/") -> Definitions:
    return read_definitions(msgspec.json.encode(row), vhost)


def test_a_broker_s_export_holds_every_vhost() -> None:
    row = {"rabbitmq_version": "4.0.5", "vhosts": [{"name": "/"}, {"name": "v"}], "queues": [QUEUE]}
    found = read({**row, "exchanges": [EXCHANGE], "bindings": [BINDING]})
    assert (found.version, found.vhosts) == ("4.0.5", ("/", "v"))
    assert found.topology.queues[QueueKey("v", "q")].type == "quorum"
    assert found.topology.exchanges[ExchangeKey("/", "amq.match")].type == "headers"
    assert found.topology.exchanges[ExchangeKey("v", "")].type == "direct"
    assert [binding.destination for binding in found.topology.leaving(ExchangeKey("v", "e"))] == ["q"]


def test_a_vhost_s_export_is_put_where_it_belongs() -> None:
    bare = {name: value for name, value in QUEUE.items() if name != "vhost"}
    old, new = {"rabbit_version": "3.10.8", "queues": [bare]}, {"original_vhost_name": "shop", "queues": [bare]}
    assert read(old, "mine").vhosts == ("mine",)
    assert QueueKey("mine", "q") in read(old, "mine").topology.queues
    assert read(new, "mine").vhosts == ("shop",)


def test_policies_count_as_on_the_broker() -> None:
    def policy(name: str, pattern: str, apply_to: str, definition: dict[str, Any], priority: int) -> dict[str, Any]:
        row = {"vhost": "v", "name": name, "pattern": pattern, "priority": priority}
        return {**row, "apply-to": apply_to, "definition": definition}

    policies = [
        policy("low", "", "all", {"alternate-exchange": "low", "message-ttl": 1}, 0),
        policy("high", "^e$", "exchanges", {"alternate-exchange": "high"}, 5),
        policy("odd", "(", "all", {"alternate-exchange": "odd"}, 9),
        policy("classic", "q", "classic_queues", {"message-ttl": 7}, 9),
        policy("quorum", "q", "quorum_queues", {"message-ttl": 3}, 8),
    ]
    topology = read({"queues": [QUEUE], "exchanges": [EXCHANGE], "policies": policies}).topology
    assert alternate_exchange(topology.exchanges[ExchangeKey("v", "e")]) == "high"
    assert topology.queues[QueueKey("v", "q")].effective_policy == {"message-ttl": 3}
    assert alternate_exchange(topology.exchanges[ExchangeKey("v", "amq.topic")]) == "low"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "truncated"),
        (b"[]", "array"),
        (b"{}", "neither queues"),
        (b'{"queues": 5}', "queues is not a list"),
        (b'{"queues": [{"name": "a"}, 7]}', "number 2 of queues has no name"),
        (b'{"bindings": [{"source": "e"}]}', "number 1 of bindings has no destination"),
        (b'{"exchanges": [{"name": "e"}]}', "number 1 of exchanges has no type"),
        (b'{"queues": [{"name": null}]}', "number 1 of queues has no name"),
        (b"<html>", "web page"),
        (b"[" * 100_000, ""),
    ],
)
def test_what_is_wrong_with_a_file_is_said(text: bytes, why: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_definitions(text)
    assert why in str(refused.value)
