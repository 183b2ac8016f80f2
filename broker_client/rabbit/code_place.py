"""PURE: where the copied code is to work: addresses without a password."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import msgspec

PASSWORD_VARIABLE = "RABBITMQ_PASSWORD"
MOST_BODY_BYTES = 8_192
"""A longer body is read from a file by the copied code."""
BODY_FILE = "body.bin"


class CodePlace(msgspec.Struct, frozen=True):
    """One broker and vhost. ``management_url`` is empty when there is none."""

    host: str = "localhost"
    port: int = 5672
    vhost: str = "/"
    user: str = "guest"
    tls: bool = False
    management_url: str = "http://localhost:15672"


def code_place(amqp_url: str, username: str, management_url: str, vhost: str) -> CodePlace:
    """The place of a profile's addresses, in ``vhost``."""
    parts = urlsplit(amqp_url)
    tls = parts.scheme == "amqps"
    port = parts.port or (5671 if tls else 5672)
    return CodePlace(unquote(parts.hostname or "localhost"), port, vhost, username, tls, management_url)
