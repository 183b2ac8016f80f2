"""Brokers that somebody lends to the tests, named by environment variables, in the shape of our own sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from broker_client.profile import Profile, Secrets

AMQP, MANAGEMENT, REDIS = "WARREN_TEST_AMQP_URL", "WARREN_TEST_MANAGEMENT_URL", "WARREN_TEST_REDIS_URL"


class LentBrokers(NamedTuple):
    """Running brokers that are not ours: to be used, never to be stopped."""

    profile: Profile
    secrets: Secrets
    owned: bool = False


def lent_brokers(environ: Mapping[str, str], redis: tuple[str, str]) -> LentBrokers | None:
    """What the environment names, or ``None``. ``redis`` is (URL, password) of ours, for when none is lent."""
    if AMQP not in environ:
        return None
    amqp = urlsplit(environ[AMQP])
    redis_url, redis_password = redis
    if REDIS in environ:
        parts = urlsplit(environ[REDIS])
        redis_url, redis_password = _without_login(environ[REDIS]), unquote(parts.password or "")
    profile = Profile(
        name="Lent",
        amqp_url=_without_login(environ[AMQP]),
        username=unquote(amqp.username or "guest"),
        management_url=_without_login(environ.get(MANAGEMENT, "")),
        redis_url=redis_url,
    )
    return LentBrokers(profile, Secrets(rabbitmq=unquote(amqp.password or "guest"), redis=redis_password))


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
