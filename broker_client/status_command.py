"""The command ``status``: one look at everything a profile names, as text or as JSON.

Exit codes: 0 all configured services answered, 1 something did not (the rest is printed all the same), 2 bad usage.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from broker_client.errors import BadInput, BrokerError
from broker_client.insight import evidence_words as figures
from broker_client.insight.diagnosis import node_findings, queue_findings, redis_findings, worker_findings
from broker_client.insight.findings import Finding
from broker_client.insight.queue_rows import QueueBook, QueueRow
from broker_client.profile import Profile, Secrets, from_environment, from_urls
from broker_client.profile_store import PasswordStore, ProfileStore
from broker_client.rabbit.entities import Node, Overview
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.topology import dead_letter_queues
from broker_client.redis_server import RedisFacts, open_redis, read_facts
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import Snapshot, TaskQuery

T = TypeVar("T")

SYNC_S = 6.0
"""How long the task collector may take to read the result backend and to ask the workers."""

_POLL_S = 0.1
_RATES_OVER_S = 30
_SHOWN_QUEUES = 30


class Trouble(msgspec.Struct, frozen=True):
    """A service that did not answer."""

    service: str
    what: str
    why: str = ""
    remedy: str = ""


class Report(msgspec.Struct, frozen=True):
    """Everything the command says. ``None`` = unknown."""

    profile: str
    overview: Overview | None = None
    nodes: tuple[Node, ...] = ()
    queues: tuple[QueueRow, ...] | None = None
    redis: RedisFacts | None = None
    tasks: Snapshot | None = None
    findings: tuple[Finding, ...] = ()
    troubles: tuple[Trouble, ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--amqp", metavar="URL", default="", help="amqp://user@host:5672/vhost")
    parser.add_argument("--management", metavar="URL", default="", help="http://host:15672 (derived from --amqp)")
    parser.add_argument("--redis", metavar="URL", default="", help="redis://host:6379/0")
    parser.add_argument("--profile", metavar="NAME", default="", help="a saved profile")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    try:
        profile, secrets = chosen_profile(args, os.environ)
    except BadInput as problem:
        print(_words_of(problem), file=sys.stderr)
        return 2
    report = look(profile, secrets)
    if args.json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(_plain(report)), indent=2) + b"\n")
    else:
        print("\n".join(lines(report)))
    return 1 if report.troubles else 0


def chosen_profile(args: argparse.Namespace, environ: Any) -> tuple[Profile, Secrets]:
    """The profile of the options, else the one of Celery's environment variables. Passwords may come by
    ``WARREN_AMQP_PASSWORD`` and ``WARREN_REDIS_PASSWORD``, so that no command line needs to show one."""
    if args.profile:
        profile, secrets = _saved(args.profile, environ)
    elif args.amqp or args.management or args.redis:
        profile, secrets = from_urls(args.amqp, args.management, args.redis)
    else:
        profile, secrets = from_environment(environ)
    return profile, Secrets(
        environ.get("WARREN_AMQP_PASSWORD", secrets.rabbitmq), environ.get("WARREN_REDIS_PASSWORD", secrets.redis)
    )


def profiles_path(environ: Any) -> Path:
    """Where the profiles are: ``$XDG_CONFIG_HOME/warren/profiles.toml``."""
    home = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".config")
    return Path(home) / "warren" / "profiles.toml"


def _saved(name: str, environ: Any) -> tuple[Profile, Secrets]:
    path = profiles_path(environ)
    profiles = {profile.name: profile for profile in ProfileStore(path).load()}
    if name not in profiles:
        known = ", ".join(profiles) or "none"
        raise BadInput(f"there is no profile {name!r}", f"saved in {path}: {known}")
    return profiles[name], PasswordStore().get(profiles[name]) or Secrets()


# ---- looking --------------------------------------------------------------------------------------------------------


def look(profile: Profile, secrets: Secrets) -> Report:
    """Ask every configured service once; what fails becomes a :class:`Trouble`."""
    troubles: list[Trouble] = []
    findings: list[Finding] = []
    overview, nodes, rows = _look_at_rabbit(profile, secrets, troubles, findings)
    redis = _look_at_redis(profile, secrets, troubles, findings)
    tasks = _look_at_tasks(profile, secrets, troubles, findings)
    ordered = sorted(findings, key=lambda f: (f.severity != "crit", -f.weight, f.subject))
    return Report(profile.name, overview, nodes, rows, redis, tasks, tuple(ordered), tuple(troubles))


def _look_at_rabbit(
    profile: Profile, secrets: Secrets, troubles: list[Trouble], findings: list[Finding]
) -> tuple[Overview | None, tuple[Node, ...], tuple[QueueRow, ...] | None]:
    if not profile.management_url:
        return None, (), None
    client = ManagementClient(profile, secrets)
    try:
        answer = _asked("management", lambda: client.overview(_RATES_OVER_S), troubles)
        if answer is None:
            return None, (), None
        nodes = _asked("nodes", client.nodes, troubles) or ()
        queues = _asked("queues", lambda: client.queues(detail=True, rates_over_s=_RATES_OVER_S), troubles)
        bindings = _asked("bindings", client.bindings, troubles) or ()
    finally:
        client.close()
    findings.extend(node_findings(nodes))
    if queues is None:
        return answer[0], nodes, None
    rows, _ = QueueBook().fold(queues, 0.0)
    # One look cannot tell how long a queue has been so: what it is now counts.
    findings.extend(queue_findings(rows, float("inf"), dead_letter_queues(queues, bindings)))
    return answer[0], nodes, rows


def _look_at_redis(
    profile: Profile, secrets: Secrets, troubles: list[Trouble], findings: list[Finding]
) -> RedisFacts | None:
    if not profile.redis_url:
        return None

    def read() -> RedisFacts:
        client = open_redis(profile, secrets)
        try:
            return read_facts(client)
        finally:
            client.close()

    facts = _asked("redis", read, troubles)
    if facts is not None:
        findings.extend(redis_findings(facts))
    return facts


def _look_at_tasks(
    profile: Profile, secrets: Secrets, troubles: list[Trouble], findings: list[Finding]
) -> Snapshot | None:
    if not (profile.amqp_url or profile.redis_url):
        return None

    def read() -> Snapshot | None:
        client = CollectorClient.start(profile, secrets)
        try:
            return _synced(client)
        finally:
            client.close()

    snapshot = _asked("tasks", read, troubles)
    if snapshot is not None:
        findings.extend(worker_findings(snapshot.workers, time.time()))
        troubles.extend(
            Trouble(f"tasks: {stream.source}", stream.what, stream.why, stream.remedy)
            for stream in snapshot.streams
            if stream.state in ("down", "refused")
        )
    return snapshot


def _synced(client: CollectorClient) -> Snapshot | None:
    """The first snapshot that knows everything, or what there is after ``SYNC_S``."""
    deadline = time.monotonic() + SYNC_S
    latest: Snapshot | None = None
    while time.monotonic() < deadline:
        latest = client.snapshot(TaskQuery(count=0), latest.revision if latest is not None else -1) or latest
        if latest is not None and latest.synced:
            break
        time.sleep(_POLL_S)
    return latest


def _asked(service: str, question: Callable[[], T], troubles: list[Trouble]) -> T | None:
    try:
        return question()
    except BrokerError as error:
        troubles.append(Trouble(service, error.what, error.why, error.remedy))
        return None


# ---- saying ---------------------------------------------------------------------------------------------------------


def lines(report: Report) -> list[str]:
    """The report as text for a terminal; no line holds a control character of a broker's name."""
    found = [*_overview_lines(report), *_queue_lines(report), *_redis_lines(report), *_task_lines(report)]
    found += [f"{finding.severity:<5} {finding.title}: {finding.evidence}" for finding in report.findings]
    found += [f"FAILED {trouble.service}: {_joined(trouble)}" for trouble in report.troubles]
    return ["".join(char if char.isprintable() else repr(char)[1:-1] for char in line) for line in found]


