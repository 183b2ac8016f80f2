"""The one error tree. Each error carries what failed, why, and what to try next.

BrokerError
├── BadInput          refused by us before anything was sent
├── Unreachable       no connection could be made (name, refused port, no route)
│   ├── NoAnswer      the deadline passed; the request may or may not have been carried out
│   ├── WrongService  something answers there, but not what we expected (HTTP on the AMQP port, TLS against plain)
│   └── ConnectionLost  there was a connection and it ended
├── LoginRefused      user or password not accepted: stop trying, ask the person
├── AccessRefused     logged in, but a right or a tag is missing (``missing`` names it)
├── NotFound          no such vhost, exchange, queue, path or key
├── Conflict          it exists with other arguments, or is locked by another connection
├── BadAnswer         an answer that cannot be understood: HTML, half a body, too large, wrong type
├── NotReady          the service answers that it cannot serve now (503, LOADING, alarm)
└── MissingProgram    a program of this machine is missing (rabbitmq-server, redis-server)
"""

from __future__ import annotations

import re

_URL_SECRET = re.compile(r"(://)[^@/\s]*@")


def scrub(text: str) -> str:
    """Return ``text`` with the user and password of every URL in it replaced by ``***``."""
    return _URL_SECRET.sub(r"\1***@", text)


class BrokerError(Exception):
    """Something a broker, a result backend or this machine refused.

    ``what`` failed (one clause, no full stop), ``why`` (the reason in words, the broker's own text where it has one),
    ``remedy`` (what the person can do next, may be empty). No field ever holds a password.
    """

    retryable = True
    """Whether trying the same again later can succeed without a person changing something."""

    def __init__(self, what: str, why: str = "", remedy: str = "") -> None:
        self.what = scrub(what)
        self.why = scrub(why)
        self.remedy = scrub(remedy)
        super().__init__(": ".join(part for part in (self.what, self.why) if part))


class BadInput(BrokerError):
    """Refused before anything was sent."""

    retryable = False


class Unreachable(BrokerError):
    """No connection could be made."""


class NoAnswer(Unreachable):
    """The deadline passed without an answer. For a write this means *unknown*, never *failed*."""


class WrongService(Unreachable):
    """Something answers at that address, but it does not speak the expected protocol."""

    retryable = False


class ConnectionLost(Unreachable):
    """A connection that worked has ended."""


class LoginRefused(BrokerError):
    """User name or password were not accepted."""

    retryable = False


class AccessRefused(BrokerError):
    """Logged in, but not allowed. ``missing`` names the tag or permission that would allow it."""

    retryable = False

    def __init__(self, what: str, why: str = "", remedy: str = "", missing: str = "") -> None:
        super().__init__(what, why, remedy)
        self.missing = missing


class NotFound(BrokerError):
    """The named thing does not exist."""

    retryable = False


class Conflict(BrokerError):
    """It exists with other arguments, or another connection holds it exclusively."""

    retryable = False


class BadAnswer(BrokerError):
    """The answer cannot be understood."""


class NotReady(BrokerError):
    """The service is there and says that it cannot serve now."""


class MissingProgram(BrokerError):
    """A program that is needed is not installed on this machine."""

    retryable = False
