"""The command ``route``: where messages would go, and why, on a definitions file or on a live broker.

Exit codes: 0 every message was followed, 1 the broker did not answer or a line of the messages could not be read (the
other lines are answered all the same), 2 bad usage. Nothing is published.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from broker_client.errors import AccessRefused, BadInput, BrokerError
from broker_client.rabbit.afterlife import Departure, afterlife
from broker_client.rabbit.amqp import MAX_NAME_BYTES, vhost_of
from broker_client.rabbit.definitions import read_definitions
from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, Policy, QueueKey
from broker_client.rabbit.header_text import from_json
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.route_trace import RouteTrace, Step
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import Topology
from broker_client.status_command import add_arguments as add_broker_arguments
from broker_client.status_command import chosen_profile

_MARKS = {True: "yes", False: "no", None: "?"}


class Given(NamedTuple):
    """One message that is asked about."""

    exchange: str
    routing_key: str
    headers: dict[str, Any]


class Ground(NamedTuple):
    """What messages are routed on."""

    router: Router
    vhost: str


class MessageLine(msgspec.Struct):
    """One line of ``--messages``."""

    exchange: str | None = None
    routing_key: str = ""
    headers: dict[str, Any] | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--definitions", metavar="FILE", help="RabbitMQ's definitions export, of a broker or a vhost")
    source.add_argument("--live", action="store_true", help="ask the broker of the address options")
    parser.add_argument("--vhost", metavar="V", help="default: that of --amqp or of the file, else /")
    parser.add_argument("--exchange", metavar="E", help="where it is published; '' is the default exchange")
    parser.add_argument("--key", metavar="K", default="", help="the routing key")
    words = (
        "a header, as often as needed. The value is read as JSON where it is JSON (5, 1.5, true, null, [..], "
        '{"$time": 1700000000}) and as text where it is not; text that looks like JSON goes in quotes: k=\'"5"\''
    )
    parser.add_argument("--header", metavar="K=V", action="append", default=[], help=words)
    parser.add_argument("--messages", metavar="FILE", help="JSON lines: exchange, routing_key, headers (- = stdin)")
    parser.add_argument("--afterlife", action="store_true", help="also say what happens if nobody acknowledges it")
    add_broker_arguments(parser)


def run(args: argparse.Namespace) -> int:
    try:
        if args.exchange is None and args.messages is None:
            raise BadInput("no exchange is given", "", "add --exchange E, or --messages FILE")
        alone = None if args.messages is not None else _given_by(args)
        ground = _from_file(args) if args.definitions is not None else _from_broker(args)
        if alone is not None:
            _say(args, _asked(ground, alone, args.afterlife), pretty=True)
            return 0
        return _follow_lines(args, ground)
    except BadInput as problem:
        return _complain(problem, 2)
    except BrokerError as problem:
        return _complain(problem, 1)


# ---- the ground -----------------------------------------------------------------------------------------------------


def _from_file(args: argparse.Namespace) -> Ground:
    found = read_definitions(_read(args.definitions), args.vhost or "/")
    vhost = args.vhost or ("/" if "/" in found.vhosts or len(found.vhosts) != 1 else found.vhosts[0])
    if vhost not in found.vhosts:
        raise BadInput(f"there is no vhost {vhost!r} in the file", f"there are: {', '.join(found.vhosts)}")
    return Ground(Router(found.topology, found.version), vhost)


def _from_broker(args: argparse.Namespace) -> Ground:
    profile, secrets = chosen_profile(args, os.environ)
    vhost = args.vhost or (vhost_of(profile) if profile.amqp_url else "/")
    client = ManagementClient(profile, secrets)
    try:
        version = client.overview()[0].rabbitmq_version
        queues = client.queues(vhost, detail=args.afterlife)
        exchanges, bindings = client.exchanges(vhost), client.bindings(vhost)
        exchanges = _with_policies(exchanges, _policies(client, vhost))
    finally:
        client.close()
    return Ground(Router(Topology(queues, exchanges, bindings), version), vhost)


def _policies(client: ManagementClient, vhost: str) -> tuple[Policy, ...]:
    try:
        return client.policies(vhost)
    except AccessRefused as refused:
        print(f"policies cannot be read, nor the alternate exchanges they set: {refused}", file=sys.stderr)
        return ()


def _with_policies(exchanges: Iterable[Exchange], policies: Iterable[Policy]) -> tuple[Exchange, ...]:
    known = {policy.name: policy.definition for policy in policies}
    return tuple(
        msgspec.structs.replace(exchange, effective_policy=known.get(exchange.policy or "", {}))
        for exchange in exchanges
    )


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as problem:
        raise BadInput(f"{path} cannot be read", problem.strerror or str(problem)) from None


# ---- the messages ---------------------------------------------------------------------------------------------------


def header_of(text: str) -> tuple[str, Any]:
    """``k=v`` to a name and a typed value; raises :class:`BadInput`."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadInput(f"the header {text!r} cannot be used", "it must be written name=value")
    try:
        decoded = msgspec.json.decode(_utf8(value, f"the header {name!r}"))
    except (msgspec.MsgspecError, RecursionError):
        return name, value
    return name, from_json(decoded, name)


def _given_by(args: argparse.Namespace) -> Given:
    headers = dict(header_of(text) for text in args.header)
    return _checked(Given(args.exchange, args.key, headers))


def _checked(given: Given) -> Given:
    size = len(_utf8(given.routing_key, "the routing key"))
    if size > MAX_NAME_BYTES:
        raise BadInput("the routing key is too long", f"{size} bytes in UTF-8, {MAX_NAME_BYTES} are allowed")
    _utf8(given.exchange, "the exchange")
    return given


