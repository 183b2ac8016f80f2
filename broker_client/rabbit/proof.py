"""Predicted and proved: publish one message, and see from the broker's own tracing which queues it was put into.

Tracing needs an administrator and is on only for this one message. Without that right each bound queue gets a twin for
a moment (:mod:`tap_proof`), and the outcome proves something too: a returned message went nowhere, a confirmed one to
the default exchange is in its queue. What is not proved is said to be a prediction.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from typing import Literal

import msgspec

from broker_client.errors import BrokerError
from broker_client.profile import Profile, Secrets, with_vhost
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.firehose import Firehose
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.property_wire import decode_properties
from broker_client.rabbit.publisher import Outcome, Publisher, check_message
from broker_client.rabbit.tap import Tap
from broker_client.rabbit.tap_plan import plan_firehose
from broker_client.rabbit.tap_proof import queues_by_taps
from broker_client.rabbit.tap_ring import Tapped, TapRing
from broker_client.rabbit.topology import Topology
from broker_client.rabbit.trace_message import routed_queues

By = Literal["tracing", "taps", "outcome", "nothing"]
_TRACE_S = 20.0
_WAIT_S = 3.0


class Proof(msgspec.Struct, frozen=True):
    """``predicted`` and ``actual`` are queue names; ``actual`` is ``None`` when nothing proves them. ``by`` says what
    does, ``words`` what came of it. ``missing`` were predicted and did not get it, ``unexpected`` the other way."""

    outcome: Outcome
    predicted: tuple[str, ...] | None
    actual: tuple[str, ...] | None
    by: By
    words: str

    @property
    def missing(self) -> tuple[str, ...]:
        return _without(self.predicted, self.actual)

    @property
    def unexpected(self) -> tuple[str, ...]:
        return _without(self.actual, self.predicted)

    @property
    def agrees(self) -> bool | None:
        """Whether prediction and proof are the same; ``None`` when one of them is not known."""
        if self.predicted is None or self.actual is None:
            return None
        return set(self.predicted) == set(self.actual)


def publish_and_prove(
    profile: Profile,
    secrets: Secrets,
    vhost: str,
    message: Message,
    predicted: Iterable[str] | None = None,
    *,
    trace: bool = True,
) -> Proof:
    """Publish ``message`` in ``vhost``, mandatory and confirmed, once. ``trace`` False makes no tracing and no twins.
    Raises BrokerError only when nothing was sent."""
    check_message(message)
    foretold = None if predicted is None else tuple(sorted(set(predicted)))
    with Publisher(with_vhost(profile, vhost), secrets) as publisher:
        why = "" if trace else "tracing was not asked for"
        if trace:
            try:
                with Firehose(profile, secrets, vhost, _TRACE_S):
                    return _traced(profile, secrets, vhost, message, foretold, publisher)
            except _NotTraced as problem:
                why = str(problem)
            except BrokerError as problem:
                why = str(problem)
        if trace and message.exchange and profile.management_url:
            try:
                outcome, found = _with_twins(profile, secrets, vhost, message, publisher)
            except BrokerError as problem:
                why = f"{why}; {problem}"
            else:
                if found is not None:
                    return _told(Proof(outcome, foretold, tuple(sorted(found)), "taps", ""))
                return _by_outcome(message, outcome, foretold, why)
        return _by_outcome(message, publisher.publish(message), foretold, why)


def _with_twins(
    profile: Profile, secrets: Secrets, vhost: str, message: Message, publisher: Publisher
) -> tuple[Outcome, tuple[str, ...] | None]:
    """Publish with a twin beside each queue. Raises BrokerError only when nothing was published."""
    with closing(ManagementClient(profile, secrets)) as client:
        queues = client.queues(vhost, detail=True)
        topology = Topology(queues, client.exchanges(vhost), client.bindings(vhost))
    return queues_by_taps(profile, secrets, vhost, topology, message, lambda: publisher.publish(message))


class _NotTraced(Exception):
    """Tracing could not be watched; nothing was published yet."""


def _traced(
    profile: Profile,
    secrets: Secrets,
    vhost: str,
    message: Message,
    predicted: tuple[str, ...] | None,
    publisher: Publisher,
) -> Proof:
    ring = TapRing(most=1_000)
    plan = plan_firehose(vhost, exchange=message.exchange, everything=False)
    try:
        tap = Tap(profile, secrets, plan, ring, body_bytes=len(message.body) + 1, name="warren proof")
    except BrokerError as problem:
        raise _NotTraced(str(problem)) from None
    with tap:
        outcome = publisher.publish(message)
        try:
            found = _trace_of(tap, ring, message)
        except BrokerError as problem:
            return _by_outcome(message, outcome, predicted, str(problem))
    if found is None:
        return _by_outcome(message, outcome, predicted, "no trace of it came")
    return _told(Proof(outcome, predicted, tuple(sorted(set(found))), "tracing", ""))


def _trace_of(tap: Tap, ring: TapRing, message: Message) -> tuple[str, ...] | None:
    """The queues in the trace of our message; ``None`` when it does not come."""
    end = time.monotonic() + _WAIT_S
    seen = 0
    while time.monotonic() < end:
        for tapped in ring.after(seen):
            seen = tapped.number
            if _is_ours(tapped, message):
                return routed_queues(decode_properties(tapped.properties))
        tap.serve(0.05)
    return None


def _is_ours(tapped: Tapped, message: Message) -> bool:
    if tapped.body != message.body:
        return False
    seen = tapped.message()
    return (seen.exchange, seen.routing_key, seen.properties) == (
        message.exchange,
        message.routing_key,
        message.properties,
    )


def _by_outcome(message: Message, outcome: Outcome, predicted: tuple[str, ...] | None, why: str) -> Proof:
    if outcome.kind in ("returned", "refused"):
        return _told(Proof(outcome, predicted, (), "outcome", ""))
    headers = message.properties.headers or {}
    if outcome.kind == "confirmed" and not message.exchange and "CC" not in headers and "BCC" not in headers:
        return _told(Proof(outcome, predicted, (message.routing_key,), "outcome", ""))
    words = f"this is a prediction: {why}" if why else "this is a prediction"
    if outcome.kind == "confirmed":
        words += ". At least one queue has it, for it was not returned"
    return Proof(outcome, predicted, None, "nothing", words)


def _told(proof: Proof) -> Proof:
    """The same with its words."""
    actual = ", ".join(proof.actual or ()) or "no queue"
    if proof.predicted is None:
        words = f"it went to {actual}"
    elif proof.agrees:
        words = f"as predicted: {actual}"
    else:
        lines = [f"predicted {', '.join(proof.predicted) or 'no queue'}, but it went to {actual}"]
        if proof.missing:
            lines.append(f"not reached: {', '.join(proof.missing)} (was a binding or a queue removed meanwhile?)")
        if proof.unexpected:
            lines.append(f"not foreseen: {', '.join(proof.unexpected)} (was a binding added meanwhile?)")
        words = ". ".join(lines)
    return msgspec.structs.replace(proof, words=words)


def _without(some: tuple[str, ...] | None, others: tuple[str, ...] | None) -> tuple[str, ...]:
    return () if some is None or others is None else tuple(name for name in some if name not in others)
