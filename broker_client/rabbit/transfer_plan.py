"""What a transfer is asked to do, and what it says of itself while it runs and at its end. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from broker_client.errors import BadInput, BrokerError
from broker_client.rabbit.entities import QueueKey


class TransferPlan(msgspec.Struct, frozen=True):
    """From a queue to an exchange of the same vhost; a target queue is the default exchange with the queue's name."""

    source: QueueKey
    exchange: str = ""
    routing_key: str | None = None
    """``None`` = each message keeps its own."""
    first: int | None = None
    """At most so many messages; ``None`` = as many as were ready at the start."""
    copy: bool = False
    """Leave the messages where they are. Each look counts as a delivery: the queue marks them redelivered."""
    keep_expiration: bool = False
    chosen: tuple[str, ...] | None = None
    """Identities (hex) of the only messages that are meant."""
    match: str = ""
    """The words of the filter, for the journal; the filter itself is given to the transfer."""

    @property
    def target_queue(self) -> str | None:
        return self.routing_key if self.exchange == "" else None

    @property
    def target_words(self) -> str:
        return f"queue {self.routing_key}" if self.exchange == "" else f"exchange {self.exchange}"

    def subject(self, broker: str) -> dict[str, Any]:
        """What the journal keeps: no password, no message."""
        return {"broker": broker, "plan": msgspec.to_builtins(self)}

    @classmethod
    def of_subject(cls, subject: Mapping[str, Any], broker: str) -> TransferPlan:
        """Raises :class:`BadInput` when the journal is of another broker or cannot be read."""
        if subject.get("broker") != broker:
            raise BadInput("this operation belongs to another broker", f"{subject.get('broker')}, not {broker}")
        try:
            return msgspec.convert(subject.get("plan"), cls)
        except msgspec.ValidationError as problem:
            raise BadInput("the journal cannot be read", str(problem)) from None


def to_queue(source: QueueKey, queue: str, **options: Any) -> TransferPlan:
    return TransferPlan(source, "", queue, **options)


def to_exchange(source: QueueKey, exchange: str, routing_key: str | None = None, **options: Any) -> TransferPlan:
    return TransferPlan(source, exchange, routing_key, **options)


class Progress(msgspec.Struct, frozen=True):
    """How far a transfer is. Counts are messages."""

    total: int
    sent: int
    confirmed: int
    skipped: int
    took_s: float


class Doubt(msgspec.Struct, frozen=True):
    """A message of which nobody can say whether it has arrived: it was kept at its source."""

    identity: str
    """Hex; what ``chosen`` takes."""
    label: str
    """Its message id or task id; empty when it has none."""
    why: str


class Trouble(msgspec.Struct, frozen=True):
    """Why a transfer ended before its end."""

    what: str
    why: str = ""
    remedy: str = ""

    @classmethod
    def of(cls, problem: BrokerError) -> Trouble:
        return cls(problem.what, problem.why, problem.remedy)


class Receipt(msgspec.Struct, frozen=True):
    """What became of a transfer. Counts are messages."""

    source: str
    target: str
    ended: str
    """``done``, ``stopped`` (by the caller) or ``failed`` (``trouble`` says why)."""
    total: int
    """Meant at the start."""
    confirmed: int
    """The broker has them at the target; moved ones are acknowledged at the source."""
    skipped: int = 0
    """Looked at and left, because they do not match."""
    refused: int = 0
    """The target did not take them; they are at the source."""
    already: int = 0
    """Sent by an earlier attempt, came back to the source, and were only acknowledged now."""
    may_come_back: int = 0
    """Confirmed, but the connection ended before the source could be told: the next attempt knows them."""
    in_doubt: tuple[Doubt, ...] = ()
    trouble: Trouble | None = None
    operation: str = ""
    """Name of the journal that was left behind to go on with; empty when there is nothing to go on with."""
    took_s: float = 0.0
