"""Loose ends of a topology: what leads nowhere and what nothing leads to, with the numbers it rests on. PURE."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from broker_client.insight.findings import Finding, worst_first
from broker_client.rabbit.entities import Exchange, ExchangeKey, Queue, QueueKey
from broker_client.rabbit.topology import Topology, alternate_exchange, dead_letter_exchange

_SYSTEM = re.compile(r"$|amq\.|celeryev$|(.*\.)?pidbox$|celery_delayed|warren\.")


def is_built_in(name: str) -> bool:
    """Exchanges that the broker, Celery or Warren make for themselves."""
    return _SYSTEM.match(name) is not None


def loose_ends(topology: Topology, hidden: Collection[QueueKey] = ()) -> tuple[Finding, ...]:
    """All of them, the worst first. ``hidden``: queues that are no person's business (the system's own)."""
    found = [*_exchanges(topology)]
    for key, queue in topology.queues.items():
        if key not in hidden:
            found += _lost_letters(topology, queue)
            found += _unfed(topology, queue)
    return worst_first(found)


def _exchanges(topology: Topology) -> Iterator[Finding]:
    for key, exchange in topology.exchanges.items():
        if is_built_in(key.name):
            continue
        alternate = alternate_exchange(exchange)
        if alternate is not None and ExchangeKey(key.vhost, alternate) not in topology.exchanges:
            yield Finding(
                rule="alternate-nowhere",
                severity="warn",
                title=f"{key.name} has an alternate exchange that is not there",
                evidence=f"There is no exchange {alternate}: what no binding takes is lost or returned",
                advice="Declare the alternate exchange, or take the setting off.",
                exchange=key,
            )
        if not topology.reached_from(key) and not (alternate and _reaches(topology, key.vhost, alternate)):
            yield _to_nothing(exchange)


def _to_nothing(exchange: Exchange) -> Finding:
    published = exchange.count_in or 0
    told = f"{published:,} messages were published to it" if published else "nothing was published to it so far"
    return Finding(
        rule="bound-to-nothing",
        severity="crit" if exchange.rate_in else "warn",
        title=f"{exchange.name} reaches no queue",
        evidence=f"No binding leads from it to a queue; {told}",
        advice="Bind a queue to it, or delete it. Until then its messages are dropped, or returned if mandatory.",
        exchange=exchange.key,
        weight=float(published),
    )


def _lost_letters(topology: Topology, queue: Queue) -> Iterator[Finding]:
    target = dead_letter_exchange(queue)
    if target is None:
        return
    key = queue.arguments.get("x-dead-letter-routing-key", queue.effective_policy.get("dead-letter-routing-key"))
    why = ""
    if not target:
        if isinstance(key, str) and QueueKey(queue.vhost, key) not in topology.queues:
            why = f"They go to the queue {key}, which does not exist"
    elif ExchangeKey(queue.vhost, target) not in topology.exchanges:
        why = f"Its dead-letter exchange {target} does not exist"
    elif not _reaches(topology, queue.vhost, target):
        why = f"Its dead-letter exchange {target} reaches no queue"
    if why:
        yield Finding(
            rule="dead-letters-nowhere",
            severity="warn",
            title=f"Dead letters of {queue.name} go nowhere",
            evidence=why,
            advice="Declare the exchange and bind a queue to it: rejected and expired messages are lost until then.",
            queue=queue.key,
            weight=float(queue.ready or 0),
        )


def _unfed(topology: Topology, queue: Queue) -> Iterator[Finding]:
    """A queue that the broker has never seen a message for, and to which no binding leads."""
    bound = any(binding.source for binding in topology.arriving(queue.key))
    if bound or queue.exclusive or queue.counters.publish or queue.total or queue.rates.publish:
        return
    if queue.consumers or any(_letters_to(other, queue) for other in topology.queues.values()):
        return
    yield Finding(
        rule="queue-unfed",
        severity="warn",
        title=f"Nothing feeds {queue.name}",
        evidence="No exchange is bound to it, nobody consumes it, and no message came since the broker began to count",
        advice="Bind it to an exchange, publish to it by its name, or delete it.",
        queue=queue.key,
    )


def _letters_to(other: Queue, queue: Queue) -> bool:
    key = other.arguments.get("x-dead-letter-routing-key", other.effective_policy.get("dead-letter-routing-key"))
    return other.vhost == queue.vhost and dead_letter_exchange(other) == "" and key == queue.name


def _reaches(topology: Topology, vhost: str, name: str) -> bool:
    return bool(topology.reached_from(ExchangeKey(vhost, name)))