def _utf8(text: str, what: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise BadInput(f"{what} cannot be used", "it is not UTF-8") from None


def _follow_lines(args: argparse.Namespace, ground: Ground) -> int:
    headers = dict(header_of(text) for text in args.header)
    bad = 0
    for number, line in _lines(args.messages):
        try:
            given = _given_on(line, args, headers)
        except BadInput as problem:
            bad += 1
            words = f"line {number}: {problem}"
            print(_printable(words), file=sys.stderr)
            if args.json:
                _write({"line": number, "error": words})
            continue
        _say(args, _asked(ground, given, args.afterlife), pretty=False)
    return 1 if bad else 0


def _lines(path: str) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, with their numbers from 1."""
    if path == "-":
        lines: Iterable[bytes] = sys.stdin.buffer
        yield from ((number, line) for number, line in enumerate(lines, 1) if line.strip())
        return
    try:
        with Path(path).open("rb") as file:
            yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())
    except OSError as problem:
        raise BadInput(f"{path} cannot be read", problem.strerror or str(problem)) from None


def _given_on(line: bytes, args: argparse.Namespace, headers: dict[str, Any]) -> Given:
    try:
        row = _LINES.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise BadInput("this is not a message", str(problem)) from None
    exchange = args.exchange if row.exchange is None else row.exchange
    if exchange is None:
        raise BadInput("the exchange is missing", "", "add it to the line, or --exchange for all lines")
    own = {name: from_json(value, f"headers.{name}") for name, value in (row.headers or {}).items()}
    return _checked(Given(exchange, row.routing_key or args.key, {**headers, **own}))


_LINES = msgspec.json.Decoder(MessageLine)


# ---- the answer -----------------------------------------------------------------------------------------------------


class Answer(NamedTuple):
    """What became of one message. ``departures`` is ``None`` when nobody asked."""

    given: Given
    trace: RouteTrace
    departures: tuple[Departure, ...] | None


def _asked(ground: Ground, given: Given, then: bool) -> Answer:
    trace = ground.router.route(ExchangeKey(ground.vhost, given.exchange), given.routing_key, given.headers)
    return Answer(given, trace, afterlife(ground.router, trace, given.headers) if then else None)


def _say(args: argparse.Namespace, answer: Answer, *, pretty: bool) -> None:
    if args.json:
        _write(plain(answer), pretty)
    else:
        print("\n".join(map(_printable, lines(answer))))


def _write(row: dict[str, Any], pretty: bool = False) -> None:
    text = msgspec.json.encode(row)
    sys.stdout.buffer.write((msgspec.json.format(text, indent=2) if pretty else text) + b"\n")


def plain(answer: Answer) -> dict[str, Any]:
    """The answer for JSON. ``unknown`` is empty when ``queues`` is the whole answer."""
    trace = answer.trace
    row: dict[str, Any] = {
        "queues": _names(trace.queues),
        "trace": [_step(step) for step in trace.steps],
        "unknown": trace.unknown,
        "possible": _names(trace.possible),
        "refused": trace.refused,
    }
    if answer.departures is not None:
        row["afterlife"] = [_departure(departure) for departure in answer.departures]
    return row


def _step(step: Step) -> dict[str, Any]:
    return {
        "exchange": step.exchange.name,
        "depth": step.depth,
        "matched": step.matched,
        "why": step.why,
        "binding": None if step.binding is None else _binding(step.binding),
    }


def _binding(binding: Binding) -> dict[str, Any]:
    return {
        "source": binding.source,
        "destination": binding.destination,
        "destination_type": binding.destination_type,
        "routing_key": binding.routing_key,
        "arguments": binding.arguments,
    }


def _departure(departure: Departure) -> dict[str, Any]:
    return {
        "queue": departure.queue.name,
        "cause": departure.cause,
        "when": departure.when,
        "fate": departure.fate,
        "why": departure.why,
        "exchange": None if departure.exchange is None else departure.exchange.name,
        "routing_keys": departure.routing_keys,
        "queues": [] if departure.trace is None else _names(departure.trace.queues),
        "loops": _names(departure.loops),
        "depth": departure.depth,
    }


def _names(keys: Iterable[QueueKey]) -> list[str]:
    return [key.name for key in keys]


def lines(answer: Answer) -> list[str]:
    """The answer as text for a terminal."""
    given, trace = answer.given, answer.trace
    found = [f"{given.exchange or '(default exchange)'}  key {given.routing_key!r}"]
    if trace.refused:
        found.append(f"  refused: {trace.refused}")
    found += [f"  -> {name}" for name in _names(trace.queues)]
    if not (trace.queues or trace.possible or trace.unknown or trace.refused):
        found.append("  -> nowhere: it would be dropped, or returned if it is mandatory")
    found += [f"  ?> {name}" for name in _names(trace.possible)]
    found += [f"  unknown {words}" for words in trace.unknown]
    for step in trace.steps if not trace.refused else ():
        target = "" if step.binding is None else f" -> {step.binding.destination}"
        found.append(f"{'  ' * step.depth}    {_MARKS[step.matched]:<4}{step.exchange.name}{target}: {step.why}")
    for departure in answer.departures or ():
        targets = ", ".join(_names(departure.trace.queues)) if departure.trace is not None else ""
        arrow = f" -> {targets}" if targets else ""
        found.append(f"  {departure.queue.name}, {departure.when}: {departure.fate}{arrow} ({departure.why})")
    return found


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)


def _complain(problem: BrokerError, code: int) -> int:
    words = f"{problem}. {problem.remedy}" if problem.remedy else str(problem)
    print(_printable(words), file=sys.stderr)
    return code
