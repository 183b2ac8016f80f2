"""The proxy that plays a bad network."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from broker_client.lab.free_ports import LOOPBACK
from broker_client.lab.wire import Wire
from tests.waiting import until


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that sends back what it gets."""
    listener = socket.create_server((LOOPBACK, 0))
    threads: list[threading.Thread] = []

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=answer, args=(connection,)))
            threads[-1].start()

    server = threading.Thread(target=serve)
    server.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in (server, *threads):
        thread.join(5.0)


@pytest.fixture
def wire(echo_port: int) -> Iterator[Wire]:
    with Wire(echo_port) as wire:
        yield wire


@pytest.fixture
def caller(wire: Wire) -> Iterator[socket.socket]:
    with socket.create_connection((LOOPBACK, wire.port), timeout=30.0) as connection:
        yield connection


def say(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    heard = b""
    while len(heard) < len(data):
        piece = connection.recv(65536)
        if not piece:
            break
        heard += piece
    return heard


def test_data_passes_unchanged_in_both_directions(caller: socket.socket) -> None:
    data = bytes(range(256)) * 2000
    thread = threading.Thread(target=caller.sendall, args=(data,))
    thread.start()
    heard = b""
    while len(heard) < len(data):
        heard += caller.recv(65536)
    thread.join(5.0)
    assert heard == data


def test_a_delay_holds_each_piece(wire: Wire, caller: socket.socket) -> None:
    wire.delay(0.15)
    began = time.monotonic()
    assert say(caller, b"hello") == b"hello"
    assert time.monotonic() - began >= 0.3, "once on the way there and once on the way back"


def test_a_throttle_limits_what_passes_in_a_second(wire: Wire, caller: socket.socket) -> None:
    wire.throttle(20_000)
    began = time.monotonic()
    assert len(say(caller, b"x" * 6_000)) == 6_000
    assert time.monotonic() - began >= 0.25


def test_a_cut_resets_open_connections_and_refuses_new_ones_until_it_is_mended(
    wire: Wire, caller: socket.socket
) -> None:
    assert say(caller, b"a") == b"a"
    wire.cut()
    with pytest.raises(OSError):
        until(lambda: say(caller, b"b") != b"b" and _gone(caller))
    assert _refused(wire.port)
    wire.mend()
    with socket.create_connection((LOOPBACK, wire.port), timeout=30.0) as fresh:
        assert say(fresh, b"again") == b"again"


def _gone(connection: socket.socket) -> bool:
    raise ConnectionResetError(connection.fileno())


def _refused(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=30.0) as connection:
            return connection.recv(1) == b""
    except OSError:
        return True


def test_a_black_hole_answers_nothing_and_lets_held_data_through_when_mended(wire: Wire, caller: socket.socket) -> None:
    wire.blackhole()
    caller.settimeout(0.2)
    caller.sendall(b"anyone?")
    with pytest.raises(TimeoutError):
        caller.recv(10)
    wire.mend()
    caller.settimeout(30.0)
    assert caller.recv(10) == b"anyone?"


def test_the_end_of_one_side_reaches_the_other(wire: Wire, caller: socket.socket) -> None:
    assert say(caller, b"last words") == b"last words"
    caller.shutdown(socket.SHUT_WR)
    assert caller.recv(10) == b""


def test_closing_leaves_no_thread_behind(echo_port: int) -> None:
    wire = Wire(echo_port)
    with socket.create_connection((LOOPBACK, wire.port), timeout=30.0) as connection:
        assert say(connection, b"x") == b"x"
        wire.close()
    assert not [thread for thread in threading.enumerate() if thread.name == f"wire-{wire.port}"]
