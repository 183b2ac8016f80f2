"""The first metre to any service: addresses out of URLs, dialling with a deadline, TLS, and words for what fails."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from broker_client.errors import BadInput, BrokerError, ConnectionLost, NoAnswer, Unreachable, WrongService
from broker_client.profile import Profile

DEFAULT_PORTS = {"amqp": 5672, "amqps": 5671, "http": 80, "https": 443, "redis": 6379, "rediss": 6379}
TLS_SCHEMES = frozenset({"amqps", "https", "rediss"})


class Address(NamedTuple):
    """Where a URL points. ``path`` is still percent-encoded and starts with ``/`` or is empty."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def tls(self) -> bool:
        return self.scheme in TLS_SCHEMES

    @property
    def label(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def address_of(url: str) -> Address:
    """Split ``url``; raises :class:`BadInput` when it has no host or an impossible port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise BadInput("the address cannot be read", f"{url}: {problem}") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise BadInput("the address cannot be read", f"{url or 'it is empty'}", "write it like amqp://host:5672/%2F")
    return Address(parts.scheme, unquote(parts.hostname), port or DEFAULT_PORTS[parts.scheme], parts.path)


def tls_context(profile: Profile) -> ssl.SSLContext:
    """A verifying context unless the profile says otherwise; raises :class:`BadInput` for an unreadable CA file."""
    try:
        context = ssl.create_default_context(cafile=profile.ca_file or None)
    except (OSError, ssl.SSLError) as problem:
        raise BadInput("the CA file cannot be used", f"{profile.ca_file}: {problem}", "choose a PEM file") from None
    if not profile.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def resolve(address: Address, what: str) -> list[tuple[socket.AddressFamily, Any]]:
    """The socket addresses behind a host name; raises :class:`Unreachable`. Bounded by the system's resolver."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise dial_error(problem, what) from None
    return [(family, target) for family, _, _, _, target in found]


def dial(address: Address, deadline: float, what: str) -> socket.socket:
    """A connected TCP socket; tries every address of the host until ``deadline`` (monotonic). Raises BrokerError."""
    problem: OSError = OSError("the name has no address")
    for family, target in resolve(address, what):
        left = deadline - time.monotonic()
        if left <= 0:
            raise NoAnswer(f"no answer from {what}", "the connection was not accepted in time")
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(left)
            connection.connect(target)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as refused:
            connection.close()
            problem = refused
        else:
            return connection
    raise dial_error(problem, what)


def wrap_tls(
    connection: socket.socket, context: ssl.SSLContext, address: Address, deadline: float, what: str
) -> ssl.SSLSocket:
    """TLS over a connected socket; the plain socket is closed on failure."""
    try:
        connection.settimeout(max(0.01, deadline - time.monotonic()))
        return context.wrap_socket(connection, server_hostname=address.host)
    except (OSError, ValueError) as problem:
        connection.close()
        raise dial_error(problem, what) from None


def dial_error(problem: Exception, what: str) -> BrokerError:
    """The BrokerError for an error of the socket layer; ``what`` names the service and its address."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return WrongService(
            f"the certificate of {what} is not trusted",
            problem.verify_message or str(problem),
            "name the CA file in the profile, or use the host name that is in the certificate",
        )
    if isinstance(problem, ssl.SSLError):
        return _tls_error(problem, what)
    if isinstance(problem, (socket.gaierror, UnicodeError)):
        return Unreachable(f"the host name of {what} is not known", _words(problem), "check the spelling and the DNS")
    if isinstance(problem, TimeoutError):
        return NoAnswer(f"no answer from {what}", "the deadline passed", "check the address, the network and firewalls")
    if isinstance(problem, ConnectionRefusedError):
        return Unreachable(
            f"cannot connect to {what}", "nothing listens there", "is the service running? is the port right?"
        )
    if isinstance(problem, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError, EOFError)):
        return ConnectionLost(f"the connection to {what} was closed", _words(problem))
    return Unreachable(f"cannot connect to {what}", _words(problem))


def _tls_error(problem: ssl.SSLError, what: str) -> BrokerError:
    reason = problem.reason or str(problem)
    if isinstance(problem, ssl.SSLEOFError) or reason in {"WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING"}:
        remedy = "use the address without TLS (amqp://, http://, redis://), or the port that speaks TLS"
        return WrongService(f"{what} does not speak TLS", reason.replace("_", " ").lower(), remedy)
    return WrongService(f"TLS with {what} failed", reason.replace("_", " ").lower())


def _words(problem: BaseException) -> str:
    strerror = getattr(problem, "strerror", None)
    return strerror if isinstance(strerror, str) and strerror else str(problem) or type(problem).__name__
