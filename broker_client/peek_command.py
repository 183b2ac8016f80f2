"""The command ``peek``: look into a queue. It says first what looking does to this queue.

Exit codes: 0 done, 1 refused or not possible, 2 bad input.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from broker_client.broker_options import add_broker_arguments, printable_line, say_json, say_problem
from broker_client.errors import BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_message import Message, deaths
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.header_text import to_text
from broker_client.rabbit.message_body import read_body
from broker_client.rabbit.message_file import line_of, write_file
from broker_client.rabbit.message_filter import MessageFilter
from broker_client.rabbit.message_groups import group_words, groups_of
from broker_client.rabbit.peek import TRUNCATE_BYTES, Peeker
from broker_client.rabbit.peek_warning import PeekWarning
from broker_client.status_command import chosen_profile

_SHOWN_CHARS = 2_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_broker_arguments(parser)
    parser.add_argument("queue", help="the queue's name")
    parser.add_argument("--count", metavar="N", type=int, default=20, help="at most so many messages (20)")
    parser.add_argument("--truncate", metavar="BYTES", type=int, default=TRUNCATE_BYTES, help="cut bodies there")
    parser.add_argument("--whole", action="store_true", help="whole bodies and typed headers (over AMQP)")
    parser.add_argument("--match", metavar="TERMS", default="", help="show only those: 'key:order header.x=1'")
    parser.add_argument("--group", action="store_true", help="what kinds of messages, and how many of each")
    parser.add_argument("--to", metavar="FILE", type=Path, default=None, help="write them to a file (JSON lines)")
    parser.add_argument("--dry-run", action="store_true", help="only say what a look would do")


def run(args: argparse.Namespace) -> int:
    try:
        profile, secrets = chosen_profile(args, os.environ)
        return _look(args, profile, secrets)
    except BrokerError as problem:
        return say_problem(problem, as_json=args.json)


def _look(args: argparse.Namespace, profile: Profile, secrets: Secrets) -> int:
    matches = MessageFilter(args.match)
    peeker = Peeker(profile, secrets)
    key = QueueKey(vhost_of(profile), args.queue)
    warning = peeker.warning(key)
    if args.dry_run:
        if args.json:
            say_json({"warning": warning})
        else:
            _say_warning(warning, sys.stdout)
        return 1 if warning.refused else 0
    if not args.json:
        _say_warning(warning, sys.stderr)
    seen = peeker.look_whole(key, args.count) if args.whole else peeker.look(key, args.count, args.truncate)
    messages = [message for message in seen.messages if matches(message)]
    if seen.next.refused:
        print(printable_line(f"do not look again: {seen.next.refused}"), file=sys.stderr)
    if args.to is not None:
        write_file(args.to, ((message, None) for message in messages))
    if args.group:
        return _say_groups(args, messages)
    if args.json:
        # JSON lines, the warning first: each message in the form of the files, which can be published again.
        say_json({"warning": warning, "next": seen.next, "looked_at": len(seen.messages), "shown": len(messages)})
        for message in messages:
            print(line_of(message))
    elif args.to is None:
        for number, message in enumerate(messages, 1):
            print("\n".join(message_lines(message, number)))
    return 0


def message_lines(message: Message, number: int) -> list[str]:
    """A message for a terminal."""
    target = f"{message.exchange or '(default)'} {message.routing_key}"
    size = message.body_size if message.body_size is not None else len(message.body)
    found = [f"{number}  {target}  {size:,} bytes{'  redelivered' if message.redelivered else ''}"]
    properties: Any = message.properties
    given = [
        name for name in properties.__struct_fields__ if name != "headers" and getattr(properties, name) is not None
    ]
    if given:
        found.append("   " + "  ".join(f"{name}={getattr(properties, name)}" for name in given))
    if message.properties.headers:
        found.append(f"   headers {to_text(message.properties.headers)[:_SHOWN_CHARS]}")
    found += [
        f"   died {death.count} x {death.reason} in {death.queue}" for death in deaths(message.properties.headers)
    ]
    body = read_body(message)
    if body.task is not None:
        found.append(f"   task {body.task.name} {body.task.id} args={body.task.args} kwargs={body.task.kwargs}")
    found += [f"   ({words})" for words in body.words]
    if body.text is not None:
        found.append(f"   {body.kind}: {body.text[:_SHOWN_CHARS]}")
    elif body.raw:
        found.append(f"   {body.kind}: {body.raw[:64].hex(' ')}")
    return [printable_line(line) for line in found]


def _say_groups(args: argparse.Namespace, messages: list[Message]) -> int:
    groups = groups_of(messages)
    if args.json:
        say_json({"groups": groups})
    else:
        for group in groups:
            print(printable_line(group_words(group)))
    return 0


def _say_warning(warning: PeekWarning, file: Any) -> None:
    for words in (*warning.words, *([f"refused: {warning.refused}"] if warning.refused else [])):
        print(printable_line(words), file=file)
