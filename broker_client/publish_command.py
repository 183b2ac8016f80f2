"""The command ``publish``: one message, many from a template, or a file of recorded ones; always with confirms.

Exit codes: 0 all confirmed, 1 something was returned, refused or is unknown (it is said which), 2 bad input.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from broker_client.broker_options import add_broker_arguments, printable_line, say_json, say_problem, stop_at_signals
from broker_client.errors import BadInput, BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.action_code import LANGUAGES, action_code
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.changes import Publish
from broker_client.rabbit.code_place import code_place
from broker_client.rabbit.header_text import from_json
from broker_client.rabbit.message_file import BadLine, Recorded, read_file
from broker_client.rabbit.message_replay import replay
from broker_client.rabbit.placeholders import MessageTemplate, csv_rows
from broker_client.rabbit.proof import publish_and_prove
from broker_client.rabbit.publisher import Publisher, StreamCounts, check_message
from broker_client.status_command import chosen_profile

_NUMBERS = ("delivery_mode", "priority", "timestamp")
_PROPERTIES = tuple(name for name in Properties.__struct_fields__ if name != "headers")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_broker_arguments(parser)
    parser.add_argument("--exchange", default="", help="the exchange (default: the default exchange)")
    parser.add_argument("--key", default="", help="the routing key; with the default exchange the queue's name")
    parser.add_argument("--queue", default="", help="publish to this queue, through the default exchange")
    parser.add_argument("--property", metavar="NAME=VALUE", action="append", default=[], help="an AMQP property")
    parser.add_argument(
        "--header", metavar="NAME=TEXT", action="append", default=[], help="a text; NAME:=JSON for other types"
    )
    parser.add_argument("--body", default=None, help="a text")
    parser.add_argument("--json-body", metavar="JSON", default=None, help="checked, and marked as JSON")
    parser.add_argument("--base64", default=None, help="bytes as base64")
    parser.add_argument("--hex", default=None, help="bytes in hexadecimal")
    parser.add_argument("--file", metavar="FILE", type=Path, default=None, help="bytes of a file (- = standard input)")
    parser.add_argument("--count", metavar="N", type=int, default=1, help="so many, with {{counter}} and the like")
    parser.add_argument("--rate", metavar="N", type=float, default=None, help="at most so many a second")
    parser.add_argument("--csv", metavar="FILE", type=Path, default=None, help="rows for {{csv:column}}")
    parser.add_argument("--replay", metavar="FILE", type=Path, default=None, help="publish recorded messages")
    parser.add_argument("--speed", metavar="X", type=float, default=None, help="with --replay: 1 = original times")
    parser.add_argument("--prove", action="store_true", help="trace it: which queues did it really go to?")
    parser.add_argument("--code", choices=LANGUAGES, default=None, help="print the code for it instead")


def run(args: argparse.Namespace) -> int:
    try:
        profile, secrets = chosen_profile(args, os.environ)
        if args.replay is not None:
            return _replayed(args, profile, secrets)
        message = _message(args)
        if args.code is not None:
            return _say_code(args, profile, message)
        if args.prove:
            return _proved(args, profile, secrets, message)
        if args.count != 1 or args.rate is not None or args.csv is not None:
            return _streamed(args, profile, secrets, message)
        with Publisher(profile, secrets) as publisher:
            outcome = publisher.publish(message)
        _say(args, {"outcome": outcome}, f"{outcome.kind}: {outcome.words}")
        return 0 if outcome.kind == "confirmed" else 1
    except BrokerError as problem:
        return say_problem(problem, as_json=args.json)


def _streamed(args: argparse.Namespace, profile: Profile, secrets: Secrets, message: Message) -> int:
    columns: tuple[str, ...] = ()
    rows: tuple[dict[str, str], ...] = ()
    if args.csv is not None:
        columns, rows = csv_rows(_text_of(args.csv))
    template = MessageTemplate(message, columns)
    with stop_at_signals() as stop, Publisher(profile, secrets) as publisher:
        counts = publisher.stream(
            template, args.count, rate_per_s=args.rate, rows=rows, stop=stop, progress=_progress(args)
        )
    return _say_counts(args, counts)


def _replayed(args: argparse.Namespace, profile: Profile, secrets: Secrets) -> int:
    found = list(read_file(args.replay))
    bad = [one for one in found if isinstance(one, BadLine)]
    for one in bad:
        print(printable_line(f"line {one.line} is left out: {one.words}"), file=sys.stderr)
    recorded = [one for one in found if isinstance(one, Recorded)]
    exchange, key = args.exchange or None, args.key or None
    if args.queue:
        exchange, key = "", args.queue
    with stop_at_signals() as stop, Publisher(profile, secrets) as publisher:
        counts = replay(
            publisher,
            recorded,
            speed=args.speed,
            exchange=exchange,
            routing_key=key,
            stop=stop,
            progress=_progress(args),
        )
    return max(_say_counts(args, counts), int(bool(bad)))


def _proved(args: argparse.Namespace, profile: Profile, secrets: Secrets, message: Message) -> int:
    proof = publish_and_prove(profile, secrets, vhost_of(profile), message)
    told = {"outcome": proof.outcome, "queues": proof.actual, "by": proof.by, "words": proof.words}
    _say(args, told, f"{proof.outcome.kind}: {proof.words}")
    return 0 if proof.outcome.kind == "confirmed" else 1


def _say_code(args: argparse.Namespace, profile: Profile, message: Message) -> int:
    place = code_place(profile.amqp_url, profile.username, profile.management_url, vhost_of(profile))
    code = action_code(Publish(vhost_of(profile), message), args.code, place)
    if args.json:
        say_json(code)
        return 0
    print(code.text, end="")
    for note in code.notes:
        print(f"note: {note}", file=sys.stderr)
    return 0


def _message(args: argparse.Namespace) -> Message:
    if args.queue and (args.exchange or args.key):
        raise BadInput("say one of --queue and --exchange with --key")
    body, content_type = _body(args)
    properties = _properties(args)
    if content_type and properties.content_type is None:
        properties = msgspec.structs.replace(properties, content_type=content_type)
    message = Message("" if args.queue else args.exchange, args.queue or args.key, properties, body)
    check_message(message)
    return message


def _body(args: argparse.Namespace) -> tuple[bytes, str]:
    given = [name for name in ("body", "json_body", "base64", "hex", "file") if getattr(args, name) is not None]
    if len(given) > 1:
        raise BadInput("there is more than one body", ", ".join(f"--{name.replace('_', '-')}" for name in given))
    if args.json_body is not None:
        try:
            json.loads(args.json_body)
        except json.JSONDecodeError as problem:
            why = f"line {problem.lineno}, column {problem.colno}: {problem.msg}"
            raise BadInput("the body is not JSON", why, "send it with --body to publish it all the same") from None
        except (ValueError, RecursionError):
            raise BadInput("the body is not JSON that can be read", "too deep, or a number too long") from None
        return args.json_body.encode("utf-8", "surrogateescape"), "application/json"
    try:
        if args.base64 is not None:
            return base64.b64decode(args.base64, validate=True), ""
        if args.hex is not None:
            return bytes.fromhex(args.hex), ""
    except (binascii.Error, ValueError) as problem:
        raise BadInput("the body cannot be read", str(problem)) from None
    if args.file is not None:
        return _bytes_of(args.file), ""
    return (args.body or "").encode("utf-8", "surrogateescape"), ""


def _properties(args: argparse.Namespace) -> Properties:
    found: dict[str, Any] = {}
    for given in args.property:
        name, separator, value = given.partition("=")
        name = name.replace("-", "_")
        if not separator or name not in _PROPERTIES:
            raise BadInput(f"the property {given[:60]!r} cannot be used", f"NAME=VALUE with {', '.join(_PROPERTIES)}")
        if name in _NUMBERS and not (value.isascii() and value.isdecimal() and len(value) < 20):
            raise BadInput(f"the property {name} cannot be used", f"{value!r} is not a whole number")
        found[name] = int(value) if name in _NUMBERS else value
    headers = dict(_header(given) for given in args.header)
    return Properties(headers=headers or None, **found)


def _header(given: str) -> tuple[str, Any]:
    name, separator, value = given.partition("=")
    if not separator or not name:
        raise BadInput(f"the header {given[:60]!r} cannot be used", "write NAME=TEXT or NAME:=JSON")
    if not name.endswith(":"):
        return name, value
    name = name.removesuffix(":")
    try:
        return name, from_json(json.loads(value), name)
    except (ValueError, RecursionError):
        raise BadInput(f"the header {name!r} is not JSON", value[:60]) from None


def _progress(args: argparse.Namespace) -> Any:
    def tell(counts: StreamCounts) -> None:
        if args.json or not sys.stderr.isatty():
            return
        end = "\n" if counts.finished else ""
        print(f"\r{_count_words(counts)}", end=end, file=sys.stderr, flush=True)

    return tell


def _say_counts(args: argparse.Namespace, counts: StreamCounts) -> int:
    words = f" ({counts.words})" if counts.words else ""
    _say(args, {"counts": counts}, f"{_count_words(counts)} in {counts.elapsed_s:.1f} s{words}")
    return 0 if counts.confirmed == counts.asked else 1


def _count_words(counts: StreamCounts) -> str:
    told = [f"{counts.sent:,} of {counts.asked:,} sent", f"{counts.confirmed:,} confirmed"]
    names = ("returned", "nacked", "refused", "unknown", "waiting")
    return ", ".join(told + [f"{getattr(counts, name):,} {name}" for name in names if getattr(counts, name)])


def _say(args: argparse.Namespace, told: object, words: str) -> None:
    if args.json:
        say_json(told)
    else:
        print(printable_line(words))


def _bytes_of(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as problem:
        raise BadInput(f"{path} cannot be read", problem.strerror or str(problem)) from None


def _text_of(path: Path) -> str:
    try:
        return _bytes_of(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path} cannot be read", "it is not UTF-8") from None
