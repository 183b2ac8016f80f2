"""The shape of a finding: something that needs a person's attention, with its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import msgspec

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.tasks.records import TaskQuery


class Finding(msgspec.Struct, frozen=True, gc=False):
    """``title`` says what is wrong in one clause, ``evidence`` the numbers it rests on, ``advice`` what to do."""

    rule: str
    """Stable name of the rule: ``no-consumer``, ``dead-letters``, ``growing``, ``unacked-stuck``, ``queue-down``,
    ``worker-silent``, ``broker-alarm``, ``redis-near-maxmemory``, ``bound-to-nothing``, ``alternate-nowhere``,
    ``dead-letters-nowhere``, ``queue-unfed``; of sources that disagree: see ``insight.disagreements``."""
    severity: str
    """``crit`` or ``warn``."""
    title: str
    evidence: str
    advice: str = ""
    queue: QueueKey | None = None
    worker: str | None = None
    exchange: ExchangeKey | None = None
    weight: float = 0.0
    """Orders findings of one severity: larger first."""
    task: str | None = None
    """The id of a task that shows it."""
    tasks: TaskQuery | None = None
    """The tasks that it is about."""

    @property
    def subject(self) -> str:
        """What the finding is about, for keys and jumps."""
        if self.queue is not None:
            return f"queue:{self.queue.vhost}:{self.queue.name}"
        if self.exchange is not None:
            return f"exchange:{self.exchange.vhost}:{self.exchange.name}"
        if self.worker:
            return f"worker:{self.worker}"
        return f"tasks:{self.tasks.text}" if self.tasks is not None else self.rule


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """In the order in which a person should see them."""
    return tuple(sorted(findings, key=lambda one: (one.severity != "crit", -one.weight, one.subject)))


def told_once(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """A queue that no worker consumes has no consumer either: it is told with the tasks that wait in it."""
    known = {finding.queue for finding in findings if finding.rule == "no-worker"}
    if not known:
        return findings
    return tuple(one for one in findings if one.rule != "no-consumer" or one.queue not in known)


def joined(*parts: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings of several parts, each in the order of :func:`worst_first`, in that order: cheap for thousands."""
    told = [part for part in parts if part]
    if len(told) == 1:
        return told[0]
    return tuple(sorted(chain.from_iterable(told), key=lambda one: (one.severity != "crit", -one.weight)))
