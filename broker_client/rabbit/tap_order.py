"""What somebody wants to tap, and the plan for it as the broker is now."""

from __future__ import annotations

from typing import Literal

import msgspec

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.tap_plan import TapPlan, plan_exchange_tap, plan_firehose, plan_queue_tap
from broker_client.rabbit.topology import Topology

TapKind = Literal["queue", "exchange", "firehose"]
FIREHOSE_S = 60.0


class TapOrder(msgspec.Struct, frozen=True):
    """``everything``: of an exchange, also what nobody takes. ``seconds``: the firehose's time."""

    kind: TapKind
    vhost: str
    name: str = ""
    everything: bool = False
    seconds: float = FIREHOSE_S


def plan_for(client: ManagementClient, order: TapOrder) -> TapPlan:
    """Ask the broker what is bound now. Raises BrokerError; :class:`NotFound` for a queue that is not there."""
    if order.kind == "firehose":
        return plan_firehose(order.vhost)
    exchanges, bindings = client.exchanges(order.vhost), client.bindings(order.vhost)
    if order.kind == "exchange":
        topology = Topology([], exchanges, bindings)
        return plan_exchange_tap(topology, ExchangeKey(order.vhost, order.name), everything=order.everything)
    key = QueueKey(order.vhost, order.name)
    return plan_queue_tap(Topology([client.queue_detail(key, 60).queue], exchanges, bindings), key)
