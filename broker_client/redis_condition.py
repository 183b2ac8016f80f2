"""How a Redis is, for an operator: persistence, replication, databases, its slow commands and who is connected.

What the user may not ask, or what a server of another make does not know, is left out and named in ``refused``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from broker_client.errors import AccessRefused, BadAnswer
from broker_client.redis_server import redis_error
from broker_client.tasks.plain_text import cut, from_bytes, printable

MOST_CLIENTS = 2_000
MOST_SLOW = 64
_COMMAND_CHARS = 300


class SlowCommand(msgspec.Struct, frozen=True):
    """``at`` epoch seconds. Redis keeps at most 128 bytes of each argument."""

    id: int
    at: float
    took_ms: float
    command: str
    client: str = ""
    client_name: str = ""


class ClientRow(msgspec.Struct, frozen=True):
    id: int
    address: str
    name: str = ""
    user: str = ""
    library: str = ""
    database: int | None = None
    command: str = ""
    age_s: float | None = None
    idle_s: float | None = None
    subscriptions: int | None = None
    memory_bytes: int | None = None
    blocked: bool = False


class Replica(msgspec.Struct, frozen=True):
    address: str
    state: str
    behind_bytes: int | None = None


class Database(msgspec.Struct, frozen=True):
    number: int
    keys: int
    expiring: int


class RedisCondition(msgspec.Struct, frozen=True):
    """``None`` = Redis did not tell. Times are epoch seconds."""

    rss_bytes: int | None = None
    dataset_bytes: int | None = None
    system_bytes: int | None = None
    max_clients: int | None = None
    rejected: int | None = None
    expired_keys: int | None = None
    hits: int | None = None
    misses: int | None = None
    saved_at: float | None = None
    save_ok: bool | None = None
    saving: bool | None = None
    unsaved_changes: int | None = None
    aof_on: bool | None = None
    aof_ok: bool | None = None
    primary: str = ""
    link_up: bool | None = None
    """Whether a replica hears its primary; ``None`` = it is no replica."""
    replicas: tuple[Replica, ...] = ()
    databases: tuple[Database, ...] = ()
    slow_after_ms: float | None = None
    """Commands that take longer are kept in the slow log; negative = none is."""
    slow: tuple[SlowCommand, ...] = ()
    clients: tuple[ClientRow, ...] = ()
    refused: tuple[str, ...] = ()


def read_condition(client: Any, info: Mapping[str, Any], what: str) -> RedisCondition:
    """``info`` is the answer to INFO; the rest is asked of ``client``. Raises BrokerError."""
    refused: list[str] = []
    condition = condition_of(info, time.time())
    slow = _asked(lambda: client.slowlog_get(MOST_SLOW), what, "the slow log", refused)
    limit = _asked(lambda: client.config_get("slowlog-log-slower-than"), what, "settings", refused)
    listed: Any = None
    if (_whole(info.get("connected_clients")) or 0) > MOST_CLIENTS:
        refused.append(f"more than {MOST_CLIENTS:,} clients are not listed")
    else:
        listed = _asked(client.client_list, what, "the list of clients", refused)
    return msgspec.structs.replace(
        condition,
        slow_after_ms=_slow_limit(limit),
        slow=tuple(_slow_command(entry) for entry in slow or ()),
        clients=tuple(_client(entry) for entry in listed or ()),
        refused=tuple(refused),
    )


def condition_of(info: Mapping[str, Any], now: float) -> RedisCondition:
    """What INFO alone says."""
    is_replica = info.get("role") == "slave"
    saved_at = _whole(info.get("rdb_last_save_time"))
    started_at = now - (_whole(info.get("uptime_in_seconds")) or 0)
    return RedisCondition(
        rss_bytes=_whole(info.get("used_memory_rss")),
        dataset_bytes=_whole(info.get("used_memory_dataset")),
        system_bytes=_whole(info.get("total_system_memory")),
        max_clients=_whole(info.get("maxclients")),
        rejected=_whole(info.get("rejected_connections")),
        expired_keys=_whole(info.get("expired_keys")),
        hits=_whole(info.get("keyspace_hits")),
        misses=_whole(info.get("keyspace_misses")),
        # Redis calls its own start the last save when there was none.
        saved_at=float(saved_at) if saved_at and saved_at > started_at + 1 else None,
        save_ok=_is_ok(info.get("rdb_last_bgsave_status")),
        saving=_flag(info.get("rdb_bgsave_in_progress")),
        unsaved_changes=_whole(info.get("rdb_changes_since_last_save")),
        aof_on=_flag(info.get("aof_enabled")),
        aof_ok=_is_ok(info.get("aof_last_write_status")),
        primary=f"{info.get('master_host')}:{info.get('master_port')}" if is_replica else "",
        link_up=info.get("master_link_status") == "up" if is_replica else None,
        replicas=tuple(_replicas(info)),
        databases=tuple(_databases(info)),
    )


def _replicas(info: Mapping[str, Any]) -> Sequence[Replica]:
    sent = _whole(info.get("master_repl_offset"))
    found = []
    for number in range(_whole(info.get("connected_slaves")) or 0):
        told = info.get(f"slave{number}")
        if isinstance(told, Mapping):
            offset = _whole(told.get("offset"))
            behind = max(0, sent - offset) if sent is not None and offset is not None else None
            found.append(Replica(f"{told.get('ip')}:{told.get('port')}", str(told.get("state", "")), behind))
    return found


def _databases(info: Mapping[str, Any]) -> Sequence[Database]:
    found = []
    for name, told in info.items():
        if name.startswith("db") and name[2:].isdecimal() and isinstance(told, Mapping):
            found.append(Database(int(name[2:]), _whole(told.get("keys")) or 0, _whole(told.get("expires")) or 0))
    return sorted(found, key=lambda database: database.number)


def _asked(question: Any, what: str, name: str, refused: list[str]) -> Any:
    from redis.exceptions import RedisError

    try:
        return question()
    except (RedisError, OSError, ValueError) as problem:
        error = redis_error(problem, what)
        if isinstance(error, AccessRefused | BadAnswer):
            refused.append(f"{name}: {error.why}")
            return None
        raise error from None


def _slow_command(entry: Mapping[str, Any]) -> SlowCommand:
    return SlowCommand(
        _whole(entry.get("id")) or 0,
        float(_whole(entry.get("start_time")) or 0),
        float(_whole(entry.get("duration")) or 0) / 1000,
        cut(_text(entry.get("command")), _COMMAND_CHARS),
        _text(entry.get("client_address")),
        _text(entry.get("client_name")),
    )


def _client(entry: Mapping[str, Any]) -> ClientRow:
    library = " ".join(part for part in (_text(entry.get("lib-name")), _text(entry.get("lib-ver"))) if part)
    subscriptions = [number for name in ("sub", "psub", "ssub") if (number := _number(entry.get(name))) is not None]
    return ClientRow(
        _number(entry.get("id")) or 0,
        _text(entry.get("addr")),
        _text(entry.get("name")),
        _text(entry.get("user")),
        library,
        _number(entry.get("db")),
        _text(entry.get("cmd")),
        _number(entry.get("age")),
        _number(entry.get("idle")),
        sum(subscriptions) if subscriptions else None,
        _number(entry.get("tot-mem")),
        "b" in _text(entry.get("flags")),
    )


def _slow_limit(answer: Any) -> float | None:
    told = answer.get("slowlog-log-slower-than") if isinstance(answer, Mapping) else None
    limit_us = _number(told)
    return None if limit_us is None else limit_us / 1000


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return from_bytes(value)
    return printable(value) if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    """A whole number that may be written as text."""
    text = _text(value)
    return int(text) if text.lstrip("-").isdecimal() else _whole(value)


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _flag(value: Any) -> bool | None:
    return None if _whole(value) is None else bool(value)


def _is_ok(value: Any) -> bool | None:
    return value == "ok" if isinstance(value, str) else None
