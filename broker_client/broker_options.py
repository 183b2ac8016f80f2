"""What the commands that work on one broker share: where it is, when to stop, and how a refusal is said."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from broker_client.errors import BadInput, BrokerError


def add_broker_arguments(parser: argparse.ArgumentParser) -> None:
    """The broker's addresses and the form of the output. Passwords come by ``WARREN_AMQP_PASSWORD``."""
    parser.add_argument("--amqp", metavar="URL", default="", help="amqp://user@host:5672/vhost")
    parser.add_argument("--management", metavar="URL", default="", help="http://host:15672 (derived from --amqp)")
    parser.add_argument("--redis", metavar="URL", default="", help=argparse.SUPPRESS)
    parser.add_argument("--profile", metavar="NAME", default="", help="a saved profile")
    parser.add_argument("--json", action="store_true", help="print JSON")


@contextmanager
def stop_at_signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, so that what runs can end in order."""
    stop = threading.Event()
    previous = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def say_problem(problem: BrokerError, *, as_json: bool) -> int:
    """Tell a refusal on standard error (as JSON on standard output); the exit code: 2 for what was asked wrongly."""
    code = 2 if isinstance(problem, BadInput) else 1
    if as_json:
        say_json({"error": {"what": problem.what, "why": problem.why, "remedy": problem.remedy}})
    else:
        words = f"{problem}. {problem.remedy}" if problem.remedy else str(problem)
        sys.stderr.write(printable_line(words) + "\n")
    return code


def say_json(value: object) -> None:
    """One line of JSON on standard output, at once."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def printable_line(text: str) -> str:
    """``text`` without control and direction characters, so that a name from a broker cannot steer the terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
