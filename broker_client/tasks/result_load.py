"""All stored results, decoded: read here when they are few, by a process of their own when they are many."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator

import msgspec

from broker_client.errors import BadAnswer, ConnectionLost
from broker_client.profile import Profile, Secrets
from broker_client.tasks.door import LENGTH, FrameReader
from broker_client.tasks.result_columns import ResultPage
from broker_client.tasks.result_scan import ResultScan
from broker_client.tasks.source_path import source_path

WORTH_A_PROCESS = 20_000
"""Keys, from which on a process of its own pays for its start."""
_MODULE = "broker_client.tasks.load_process"
_PIPE_BYTES = 1 << 20
_END_S = 5.0
_WHAT = "the loader of stored results"


class LoadOrder(msgspec.Struct, frozen=True):
    """What the process is told first."""

    profile: Profile
    secrets: Secrets


orders = msgspec.msgpack.Decoder(LoadOrder)
_pages = msgspec.msgpack.Decoder(ResultPage)
_encoder = msgspec.msgpack.Encoder()


def loaded_pages(profile: Profile, secrets: Secrets, worth_a_process: int = WORTH_A_PROCESS) -> Iterator[ResultPage]:
    """Every stored result once, in no order. Raises BrokerError."""
    scan = ResultScan(profile, secrets)
    try:
        if scan.keys() < worth_a_process:
            yield from scan.pages()
            return
    finally:
        scan.close()
    yield from _pages_of_process(LoadOrder(profile, secrets))


def page_frame(page: ResultPage) -> bytes:
    body = _encoder.encode(page)
    return LENGTH.pack(len(body)) + body


def _pages_of_process(order: LoadOrder) -> Iterator[ResultPage]:
    process = subprocess.Popen(
        [sys.executable, "-m", _MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={**os.environ, "PYTHONPATH": source_path()},
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(_encoder.encode(order))
        process.stdin.close()
        yield from _pages_from(process.stdout.fileno())
    except OSError as problem:
        raise ConnectionLost(f"{_WHAT} has stopped", str(problem)) from None
    finally:
        process.stdout.close()
        _end(process)


def _pages_from(pipe: int) -> Iterator[ResultPage]:
    """Pages up to the last one, which is empty. Raises BrokerError when the pipe ends before."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    frames = FrameReader()
    while data := os.read(pipe, _PIPE_BYTES):
        try:
            for body in frames.feed(data):
                page = _pages.decode(body)
                if not page.count:
                    return
                yield page
        except (ValueError, msgspec.MsgspecError) as problem:
            raise BadAnswer(f"{_WHAT} gave an answer that cannot be read", str(problem)) from None
    raise ConnectionLost(f"{_WHAT} has stopped", "it could not read them to the end")


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
