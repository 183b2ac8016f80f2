"""PURE: which arguments a queue or an exchange can be declared with, what each does and which values it takes.

The lists are those of RabbitMQ 3.10 to 4.x.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

QUEUE_TYPES = ("classic", "quorum", "stream")
EXCHANGE_TYPES = ("direct", "fanout", "topic", "headers")

Kind = Literal["count", "ms", "bytes", "age", "choice", "flag", "name"]
_ALL = QUEUE_TYPES
_KEEPING = ("classic", "quorum")
_BROKER_MOST = 2**63 - 1
_LONGEST_MS = 2**32 - 1


class Argument(msgspec.Struct, frozen=True):
    """One argument. ``kind`` says how its value is written (``ms``, ``bytes`` and ``count`` are whole numbers; ``age``
    is a number with Y, M, D, h, m or s). ``since`` and ``until`` are broker versions: known from, ignored or refused
    from. ``advice`` warns of a deprecated one."""

    name: str
    title: str
    kind: Kind
    help: str
    types: tuple[str, ...]
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = _BROKER_MOST
    since: tuple[int, int] = (0, 0)
    until: tuple[int, int] = (99, 0)
    advice: str = ""


QUEUE_ARGUMENTS: tuple[Argument, ...] = (
    Argument(
        "x-message-ttl",
        "Message time to live",
        "ms",
        "A message that waits longer expires: dead-lettered if the queue has a dead-letter exchange, else gone.",
        _KEEPING,
        most=_LONGEST_MS,
    ),
    Argument(
        "x-expires",
        "Queue expires",
        "ms",
        "The queue is deleted, with its messages, after so long without consumer, get or declare.",
        _KEEPING,
        least=1,
        most=_LONGEST_MS,
    ),
    Argument(
        "x-max-length",
        "Length limit",
        "count",
        "The most messages that may be ready at once. Overflow says what happens to one more.",
        _KEEPING,
    ),
    Argument(
        "x-max-length-bytes",
        "Size limit",
        "bytes",
        "The most bytes of ready message bodies. A stream forgets its oldest parts instead.",
        _ALL,
    ),
    Argument(
        "x-overflow",
        "Overflow",
        "choice",
        "drop-head drops the oldest message, reject-publish refuses the new one, reject-publish-dlx refuses it and "
        "dead-letters it.",
        _KEEPING,
        choices=("drop-head", "reject-publish", "reject-publish-dlx"),
    ),
    Argument(
        "x-dead-letter-exchange",
        "Dead-letter exchange",
        "name",
        "Where messages go that expire, overflow, are rejected or delivered too often. It need not exist yet.",
        _KEEPING,
    ),
    Argument(
        "x-dead-letter-routing-key",
        "Dead-letter routing key",
        "name",
        "Dead letters get this routing key instead of their own. Needs a dead-letter exchange.",
        _KEEPING,
    ),
    Argument(
        "x-dead-letter-strategy",
        "Dead-letter strategy",
        "choice",
        "at-least-once keeps a dead letter until its target confirms; it needs overflow reject-publish.",
        ("quorum",),
        choices=("at-most-once", "at-least-once"),
        since=(3, 10),
    ),
    Argument(
        "x-single-active-consumer",
        "Single active consumer",
        "flag",
        "One consumer gets all messages, so that their order holds; the next takes over when it goes.",
        _KEEPING,
    ),
    Argument(
        "x-max-priority",
        "Priorities",
        "count",
        "Messages carry a priority from 0 to this one, the higher is delivered first. Each level costs; stay below 10.",
        ("classic",),
        least=1,
        most=255,
    ),
    Argument(
        "x-delivery-limit",
        "Delivery limit",
        "count",
        "A message returned more often than this is dropped or dead-lettered. RabbitMQ 4 sets 20 when it is left out.",
        ("quorum",),
    ),
    Argument(
        "x-quorum-initial-group-size",
        "Initial group size",
        "count",
        "How many nodes of the cluster hold a copy from the start; an odd number.",
        ("quorum",),
        least=1,
    ),
    Argument(
        "x-quorum-target-group-size",
        "Target group size",
        "count",
        "The broker adds copies until there are this many.",
        ("quorum",),
        least=1,
        since=(3, 12),
    ),
    Argument(
        "x-max-in-memory-length",
        "In-memory length",
        "count",
        "The most messages kept in memory beside the disk.",
        ("quorum",),
        until=(4, 0),
        advice="RabbitMQ ignores it since 3.10 and keeps message bodies on disk anyway",
    ),
    Argument(
        "x-max-age",
        "Retention by age",
        "age",
        "Parts of the stream that are older are removed: 7D, 12h, 30m.",
        ("stream",),
    ),
    Argument(
        "x-stream-max-segment-size-bytes",
        "Segment size",
        "bytes",
        "The stream is kept in files of this size; retention removes whole files.",
        ("stream",),
        most=3_000_000_000,
    ),
    Argument(
        "x-stream-filter-size-bytes",
        "Filter size",
        "bytes",
        "Size of the filter that lets consumers skip parts of the stream.",
        ("stream",),
        least=16,
        most=255,
        since=(3, 13),
    ),
    Argument(
        "x-initial-cluster-size",
        "Initial cluster size",
        "count",
        "How many nodes of the cluster hold a copy from the start.",
        ("stream",),
        least=1,
    ),
    Argument(
        "x-queue-leader-locator",
        "Leader placement",
        "choice",
        "client-local puts the leader on the node of the declaring client, balanced spreads leaders.",
        ("quorum", "stream"),
        choices=("client-local", "balanced"),
        since=(3, 10),
    ),
    Argument(
        "x-queue-leader-locator",
        "Leader placement",
        "choice",
        "client-local makes the queue on the node of the declaring client, balanced spreads queues.",
        ("classic",),
        choices=("client-local", "balanced"),
        since=(3, 12),
    ),
    Argument(
        "x-queue-master-locator",
        "Leader placement (old name)",
        "choice",
        "On which node of a cluster the queue is made.",
        ("classic",),
        choices=("client-local", "min-masters", "random"),
        advice="deprecated, and denied by RabbitMQ 4.3: use x-queue-leader-locator",
    ),
    Argument(
        "x-queue-mode",
        "Queue mode",
        "choice",
        "lazy keeps messages on disk until a consumer needs them.",
        ("classic",),
        choices=("default", "lazy"),
        until=(4, 3),
        advice="ignored since RabbitMQ 3.12 and refused by 4.3: leave it out",
    ),
    Argument(
        "x-queue-version",
        "Classic queue version",
        "count",
        "How messages are stored; 2 uses less memory.",
        ("classic",),
        least=1,
        most=2,
        since=(3, 10),
        advice="RabbitMQ 4 always uses 2, and 4.3 refuses 1",
    ),
)
EXCHANGE_ARGUMENTS: tuple[Argument, ...] = (
    Argument(
        "alternate-exchange",
        "Alternate exchange",
        "name",
        "Messages that no binding takes go there instead of being returned or lost.",
        (),
    ),
    Argument(
        "x-delayed-type",
        "Delayed type",
        "choice",
        "How an exchange of type x-delayed-message routes once the delay is over.",
        ("x-delayed-message",),
        choices=EXCHANGE_TYPES,
    ),
)
BY_TYPE_AND_NAME = {(kind, argument.name): argument for argument in QUEUE_ARGUMENTS for kind in argument.types}


def queue_arguments(queue_type: str, version: str = "") -> tuple[Argument, ...]:
    """The arguments that a queue of this type takes, on a broker of this version ("" = not known: all)."""
    number = version_number(version)
    return tuple(
        argument
        for argument in QUEUE_ARGUMENTS
        if queue_type in argument.types and (number is None or argument.since <= number < argument.until)
    )


def version_number(version: str) -> tuple[int, int] | None:
    """``(major, minor)`` of "3.10.8"; ``None`` when it is not known."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else None
