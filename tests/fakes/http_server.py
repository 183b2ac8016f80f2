"""A tiny HTTP server on loopback that answers as scripted, rightly or wrongly: the wire is where fakes go in."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

Speech = Callable[[socket.socket, threading.Event], None]
"""Writes one answer; the event is set when the server stops, for answers that take their time."""


def answer(status: str, body: bytes, headers: Mapping[str, str] | None = None, length: int | None = None) -> Speech:
    """A whole answer. ``length`` lies about the size of the body."""

    def speak(connection: socket.socket, _: threading.Event) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        connection.sendall("\r\n".join((*lines, "", "")).encode() + body)

    return speak


def json_answer(text: str, status: str = "200 OK") -> Speech:
    return answer(status, text.encode("utf-8", "surrogatepass"), {"Content-Type": "application/json"})


def packed(text: str) -> Speech:
    return answer("200 OK", gzip.compress(text.encode()), {"Content-Encoding": "gzip"})


def half(text: str) -> Speech:
    """Half of the body, then the connection ends."""

    def speak(connection: socket.socket, stopped: threading.Event) -> None:
        answer("200 OK", text.encode()[: len(text) // 2], length=len(text))(connection, stopped)
        connection.shutdown(socket.SHUT_RDWR)

    return speak


def drip(head: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n") -> Speech:
    """The head at once, then a byte now and then for as long as somebody listens."""

    def speak(connection: socket.socket, stopped: threading.Event) -> None:
        connection.sendall(head)
        with suppress(OSError):
            while not stopped.wait(0.05):
                connection.sendall(b" ")

    return speak


def raw(answer_bytes: bytes) -> Speech:
    """Any bytes, then the connection ends."""

    def speak(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(answer_bytes)
        connection.shutdown(socket.SHUT_WR)

    return speak


def silence(_connection: socket.socket, stopped: threading.Event) -> None:
    stopped.wait(30)


class HttpServer:
    """``script`` maps the beginning of a path to its answer; the longest match counts. ``requests`` holds the heads."""

    def __init__(self, script: Mapping[str, Speech]) -> None:
        self._script = script
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.requests: list[str] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)

    def stop(self) -> None:
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._stopped.is_set():
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while head := _head(connection):
                self.requests.append(head)
                path = head.split(" ")[1] if " " in head else ""
                matches = [start for start in self._script if path.startswith(start)]
                speech = self._script[max(matches, key=len)] if matches else json_answer("{}", "404 Not Found")
                speech(connection, self._stopped)


def _head(connection: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(4096)
        if not chunk:
            return ""
        received += chunk
    return received.decode("latin-1")


@contextmanager
def http_server(script: Mapping[str, Speech]) -> Iterator[HttpServer]:
    server = HttpServer(script)
    try:
        yield server
    finally:
        server.stop()
