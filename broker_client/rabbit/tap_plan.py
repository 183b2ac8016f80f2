"""PURE: how messages could be copied without touching anybody: which bindings a queue of our own would need.

A tap must not change where messages go or what publishers are told. It therefore binds with what is bound already, and
never to an exchange that gives each message to one of its bindings only.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, QueueKey
from broker_client.rabbit.topology import Topology

COPYING_TYPES = frozenset({"direct", "fanout", "topic", "headers", "x-delayed-message", "x-recent-history"})
"""Exchange types that give a copy to every binding that matches."""
MOST_BINDINGS = 5_000
TRACE_EXCHANGE = "amq.rabbitmq.trace"

_DEFAULT_ONLY = (
    "messages reach it through the default exchange only, which takes no other bindings: a tap cannot get a copy. "
    "The firehose can (administrators), or look into the queue"
)


class TapPlan(msgspec.Struct, frozen=True):
    """The bindings to make, with an empty destination. ``impossible`` says in words why there is no way, else it is
    empty; ``notes`` say what will not be seen. ``traced``: messages come wrapped by the firehose."""

    vhost: str
    subject: str
    bindings: tuple[Binding, ...] = ()
    impossible: str = ""
    notes: tuple[str, ...] = ()
    traced: bool = False


def plan_queue_tap(topology: Topology, key: QueueKey) -> TapPlan:
    """Copies of what a queue gets from now on, by cloning its bindings."""
    subject = f"queue {key.name!r}"
    if key not in topology.queues:
        return TapPlan(key.vhost, subject, impossible="there is no such queue")
    usable, stealing = [], set()
    for binding in topology.arriving(key):
        if binding.source == "":
            continue
        exchange = topology.exchanges.get(ExchangeKey(key.vhost, binding.source))
        if exchange is not None and exchange.type not in COPYING_TYPES:
            stealing.add(f"{binding.source!r} ({exchange.type})")
        else:
            usable.append(binding)
    if not usable:
        return TapPlan(key.vhost, subject, impossible=_stealing_words(stealing) if stealing else _DEFAULT_ONLY)
    notes = ["what is published to its name through the default exchange is not seen"]
    notes += [_stealing_words(stealing)] if stealing else []
    return _plan(key.vhost, subject, usable, notes)


def plan_exchange_tap(topology: Topology, key: ExchangeKey, *, everything: bool = False) -> TapPlan:
    """Copies of what an exchange gives to somebody from now on; with ``everything`` also of what nobody takes."""
    subject = f"exchange {key.name!r}"
    exchange = topology.exchanges.get(key)
    if key.name == "":
        words = "the default exchange takes no bindings: tap the queue's other exchanges, or use the firehose"
        return TapPlan(key.vhost, "the default exchange", impossible=words)
    if exchange is None:
        return TapPlan(key.vhost, subject, impossible="there is no such exchange")
    if exchange.type not in COPYING_TYPES:
        return TapPlan(key.vhost, subject, impossible=_stealing_words({f"{key.name!r} ({exchange.type})"}))
    bound = topology.leaving(key)
    if everything and exchange.type != "direct":
        return _everything(exchange)
    if not bound:
        words = "nothing is bound to it: nothing it gets goes anywhere. A tap on everything would change that"
        return TapPlan(key.vhost, subject, impossible=words)
    notes = ["messages that no binding takes are not seen: a tap would make publishers believe that they arrived"]
    if everything:
        notes = ["a direct exchange has no pattern for everything: only keys that are bound now are seen"]
    return _plan(key.vhost, subject, bound, notes)


def plan_firehose(vhost: str, *, exchange: str = "", everything: bool = True) -> TapPlan:
    """Every message published in the vhost, or those to one exchange, wrapped by the broker's tracing."""
    key = "publish.#" if everything else f"publish.{exchange}"
    binding = Binding(vhost, TRACE_EXCHANGE, "", "queue", key)
    notes = (
        "the broker copies every message of the vhost while this is on: it costs CPU on a busy broker",
        "it is turned off again when the time is over, when it is stopped, and when Warren dies",
    )
    return TapPlan(vhost, f"vhost {vhost!r}", (binding,), notes=notes, traced=True)


def _everything(exchange: Exchange) -> TapPlan:
    key = "#" if exchange.type in ("topic", "x-delayed-message") else ""
    arguments = {"x-match": "all"} if exchange.type == "headers" else {}
    notes = ["publishers are told that messages arrived which nobody else takes"]
    if "alternate-exchange" in exchange.arguments:
        notes.append("its alternate exchange gets nothing while the tap is there")
    binding = Binding(exchange.vhost, exchange.name, "", "queue", key, arguments)
    return TapPlan(exchange.vhost, f"exchange {exchange.name!r}", (binding,), notes=tuple(notes))


def _plan(vhost: str, subject: str, bound: Iterable[Binding], notes: list[str]) -> TapPlan:
    clones = {
        (binding.source, binding.routing_key, repr(sorted(binding.arguments.items()))): Binding(
            vhost, binding.source, "", "queue", binding.routing_key, binding.arguments
        )
        for binding in bound
    }
    if len(clones) > MOST_BINDINGS:
        words = f"it has {len(clones):,} different bindings; a tap takes at most {MOST_BINDINGS:,}"
        return TapPlan(vhost, subject, impossible=words)
    return TapPlan(vhost, subject, tuple(clones.values()), notes=tuple(notes))


def _stealing_words(exchanges: set[str]) -> str:
    return f"{', '.join(sorted(exchanges))} gives each message to one binding only: a tap would take it from the others"
