"""Indexes over queues, exchanges and bindings, and the faults that only the whole picture shows. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, Queue, QueueKey


class Topology:
    """Who is bound to whom. Built once from a reading of the broker, then only asked."""

    def __init__(self, queues: Iterable[Queue], exchanges: Iterable[Exchange], bindings: Iterable[Binding]) -> None:
        self.queues: Mapping[QueueKey, Queue] = {queue.key: queue for queue in queues}
        self.exchanges: Mapping[ExchangeKey, Exchange] = {exchange.key: exchange for exchange in exchanges}
        self._from: dict[ExchangeKey, list[Binding]] = {}
        self._to_queue: dict[QueueKey, list[Binding]] = {}
        for binding in bindings:
            self._from.setdefault(ExchangeKey(binding.vhost, binding.source), []).append(binding)
            if binding.destination_type == "queue":
                self._to_queue.setdefault(QueueKey(binding.vhost, binding.destination), []).append(binding)

    def leaving(self, key: ExchangeKey) -> tuple[Binding, ...]:
        """Bindings whose source is the exchange."""
        return tuple(self._from.get(key, ()))

    def arriving(self, key: QueueKey) -> tuple[Binding, ...]:
        """Bindings whose destination is the queue."""
        return tuple(self._to_queue.get(key, ()))

    def reached_from(self, key: ExchangeKey) -> frozenset[QueueKey]:
        """Every queue that some message published to the exchange can reach, through other exchanges too."""
        seen: set[ExchangeKey] = set()
        found: set[QueueKey] = set()
        open_keys = [key]
        while open_keys:
            current = open_keys.pop()
            if current in seen:
                continue
            seen.add(current)
            for binding in self._from.get(current, ()):
                if binding.destination_type == "queue":
                    found.add(QueueKey(binding.vhost, binding.destination))
                else:
                    open_keys.append(ExchangeKey(binding.vhost, binding.destination))
        return frozenset(found)

    def dead_letters_to_nowhere(self) -> tuple[QueueKey, ...]:
        """Queues whose dead letters are lost: their exchange does not exist, or nothing is bound to it."""
        return tuple(key for key, queue in self.queues.items() if dead_letter_exchange(queue) and self._is_lost(queue))

    def exchanges_to_nowhere(self) -> tuple[ExchangeKey, ...]:
        """Exchanges of the user's own that reach no queue."""
        return tuple(
            key for key in self.exchanges if key.name and not key.name.startswith("amq.") and not self.reached_from(key)
        )

    def _is_lost(self, queue: Queue) -> bool:
        key = ExchangeKey(queue.vhost, dead_letter_exchange(queue) or "")
        return key not in self.exchanges or not self.reached_from(key)


def dead_letter_queues(queues: Iterable[Queue], bindings: Iterable[Binding]) -> frozenset[QueueKey]:
    """Queues that another queue's dead-letter exchange reaches: directly by name, or through bindings."""
    topology = Topology(queues, (), bindings)
    found: set[QueueKey] = set()
    for queue in topology.queues.values():
        exchange = dead_letter_exchange(queue)
        if exchange is None:
            continue
        if exchange:
            found |= topology.reached_from(ExchangeKey(queue.vhost, exchange))
        elif key := _direct_target(queue):
            found.add(key)
    return frozenset(found & topology.queues.keys())


def dead_letter_exchange(queue: Queue) -> str | None:
    """The exchange its dead letters go to, by argument or policy; ``None`` = they are dropped, "" = the default one."""
    argument = queue.arguments.get("x-dead-letter-exchange", queue.effective_policy.get("dead-letter-exchange"))
    return argument if isinstance(argument, str) else None


def alternate_exchange(exchange: Exchange) -> str | None:
    """Who gets what the exchange can place nowhere, by argument or policy; ``None`` = nobody."""
    argument = exchange.arguments.get("alternate-exchange", exchange.effective_policy.get("alternate-exchange"))
    return argument if isinstance(argument, str) else None


def _direct_target(queue: Queue) -> QueueKey | None:
    key = queue.arguments.get("x-dead-letter-routing-key", queue.effective_policy.get("dead-letter-routing-key"))
    return QueueKey(queue.vhost, key) if isinstance(key, str) and key != queue.name else None