def _overview_lines(report: Report) -> list[str]:
    overview = report.overview
    if overview is None:
        return ["RabbitMQ  unknown"]
    rates = overview.rates
    return [
        f"RabbitMQ  {overview.rabbitmq_version} {overview.cluster_name}",
        f"messages  {figures.count(overview.ready)} ready, {figures.count(overview.unacked)} unacknowledged",
        f"publish   {figures.rate(rates.publish)} /s",
        f"deliver   {figures.rate(rates.deliver_get)} /s",
        f"ack       {figures.rate(rates.ack)} /s",
        f"queues    {figures.count(overview.queues)}, with {figures.count(overview.consumers)} consumers",
    ]


def _queue_lines(report: Report) -> list[str]:
    if report.queues is None:
        return ["queues    unknown"]
    shown = sorted((row for row in report.queues if not row.system), key=lambda row: -(row.queue.total or 0))
    head = f"{'queue':<40} {'status':<12} {'ready':>8} {'unacked':>8} {'in /s':>8} {'out /s':>8} {'consumers':>9}"
    found = [head, *(_queue_line(row) for row in shown[:_SHOWN_QUEUES])]
    rest = len(shown) - _SHOWN_QUEUES
    return [*found, f"... and {rest} more"] if rest > 0 else found


def _queue_line(row: QueueRow) -> str:
    queue, rates = row.queue, row.queue.rates
    name = queue.name if queue.vhost == "/" else f"{queue.vhost}: {queue.name}"
    cells = (
        f"{figures.count(queue.ready):>8}",
        f"{figures.count(queue.unacked):>8}",
        f"{figures.rate(rates.publish) if rates.publish is not None else '-':>8}",
        f"{figures.rate(rates.deliver_get) if rates.deliver_get is not None else '-':>8}",
        f"{figures.count(queue.consumers):>9}",
    )
    return f"{name[:40]:<40} {row.status:<12} {' '.join(cells)}"


