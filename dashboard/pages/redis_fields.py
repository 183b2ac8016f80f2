"""Redis' own settings and state as named values. Pure; unknown is a dash."""

from __future__ import annotations

from broker_client.redis_condition import RedisCondition
from broker_client.redis_server import RedisFacts
from dashboard.look.wording import count, moment, size, span
from dashboard.widgets.field_list import Field


def server_fields(facts: RedisFacts | None, condition: RedisCondition | None) -> tuple[Field, ...]:
    if facts is None:
        return ()
    told = condition or RedisCondition()
    return (
        Field("Version", facts.version),
        Field("Up for", span(facts.uptime_s)),
        Field("Role", *role_words(facts, told)),
        Field("Policy", facts.eviction_policy or "", help="What it does at its limit of memory (maxmemory-policy)."),
        Field("Peak", size(facts.peak_bytes)),
        Field("Resident", size(told.rss_bytes), help="What the system gave the process: used memory and waste."),
        Field("Fragmentation", *_fragmentation(facts)),
        Field("Snapshot", *snapshot_words(told)),
        Field("Append log", *append_words(told)),
        Field("Databases", databases_words(told)),
        Field("Expired", count(told.expired_keys), help="Keys whose time to live was over, since it started."),
        Field("Dropped", count(facts.evicted_keys), "warn" if facts.evicted_keys else "plain"),
        Field(
            "Rejected", count(told.rejected), "warn" if told.rejected else "plain", help="Connections above maxclients."
        ),
        Field("Slow log", slow_words(told)),
        *(Field("Not told", words, "warn") for words in told.refused),
    )


def role_words(facts: RedisFacts, told: RedisCondition) -> tuple[str, str]:
    """The words and their tone."""
    if told.primary:
        up = "" if told.link_up else ", the link is down"
        return f"replica of {told.primary}{up}", "plain" if told.link_up else "crit"
    if facts.role == "master":
        furthest = max((replica.behind_bytes or 0 for replica in told.replicas), default=0)
        late = f", {size(furthest)} behind" if furthest else ""
        number = len(told.replicas)
        return f"primary with {number} replica{'s' if number != 1 else ''}{late}" if number else "primary", "plain"
    return facts.role or "", "plain"


def snapshot_words(told: RedisCondition) -> tuple[str, str]:
    """When it was last written to disk, and what was changed since."""
    if told.save_ok is False:
        return "the last one failed", "crit"
    if told.saving:
        return "is being written", "plain"
    changes = f", {count(told.unsaved_changes)} changes since" if told.unsaved_changes else ""
    if told.saved_at is None:
        return ("" if told.unsaved_changes is None else f"none since it started{changes}"), "plain"
    return f"{moment(told.saved_at)}{changes}", "plain"


def append_words(told: RedisCondition) -> tuple[str, str]:
    if told.aof_on is None:
        return "", "plain"
    if not told.aof_on:
        return "off", "plain"
    return ("on", "plain") if told.aof_ok is not False else ("on, the last write failed", "crit")


def databases_words(told: RedisCondition) -> str:
    """``0: 1,204 keys · 1: 3 keys``."""
    return " · ".join(f"{database.number}: {count(database.keys)} keys" for database in told.databases)


def slow_words(told: RedisCondition) -> str:
    if told.slow_after_ms is None:
        return ""
    if told.slow_after_ms < 0:
        return "off"
    return f"from {span(told.slow_after_ms / 1000)}" if told.slow_after_ms else "every command"


def _fragmentation(facts: RedisFacts) -> tuple[str, str]:
    if facts.fragmentation is None:
        return "", "plain"
    # Below some megabytes the process itself is most of it.
    wastes = facts.fragmentation > 1.5 and (facts.used_bytes or 0) > 100_000_000
    return f"{facts.fragmentation:.2f}", "warn" if wastes else "plain"
