"""A routing key (and headers) as what lights up in the picture, and why the rest does not. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from broker_client.rabbit.route_trace import RouteTrace, Step
from broker_client.rabbit.routing import Router
from dashboard.look.wording import full_count, visible
from dashboard.topology.emphasis import Emphasis
from dashboard.topology.graph import ALTERNATE, DEFAULT, EXCHANGE, EdgeId, NodeId, exchange_id
from dashboard.topology.node_wording import exchange_title
from dashboard.topology.picture import Picture

WORKING = "Working it out …"
"""Said while a message is followed for longer than one would not notice."""
_NAMED = 3
_LITERALS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


class TraceLine(NamedTuple):
    """One binding that was tried. ``matched`` is ``None`` when nobody can know."""

    title: str
    matched: bool | None
    why: str
    node: NodeId | None
    """Where it leads, if that is in the picture."""

    binding: tuple[str, ...] | None = None
    """The key of the :class:`Binding`."""


class Traced(msgspec.Struct, frozen=True):
    """What one typed key comes to."""

    emphasis: Emphasis
    words: str
    lines: tuple[TraceLine, ...] = ()
    queues: tuple[QueueKey, ...] = ()
    tone: str = "plain"


def headers_of(text: str) -> dict[str, Any]:
    """``kind=video, public=true, size=5`` as typed values. Raises :class:`ValueError` with words on what is no pair."""
    headers: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"“{visible(part)}” is not name=value")
        headers[name.strip()] = _typed(value.strip())
    return headers


def _typed(text: str) -> Any:
    if text in _LITERALS:
        return _LITERALS[text]
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def starts_of(picture: Picture) -> tuple[ExchangeKey, ...]:
    """Where publishers may publish to: every exchange of the picture that no other exchange feeds."""
    graph = picture.graph
    fed = {edge.target for edge in graph.edges if edge.source.kind == EXCHANGE and edge.kind != DEFAULT}
    fed |= {edge.target for edge in graph.edges if edge.kind == "dead-letter"}
    nodes = (node for node in graph.nodes if node.id.kind == EXCHANGE and not node.missing)
    return tuple(ExchangeKey(node.id.vhost, node.id.name) for node in nodes if node.id not in fed)


def traced(
    router: Router, picture: Picture, starts: Sequence[ExchangeKey], key: str, headers: Mapping[str, Any]
) -> Traced:
    """Follow a message from each of ``starts``."""
    traces = [router.route(start, key, headers) for start in starts]
    edges = _Edges(picture)
    lit, unsure, why = set[EdgeId](), set[EdgeId](), dict[EdgeId, list[str]]()
    nodes = set[NodeId]()
    for trace in traces:
        for step in trace.steps:
            edge = edges.of(step)
            if edge is not None:
                (lit if step.matched else unsure if step.matched is None else set()).add(edge)
                why.setdefault(edge, []).append(step.why)
        lit |= edges.by_name(trace)
        if trace.queues or trace.possible or len(starts) == 1:
            nodes |= {exchange_id(exchange) for exchange in (trace.exchange, *trace.passed)}
        nodes |= {picture.place_of[queue] for queue in (*trace.queues, *trace.possible) if queue in picture.place_of}
    told = {edge: _reasons(found) for edge, found in why.items()}
    emphasis = Emphasis(frozenset(nodes), frozenset(lit), told, frozenset(unsure - lit))
    lines = tuple(_line(step, edges) for trace in traces for step in trace.steps)
    queues = tuple(dict.fromkeys(queue for trace in traces for queue in trace.queues))
    return Traced(emphasis, _words(traces, queues), _in_order(lines), queues, _tone(traces, queues))


class _Edges:
    """Which line of the picture stands for which binding."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._of_binding = {binding.key: edge.id for edge in picture.graph.edges for binding in edge.bindings}

    def of(self, step: Step) -> EdgeId | None:
        if step.binding is not None:
            return self._of_binding.get(step.binding.key)
        if not step.matched:
            return None
        leaving = self.picture.graph.leaving.get(exchange_id(step.exchange), ())
        return next((edge.id for edge in leaving if edge.kind == ALTERNATE), None)

    def by_name(self, trace: RouteTrace) -> set[EdgeId]:
        """Lines of the default exchange, which has no bindings to try."""
        if trace.exchange.name:
            return set()
        reached = {self.picture.place_of[queue] for queue in trace.queues if queue in self.picture.place_of}
        leaving = self.picture.graph.leaving.get(exchange_id(trace.exchange), ())
        return {edge.id for edge in leaving if edge.target in reached}

    def target(self, binding: Binding) -> NodeId | None:
        if binding.destination_type == "queue":
            return self.picture.place_of.get(QueueKey(binding.vhost, binding.destination))
        node = exchange_id(ExchangeKey(binding.vhost, binding.destination))
        return node if node in self.picture.graph.by_id else None


def _line(step: Step, edges: _Edges) -> TraceLine:
    source = exchange_title(step.exchange.name)
    if step.binding is None:
        return TraceLine(source, step.matched, step.why, None)
    title = f"{source} → {visible(step.binding.destination)}"
    return TraceLine(title, step.matched, step.why, edges.target(step.binding), step.binding.key)


def _reasons(found: Sequence[str]) -> str:
    """What is said of a line: the reasons of its first bindings."""
    different = tuple(dict.fromkeys(found))
    more = (f"and {full_count(len(different) - _NAMED)} more reasons",) if len(different) > _NAMED else ()
    return ". ".join((*different[:_NAMED], *more))


def _in_order(lines: Iterable[TraceLine]) -> tuple[TraceLine, ...]:
    """What is taken first, then what is not known, then the misses; else as the message goes."""
    return tuple(sorted(dict.fromkeys(lines), key=lambda line: {True: 0, None: 1, False: 2}[line.matched]))


def _words(traces: Sequence[RouteTrace], queues: Sequence[QueueKey]) -> str:
    refused = next((trace.refused for trace in traces if trace.refused), "")
    if refused and len(traces) == 1:
        return refused
    possible = {queue for trace in traces for queue in trace.possible} - set(queues)
    names = ", ".join(visible(queue.name) for queue in queues[:_NAMED])
    more = f" and {len(queues) - _NAMED} more" if len(queues) > _NAMED else ""
    head = f"{_counted(len(queues))}: {names}{more}" if queues else "no queue: the message is lost or returned"
    return f"{head} · {full_count(len(possible))} not certain" if possible else head


def _counted(count: int) -> str:
    return "1 queue" if count == 1 else f"{full_count(count)} queues"


def _tone(traces: Sequence[RouteTrace], queues: Sequence[QueueKey]) -> str:
    if queues:
        return "ok"
    return "warn" if any(trace.unknown or trace.possible for trace in traces) else "crit"
