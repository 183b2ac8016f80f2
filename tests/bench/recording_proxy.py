"""A TCP proxy on loopback that keeps what passes, so that two clients can be compared byte for byte."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import threading
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

PIECE_BYTES = 65536


@dataclass
class Conversation:
    """One connection: everything sent to the server and everything that came back."""

    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)


class Mark(NamedTuple):
    """How far each conversation had come at one moment."""

    lengths: tuple[tuple[int, int], ...]


class HttpExchange(NamedTuple):
    """One request and its answer. ``wire_bytes``: both with their headers; ``plain_bytes``: the answer unpacked."""

    request: str
    status: int
    wire_bytes: int
    plain_bytes: int


class RecordingProxy:
    """Forwards ``port`` to ``target_port`` until it is closed; several connections at a time."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._conversations: list[Conversation] = []
        self._sockets: list[socket.socket] = []
        self._closed = False
        threading.Thread(target=self._accept, name="recording proxy", daemon=True).start()

    def __enter__(self) -> RecordingProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def mark(self) -> Mark:
        return Mark(tuple((len(talk.sent), len(talk.received)) for talk in self._conversations))

    def bytes_since(self, mark: Mark) -> int:
        """Bytes of both directions since ``mark``, TCP/IP headers not counted."""
        return sum(len(sent) + len(received) for sent, received in self._since(mark))

    def exchanges_since(self, mark: Mark) -> tuple[HttpExchange, ...]:
        """The HTTP exchanges that were completed since ``mark`` (taken between two exchanges)."""
        return tuple(exchange for sent, received in self._since(mark) for exchange in _read_http(sent, received))

    def close(self) -> None:
        self._closed = True
        for end in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _since(self, mark: Mark) -> Iterator[tuple[bytes, bytes]]:
        for index, talk in enumerate(self._conversations):
            sent, received = mark.lengths[index] if index < len(mark.lengths) else (0, 0)
            yield bytes(talk.sent[sent:]), bytes(talk.received[received:])

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target_port))
            except OSError:
                continue
            talk = Conversation()
            self._conversations.append(talk)
            self._sockets += [client, server]
            for source, sink, kept in ((client, server, talk.sent), (server, client, talk.received)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_pump, args=(source, sink, kept), name="recording pump", daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(PIECE_BYTES):
            kept += piece
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


class _Replayed(io.BytesIO):
    """Received bytes in the shape ``http.client`` reads an answer from."""

    def makefile(self, *_: object) -> io.BytesIO:
        return self

    def close(self) -> None:
        """Stay open: the next answer follows in the same bytes."""


def _read_http(sent: bytes, received: bytes) -> Iterator[HttpExchange]:
    answers = _Replayed(received)
    for head, request_bytes in _requests(sent):
        if answers.tell() == len(received):
            return
        began = answers.tell()
        answer = http.client.HTTPResponse(answers, method=head.split(" ")[0])  # type: ignore[arg-type]
        answer.begin()
        body = answer.read()
        if answer.headers.get("content-encoding") == "gzip":
            body = zlib.decompress(body, wbits=31)
        yield HttpExchange(head, answer.status, request_bytes + answers.tell() - began, len(body))


def _requests(sent: bytes) -> Iterator[tuple[str, int]]:
    """Method and path of each request in ``sent`` (without a body), and its size."""
    for head in sent.split(b"\r\n\r\n")[:-1]:
        yield " ".join(head.decode("latin-1").split(" ")[:2]), len(head) + 4


def tally(exchanges: Sequence[HttpExchange]) -> list[str]:
    """One line for each kind of request: how often, bytes on the wire, bytes unpacked."""
    counts: Counter[str] = Counter(exchange.request for exchange in exchanges)
    lines = []
    for request, count in counts.most_common():
        same = [exchange for exchange in exchanges if exchange.request == request]
        wire, plain = sum(e.wire_bytes for e in same), sum(e.plain_bytes for e in same)
        lines.append(f"{count} x `{request}`: {wire / 1000:.0f} kB on the wire, {plain / 1000:.0f} kB unpacked")
    return lines
