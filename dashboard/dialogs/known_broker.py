"""What a form may offer: the vhosts, exchanges, queues and types that the broker told of. PURE."""

from __future__ import annotations

from typing import NamedTuple

from broker_client.rabbit.argument_catalogue import EXCHANGE_TYPES
from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, Queue, QueueKey
from dashboard.store.app_state import AppState


class KnownBroker(NamedTuple):
    """Empty where nothing was told."""

    version: str
    vhosts: tuple[str, ...]
    exchange_types: tuple[str, ...]
    exchanges: dict[ExchangeKey, Exchange]
    queues: dict[QueueKey, Queue]
    bindings: tuple[Binding, ...]

    def first_vhost(self, wanted: str | None) -> str:
        """``wanted``, else the usual one, else the first."""
        if wanted is not None:
            return wanted
        return "/" if "/" in self.vhosts or not self.vhosts else self.vhosts[0]

    def type_of(self, key: ExchangeKey) -> str:
        """The exchange's type; empty = not known."""
        exchange = self.exchanges.get(key)
        return exchange.type if exchange is not None else ""


def known_of(state: AppState) -> KnownBroker:
    """What ``state`` holds of it now."""
    overview, topology, queues = state.overview, state.topology, state.queues
    types = overview.overview.exchange_types if overview is not None else ()
    return KnownBroker(
        overview.overview.rabbitmq_version if overview is not None else "",
        overview.vhosts if overview is not None else (),
        types or EXCHANGE_TYPES,
        {exchange.key: exchange for exchange in topology.exchanges} if topology is not None else {},
        {row.key: row.queue for row in queues.rows} if queues is not None else {},
        topology.bindings if topology is not None else (),
    )
