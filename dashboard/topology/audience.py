"""Who consumes a queue, in a few words: Celery workers by their names, other programs by their connections'. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Consumer, QueueKey
from dashboard.topology.node_wording import names_in_short


class Audience(msgspec.Struct, frozen=True):
    """The consumers of one queue, or the workers that consume the same queues. ``name`` is unique in ``vhost``."""

    vhost: str
    name: str
    title: str
    count: int
    queues: tuple[QueueKey, ...]


def audiences(
    consumers: Iterable[Consumer],
    workers: Iterable[tuple[str, tuple[str, ...]]],
    rows: Mapping[QueueKey, QueueRow],
) -> tuple[Audience, ...]:
    """One audience for each queue that has consumers; queues with the very same workers share theirs."""
    named = _names(consumers, workers, rows)
    groups: dict[tuple[str, str], list[QueueKey]] = {}
    for key, row in rows.items():
        if row.queue.consumers:
            names, are_workers = named.get(key, (frozenset(), False))
            shared = "\n".join(sorted(names)) if are_workers else ""
            groups.setdefault((key.vhost, shared or f"\n{key.name}"), []).append(key)
    found = []
    for (vhost, name), keys in groups.items():
        names, _ = named.get(keys[0], (frozenset(), False))
        count = sum(rows[key].queue.consumers or 0 for key in keys)
        found.append(Audience(vhost, name, names_in_short(names) or "consumers", count, tuple(keys)))
    return tuple(found)


def _names(
    consumers: Iterable[Consumer], workers: Iterable[tuple[str, tuple[str, ...]]], rows: Mapping[QueueKey, QueueRow]
) -> dict[QueueKey, tuple[frozenset[str], bool]]:
    """Names by queue, and whether they are workers. A worker tells its queues without their virtual host."""
    by_queue: dict[str, set[str]] = {}
    for worker, queues in workers:
        for queue in queues:
            by_queue.setdefault(queue, set()).add(worker)
    applications: dict[QueueKey, set[str]] = {}
    for consumer in consumers:
        applications.setdefault(consumer.queue, set()).add(_program(consumer))
    found = {}
    for key in rows:
        programs = applications.get(key, set()) - {""}
        if programs or key.name not in by_queue:
            found[key] = (frozenset(programs), False)
        else:
            found[key] = (frozenset(by_queue[key.name]), True)
    return found


def _program(consumer: Consumer) -> str:
    """The name its client gave the connection, else its tag when a person may have chosen it."""
    if consumer.application:
        return consumer.application
    made_up = consumer.tag.startswith(("amq.ctag-", "ctag", "None")) or consumer.tag.isdigit()
    return "" if made_up else consumer.tag
