"""The command ``tap``: copy messages from now on, without touching anybody's queue.

Exit codes: 0 ended as asked, 1 impossible or lost, 2 bad input.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import IO

from broker_client.broker_options import add_broker_arguments, printable_line, say_json, say_problem, stop_at_signals
from broker_client.errors import BadInput, BrokerError
from broker_client.peek_command import message_lines
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.firehose import Firehose
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.message_file import line_of
from broker_client.rabbit.message_filter import MessageFilter
from broker_client.rabbit.tap import Tap
from broker_client.rabbit.tap_counts import TapCounts
from broker_client.rabbit.tap_order import TapKind, TapOrder, plan_for
from broker_client.rabbit.tap_plan import TapPlan
from broker_client.rabbit.tap_ring import TapRing
from broker_client.status_command import chosen_profile

_FIREHOSE_S = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_broker_arguments(parser)
    parser.add_argument("--queue", default="", help="what this queue gets")
    parser.add_argument("--exchange", default="", help="what this exchange gives to somebody")
    parser.add_argument("--everything", action="store_true", help="also what nobody takes (publishers notice)")
    parser.add_argument("--firehose", action="store_true", help="everything in the vhost (administrators; costs CPU)")
    parser.add_argument("--seconds", metavar="S", type=float, default=None, help="end after so long (firehose: 60)")
    parser.add_argument("--count", metavar="N", type=int, default=None, help="end after so many messages")
    parser.add_argument("--match", metavar="TERMS", default="", help="only those: 'key:order header.x=1'")
    parser.add_argument("--body-bytes", metavar="N", type=int, default=1 << 20, help="cut bodies there (1 MiB)")
    parser.add_argument("--to", metavar="FILE", type=Path, default=None, help="write them to a file (JSON lines)")


def run(args: argparse.Namespace) -> int:
    try:
        profile, secrets = chosen_profile(args, os.environ)
        if (bool(args.queue) + bool(args.exchange) + args.firehose) != 1:
            raise BadInput("say what to tap", "", "one of --queue, --exchange and --firehose")
        return _tap(args, profile, secrets)
    except BrokerError as problem:
        return say_problem(problem, as_json=args.json)


def _tap(args: argparse.Namespace, profile: Profile, secrets: Secrets) -> int:
    vhost = vhost_of(profile)
    plan = _plan(args, profile, secrets, vhost)
    matches = MessageFilter(args.match)
    ring = TapRing(most=200_000, most_bytes=256 << 20)
    seconds = args.seconds if args.seconds is not None else _FIREHOSE_S if args.firehose else None
    with ExitStack() as open_things:
        output = open_things.enter_context(_output(args))
        stop = open_things.enter_context(stop_at_signals())
        if args.firehose:
            open_things.enter_context(Firehose(profile, secrets, vhost, seconds or _FIREHOSE_S))
        wanted = matches if args.match else None
        tap = open_things.enter_context(
            Tap(profile, secrets, plan, ring, wanted=wanted, body_bytes=max(0, args.body_bytes))
        )
        for note in plan.notes:
            print(f"note: {printable_line(note)}", file=sys.stderr)
        print(f"tapping {printable_line(plan.subject)}", file=sys.stderr, flush=True)
        end = time.monotonic() + seconds if seconds else None
        written = last = 0
        while not stop.is_set() and (end is None or time.monotonic() < end) and written != args.count:
            tap.serve()
            fresh = ring.after(last)[: None if args.count is None else args.count - written]
            for tapped in fresh:
                last = tapped.number
                if output is not None:
                    output.write(line_of(tapped.message(), tapped.at) + "\n")
                else:
                    print("\n".join(message_lines(tapped.message(), tapped.number)))
            written += len(fresh)
            if output is not None:
                output.flush()
        counts = tap.counts
    _say_counts(args, counts, written)
    return 1 if counts.uncounted else 0


def _plan(args: argparse.Namespace, profile: Profile, secrets: Secrets, vhost: str) -> TapPlan:
    kind: TapKind = "firehose" if args.firehose else "queue" if args.queue else "exchange"
    order = TapOrder(kind, vhost, args.queue or args.exchange, args.everything)
    with closing(ManagementClient(profile, secrets)) as client:
        return plan_for(client, order)


@contextmanager
def _output(args: argparse.Namespace) -> Iterator[IO[str] | None]:
    """Where lines of JSON go; ``None`` = messages are printed for people."""
    if args.to is None:
        yield sys.stdout if args.json else None
        return
    try:
        file = args.to.open("x", encoding="ascii", newline="\n")
    except OSError as problem:
        raise BadInput(f"{args.to} cannot be written", problem.strerror or str(problem)) from None
    with file:
        yield file


def _say_counts(args: argparse.Namespace, counts: TapCounts, written: int) -> None:
    if args.json and args.to is not None:
        say_json({"counts": counts, "written": written})
        return
    dropped = counts.purged + counts.pushed_out
    words = f"{counts.received:,} seen, {written:,} shown, {dropped:,} dropped"
    more = ", and more that the broker dropped uncounted" if counts.uncounted else ""
    print(f"{words}{more}", file=sys.stderr)
