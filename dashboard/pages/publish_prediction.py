"""PURE: where a message that is being typed would go, in words, with the reason for every binding."""

from __future__ import annotations

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.route_trace import RouteTrace, Step
from dashboard.look.wording import full_count, visible
from dashboard.topology.emphasis import Emphasis
from dashboard.topology.graph import exchange_id, queue_id
from dashboard.topology.node_wording import exchange_title
from dashboard.topology.tracing import WORKING, Traced, TraceLine

_NAMED = 4
MOST_LINES = 60
"""More reasons than this nobody reads; making them all would hold the window up where thousands are bound."""
UNKNOWN = Traced(Emphasis(), "Not known: the management API has not told of the exchanges yet.", tone="idle")
PREPARING = Traced(Emphasis(), WORKING, tone="idle")


def prediction_of(trace: RouteTrace) -> Traced:
    """The trace for the panel: what is taken first, then what is not known, then the misses; the first of them all."""
    of_kind: dict[bool | None, list[Step]] = {True: [], None: [], False: []}
    for step in trace.steps:
        of_kind[step.matched].append(step)
    steps = [step for kind in of_kind.values() for step in kind[:MOST_LINES]]
    words, tone = _outcome(trace)
    return Traced(Emphasis(), words, tuple(map(_line, steps[:MOST_LINES])), trace.queues, tone)


def tally(trace: RouteTrace) -> tuple[str, str]:
    """``4 of 7 bindings match``, and how many are not shown."""
    taken = sum(1 for step in trace.steps if step.matched)
    left = len(trace.steps) - MOST_LINES
    tried = full_count(len(trace.steps))
    return f"{full_count(taken)} of {tried} bindings match", f"and {full_count(left)} more" if left > 0 else ""


def certain_names(trace: RouteTrace) -> tuple[str, ...] | None:
    """The names of the queues, or ``None`` when the trace is not the whole answer."""
    return None if trace.unknown else tuple(queue.name for queue in trace.queues)


def _outcome(trace: RouteTrace) -> tuple[str, str]:
    if trace.refused:
        return f"The broker would refuse it: {visible(trace.refused)}.", "crit"
    doubt = f" Not certain: {visible(trace.unknown[0])}." if trace.unknown else ""
    if trace.queues:
        names = ", ".join(visible(name) for name in sorted(queue.name for queue in trace.queues)[:_NAMED])
        more = f" and {full_count(len(trace.queues) - _NAMED)} more" if len(trace.queues) > _NAMED else ""
        counted = "1 queue" if len(trace.queues) == 1 else f"{full_count(len(trace.queues))} queues"
        return f"Would go to {counted}: {names}{more}.{doubt}", "warn" if doubt else "ok"
    if doubt:
        return doubt.strip(), "warn"
    return "Would go to no queue: the broker would return it.", "warn"


def _line(step: Step) -> TraceLine:
    source = exchange_title(step.exchange.name)
    binding = step.binding
    if binding is None:
        return TraceLine(source, step.matched, step.why, None)
    if binding.destination_type == "queue":
        node = queue_id(QueueKey(binding.vhost, binding.destination))
    else:
        node = exchange_id(ExchangeKey(binding.vhost, binding.destination))
    return TraceLine(f"{source} → {visible(binding.destination)}", step.matched, step.why, node)
