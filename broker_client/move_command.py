"""The command ``move``: move or copy messages from a queue, and go on with what a crash has cut short."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from broker_client.errors import BadInput, BrokerError, Unreachable
from broker_client.ledger import Ledger, Unfinished, default_folder
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.message_filter import MessageFilter
from broker_client.rabbit.peek import Peeker
from broker_client.rabbit.transfer import KIND, Wishes, check_plan, resume, transfer
from broker_client.rabbit.transfer_plan import Progress, Receipt, TransferPlan
from broker_client.rabbit.transfer_preview import preview
from broker_client.status_command import chosen_profile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--amqp", metavar="URL", default="", help="amqp://user@host:5672/vhost")
    parser.add_argument("--management", metavar="URL", default="", help=argparse.SUPPRESS)
    parser.add_argument("--redis", metavar="URL", default="", help=argparse.SUPPRESS)
    parser.add_argument("--profile", metavar="NAME", default="", help="a saved profile")
    parser.add_argument("--from", dest="source", metavar="QUEUE", default="", help="where the messages are")
    parser.add_argument("--to-queue", metavar="QUEUE", default="", help="send them to this queue")
    parser.add_argument("--to-exchange", metavar="EXCHANGE", default="", help="send them to this exchange")
    parser.add_argument("--key", default=None, help="a new routing key (to an exchange; else each keeps its own)")
    parser.add_argument("--first", type=int, metavar="N", default=None, help="at most so many")
    parser.add_argument("--match", metavar="TERMS", default="", help="only those that match: 'key:order header.x=1'")
    parser.add_argument("--chosen", metavar="ID", action="append", default=[], help="only these message ids (repeat)")
    parser.add_argument("--copy", action="store_true", help="leave them where they are (counts as a delivery)")
    parser.add_argument("--keep-expiration", action="store_true", help="let their expiration run again")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")
    parser.add_argument("--unfinished", action="store_true", help="list what was cut short, and what is in doubt")
    parser.add_argument("--resume", metavar="OPERATION", default="", help="go on with what was cut short")
    parser.add_argument("--in-doubt", choices=("keep", "send", "drop"), default="keep", help="with --resume")
    parser.add_argument("--forget", metavar="OPERATION", default="", help="remove the journal of what was cut short")
    parser.add_argument("--journals", metavar="DIR", type=Path, default=None, help="where journals are kept")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when all was done, 1 when something was not, 2 when the command cannot be carried out as it is."""
    ledger = Ledger(args.journals or default_folder(os.environ))
    say = _Sayer(args.json)
    try:
        if args.unfinished:
            return say.unfinished(ledger.unfinished())
        if args.forget:
            ledger.open(args.forget).finish()
            return 0
        profile, secrets = chosen_profile(args, os.environ)
        with _stop_at_signals() as should_stop:
            if args.resume:
                return say.receipt(_resumed(profile, secrets, ledger, args, should_stop))
            plan = _plan(args, profile)
            wishes = Wishes(_wanted(plan.match, args.chosen), should_stop, say.progress)
            if args.dry_run:
                return say.preview(plan, preview(profile, secrets, plan))
            _refuse_after_a_crash(ledger, plan)
            if plan.copy or wishes.wanted is not None:
                _refuse_a_look_that_destroys(profile, secrets, plan)
            return say.receipt(transfer(profile, secrets, ledger, plan, wishes))
    except BrokerError as problem:
        return say.problem(problem)


def _plan(args: argparse.Namespace, profile: Profile) -> TransferPlan:
    if not args.source or bool(args.to_queue) == bool(args.to_exchange):
        raise BadInput("say from where and to where", "", "--from QUEUE and one of --to-queue and --to-exchange")
    plan = TransferPlan(
        QueueKey(vhost_of(profile), args.source),
        args.to_exchange,
        args.to_queue or args.key,
        first=args.first,
        copy=args.copy,
        keep_expiration=args.keep_expiration,
        match=args.match,
    )
    check_plan(plan)
    MessageFilter(args.match)
    return plan


def _wanted(match: str, ids: list[str]) -> Callable[[Any], bool] | None:
    wanted, matching = frozenset(ids), MessageFilter(match)
    if not wanted:
        return matching if match else None
    return lambda message: message.properties.message_id in wanted and matching(message)


def _resumed(
    profile: Profile, secrets: Secrets, ledger: Ledger, args: argparse.Namespace, should_stop: Callable[[], bool]
) -> Receipt:
    with ledger.open(args.resume) as journal:
        match = str(journal.subject.get("plan", {}).get("match", ""))
    wishes = Wishes(_wanted(match, args.chosen), should_stop)
    return resume(profile, secrets, ledger, args.resume, wishes, args.in_doubt)


