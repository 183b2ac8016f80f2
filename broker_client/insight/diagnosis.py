"""What needs a person's attention, with the numbers it rests on. PURE: facts and the time are handed in."""

from __future__ import annotations

from collections.abc import Iterable

from broker_client.insight import evidence_words as figures
from broker_client.insight.findings import Finding, worst_first
from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Node, QueueKey
from broker_client.redis_server import RedisFacts
from broker_client.tasks.records import WorkerRow

NO_CONSUMER_HOLD_S = 5.0
"""A consumer that reconnects leaves its queue alone for a moment; that is no finding."""

MANY_WAITING = 1_000
NODE_MEMORY_SHARE = 0.9
FILES_SHARE = 0.9
REDIS_WARN_SHARE = 0.9
REDIS_CRIT_SHARE = 0.97
_EVICTING = ("allkeys-", "volatile-")


def queue_findings(
    rows: Iterable[QueueRow], at: float, dead_letter_queues: frozenset[QueueKey] = frozenset()
) -> tuple[Finding, ...]:
    """Findings of all queues but the system's own. ``at`` is on the clock of ``QueueBook.fold``; queues that are known
    to collect dead letters (:func:`broker_client.rabbit.topology.dead_letter_queues`) are judged as such."""
    found = (_queue_finding(row, at, row.key in dead_letter_queues) for row in rows if not row.system)
    return worst_first(finding for finding in found if finding is not None)


def _queue_finding(row: QueueRow, at: float, dead_letters: bool) -> Finding | None:
    match row.status:
        case "down":
            return _down(row)
        case "no_consumer" if at - row.since >= NO_CONSUMER_HOLD_S:
            return _dead_letters(row) if dead_letters else _no_consumer(row)
        case "stuck":
            return _stuck(row, at)
        case "backlog" if row.growth is not None:
            return _growing(row)
    return None


def _no_consumer(row: QueueRow) -> Finding:
    ready = row.queue.ready or 0
    grows = row.growth is not None
    return Finding(
        rule="no-consumer",
        severity="crit" if grows or ready >= MANY_WAITING else "warn",
        title=f"{row.queue.name} has no consumer",
        evidence=f"{figures.count(ready)} ready{_growth_words(row)}",
        advice="Start a consumer or a worker for this queue, or delete the queue if nothing needs it.",
        queue=row.key,
        weight=float(ready),
    )


def _dead_letters(row: QueueRow) -> Finding:
    ready = row.queue.ready or 0
    return Finding(
        rule="dead-letters",
        severity="warn",
        title=f"{row.queue.name} holds {figures.count(ready)} dead {'letter' if ready == 1 else 'letters'}",
        evidence=f"{figures.count(row.queue.total)} messages, no consumer{_growth_words(row)}",
        advice="Look at the reason in their x-death header before they are sent again.",
        queue=row.key,
        weight=float(ready) / 10,
    )


def _growing(row: QueueRow) -> Finding:
    rates = row.queue.rates
    known = rates.publish is not None and rates.deliver_get is not None
    flow = f"Out {figures.rate(rates.deliver_get)} below In {figures.rate(rates.publish)}"
    slower = known and (rates.deliver_get or 0.0) < (rates.publish or 0.0)
    ready = f"{figures.count(row.queue.ready)} ready"
    return Finding(
        rule="growing",
        severity="warn",
        title=f"{row.queue.name} grows by {figures.rate(row.growth)} /s",
        evidence=flow if slower else f"{ready}, {figures.count(row.queue.consumers)} consumers",
        advice="Add consumers, or find out what slowed them down.",
        queue=row.key,
        weight=row.growth or 0.0,
    )


def _stuck(row: QueueRow, at: float) -> Finding:
    unacked = row.queue.unacked or 0
    return Finding(
        rule="unacked-stuck",
        severity="warn",
        title=f"{row.queue.name} acknowledges nothing",
        evidence=f"{figures.count(unacked)} unacknowledged, {figures.count(row.queue.ready)} ready",
        advice="Its consumers hold messages and finish none: look for a hanging task or a missing ack.",
        queue=row.key,
        weight=float(unacked),
    )


