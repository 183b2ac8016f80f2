"""Redis itself: INFO in the terms an operator needs, and connections that never retry behind our back.

redis-py takes 0.1 s to import, so it is imported where a connection is made: this module's types are used at start-up.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from broker_client.errors import (
    AccessRefused,
    BadAnswer,
    BadInput,
    BrokerError,
    ConnectionLost,
    LoginRefused,
    NoAnswer,
    NotReady,
    Unreachable,
    WrongService,
)
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.tcp_door import Address, address_of, dial_error, tls_context

if TYPE_CHECKING:
    from redis import Redis


class RedisFacts(msgspec.Struct, frozen=True):
    """What INFO says. ``None`` = Redis did not tell."""

    version: str
    uptime_s: float | None = None
    used_bytes: int | None = None
    peak_bytes: int | None = None
    max_bytes: int | None = None
    """``maxmemory``; ``None`` when no limit is set."""
    eviction_policy: str | None = None
    fragmentation: float | None = None
    clients: int | None = None
    blocked_clients: int | None = None
    operations_per_s: float | None = None
    keys: int | None = None
    hit_share: float | None = None
    evicted_keys: int | None = None
    role: str | None = None
    loading: bool | None = None


def redis_address(profile: Profile) -> tuple[Address, int]:
    """Where the profile's Redis is, and the number of its database; raises :class:`BadInput`."""
    address = address_of(profile.redis_url)
    if address.scheme not in {"redis", "rediss"}:
        raise BadInput("the Redis address must start with redis:// or rediss://", profile.redis_url)
    database = address.path.strip("/") or "0"
    if not database.isdecimal():
        raise BadInput("the Redis database is not a number", database, "write it like redis://host:6379/0")
    return address, int(database)


def open_redis(profile: Profile, secrets: Secrets, *, decode: bool = False, deadline_s: float = 3.0) -> Redis:
    """A client that connects at its first command. Each command waits at most ``deadline_s`` and is never repeated.

    redis-py's own default is ten retries, with a wrong password too. Wrap errors with :func:`redis_error`.
    """
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    address, database = redis_address(profile)
    options: dict[str, Any] = {}
    if address.tls:
        tls_context(profile)
        options = {
            "ssl": True,
            "ssl_ca_certs": profile.ca_file or None,
            "ssl_cert_reqs": "required" if profile.verify_tls else "none",
            "ssl_check_hostname": profile.verify_tls,
        }
    return Redis(
        host=address.host,
        port=address.port,
        db=database,
        username=profile.redis_username or None,
        password=secrets.redis or None,
        decode_responses=decode,
        socket_timeout=deadline_s,
        socket_connect_timeout=min(2.0, deadline_s),
        retry=Retry(NoBackoff(), 0),
        health_check_interval=5,
        max_connections=4,
        **options,
    )


def redis_error(problem: Exception, what: str) -> BrokerError:
    """The BrokerError for an error of redis-py; ``what`` names the server and its address.

    The order matters: a refused login and "loading" both derive from redis-py's ConnectionError.
    """
    from redis import exceptions as redis

    if isinstance(problem, BrokerError):
        return problem
    words = str(problem) or type(problem).__name__
    if isinstance(problem, (redis.AuthenticationError, redis.AuthenticationWrongNumberOfArgsError)):
        return LoginRefused(f"the login at {what} was refused", words, "check the Redis user name and password")
    if isinstance(problem, redis.BusyLoadingError):
        return NotReady(f"{what} is loading its data", words, "wait until it has read its file")
    if isinstance(problem, redis.NoPermissionError):
        return AccessRefused(f"{what} does not allow it", words, "ask for the right in the ACL", missing="ACL right")
    if isinstance(problem, (redis.ReadOnlyError, redis.MasterDownError)):
        return NotReady(f"{what} is a replica", words)
    if isinstance(problem, (redis.TimeoutError, TimeoutError)):
        return NoAnswer(f"no answer from {what}", "the deadline passed", "check the address and the network")
    if isinstance(problem, redis.InvalidResponse):
        return _wrong_service(words, what)
    if isinstance(problem, redis.ConnectionError):
        return _connection_error(problem, words, what)
    if isinstance(problem, redis.ResponseError):
        return _response_error(words, what)
    if isinstance(problem, (OSError, EOFError)):
        return dial_error(problem, what)
    return BadAnswer(f"{what} gave an answer that cannot be read", words)