def _refuse_after_a_crash(ledger: Ledger, plan: TransferPlan) -> None:
    """What an earlier attempt has sent may still be in the queue; only its journal knows which messages these are."""
    for operation in ledger.unfinished():
        if operation.kind == KIND and not operation.running:
            source = operation.subject.get("plan", {}).get("source")
            if source == list(plan.source):
                why = f"{operation.id}: {operation.confirmed} sent, {len(operation.in_doubt)} in doubt"
                remedy = f"--resume {operation.id}, or --forget {operation.id}"
                raise BadInput("an earlier transfer from this queue was cut short", why, remedy)


def _refuse_a_look_that_destroys(profile: Profile, secrets: Secrets, plan: TransferPlan) -> None:
    """What is taken and given back counts as delivered: a quorum queue drops a message that was delivered too often."""
    if not profile.management_url:
        return
    try:
        refused = Peeker(profile, secrets).warning(plan.source).refused
    except Unreachable:
        return
    if refused:
        raise BadInput("the messages that stay would be harmed", refused, "move all of them instead")


@contextmanager
def _stop_at_signals() -> Iterator[Callable[[], bool]]:
    """SIGINT and SIGTERM let a transfer stop cleanly."""
    told: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, lambda came, _frame: told.append(came)) for number in numbers}
    try:
        yield lambda: bool(told)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


class _Sayer:
    """Says results on standard output, as text or JSON, and troubles on standard error."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def receipt(self, receipt: Receipt) -> int:
        self._say(receipt, _receipt_lines(receipt))
        return 0 if receipt.ended == "done" and not receipt.in_doubt else 1

    def preview(self, plan: TransferPlan, ready: int) -> int:
        most = ready if plan.first is None else min(plan.first, ready)
        verb = "copied" if plan.copy else "moved"
        which = f" that match {plan.match!r}" if plan.match else ""
        words = f"{most} of {ready} ready messages{which} would be {verb} to {plan.target_words}; nothing was touched"
        facts = {"source": plan.source.name, "target": plan.target_words, "ready": ready, "at_most": most}
        self._say({**facts, "match": plan.match, "copy": plan.copy}, [words])
        return 0

    def unfinished(self, operations: tuple[Unfinished, ...]) -> int:
        lines = [line for operation in operations for line in _unfinished_lines(operation)]
        self._say([_unfinished_facts(operation) for operation in operations], lines or ["nothing was cut short"])
        return 0

    def progress(self, progress: Progress) -> None:
        if sys.stderr.isatty() and not self._as_json:
            print(f"\r{progress.confirmed:,} of {progress.total:,}", end="\r", file=sys.stderr, flush=True)

    def problem(self, problem: BrokerError) -> int:
        if self._as_json:
            trouble = {"what": problem.what, "why": problem.why, "remedy": problem.remedy}
            self._say({"ended": "refused", "trouble": trouble}, [])
        print(". ".join(part for part in (str(problem), problem.remedy) if part), file=sys.stderr)
        return 2

    def _say(self, facts: Any, lines: list[str]) -> None:
        if self._as_json:
            print(msgspec.json.encode(facts).decode(), flush=True)
        else:
            print("\n".join("".join(c if c.isprintable() else repr(c)[1:-1] for c in line) for line in lines))


def _receipt_lines(receipt: Receipt) -> list[str]:
    rate = receipt.confirmed / receipt.took_s if receipt.took_s else 0.0
    sent = f"{receipt.ended}: {receipt.confirmed:,} of {receipt.total:,} from {receipt.source} to {receipt.target}"
    lines = [f"{sent}, in {receipt.took_s:.1f} s ({rate:,.0f} a second)"]
    counts = (
        (receipt.skipped, "did not match and stayed"),
        (receipt.refused, "were not taken by the target and stayed"),
        (receipt.already, "had been sent before and were only acknowledged"),
        (receipt.may_come_back, "were sent, but the source may show them again"),
    )
    lines += [f"{count:,} {words}" for count, words in counts if count]
    lines += [f"in doubt  {doubt.label or doubt.identity}  {doubt.why}" for doubt in receipt.in_doubt]
    if receipt.trouble is not None:
        trouble = receipt.trouble
        lines.append(": ".join(part for part in (trouble.what, trouble.why, trouble.remedy) if part))
    if receipt.operation:
        lines.append(f"go on with: move --resume {receipt.operation}")
    return lines


def _unfinished_lines(operation: Unfinished) -> list[str]:
    if operation.running:
        return [f"{operation.id}  is running"]
    plan = operation.subject.get("plan", {})
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(operation.started))
    head = f"{operation.id}  {when}  from {plan.get('source', ['', '?'])[1]}: {operation.confirmed} sent"
    return [head, *(f"in doubt  {item.label or item.identity.hex()}" for item in operation.in_doubt)]


def _unfinished_facts(operation: Unfinished) -> Mapping[str, Any]:
    doubts = [{"identity": item.identity.hex(), "label": item.label} for item in operation.in_doubt]
    return {**operation._asdict(), "in_doubt": doubts}
