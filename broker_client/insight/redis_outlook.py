"""What an operator of Celery should know of a Redis: what would be lost, when it is full, what stays for ever. PURE."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from broker_client.insight import evidence_words as figures
from broker_client.redis_condition import RedisCondition
from broker_client.redis_keys import Census
from broker_client.redis_server import RedisFacts
from broker_client.tasks.redis_transport import VISIBILITY_TIMEOUT_S, Transport

SOON_S, TODAY_S = 3_600.0, 86_400.0
CLIENTS_SHARE = 0.9
_RANK = {"crit": 0, "warn": 1, "info": 2, "ok": 3}


class Remark(msgspec.Struct, frozen=True):
    """``tone`` is ``crit``, ``warn``, ``info`` or ``ok``; ``words`` say what it means and what to do."""

    tone: str
    title: str
    words: str


class Growth(msgspec.Struct, frozen=True):
    """How the used memory moved: bytes a second over the last ``span_s`` seconds."""

    bytes_per_s: float
    span_s: float


def outlook(
    facts: RedisFacts,
    condition: RedisCondition | None = None,
    census: Census | None = None,
    transport: Transport | None = None,
    growth: Growth | None = None,
    now: float = 0.0,
) -> tuple[Remark, ...]:
    """The worst first. ``now`` is epoch seconds; whatever is not known yet is left out."""
    holds_tasks = transport is not None or bool(census and census.queues)
    remarks = [
        *_eviction(facts, holds_tasks),
        *_growth(facts, growth),
        *_results(census),
        *_held(transport, now),
        *_disk(condition, holds_tasks),
        *_connections(facts, condition),
    ]
    return tuple(sorted(remarks, key=lambda remark: _RANK[remark.tone]))


def full_in_s(facts: RedisFacts, growth: Growth | None) -> float | None:
    """Seconds until ``maxmemory`` is reached if memory grows as it did; ``None`` = not to be seen."""
    if growth is None or growth.bytes_per_s <= 0 or facts.max_bytes is None or facts.used_bytes is None:
        return None
    return max(0.0, (facts.max_bytes - facts.used_bytes) / growth.bytes_per_s)


def _eviction(facts: RedisFacts, holds_tasks: bool) -> Iterator[Remark]:
    policy = facts.eviction_policy
    if facts.evicted_keys:
        words = "It had no room for them. What was in them is lost: results, or whatever else lies here."
        yield Remark("warn", f"Redis has dropped {figures.count(facts.evicted_keys)} keys since it started", words)
    if policy is None:
        return
    if facts.max_bytes is None:
        words = "Without maxmemory it takes what the machine has, until the system ends it."
        yield Remark("info", "Redis has no limit of memory", words)
    elif policy.startswith("allkeys-"):
        lost = "waiting tasks and results" if holds_tasks else "results of tasks"
        words = f"At its limit it drops any key to make room, {lost} too. Celery does not notice: get() waits for ever."
        yield Remark("crit" if holds_tasks else "warn", f"The policy {policy} can drop {lost}", words)
    elif policy.startswith("volatile-"):
        words = "Results have a time to live, so they go first when memory is short. A caller may wait for ever."
        yield Remark("warn", f"The policy {policy} can drop results of tasks", words)
    else:
        words = "At its limit Redis refuses writes: nothing is dropped, but workers cannot store results."
        yield Remark("info", "Nothing is dropped when memory is short", words)


def _growth(facts: RedisFacts, growth: Growth | None) -> Iterator[Remark]:
    left_s = full_in_s(facts, growth)
    if left_s is not None and left_s < TODAY_S and growth is not None:
        speed = f"{figures.size(growth.bytes_per_s * 60)} a minute over the last {figures.span(growth.span_s)}"
        words = f"It grew by {speed}; {figures.size(facts.max_bytes)} is its limit."
        yield Remark("crit" if left_s < SOON_S else "warn", f"Full in about {figures.span(left_s)}", words)


def _results(census: Census | None) -> Iterator[Remark]:
    if census is None or not census.results:
        return
    never = sum(row.never_expires for row in census.results)
    about = "about " if any(row.sampled for row in census.results) else ""
    if never >= 0.5:
        words = "They stay until somebody forgets them: result_expires is off, or was when they were written."
        yield Remark("warn", f"{about.capitalize()}{figures.count(round(never))} results never expire", words)
    nameless = sum(row.count for row in census.results if row.name is None)
    if nameless >= 0.5:
        words = "With result_extended = True Celery stores name, arguments and worker beside the result."
        yield Remark(
            "info", f"{about.capitalize()}{figures.count(round(nameless))} results do not name their task", words
        )


def _held(transport: Transport | None, now: float) -> Iterator[Remark]:
    since = transport.oldest_unacked_at if transport is not None else None
    if since is None:
        return
    held_s = now - since
    if held_s > VISIBILITY_TIMEOUT_S:
        words = (
            "Celery gives what is not acknowledged within its visibility timeout (one hour, unless it is set) to "
            "another worker: the task runs twice. An ETA far ahead or a long task with acks_late does this."
        )
        yield Remark("warn", f"A task has been held for {figures.span(held_s)}", words)


def _disk(condition: RedisCondition | None, holds_tasks: bool) -> Iterator[Remark]:
    if condition is None:
        return
    if condition.save_ok is False or condition.aof_ok is False:
        words = "What is written now is lost with the next restart. Look into Redis' log: is the disk full?"
        yield Remark("crit", "The last write to disk failed", words)
    elif condition.aof_on is False and condition.saved_at is None and condition.unsaved_changes:
        lost = "waiting tasks and results" if holds_tasks else "results"
        yield Remark(
            "warn" if holds_tasks else "info",
            "Nothing was saved to disk since Redis started",
            f"A restart loses {lost}. Turn on appendonly, or let it save, if they matter.",
        )
    if condition.link_up is False:
        yield Remark("crit", f"The link to its primary {condition.primary} is down", "What you see here is old.")


def _connections(facts: RedisFacts, condition: RedisCondition | None) -> Iterator[Remark]:
    if condition is None:
        return
    if condition.rejected:
        words = "They came while maxclients were connected. A pool that leaks connections does this."
        yield Remark("warn", f"{figures.count(condition.rejected)} connections were rejected", words)
    limit = condition.max_clients
    if limit and facts.clients is not None and facts.clients >= CLIENTS_SHARE * limit:
        words = f"{figures.count(facts.clients)} of {figures.count(limit)} are connected; then Redis rejects new ones."
        yield Remark("warn", "Redis is running out of connections", words)