def _down(row: QueueRow) -> Finding:
    queue = row.queue
    online = f", {len(queue.online)} of {len(queue.members)} members online" if queue.members else ""
    return Finding(
        rule="queue-down",
        severity="crit",
        title=f"{queue.name} is {queue.state}",
        evidence=f"Node {queue.node or queue.leader or 'unknown'}{online}",
        advice="Bring its node back; messages in it cannot be reached until then.",
        queue=row.key,
        weight=float(queue.total or 0),
    )


def _growth_words(row: QueueRow) -> str:
    return f", growing {figures.rate(row.growth)} /s" if row.growth is not None else ""


def node_findings(nodes: Iterable[Node]) -> tuple[Finding, ...]:
    """Alarms of the broker's nodes, and what is about to become one."""
    found: list[Finding] = []
    for node in nodes:
        found.extend(_node_findings(node))
    return worst_first(found)


def _node_findings(node: Node) -> Iterable[Finding]:
    memory = f"{figures.size(node.memory_bytes)} used, limit {figures.size(node.memory_limit_bytes)}"
    disk = f"{figures.size(node.disk_free_bytes)} free, limit {figures.size(node.disk_limit_bytes)}"
    if node.running is False:
        yield _alarm(node, "is not running", "It belongs to the cluster and does not answer", "Start the node.", 4)
    if node.memory_alarm:
        yield _alarm(node, "blocks publishers: memory alarm", memory, "Consume or remove messages, or add memory.", 3)
    if node.disk_alarm:
        yield _alarm(node, "blocks publishers: disk alarm", disk, "Free disk space on the node.", 3)
    memory_share = _share(node.memory_bytes, node.memory_limit_bytes)
    if not node.memory_alarm and memory_share >= NODE_MEMORY_SHARE:
        yield _near(node, f"uses {figures.percent(memory_share)} of its memory", memory, memory_share)
    files_share = _share(node.files_used, node.files_limit)
    if files_share >= FILES_SHARE:
        files = f"{figures.count(node.files_used)} of {figures.count(node.files_limit)} file descriptors"
        yield _near(node, "runs out of file descriptors", files, files_share)


def _alarm(node: Node, words: str, evidence: str, advice: str, weight: float) -> Finding:
    return Finding("broker-alarm", "crit", f"{node.name} {words}", evidence, advice, weight=weight * 1e9)


def _near(node: Node, words: str, evidence: str, share: float) -> Finding:
    advice = "At the limit the broker blocks publishers or refuses connections."
    return Finding("broker-alarm", "warn", f"{node.name} {words}", evidence, advice, weight=share)


def redis_findings(facts: RedisFacts) -> tuple[Finding, ...]:
    """Redis near its ``maxmemory``: what happens then depends on its eviction policy."""
    share = _share(facts.used_bytes, facts.max_bytes)
    if share < REDIS_WARN_SHARE:
        return ()
    policy = facts.eviction_policy or "unknown policy"
    evicted = f", {figures.count(facts.evicted_keys)} keys evicted" if facts.evicted_keys else ""
    evicts = policy.startswith(_EVICTING)
    return (
        Finding(
            rule="redis-near-maxmemory",
            severity="crit" if share >= REDIS_CRIT_SHARE else "warn",
            title=f"Redis uses {figures.percent(share)} of maxmemory",
            evidence=f"{figures.size(facts.used_bytes)} of {figures.size(facts.max_bytes)}, {policy}{evicted}",
            advice="Redis drops keys to make room: task results can vanish."
            if evicts
            else "At the limit Redis refuses writes: workers cannot store results.",
            weight=share,
        ),
    )


def worker_findings(workers: Iterable[WorkerRow], now: float) -> tuple[Finding, ...]:
    """Workers whose heartbeats are late. ``now`` is epoch seconds, as the heartbeats are."""
    found: list[Finding] = []
    for worker in workers:
        if worker.status != "silent":
            continue
        late = None if worker.heartbeat_at is None else max(0.0, now - worker.heartbeat_at)
        found.append(
            Finding(
                rule="worker-silent",
                severity="warn",
                title=f"worker {worker.name} is silent",
                evidence="No heartbeat was seen" if late is None else f"Last heartbeat {figures.span(late)} ago",
                advice="It may be gone, or too busy to answer (pool solo): look at its process and its host.",
                worker=worker.name,
                weight=late or 0.0,
            )
        )
    return worst_first(found)


def _share(used: float | None, limit: float | None) -> float:
    return used / limit if used is not None and limit else 0.0
