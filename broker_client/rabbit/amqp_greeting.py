"""Who answers at an address that should be AMQP: the first bytes tell. Used where pika would only say "timeout"."""

from __future__ import annotations

import socket
import time

from broker_client.errors import BrokerError, NoAnswer, WrongService
from broker_client.rabbit.tcp_door import Address, dial, dial_error

_GREETING = b"AMQP\x00\x00\x09\x01"
_END_OF_LINE = b"\r\n\r\n"
_SILENCE_S = 0.8
_PORT_REMEDY = "is this the AMQP port (5672)?"


def greet_at(address: Address, deadline: float, what: str) -> None:
    """Dial, greet without TLS, hang up; raises the BrokerError that says what is wrong there."""
    with dial(address, deadline, what) as connection:
        greet(connection, deadline, what)


def greet(connection: socket.socket, deadline: float, what: str) -> None:
    """Greet over an open connection; returns when an AMQP 0-9-1 broker answers.

    A web server and Redis wait for the end of a line, so silence is met with one.
    """
    try:
        connection.sendall(_GREETING)
        answer = _first_bytes(connection, min(deadline, time.monotonic() + _SILENCE_S))
        if answer is None:
            connection.sendall(_END_OF_LINE)
            answer = _first_bytes(connection, min(deadline, time.monotonic() + _SILENCE_S))
    except OSError as failure:
        raise dial_error(failure, what) from None
    if answer is None:
        raise NoAnswer(f"no answer from {what}", "it accepts the connection and stays silent", _PORT_REMEDY)
    problem = _judged(answer, what)
    if problem is not None:
        raise problem


def _first_bytes(connection: socket.socket, deadline: float) -> bytes | None:
    """Up to 64 bytes; empty when the connection was closed, ``None`` when nothing came in time."""
    left = deadline - time.monotonic()
    if left <= 0:
        return None
    connection.settimeout(left)
    try:
        return connection.recv(64)
    except TimeoutError:
        return None


def _judged(answer: bytes, what: str) -> BrokerError | None:
    if answer.startswith(b"\x01\x00\x00"):
        return None
    if answer.startswith(b"HTTP/"):
        return WrongService(f"{what} is a web server", "HTTP answers there", "the AMQP port is 5672, not 15672")
    if answer.startswith((b"\x15\x03", b"\x16\x03")):
        return WrongService(f"{what} speaks TLS", "the plain greeting was refused", "use amqps://")
    if answer.startswith((b"-", b"+")):
        return WrongService(f"{what} is a Redis", "Redis answers there", "the AMQP port is 5672")
    if answer.startswith(b"AMQP"):
        return WrongService(
            f"{what} speaks another AMQP", f"it offers version {answer[4:8].hex('.')}", "0-9-1 is needed"
        )
    if not answer:
        return WrongService(f"{what} does not speak AMQP", "it hangs up at the greeting", _PORT_REMEDY)
    return WrongService(f"{what} does not speak AMQP", f"it answers {answer[:16]!r}", _PORT_REMEDY)
