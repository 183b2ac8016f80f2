"""Which queues collect other queues' dead letters: learned from the bindings of dead-letter exchanges, now and then."""

from __future__ import annotations

from collections.abc import Sequence

from broker_client.errors import NotFound
from broker_client.rabbit.entities import Binding, ExchangeKey, Queue, QueueKey
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.topology import dead_letter_exchange, dead_letter_queues

EVERY_S = 60.0
_MOST_EXCHANGES = 50
"""A broker with more dead-letter exchanges than this is read in part."""


class DeadLetterWatch:
    """Remembers the bindings between two readings. One thread uses one watch."""

    def __init__(self) -> None:
        self._exchanges: frozenset[ExchangeKey] = frozenset()
        self._bindings: tuple[Binding, ...] = ()
        self._read_at = 0.0

    def collectors(self, client: ManagementClient, queues: Sequence[Queue], now: float) -> frozenset[QueueKey]:
        """The queues among ``queues`` that dead letters reach. ``now`` is monotonic. Raises what the client raises."""
        exchanges = frozenset(
            ExchangeKey(queue.vhost, name) for queue in queues if (name := dead_letter_exchange(queue))
        )
        if exchanges != self._exchanges or now - self._read_at > EVERY_S:
            self._bindings = tuple(
                binding for key in sorted(exchanges)[:_MOST_EXCHANGES] for binding in _from(client, key)
            )
            self._exchanges, self._read_at = exchanges, now
        return dead_letter_queues(queues, self._bindings)


def _from(client: ManagementClient, exchange: ExchangeKey) -> tuple[Binding, ...]:
    try:
        return client.bindings_from(exchange)
    except NotFound:
        return ()
