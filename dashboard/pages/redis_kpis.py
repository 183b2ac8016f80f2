"""What the five cards of the Redis page say. Pure: state and history in, words out; unknown is a dash, never 0."""

from __future__ import annotations

import math

from broker_client.insight.redis_outlook import Growth, full_in_s
from broker_client.redis_condition import RedisCondition
from broker_client.redis_keys import Census
from broker_client.redis_server import RedisFacts
from dashboard.look import wording
from dashboard.pages.overview_kpis import Kpi, KpiHistory, points

LEAST_GROWTH_SPAN_S = 60.0
"""A shorter look at memory says nothing about its growth."""
_FULL_SHARE, _NEARLY_FULL_SHARE = 0.97, 0.9
_GOOD_HIT_SHARE = 0.5


def growth_of(history: KpiHistory) -> Growth | None:
    """How memory moved over what is known of it; ``None`` = it was not watched for long enough."""
    known = [(at, value) for at, value in zip(*history, strict=True) if not math.isnan(value)]
    if len(known) < 2 or known[-1][0] - known[0][0] < LEAST_GROWTH_SPAN_S:
        return None
    (since, before), (until, after) = known[0], known[-1]
    return Growth((after - before) / (until - since), until - since)


def memory_kpi(facts: RedisFacts | None, history: KpiHistory, growth: Growth | None) -> Kpi:
    if facts is None:
        return Kpi(wording.DASH, note="waiting …")
    share = facts.used_bytes / facts.max_bytes if facts.used_bytes is not None and facts.max_bytes else 0.0
    tone = "crit" if share >= _FULL_SHARE else "warn" if share >= _NEARLY_FULL_SHARE else "plain"
    limit = f"of {wording.size(facts.max_bytes)}, " if facts.max_bytes else ""
    note = f"{limit}{growth_words(facts, growth)}"
    return Kpi(wording.size(facts.used_bytes), "", note, tone, points(history))


def growth_words(facts: RedisFacts, growth: Growth | None) -> str:
    """``+1.2 MB a minute``, ``full in 3 h``, ``steady``; the peak before growth is known."""
    if growth is None:
        return f"peak {wording.size(facts.peak_bytes)}"
    per_minute = growth.bytes_per_s * 60
    if facts.used_bytes and abs(per_minute) < facts.used_bytes * 0.001:
        return "steady"
    left_s = full_in_s(facts, growth)
    sign = "+" if per_minute > 0 else "\N{MINUS SIGN}"
    if left_s is not None:
        return f"full in {wording.span(left_s)}"
    return f"{sign}{wording.size(abs(per_minute))} a minute"


def hits_kpi(facts: RedisFacts | None, condition: RedisCondition | None) -> Kpi:
    if facts is None or facts.hit_share is None:
        return Kpi(wording.DASH, note="" if facts is None else "No key was read yet")
    asked = (condition.hits or 0) + (condition.misses or 0) if condition is not None else 0
    note = f"of {wording.count(asked)} reads, Warren's too" if asked else "since it started"
    return Kpi(f"{facts.hit_share:.0%}", "", note)


def operations_kpi(facts: RedisFacts | None, history: KpiHistory) -> Kpi:
    if facts is None:
        return Kpi(wording.DASH, "/s")
    return Kpi(wording.count(facts.operations_per_s), "/s", "commands of all clients", "plain", points(history))


def clients_kpi(facts: RedisFacts | None, condition: RedisCondition | None, history: KpiHistory) -> Kpi:
    if facts is None:
        return Kpi(wording.DASH)
    limit = condition.max_clients if condition is not None else None
    unit = f"of {wording.count(limit)}" if limit else ""
    note = f"{wording.count(facts.blocked_clients)} wait for work" if facts.blocked_clients else ""
    return Kpi(wording.count(facts.clients), unit, note, "plain", points(history))


def keys_kpi(facts: RedisFacts | None, condition: RedisCondition | None, census: Census | None) -> Kpi:
    if facts is None:
        return Kpi(wording.DASH)
    if facts.evicted_keys:
        return Kpi(
            wording.count(facts.keys), "", f"{wording.count(facts.evicted_keys)} dropped for want of room", "warn"
        )
    if census is not None and census.finished and census.counted:
        share = census.result_count / census.counted
        return Kpi(wording.count(facts.keys), "", f"{share:.0%} of them task results")
    expired = condition.expired_keys if condition is not None else None
    return Kpi(wording.count(facts.keys), "", f"{wording.count(expired)} have expired" if expired else "")
