"""Where the brokers are: a profile without its passwords, and the passwords beside it, in memory only."""

from __future__ import annotations

import msgspec

ENVIRONMENTS = ("development", "test", "staging", "production")


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

    @property
    def has_rabbitmq(self) -> bool:
        return bool(self.amqp_url)


class Secrets(msgspec.Struct, frozen=True):
    """Passwords of one profile. Never written by us except into the keyring; never shown by ``repr``."""

    rabbitmq: str = ""
    redis: str = ""

    def __repr__(self) -> str:
        return "Secrets(***)"
