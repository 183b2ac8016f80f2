"""Where the brokers are: a profile without its passwords, and the passwords beside it, in memory only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit

import msgspec

from broker_client.errors import BadInput, scrub

ENVIRONMENTS = ("development", "test", "staging", "production")

_RABBIT_SCHEMES = {"amqp": "amqp", "pyamqp": "amqp", "librabbitmq": "amqp", "amqps": "amqps"}
_REDIS_SCHEMES = {"redis": "redis", "rediss": "rediss"}
_HTTP_SCHEMES = {"http": "http", "https": "https"}
_DEFAULT_PORTS = {"amqp": 5672, "amqps": 5671, "redis": 6379, "rediss": 6379, "http": 15672, "https": 15671}
_MANAGEMENT_PORTS = {5672: 15672, 5671: 15671}

_BROKER_VARIABLES = (
    "CELERY_BROKER_URL",
    "BROKER_URL",
    "RABBITMQ_URL",
    "AMQP_URL",
    "CLOUDAMQP_URL",
    "RABBITMQ_BIGWIG_URL",
)
_BACKEND_VARIABLES = (
    "CELERY_RESULT_BACKEND",
    "RESULT_BACKEND",
    "CELERY_RESULT_BACKEND_URL",
    "REDIS_URL",
    "REDISCLOUD_URL",
)
_MANAGEMENT_VARIABLES = ("RABBITMQ_MANAGEMENT_URL",)


class Profile(msgspec.Struct, frozen=True):
    """One set of services. Holds no password: URLs in it have no user part. Empty URL = that leg is not used."""

    name: str
    amqp_url: str = ""
    """``amqp://host:port/vhost`` or ``amqps://``; the vhost is percent-encoded (``/%2F``)."""
    username: str = "guest"
    management_url: str = ""
    redis_url: str = ""
    """``redis://host:port/db`` or ``rediss://``."""
    redis_username: str = ""
    environment: str = "development"
    read_only: bool = False
    ca_file: str = ""
    verify_tls: bool = True
    broker_redis_url: str = ""
    """Celery's broker, when that is a Redis too and not the database of ``redis_url``. Login and TLS are the same."""

    @property
    def has_rabbitmq(self) -> bool:
        return bool(self.amqp_url)


class Secrets(msgspec.Struct, frozen=True):
    """Passwords of one profile. Never written by us except into the keyring; never shown by ``repr``."""

    rabbitmq: str = ""
    redis: str = ""

    def __repr__(self) -> str:
        return "Secrets(***)"


class _Parts(NamedTuple):
    """A URL taken apart: ``url`` is what is left of it without user and password."""

    url: str
    username: str
    password: str


def from_urls(amqp_url: str, management_url: str = "", redis_url: str = "", name: str = "") -> tuple[Profile, Secrets]:
    """A profile from URLs that may hold user and password; these are split off. Empty texts leave their leg out.

    The management URL is derived from the AMQP URL when it is empty. Raises :class:`BadInput` naming the bad part.
    """
    rabbit = _take_apart(amqp_url, "AMQP", _RABBIT_SCHEMES) if amqp_url else None
    web = _take_apart(management_url, "management", _HTTP_SCHEMES) if management_url else None
    redis = _take_apart(redis_url, "Redis", _REDIS_SCHEMES) if redis_url else None
    login = next((part for part in (rabbit, web) if part is not None and part.username), None)
    derived = derive_management_url(rabbit.url) if rabbit is not None else ""
    profile = Profile(
        name=name or _host_name(rabbit or web or redis),
        amqp_url=rabbit.url if rabbit is not None else "",
        username=login.username if login is not None else "guest",
        management_url=web.url.rstrip("/") if web is not None else derived,
        redis_url=redis.url if redis is not None else "",
        redis_username=redis.username if redis is not None else "",
    )
    # RabbitMQ's own default account, which it accepts from the same machine only.
    password = login.password if login is not None else "guest" if rabbit is not None or web is not None else ""
    return profile, Secrets(password, redis.password if redis is not None else "")


def redis_place(url: str) -> str:
    """A Redis URL without user and password; raises :class:`BadInput` naming the bad part."""
    return _take_apart(url, "Redis", _REDIS_SCHEMES).url


def derive_management_url(amqp_url: str) -> str:
    """The usual management address beside an AMQP URL: 5672 -> 15672, 5671 -> 15671 (https), other ports + 10000."""
    try:
        parts = urlsplit(amqp_url)
        scheme = _RABBIT_SCHEMES.get(parts.scheme, "")
        port = parts.port or _DEFAULT_PORTS.get(scheme, 0)
    except ValueError:
        return ""
    if not scheme or not parts.hostname:
        return ""
    port = _MANAGEMENT_PORTS.get(port, port + 10_000)
    if port > 65_535:
        return ""
    return f"{'https' if scheme == 'amqps' else 'http'}://{_bracketed(parts.hostname)}:{port}"