def _redis_lines(report: Report) -> list[str]:
    facts = report.redis
    if facts is None:
        return ["Redis     unknown"]
    limit = figures.size(facts.max_bytes) if facts.max_bytes is not None else "no limit"
    return [f"Redis     {facts.version}, {figures.count(facts.keys)} keys, {figures.size(facts.used_bytes)} of {limit}"]


def _task_lines(report: Report) -> list[str]:
    if report.tasks is None:
        return ["tasks     unknown"]
    summary = report.tasks.summary
    states = ", ".join(f"{state} {figures.count(number)}" for state, number in sorted(summary.by_state.items()))
    found = [f"tasks     {states or 'none seen'}{'' if report.tasks.synced else ' (not all read yet)'}"]
    for worker in report.tasks.workers:
        slots = f"{figures.count(worker.active)} of {figures.count(worker.slots)} slots busy"
        found.append(f"worker    {worker.name} {worker.status}, {slots}, {figures.count(worker.processed)} processed")
    return found


def _plain(report: Report) -> dict[str, Any]:
    """The report for JSON: one object per part, task states as counts."""
    tasks = report.tasks
    return {
        "profile": report.profile,
        "overview": report.overview,
        "nodes": report.nodes,
        "queues": report.queues,
        "redis": report.redis,
        "tasks": None if tasks is None else {"synced": tasks.synced, **msgspec.structs.asdict(tasks.summary)},
        "workers": None if tasks is None else [msgspec.structs.asdict(worker) for worker in tasks.workers],
        "findings": report.findings,
        "troubles": report.troubles,
    }


def _words_of(problem: BrokerError) -> str:
    return f"{problem}. {problem.remedy}" if problem.remedy else str(problem)


def _joined(trouble: Trouble) -> str:
    return ": ".join(part for part in (trouble.what, trouble.why, trouble.remedy) if part)
