"""The command ``sandbox``: start one, say in one line of JSON where it is, run until told to end."""

from __future__ import annotations

import argparse
import json
import os
import selectors
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from broker_client.errors import BrokerError
from broker_client.lab.sandbox import Sandbox


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print nothing but the one line of JSON")
    parser.add_argument("--demo", action="store_true", help="add the demo shop's traffic")
    parser.add_argument("--rate", type=float, default=1.0, help="how much demo traffic, 1.0 by default")
    parser.add_argument("--state-dir", type=Path, default=None, help="where its folder is made")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 at SIGINT, SIGTERM or the end of standard input; 1 when it could not start."""
    try:
        with _wake_up_at_signals() as woken:
            report = (lambda _words: None) if args.json else _say
            with Sandbox.start(args.demo, args.state_dir, args.rate, report) as sandbox:
                print(json.dumps(sandbox.facts()), flush=True)
                _wait_for_end(woken)
    except _Interrupted:
        return 0
    except BrokerError as problem:
        print(f"{problem}. {problem.remedy}".strip(), file=sys.stderr)
        return 1
    return 0


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


class _Interrupted(BaseException):
    """A signal came; not an Exception, so that nothing on the way takes it for a failure."""


@contextmanager
def _wake_up_at_signals() -> Iterator[int]:
    """Signals end the start-up at once, and afterwards make the yielded file descriptor readable."""
    reader, writer = os.pipe()

    def interrupt(_number: int, _frame: object) -> None:
        os.write(writer, b"!")
        raise _Interrupted

    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield reader
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)


def _wait_for_end(woken: int) -> None:
    """Return when standard input ends; a signal raises out of here."""
    with selectors.DefaultSelector() as selector:
        selector.register(woken, selectors.EVENT_READ)
        if sys.stdin is not None:
            with suppress(OSError, ValueError):  # a plain file or /dev/null: no end of it to wait for
                selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        while True:
            for key, _events in selector.select():
                if key.fd == woken or not os.read(key.fd, 4096):
                    return
