"""What happens to a message in a queue if nobody acknowledges it: where each way of dying leads. PURE.

A queue lets go of a message when its time is over, when the queue is full, when a consumer rejects it, or when it came
back too often (quorum queues). It then goes to the dead-letter exchange under its own keys (those of ``CC`` and ``BCC``
too) or under the queue's dead-letter routing key, and from there on like any message. Streams never let go like this.
Measured on RabbitMQ 3.10.8 and 4.0.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from broker_client.rabbit.entities import ExchangeKey, Queue, QueueKey
from broker_client.rabbit.policies import smaller_of
from broker_client.rabbit.route_trace import RouteTrace
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import dead_letter_exchange

Cause = Literal["expired", "maxlen", "rejected", "delivery_limit"]
"""RabbitMQ's own words, as in the header ``x-death``."""
Fate = Literal["dead-lettered", "dropped", "refused", "kept"]
"""``refused``: the publisher gets a nack. ``kept``: it waits in the queue until there is somewhere to go."""

DEFAULT_DELIVERY_LIMIT = 20
"""Of quorum queues since RabbitMQ 4.0."""


class Departure(msgspec.Struct, frozen=True):
    """One way in which a queue lets go of the message, and what comes of it."""

    queue: QueueKey
    cause: Cause
    when: str
    """What must happen first, as the end of a sentence: "when a consumer rejects it"."""
    fate: Fate
    why: str
    """One sentence without full stop."""
    exchange: ExchangeKey | None = None
    """The dead-letter exchange; ``None`` = the queue has none."""
    routing_keys: tuple[str, ...] = ()
    trace: RouteTrace | None = None
    """Where it goes from the dead-letter exchange, loops left in."""
    loops: tuple[QueueKey, ...] = ()
    """Queues of ``trace`` that it has been in before."""
    depth: int = 0
    """From how many queues it was let go before."""


class _Stay(NamedTuple):
    """The message in one queue: the keys it came under, and the queues it was in before."""

    queue: QueueKey
    keys: tuple[str, ...]
    headers: Mapping[str, Any]
    expiration_ms: int | None
    before: tuple[QueueKey, ...]


def afterlife(
    router: Router,
    trace: RouteTrace,
    headers: Mapping[str, Any] | None = None,
    expiration_ms: int | None = None,
    *,
    most: int = 200,
) -> tuple[Departure, ...]:
    """Every way out for the message in the queues of ``trace``, then in the queues its dead letters reach, and so on.

    ``expiration_ms`` is the message's own time to live; it holds in the first queues only. Each queue is followed once
    for each set of keys; after ``most`` of them the rest is left out.
    """
    seen = {name: value for name, value in (headers or {}).items() if name != "BCC"}
    ahead = [_Stay(queue, trace.routing_keys, seen, expiration_ms, ()) for queue in trace.queues]
    followed = {(stay.queue, stay.keys) for stay in ahead}
    found: list[Departure] = []
    for stay in ahead:
        queue = router.topology.queues.get(stay.queue)
        if queue is None or queue.type == "stream" or len(found) >= most:
            continue
        for departure in _departures(router, queue, stay):
            found.append(departure)
            for target in departure.trace.queues if departure.trace is not None else ():
                if (target, departure.routing_keys) not in followed and target not in departure.loops:
                    followed.add((target, departure.routing_keys))
                    after = _headers_after(stay.headers, queue, departure)
                    ahead.append(_Stay(target, departure.routing_keys, after, None, (*stay.before, stay.queue)))
    return tuple(found)


def time_to_live_ms(queue: Queue, expiration_ms: int | None = None) -> int | None:
    """How long a message may wait in the queue: the shortest of argument, policy and its own ``expiration``."""
    limit = smaller_of(queue.arguments, queue.effective_policy, "message-ttl")
    known = [value for value in (limit, expiration_ms) if value is not None]
    return min(known) if known else None


def delivery_limit(queue: Queue, version: str) -> int | None:
    """How often a message may come back to a quorum queue; ``None`` = as often as it likes (or no quorum queue)."""
    if queue.type != "quorum":
        return None
    limit = smaller_of(queue.arguments, queue.effective_policy, "delivery-limit")
    if not _since_4(version):
        return None if limit is None else max(0, limit)
    limit = DEFAULT_DELIVERY_LIMIT if limit is None else limit
    return None if limit < 0 else limit


def _since_4(version: str) -> bool:
    major = version.partition(".")[0]
    return major.isdigit() and int(major) >= 4


