"""One HTTP/1.1 connection with a deadline over everything: dialling, headers and body.

The usual clients restart their timeout with every byte, follow redirects, read ``.netrc`` and proxies, and keep a whole
answer before they ask how long it is. Here an answer is streamed, unpacked and counted; one that is late or too large
ends with a BrokerError and the connection is thrown away. Knows nothing of RabbitMQ.
"""

from __future__ import annotations

import base64
import http.client
import io
import socket
import time
import zlib
from contextlib import suppress
from typing import NamedTuple, cast
from urllib.parse import quote

from broker_client import __version__
from broker_client.errors import BadAnswer, BadInput, BrokerError, ConnectionLost, WrongService
from broker_client.profile import Profile
from broker_client.rabbit.tcp_door import address_of, dial, dial_error, tls_context, wrap_tls

_CHUNK = 1 << 16


class Answer(NamedTuple):
    """What came back, already unpacked. ``location`` is the target of a redirect (never followed)."""

    status: int
    content_type: str
    body: bytes
    location: str = ""


class HttpDoor:
    """Keeps one connection open between requests. One thread uses one door."""

    def __init__(
        self, url: str, username: str, password: str, profile: Profile, *, connect_s: float, max_bytes: int
    ) -> None:
        self._address = address_of(url)
        if self._address.scheme not in {"http", "https"}:
            raise BadInput("the management address must start with http:// or https://", url)
        self._prefix = quote(self._address.path.rstrip("/"), safe="/%")
        self._context = tls_context(profile) if self._address.tls else None
        self._connect_s = connect_s
        self._max_bytes = max_bytes
        token = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._headers = (
            f"Host: {_ascii(self._address.label)}\r\nAuthorization: Basic {token}\r\nAccept: application/json\r\n"
            f"Accept-Encoding: gzip\r\nUser-Agent: warren/{__version__}\r\n\r\n"
        )
        self._socket: socket.socket | None = None
        self._aborted = False
        self.what = f"the management API at {self._address.label}"

    def get(self, path: str, deadline: float) -> Answer:
        """GET ``path`` (percent-encoded, with its query) by ``deadline`` (monotonic). Raises BrokerError."""
        request = f"GET {self._prefix}{path} HTTP/1.1\r\n{self._headers}".encode("ascii")
        kept_open = self._socket is not None
        try:
            return self._exchange(request, deadline)
        except ConnectionLost as lost:
            # A server may close a connection that rests; a read is safe to send again, once.
            if not kept_open or self._aborted:
                raise ConnectionLost(
                    lost.what, lost.why, "is this the port of the management plugin (15672)?"
                ) from None
            return self._exchange(request, deadline)

    def send(self, method: str, path: str, body: bytes, deadline: float) -> Answer:
        """Send a request with a JSON body over a fresh connection, never twice. Raises BrokerError; after
        :class:`NoAnswer` or :class:`ConnectionLost` it may have been carried out."""
        self.close()
        head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return self._exchange(
            f"{method} {self._prefix}{path} HTTP/1.1\r\n{head}{self._headers}".encode() + body, deadline
        )

    def abort(self) -> None:
        """End a call that waits, from any thread: it raises ConnectionLost. The door is of no use afterwards."""
        self._aborted = True
        connection = self._socket
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, request: bytes, deadline: float) -> Answer:
        try:
            connection = self._connected(deadline)
            connection.settimeout(_left(deadline))
            connection.sendall(request)
            response = http.client.HTTPResponse(cast(socket.socket, _Timed(connection, deadline)), method="GET")
            response.begin()
            answer = Answer(
                response.status,
                response.headers.get("content-type") or "",
                self._body(response),
                response.headers.get("location") or "",
            )
        except BrokerError:
            self.close()
            raise
        except (http.client.HTTPException, OSError, zlib.error, ValueError) as problem:
            self.close()
            raise self._explained(problem) from None
        if response.will_close:
            self.close()
        return answer

    def _connected(self, deadline: float) -> socket.socket:
        if self._socket is None:
            dial_by = min(deadline, time.monotonic() + self._connect_s)
            connection = dial(self._address, dial_by, self.what)
            if self._context is not None:
                connection = wrap_tls(connection, self._context, self._address, dial_by, self.what)
            self._socket = connection
        return self._socket

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        """The whole body, unpacked, at most ``max_bytes``: a larger one is refused before it fills the memory."""
        packed = "gzip" in (response.headers.get("content-encoding") or "")
        unpacker = zlib.decompressobj(31) if packed else None
        parts: list[bytes] = []
        room = self._max_bytes
        while chunk := response.read1(_CHUNK):
            if unpacker is not None:
                chunk = unpacker.decompress(chunk, room + 1)
            room -= len(chunk)
            if room < 0:
                raise BadAnswer(f"the answer of {self.what} is too large", f"more than {self._max_bytes >> 20} MB")
            parts.append(chunk)
        if (response.length or 0) > 0 or (unpacker is not None and parts and not unpacker.eof):
            raise BadAnswer(f"the answer of {self.what} ends in the middle", "the connection was closed too early")
        return b"".join(parts)

    def _explained(self, problem: Exception) -> BrokerError:
        if isinstance(problem, http.client.RemoteDisconnected):
            return ConnectionLost(f"the connection to {self.what} was closed", "no answer was sent")
        if isinstance(problem, http.client.IncompleteRead):
            return BadAnswer(f"the answer of {self.what} ends in the middle", "the connection was closed too early")
        if isinstance(problem, http.client.BadStatusLine):
            return self._wrong_service(str(problem))
        if isinstance(problem, OSError):
            return dial_error(problem, self.what)
        return BadAnswer(f"the answer of {self.what} cannot be read", str(problem) or type(problem).__name__)

    def _wrong_service(self, line: str) -> WrongService:
        if line.startswith(("AMQP", "'AMQP")):
            return WrongService(
                f"{self._address.label} is not the management API",
                "it answers like the AMQP port",
                "use the HTTP port (15672)",
            )
        if "\x15\x03" in line or "\\x15\\x03" in line:
            return WrongService(f"{self._address.label} speaks TLS", "a plain request was refused", "use https://")
        return WrongService(
            f"{self._address.label} does not speak HTTP", "", "use the HTTP port (15672) of the management plugin"
        )


class _Timed:
    """A socket as ``HTTPResponse`` wants it, whose reads all end by one deadline."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReads(self._connection, self._deadline), _CHUNK)


class _TimedReads(io.RawIOBase):
    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._connection.settimeout(_left(self._deadline))
        return self._connection.recv_into(buffer)


def _ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise BadInput("the host name cannot be used", host) from None


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