def redis_label(profile: Profile) -> str:
    return f"Redis at {address_of(profile.redis_url).label}"


def read_facts(client: Redis) -> RedisFacts:
    """Ask INFO; raises BrokerError."""
    return facts_of(read_info(client), int(client.connection_pool.connection_kwargs.get("db") or 0))


def read_info(client: Redis) -> Mapping[str, Any]:
    """All that INFO says, as redis-py parses it; raises BrokerError."""
    from redis.exceptions import RedisError

    settings = client.connection_pool.connection_kwargs
    what = f"Redis at {settings.get('host')}:{settings.get('port')}"
    try:
        info: Mapping[str, Any] = client.info()
        return info
    except (RedisError, OSError, ValueError) as problem:
        raise redis_error(problem, what) from None


def facts_of(info: Mapping[str, Any], database: int) -> RedisFacts:
    """INFO, as redis-py parses it, in our terms."""
    hits, misses = _count(info.get("keyspace_hits")), _count(info.get("keyspace_misses"))
    asked = (hits or 0) + (misses or 0)
    keyspace = info.get(f"db{database}")
    return RedisFacts(
        version=str(info.get("redis_version", "")),
        uptime_s=_number(info.get("uptime_in_seconds")),
        used_bytes=_count(info.get("used_memory")),
        peak_bytes=_count(info.get("used_memory_peak")),
        max_bytes=_count(info.get("maxmemory")) or None,
        eviction_policy=_text(info.get("maxmemory_policy")),
        fragmentation=_number(info.get("mem_fragmentation_ratio")),
        clients=_count(info.get("connected_clients")),
        blocked_clients=_count(info.get("blocked_clients")),
        operations_per_s=_number(info.get("instantaneous_ops_per_sec")),
        # A database without keys is not listed at all.
        keys=_count(keyspace.get("keys")) if isinstance(keyspace, Mapping) else 0 if info else None,
        hit_share=(hits or 0) / asked if asked else None,
        evicted_keys=_count(info.get("evicted_keys")),
        role=_text(info.get("role")),
        loading=bool(info["loading"]) if "loading" in info else None,
    )


def _connection_error(problem: Exception, words: str, what: str) -> BrokerError:
    cause = problem.__cause__ or problem.__context__
    if isinstance(cause, (ssl.SSLError, ConnectionRefusedError, TimeoutError)):
        return dial_error(cause, what)
    if "max number of clients" in words:
        return NotReady(f"{what} has no room for another client", words, "raise maxclients, or close other clients")
    lowered = words.lower()
    if "wrong_version_number" in lowered or "record layer failure" in lowered:
        return WrongService(f"{what} does not speak TLS", words, "use redis:// instead of rediss://")
    if "certificate verify failed" in lowered:
        return WrongService(f"the certificate of {what} is not trusted", words, "name the CA file in the profile")
    if "refused" in lowered:
        return Unreachable(f"cannot connect to {what}", "nothing listens there", "is Redis running? is the port right?")
    if "protocol error" in lowered:
        return _wrong_service(words, what)
    if "closed by server" in lowered or "connection reset" in lowered or "broken pipe" in lowered:
        return ConnectionLost(f"the connection to {what} was closed", words)
    return Unreachable(f"cannot connect to {what}", words, "check the address and the network")


def _response_error(words: str, what: str) -> BrokerError:
    if words.startswith(("NOAUTH", "WRONGPASS")) or "called without any password" in words:
        return LoginRefused(f"the login at {what} was refused", words, "check the Redis user name and password")
    if "DB index" in words:
        return BadInput(f"{what} has no such database", words, "choose another number at the end of the Redis address")
    if words.startswith(("BUSY", "LOADING", "MASTERDOWN")):
        return NotReady(f"{what} cannot serve now", words)
    return BadAnswer(f"{what} refused a command", words)


def _wrong_service(words: str, what: str) -> WrongService:
    seen = "it answers like a web server" if "HTTP/" in words else "it answers with another protocol"
    if "AMQP" in words:
        seen = "it answers like the AMQP port"
    return WrongService(f"{what} does not speak Redis", seen, "is this the Redis port (6379)?")


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