def _departures(router: Router, queue: Queue, stay: _Stay) -> list[Departure]:
    found = []
    if (ttl_ms := time_to_live_ms(queue, stay.expiration_ms)) is not None:
        when = f"after {_duration(ttl_ms)} in the queue" if ttl_ms else "at once, unless a consumer waits for it"
        found.append(_let_go(router, queue, stay, "expired", when))
    if full := _full_words(queue):
        found.append(_overflow(router, queue, stay, full))
    found.append(_let_go(router, queue, stay, "rejected", "when a consumer rejects it without requeue"))
    if (limit := delivery_limit(queue, router.version)) is not None:
        often = "comes back to the queue" if limit == 0 else f"has come back to the queue more than {_times(limit)}"
        found.append(_let_go(router, queue, stay, "delivery_limit", f"when it {often}"))
    return found


def _full_words(queue: Queue) -> str:
    messages = smaller_of(queue.arguments, queue.effective_policy, "max-length")
    size = smaller_of(queue.arguments, queue.effective_policy, "max-length-bytes")
    limits = [] if messages is None else [f"{messages:,} message{'' if messages == 1 else 's'}"]
    limits += [] if size is None else [f"{size:,} bytes"]
    return " or ".join(limits)


def _overflow(router: Router, queue: Queue, stay: _Stay, full: str) -> Departure:
    overflow = _setting(queue, "overflow")
    if overflow == "reject-publish":
        why = "the queue refuses it, and the publisher gets a nack"
        return Departure(
            queue.key, "maxlen", f"if the queue already holds {full}", "refused", why, depth=len(stay.before)
        )
    if overflow == "reject-publish-dlx":
        departure = _let_go(router, queue, stay, "maxlen", f"if the queue already holds {full}")
        return msgspec.structs.replace(departure, why=f"{departure.why}; the publisher gets a nack all the same")
    return _let_go(router, queue, stay, "maxlen", f"when it is the oldest and the queue holds more than {full}")


def _let_go(router: Router, queue: Queue, stay: _Stay, cause: Cause, when: str) -> Departure:
    name, depth = dead_letter_exchange(queue), len(stay.before)
    if name is None:
        return Departure(queue.key, cause, when, "dropped", "the queue has no dead-letter exchange", depth=depth)
    key = _setting(queue, "dead-letter-routing-key")
    keys = stay.keys if key is None else (key,)
    exchange = ExchangeKey(queue.vhost, name)
    headers = {**stay.headers, "x-death": [], **_first_death(stay.headers, queue, cause)}
    trace = router.forward(exchange, keys, headers)
    loops = tuple(target for target in trace.queues if target in (*stay.before, queue.key))
    fate, why = _fate(queue, exchange, trace, loops, cause)
    return Departure(queue.key, cause, when, fate, why, exchange, keys, trace, loops, depth)


def _fate(
    queue: Queue, exchange: ExchangeKey, trace: RouteTrace, loops: tuple[QueueKey, ...], cause: Cause
) -> tuple[Fate, str]:
    name = f"`{exchange.name}`" if exchange.name else "the default exchange"
    if not trace.queues and not trace.possible and not trace.unknown:
        why = trace.refused or f"nothing is bound for it at {name}"
        if (
            _setting(queue, "dead-letter-strategy") == "at-least-once"
            and _setting(queue, "overflow") == "reject-publish"
        ):
            return "kept", f"{why}, and at-least-once keeps it until there is somewhere to go"
        return "dropped", why
    if not loops:
        return "dead-lettered", f"{name} gets it"
    places = ", ".join(f"`{key.name}`" for key in loops)
    if cause == "rejected":
        return "dead-lettered", f"{name} gets it, and it comes back to {places}: round and round while it is rejected"
    round_trip = f"it would come back to {places}, and RabbitMQ drops it there unless it was rejected on its way"
    everywhere = len(loops) == len(trace.queues) and not trace.possible
    return "dropped" if everywhere else "dead-lettered", f"{name} gets it; {round_trip}"


def _setting(queue: Queue, name: str) -> str | None:
    value = queue.arguments.get(f"x-{name}", queue.effective_policy.get(name))
    return value if isinstance(value, str) else None


def _first_death(headers: Mapping[str, Any], queue: Queue, cause: Cause) -> dict[str, str]:
    if "x-first-death-queue" in headers:
        return {}
    return {"x-first-death-queue": queue.name, "x-first-death-reason": cause}


def _headers_after(headers: Mapping[str, Any], queue: Queue, departure: Departure) -> dict[str, Any]:
    kept = {name: value for name, value in headers.items() if name != "CC" or departure.routing_keys[1:]}
    return {**kept, "x-death": [], **_first_death(headers, queue, departure.cause)}


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _duration(milliseconds: int) -> str:
    for size, unit in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")):
        if milliseconds >= size and milliseconds % size == 0:
            return f"{milliseconds // size:,} {unit}"
    return f"{milliseconds / 1000:,.1f} s" if milliseconds > 1000 else f"{milliseconds} ms"
