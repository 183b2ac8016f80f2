"""The command ``whereis``: where one task is now, and who says so. Changes nothing and takes no message.

Exit codes: 0 a verdict, 1 never seen or unknown, 2 bad input.
"""

from __future__ import annotations

import argparse
import importlib
import os
import time

import msgspec

from broker_client.broker_options import printable_line, say_json, say_problem
from broker_client.errors import BadInput, BrokerError
from broker_client.insight import evidence_words as figures
from broker_client.status_command import chosen_profile
from broker_client.tasks.clue_gatherer import WORKERS_WAIT_S, ClueGatherer
from broker_client.tasks.clues import RUNS_LATER, Evidence, Whereabouts
from broker_client.tasks.events import MAX_ID_CHARS
from broker_client.tasks.whereabouts import whereabouts

_SOURCE_CHARS = 22


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", help="the task's id")
    parser.add_argument("--amqp", metavar="URL", default="", help="amqp://user@host:5672/vhost")
    parser.add_argument("--management", metavar="URL", default="", help="http://host:15672 (derived from --amqp)")
    parser.add_argument("--redis", metavar="URL", default="", help="redis://host:6379/0")
    parser.add_argument("--profile", metavar="NAME", default="", help="a saved profile")
    parser.add_argument("--queue", metavar="NAME", default="", help="where it was sent to, if you know")
    wait = f"seconds for workers to answer a round ({WORKERS_WAIT_S:g})"
    parser.add_argument("--wait", metavar="S", type=float, default=WORKERS_WAIT_S, help=wait)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    try:
        found, took_ms = _find(args)
    except BrokerError as problem:
        return say_problem(problem, as_json=args.json)
    if args.json:
        say_json(plain(found, time.time()) | {"took_ms": round(took_ms, 1)})
    else:
        print("\n".join(printable_line(line) for line in lines(found, time.time())))
    return 1 if found.verdict in ("never_seen", "unknown") else 0


def _find(args: argparse.Namespace) -> tuple[Whereabouts, float]:
    if not args.id.strip() or len(args.id) > MAX_ID_CHARS:
        raise BadInput("this is no task id", f"it has {len(args.id):,} characters", f"at most {MAX_ID_CHARS}")
    if not 0 < args.wait <= 60:
        raise BadInput("--wait cannot be used", f"{args.wait:g}", "give seconds from 0.01 to 60")
    profile, secrets = chosen_profile(args, os.environ)
    gatherer = ClueGatherer(profile, secrets, args.wait)
    if profile.redis_url:
        importlib.import_module("redis")  # reading a library is not part of what the question takes
    began = time.monotonic()
    try:
        clues = gatherer.gather(args.id.strip(), queue=args.queue or None)
        return whereabouts(clues), (time.monotonic() - began) * 1000
    finally:
        gatherer.close()


def plain(found: Whereabouts, now: float) -> dict[str, object]:
    """The verdict for JSON: times as epoch seconds, each line of evidence with its age."""
    told: dict[str, object] = msgspec.structs.asdict(found)
    told["evidence"] = [_aged(line, now) for line in found.evidence]
    return told


def lines(found: Whereabouts, now: float) -> list[str]:
    """The verdict for a terminal: the sentence, what it needs, then the evidence."""
    head = found.words
    if found.ahead is not None:
        about = "at most" if found.ahead_at_most else "about"
        head += f", {about} {figures.count(found.ahead)} ahead"
    if found.since is not None:
        head += f", since {figures.span(now - found.since)}"
    if found.until is not None:
        head += f", {'for' if found.verdict in RUNS_LATER else 'kept for'} another {figures.span(found.until - now)}"
    told = [f"{head}.", *([found.reason] if found.reason else [])]
    if found.name:
        told.append(f"{found.name}  {found.task_id}")
    return [*told, *(_evidence_line(line, now) for line in found.evidence)]


def _evidence_line(line: Evidence, now: float) -> str:
    age = "" if line.at is None else f"  ({figures.span(now - line.at)} ago)"
    return f"  {line.source:<{_SOURCE_CHARS}} {line.said}{age}"


def _aged(line: Evidence, now: float) -> dict[str, object]:
    age_s = None if line.at is None else round(max(0.0, now - line.at), 3)
    return {"source": line.source, "said": line.said, "age_s": age_s}
