"""The demo shop: what a newcomer sees in its first half minute."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from typing import Any

import pytest
import redis
import requests

from broker_client.lab import shop_topology
from broker_client.lab.consumer import BEHIND_S, WAVE_S, in_waves
from broker_client.lab.producer import LINES, due, tide
from broker_client.lab.sandbox import Sandbox
from tests.waiting import until


def ask(sandbox: Sandbox, path: str) -> Any:
    with requests.Session() as session:
        session.trust_env = False
        login = (sandbox.profile.username, sandbox.secrets.rabbitmq)
        answer = session.get(f"{sandbox.profile.management_url}/api/{path}", auth=login, timeout=30)
        answer.raise_for_status()
        return answer.json()


def busy_queues(sandbox: Sandbox) -> set[str]:
    return {queue["name"] for queue in ask(sandbox, "queues") if queue.get("message_stats", {}).get("publish", 0) > 0}


def task_states(sandbox: Sandbox) -> Counter[str]:
    with redis.Redis.from_url(str(sandbox.facts()["redis_url"])) as client:
        keys = list(client.scan_iter("celery-task-meta-*", count=1000))
        values = client.mget(keys) if keys else []
        return Counter(json.loads(value)["status"] for value in values if value)


def failures(sandbox: Sandbox) -> set[str]:
    with redis.Redis.from_url(str(sandbox.facts()["redis_url"])) as client:
        keys = list(client.scan_iter("celery-task-meta-*", count=1000))
        results = [json.loads(value) for value in (client.mget(keys) if keys else []) if value]
        return {result["result"]["exc_type"] for result in results if result["status"] == "FAILURE"}


@pytest.mark.live
def test_all_kinds_of_exchanges_queues_and_bindings_are_there(demo: Sandbox) -> None:
    until(lambda: set(shop_topology.QUEUES) <= {queue["name"] for queue in ask(demo, "queues")})
    kinds = {exchange["type"] for exchange in ask(demo, "exchanges") if exchange["name"] in shop_topology.EXCHANGES}
    assert kinds == {"topic", "direct", "fanout", "headers"}
    until(lambda: any(bound["destination_type"] == "exchange" for bound in ask(demo, "bindings")))
    queues = {queue["name"]: queue for queue in ask(demo, "queues")}
    assert queues[shop_topology.FULFIL]["arguments"]["x-queue-type"] == "quorum"
    assert queues[shop_topology.CAPTURE]["arguments"]["x-max-priority"] == 9


@pytest.mark.live
def test_traffic_flows_on_more_than_eight_queues_and_dead_letters_arrive(demo: Sandbox) -> None:
    until(lambda: len(busy_queues(demo)) > 8, 30.0, "more than eight busy queues")
    for waiting in (shop_topology.DEAD_LETTERS, shop_topology.EMAIL):
        until(partial(holds_messages, demo, waiting), 30.0, waiting)
        assert ask(demo, f"queues/%2F/{waiting}")["consumers"] == 0


def holds_messages(sandbox: Sandbox, queue: str) -> bool:
    return int(ask(sandbox, f"queues/%2F/{queue}").get("messages", 0)) > 0


@pytest.mark.live
def test_tasks_are_seen_in_every_state_and_fail_for_several_reasons(demo: Sandbox) -> None:
    seen: Counter[str] = Counter()

    def every_state() -> bool:
        seen.update(task_states(demo))
        return {"SUCCESS", "FAILURE", "RETRY", "STARTED"} <= set(seen)

    until(every_state, 60.0, "SUCCESS, FAILURE, RETRY and STARTED")
    until(lambda: len(failures(demo)) >= 3, 60.0, "three kinds of failure")


@pytest.mark.live
def test_connections_have_names_that_say_who_they_are(demo: Sandbox) -> None:
    def names() -> set[str]:
        return {found.get("client_properties", {}).get("connection_name", "") for found in ask(demo, "connections")}

    until(lambda: {"till-1", "search-indexer", "payments-1"} <= names())


def test_the_search_index_falls_behind_and_catches_up_once_in_each_wave() -> None:
    arriving = sum(line.per_second for line in LINES if line.exchange == shop_topology.ORDERS)
    slow, fast = 1 / in_waves(0.0), 1 / in_waves(BEHIND_S)
    assert slow < arriving < fast
    assert (fast - arriving) * (WAVE_S - BEHIND_S) > (arriving - slow) * BEHIND_S, "it is empty again before the next"


def test_the_till_publishes_at_the_pace_it_is_told() -> None:
    owed = dict.fromkeys(LINES, 0.0)
    parcels = [parcel for _tick in range(500) for parcel in due(owed, busy=2.0)]
    wanted = 2.0 * 100.0 * sum(line.per_second for line in LINES)  # 500 ticks are 100 s
    assert abs(len(parcels) - wanted) <= len(LINES)
    assert 0.69 < min(map(tide, range(180))) < max(map(tide, range(180))) < 1.31
