"""Checks every leg of a profile, one after the other, and says for each what is wrong and what to do about it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from broker_client.errors import AccessRefused, BrokerError, ConnectionLost, NotFound, WrongService
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import DepthProbe, amqp_address, broker_label, vhost_of
from broker_client.rabbit.amqp_greeting import greet
from broker_client.rabbit.entities import ExchangeKey
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.tcp_door import Address, dial, resolve, tls_context, wrap_tls
from broker_client.redis_server import open_redis, read_facts, redis_error, redis_label

if TYPE_CHECKING:
    from redis import Redis

LEGS = ("dns", "tcp", "tls", "login", "vhost", "rights", "management", "redis", "celery")

_CELERY_EXCHANGES = {"celeryev": "events", "celery.pidbox": "remote control"}
_RESULT_KEYS = "celery-task-meta-*"
_SCANS = 20


class Leg(msgspec.Struct, frozen=True):
    """One step. ``state``: ``ok``, ``warn`` (works, but less), ``crit`` (does not work) or ``off`` (not used or not
    reached). ``words`` say what was found, ``remedy`` what to do; ``took_ms`` is ``None`` when nothing was tried."""

    name: str
    state: str
    words: str
    remedy: str = ""
    took_ms: float | None = None


def check_legs(profile: Profile, secrets: Secrets, timeout_s: float = 4.0) -> Iterator[Leg]:
    """Every leg of :data:`LEGS`, in that order, each as soon as it is known. No step takes longer than ``timeout_s``
    (name resolution is bounded by the system's resolver)."""
    check = _Check(profile, secrets, timeout_s)
    try:
        yield from check.rabbit_legs()
        yield from check.management_legs()
        yield check.redis_leg()
        yield check.celery_leg()
    finally:
        check.close()


class _Check:
    """One run over all legs; keeps the connections that later legs use again."""

    def __init__(self, profile: Profile, secrets: Secrets, timeout_s: float) -> None:
        self._profile = profile
        self._secrets = secrets
        self._timeout_s = timeout_s
        self._probe: DepthProbe | None = None
        self._redis: Redis | None = None

    def close(self) -> None:
        if self._probe is not None:
            self._probe.close()
        if self._redis is not None:
            self._redis.close()

    # ---- AMQP -------------------------------------------------------------------------------------------------------

    def rabbit_legs(self) -> Iterator[Leg]:
        names = LEGS[:5]
        if not self._profile.amqp_url:
            yield from _not_reached(names, "no RabbitMQ address is set")
            return
        try:
            address = amqp_address(self._profile)
        except BrokerError as error:
            yield _failed("dns", error, None)
            yield from _not_reached(names[1:], "the address cannot be read")
            return
        for index, step in enumerate((self._dns, self._tcp, self._tls)):
            leg = step(address)
            yield leg
            if leg.state == "crit":
                yield from _not_reached(names[index + 1 :], "an earlier step failed")
                return
        yield from self._login_and_vhost()

    def _dns(self, address: Address) -> Leg:
        def work() -> str:
            found = resolve(address, broker_label(self._profile))
            return ", ".join(dict.fromkeys(str(target[0]) for _, target in found))

        return _tried("dns", work)

    def _tcp(self, address: Address) -> Leg:
        """Opens a connection; without TLS it also greets, so that a wrong port is named here."""

        def work() -> str:
            deadline = self._deadline()
            with dial(address, deadline, broker_label(self._profile)) as connection:
                if not address.tls:
                    greet(connection, deadline, broker_label(self._profile))
            return f"{address.label} accepts connections"

        return _tried("tcp", work)

    def _tls(self, address: Address) -> Leg:
        if not address.tls:
            return Leg("tls", "off", "not used: the address is amqp://, so passwords travel in clear text")

        def work() -> str:
            deadline, what = self._deadline(), broker_label(self._profile)
            connection = dial(address, deadline, what)
            with wrap_tls(connection, tls_context(self._profile), address, deadline, what) as secure:
                greet(secure, deadline, what)
                return f"{secure.version()}, certificate {'verified' if self._profile.verify_tls else 'NOT verified'}"

        leg = _tried("tls", work)
        unverified = leg.state == "ok" and not self._profile.verify_tls
        return msgspec.structs.replace(leg, state="warn", remedy="verify the certificate") if unverified else leg

    def _login_and_vhost(self) -> Iterator[Leg]:
        started = time.monotonic()
        vhost = vhost_of(self._profile)
        self._probe = probe = DepthProbe(self._profile, self._secrets)
        login = f"{self._profile.username!r} is accepted"
        try:
            probe.has_exchange(ExchangeKey(vhost, "amq.direct"), self._timeout_s)
        except (NotFound, AccessRefused) as error:
            self._probe = None
            yield Leg("login", "ok", login, took_ms=_since(started))
            yield _failed("vhost", error, started)
        except BrokerError as error:
            self._probe = None
            yield _failed("login", error, started)
            yield from _not_reached(("vhost",), "an earlier step failed")
        else:
            yield Leg("login", "ok", login, took_ms=_since(started))
            yield Leg("vhost", "ok", f"{vhost!r} is open to this user", took_ms=_since(started))

    # ---- management -------------------------------------------------------------------------------------------------

    def management_legs(self) -> Iterator[Leg]:
        if not self._profile.management_url:
            yield from _not_reached(("rights", "management"), "no management address is set")
            return
        started = time.monotonic()
        try:
            client = ManagementClient(
                self._profile, self._secrets, connect_s=self._timeout_s / 2, deadline_s=self._timeout_s
            )
        except BrokerError as error:
            yield from _not_reached(("rights",), "the management API cannot be asked")
            yield _failed("management", error, None)
            return
        try:
            tags = client.whoami().tags
            yield _rights(tags, self._profile.username, _since(started))
            yield _tried("management", lambda: _overview_words(client))
        except AccessRefused as error:
            yield _failed("rights", error, started)
            yield Leg("management", "crit", "it answers, but not to this user", error.remedy, _since(started))
        except BrokerError as error:
            yield from _not_reached(("rights",), "the management API cannot be asked")
            yield _failed("management", error, started)
        finally:
            client.close()

    # ---- Redis and Celery -------------------------------------------------------------------------------------------

    def redis_leg(self) -> Leg:
        if not self._profile.redis_url:
            return Leg("redis", "off", "no Redis address is set")
        started = time.monotonic()
        try:
            client = open_redis(self._profile, self._secrets, deadline_s=self._timeout_s)
            facts = read_facts(client)
        except BrokerError as error:
            return _failed("redis", error, started)
        self._redis = client
        keys = "unknown" if facts.keys is None else f"{facts.keys:,}"
        words = f"Redis {facts.version}, {keys} keys in this database"
        if facts.loading or facts.role == "slave":
            return Leg("redis", "warn", f"{words}; {'loading' if facts.loading else 'a replica'}", "", _since(started))
        return Leg("redis", "ok", words, took_ms=_since(started))

    def celery_leg(self) -> Leg:
        if self._probe is None and self._redis is None:
            return Leg("celery", "off", "not tried: neither RabbitMQ nor Redis can be asked")
        started = time.monotonic()
        try:
            seen = [*self._celery_exchanges(), *self._celery_keys()]
        except BrokerError as error:
            return _failed("celery", error, started)
        if seen:
            return Leg("celery", "ok", f"seen: {', '.join(seen)}", took_ms=_since(started))
        remedy = "start a worker, best with -E and result_extended"
        return Leg("celery", "warn", "no worker has been here yet", remedy, _since(started))

    def _celery_exchanges(self) -> Iterator[str]:
        if self._probe is None:
            return
        vhost = vhost_of(self._profile)
        for name, meaning in _CELERY_EXCHANGES.items():
            try:
                if self._probe.has_exchange(ExchangeKey(vhost, name), self._timeout_s / 2):
                    yield f"{meaning} ({name})"
            except (NotFound, AccessRefused, ConnectionLost, WrongService):
                return

    def _celery_keys(self) -> Iterator[str]:
        """A few pages of SCAN are enough to say that there are results; all of them would cost too much."""
        from redis.exceptions import RedisError

        if self._redis is None:
            return
        try:
            cursor, deadline = 0, self._deadline()
            for _ in range(_SCANS):
                cursor, keys = self._redis.scan(cursor, match=_RESULT_KEYS, count=1000)
                if keys:
                    yield "task results in Redis"
                    return
                if cursor == 0 or time.monotonic() > deadline:
                    return
        except (RedisError, OSError) as problem:
            raise redis_error(problem, redis_label(self._profile)) from None

    def _deadline(self) -> float:
        return time.monotonic() + self._timeout_s


def _tried(name: str, work: Callable[[], str]) -> Leg:
    started = time.monotonic()
    try:
        return Leg(name, "ok", work(), took_ms=_since(started))
    except BrokerError as error:
        return _failed(name, error, started)


def _failed(name: str, error: BrokerError, started: float | None) -> Leg:
    return Leg(name, "crit", str(error), error.remedy, None if started is None else _since(started))


def _not_reached(names: tuple[str, ...], why: str) -> Iterator[Leg]:
    for name in names:
        yield Leg(name, "off", f"not tried: {why}")


def _rights(tags: tuple[str, ...], user: str, took_ms: float) -> Leg:
    if {"administrator", "monitoring"} & set(tags):
        return Leg("rights", "ok", f"tags: {', '.join(tags)}", took_ms=took_ms)
    remedy = f"rabbitmqctl set_user_tags {user} monitoring"
    words = f"tags: {', '.join(tags) or 'none'}; nodes and other users' connections need 'monitoring'"
    return Leg("rights", "warn", words, remedy, took_ms)


def _overview_words(client: ManagementClient) -> str:
    overview, _ = client.overview()
    queues = "unknown" if overview.queues is None else f"{overview.queues:,}"
    return f"RabbitMQ {overview.rabbitmq_version}, {queues} queues"


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1000