def from_environment(environ: Mapping[str, str]) -> tuple[Profile, Secrets]:
    """A profile from variables such as Celery and hosting services set; raises :class:`BadInput` when there are none.

    A ``redis://`` broker is taken as Redis; a result backend that is not Redis (``rpc://``, a database) is left out.
    """
    broker = _first(environ, _BROKER_VARIABLES)
    backends = [environ[name] for name in _BACKEND_VARIABLES if environ.get(name)]
    amqp_url = broker if _scheme(broker) in _RABBIT_SCHEMES else ""
    candidates = [url for url in (*backends, broker) if _scheme(url) in _REDIS_SCHEMES]
    if not amqp_url and not candidates:
        names = ", ".join((*_BROKER_VARIABLES[:3], *_BACKEND_VARIABLES[:1], "REDIS_URL"))
        why = f"the broker {scrub(broker)} is neither RabbitMQ nor Redis" if broker else "no variable is set"
        raise BadInput("no service was found in the environment", why, f"set one of {names}")
    management_url = _first(environ, _MANAGEMENT_VARIABLES)
    profile, secrets = from_urls(
        amqp_url, management_url if amqp_url else "", candidates[0] if candidates else "", "environment"
    )
    if _scheme(broker) in _REDIS_SCHEMES and broker != candidates[0]:
        profile = msgspec.structs.replace(profile, broker_redis_url=redis_place(broker))
    return profile, secrets


def celery_redis(profile: Profile) -> Profile:
    """The profile with Celery's broker in the place of the result backend; as it is when both are the same."""
    if not profile.broker_redis_url:
        return profile
    return msgspec.structs.replace(profile, redis_url=profile.broker_redis_url, broker_redis_url="")


def with_vhost(profile: Profile, vhost: str) -> Profile:
    """The same profile, looking at another vhost."""
    parts = urlsplit(profile.amqp_url)
    return msgspec.structs.replace(profile, amqp_url=f"{parts.scheme}://{parts.netloc}/{quote(vhost, safe='')}")


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


def _take_apart(url: str, what: str, schemes: Mapping[str, str]) -> _Parts:
    """Check ``url`` and part it from its user and password; raises :class:`BadInput` with words for the bad part."""
    title = f"the {what} address cannot be used"
    example = f"write it like {next(iter(schemes))}://host:{_DEFAULT_PORTS[next(iter(schemes))]}"
    for position, char in enumerate(url):
        if char.isspace() or ord(char) < 32:
            raise BadInput(title, f"character {position + 1} is a space or a control character", "remove it")
    scheme = _scheme(url)
    if "://" not in url or scheme not in schemes:
        known = " or ".join(f"{name}://" for name in schemes)
        # What stands there instead may be a password.
        seen = repr(scheme) if "://" in url and scheme.isalnum() else "something else"
        raise BadInput(title, f"it starts with {seen} instead of {known}", example)
    parts, port = _split(url, title, example)
    _check_percent(url, title)
    netloc = f"{_bracketed(parts.hostname or '')}:{port or _DEFAULT_PORTS[schemes[scheme]]}"
    if schemes[scheme] in _HTTP_SCHEMES and port is None:
        netloc = _bracketed(parts.hostname or "")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return _Parts(f"{schemes[scheme]}://{netloc}{parts.path}", user, password)


def _split(url: str, title: str, example: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadInput(title, "the host in [ ] is not an IPv6 address", example) from None
    try:
        port = parts.port
    except ValueError:
        text = parts.netloc.rpartition("@")[2].rpartition(":")[2]
        raise BadInput(title, f"the port {text!r} is not a number from 1 to 65535", example) from None
    if not parts.hostname:
        raise BadInput(title, "the host is missing", example)
    if port == 0:
        raise BadInput(title, "the port '0' is not a number from 1 to 65535", example)
    return parts, port


def _check_percent(url: str, title: str) -> None:
    position = url.find("%")
    while position >= 0:
        digits = url[position + 1 : position + 3]
        if len(digits) < 2 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
            # Not quoted: it may be in the middle of a password.
            why = f"the % at character {position + 1} is not followed by two hexadecimal digits"
            raise BadInput(title, why, "write a literal % as %25")
        position = url.find("%", position + 1)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _host_name(part: _Parts | None) -> str:
    return (urlsplit(part.url).hostname or "broker") if part is not None else "broker"
