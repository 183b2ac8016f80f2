"""A TCP proxy on loopback that behaves like a bad network: it delays, throttles, swallows and cuts."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from broker_client.lab.free_ports import LOOPBACK

_CHUNK_BYTES = 16 * 1024
_TURN_S = 0.05


class Wire:
    """Forwards connections to a loopback port. Every change takes effect at once, on open connections too.

    Threads: one that accepts, two for each open connection. All end with :meth:`close`.
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._flowing = threading.Event()
        self._closed = threading.Event()
        self._delay_s = 0.0
        self._bytes_per_s: float | None = None
        self._refusing = False
        self._flowing.set()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=64)
        self._listener.settimeout(_TURN_S)
        self.port: int = self._listener.getsockname()[1]
        self._run(self._accept)

    def delay(self, seconds: float) -> None:
        """Hold each piece of data this long, in both directions."""
        self._delay_s = seconds

    def throttle(self, bytes_per_s: float | None) -> None:
        """Let at most this much through per second, connection and direction; ``None``: no limit."""
        self._bytes_per_s = bytes_per_s

    def cut(self) -> None:
        """Reset every open connection and refuse new ones until :meth:`mend`."""
        self._refusing = True
        self._drop_all()

    def blackhole(self) -> None:
        """Keep connections open, take new ones, and let nothing through until :meth:`mend`."""
        self._flowing.clear()

    def mend(self) -> None:
        """A good network again: held data flows, new connections are taken, no delay, no limit."""
        self._delay_s, self._bytes_per_s, self._refusing = 0.0, None, False
        self._flowing.set()

    def close(self) -> None:
        """End every connection and thread. A second call does nothing."""
        self._closed.set()
        self._flowing.set()
        self._drop_all()
        for thread in tuple(self._threads):
            if thread is not threading.current_thread():
                thread.join(5.0)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, target: Callable[..., None], *args: socket.socket) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True, name=f"wire-{self.port}")
        with self._lock:
            self._threads = [old for old in self._threads if old.is_alive()]
            self._threads.append(thread)
            thread.start()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                near, _address = self._listener.accept()
            except TimeoutError:
                continue
            self._join(near)

    def _join(self, near: socket.socket) -> None:
        """Connect a new caller to the target, or reset it when that is not possible."""
        if self._is_cut():
            _reset(near)
            return
        try:
            far = socket.create_connection((LOOPBACK, self._target_port), timeout=5.0)
        except OSError:
            _reset(near)
            return
        for end in (near, far):
            end.settimeout(_TURN_S)
        with self._lock:
            self._open |= {near, far}
        if self._is_cut():  # meanwhile
            self._drop(near)
            self._drop(far)
            return
        self._run(self._pump, near, far)
        self._run(self._pump, far, near)

    def _is_cut(self) -> bool:
        return self._refusing or self._closed.is_set()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        """Carry data one way until it ends, and pass the end on; a broken end breaks the other."""
        try:
            while not self._closed.is_set():
                data = self._receive(source)
                if data == b"":
                    sink.shutdown(socket.SHUT_WR)
                    return
                if data is not None:
                    self._carry(data, sink)
        except OSError:
            self._drop(source)
            self._drop(sink)

    def _receive(self, source: socket.socket) -> bytes | None:
        """The next piece, ``b""`` at the end, ``None`` when there is nothing yet."""
        limit = self._bytes_per_s
        try:
            return source.recv(_CHUNK_BYTES if limit is None else max(1, int(limit * _TURN_S)))
        except TimeoutError:
            return None

    def _carry(self, data: bytes, sink: socket.socket) -> None:
        if self._delay_s:
            self._closed.wait(self._delay_s)
        self._flowing.wait()
        limit = self._bytes_per_s
        if limit is not None:
            self._closed.wait(len(data) / limit)
        _send_all(sink, data, self._closed)

    def _drop_all(self) -> None:
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            _reset(end)

    def _drop(self, end: socket.socket) -> None:
        with self._lock:
            self._open.discard(end)
        _reset(end)


def _send_all(sink: socket.socket, data: bytes, closed: threading.Event) -> None:
    """Send with patience: a receiver that does not read holds us up, but not against being closed."""
    rest = memoryview(data)
    while rest and not closed.is_set():
        try:
            rest = rest[sink.send(rest) :]
        except TimeoutError:
            continue


def _reset(end: socket.socket) -> None:
    """Close so that the other side sees a reset, as when a cable or a process dies."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
