"""From what the broker told to the graph that is shown: what is left out, what is folded, what lines mean. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from broker_client.insight.delayed_queues import DELIVERY, delay_number
from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Binding, Consumer, Exchange, ExchangeKey, QueueKey
from broker_client.rabbit.topology import alternate_exchange, dead_letter_exchange
from dashboard.look.wording import visible
from dashboard.topology import node_wording as words
from dashboard.topology.audience import Audience, audiences
from dashboard.topology.folding import Families, Family, families, home_of, should_fold
from dashboard.topology.graph import (
    ALTERNATE,
    BINDING,
    CONSUME,
    CONSUMERS,
    DEAD_LETTER,
    DEFAULT,
    EXCHANGE,
    FOLD,
    QUEUE,
    EdgeId,
    Graph,
    GraphEdge,
    GraphNode,
    NodeId,
    exchange_id,
    queue_id,
)

MOST_TWINS = 2
"""More bindings between the same two nodes become one line that says how many there are."""

_SYSTEM_EXCHANGES = ("celeryev", "celery.pidbox", "reply.celery.pidbox")


class Facts(msgspec.Struct, frozen=True):
    """What the broker told. ``workers``: the queues that each Celery worker says it consumes."""

    exchanges: tuple[Exchange, ...] = ()
    bindings: tuple[Binding, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    rows: tuple[QueueRow, ...] = ()
    workers: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Choice(msgspec.Struct, frozen=True):
    """What a person wants to see. ``opened``: families that are to be shown one by one; ``folded``: as it is now."""

    vhost: str | None = None
    system: bool = False
    only_problems: bool = False
    opened: frozenset[Family] = frozenset()
    folded: bool = False


class Picture(msgspec.Struct, frozen=True):
    """The graph, whether it is folded, and which node each queue is part of."""

    graph: Graph = Graph()
    folded: bool = False
    place_of: Mapping[QueueKey, NodeId] = msgspec.field(default_factory=dict)
    families: Mapping[NodeId, Family] = msgspec.field(default_factory=dict)
    """What each fold stands for."""
    unfolded: Mapping[NodeId, Family] = msgspec.field(default_factory=dict)
    """The queues of families that a person has unfolded: they can be folded again."""
    queues: int = 0
    exchanges: int = 0
    bindings: int = 0


def picture_of(facts: Facts, choice: Choice) -> Picture:
    """Everything that ``choice`` lets through, as a graph."""
    return _Painter(facts, choice).picture()


class _Painter:
    """One reading of the facts."""

    def __init__(self, facts: Facts, choice: Choice) -> None:
        self._choice = choice
        self._exchanges = {
            exchange.key: exchange
            for exchange in facts.exchanges
            if self._wanted(exchange.vhost) and _is_shown(exchange.key.name, choice)
        }
        self._rows = {
            row.key: row if delay_number(row.queue.name) is None else _leaving_by_delivery(row)
            for row in facts.rows
            if self._wanted(row.queue.vhost) and (choice.system or not row.system) and row.status != "deleted"
        }
        self._bindings = [
            binding
            for binding in facts.bindings
            if binding.source and self._wanted(binding.vhost) and self._joins_shown(binding)
        ]
        self._sources: dict[QueueKey, list[str]] = {}
        for binding in self._bindings:
            if binding.destination_type == "queue":
                self._sources.setdefault(QueueKey(binding.vhost, binding.destination), []).append(binding.source)
        self._direct = _direct_dead_letters(self._rows.values())
        self._missing: dict[ExchangeKey, None] = {}
        if choice.only_problems:
            self._keep_problems()
        self._audiences = audiences(facts.consumers, facts.workers, self._rows)

    def _wanted(self, vhost: str) -> bool:
        return self._choice.vhost is None or vhost == self._choice.vhost

    def _joins_shown(self, binding: Binding) -> bool:
        if ExchangeKey(binding.vhost, binding.source) not in self._exchanges:
            return False
        if binding.destination_type == "queue":
            return QueueKey(binding.vhost, binding.destination) in self._rows
        return ExchangeKey(binding.vhost, binding.destination) in self._exchanges

    # ---- the picture --------------------------------------------------------------------------------------------

    def picture(self) -> Picture:
        hubs = self._shown_exchanges()
        folded = should_fold(len(self._rows) + len(hubs), self._choice.folded)
        delaying = [row for row in self._rows.values() if delay_number(row.queue.name) is not None]
        groups, opened = self._groups(self._rows.values() if folded else delaying)
        place_of = {key: queue_id(key) for key in self._rows}
        nodes, fold_ids = [], {}
        for family, rows in groups.items():
            node = _fold_node(family, rows)
            nodes.append(node)
            fold_ids[node.id] = family
            place_of.update((row.key, node.id) for row in rows)
        nodes += [queue_node(row) for key, row in self._rows.items() if place_of[key].kind == QUEUE]
        edges = self._binding_edges(place_of) + self._default_edges(place_of) + self._dead_letter_edges(place_of)
        edges += self._alternate_edges()
        if not folded:
            consumers, consumed = self._consumers()
            nodes += consumers
            edges += consumed
        touched = {end for edge in edges for end in (edge.source, edge.target)}
        exchanges = [self._exchange_node(key) for key in (*self._exchanges, *self._missing)]
        nodes += [node for node in exchanges if node.id in touched or node.title in hubs]
        graph = Graph(tuple(sorted(nodes, key=lambda node: node.id)), tuple(sorted(edges, key=lambda edge: edge.id)))
        shown = sum(1 for node in nodes if node.id.kind == EXCHANGE)
        unfolded = {queue_id(row.key): family for family, rows in opened.items() for row in rows}
        return Picture(graph, folded, place_of, fold_ids, unfolded, len(self._rows), shown, len(self._bindings))

    def _shown_exchanges(self) -> set[str]:
        """Titles of exchanges that are shown even when nothing is bound: those that somebody declared."""
        choice = self._choice
        if choice.only_problems:
            return set()
        return {
            words.exchange_title(key.name)
            for key in self._exchanges
            if key.name and (choice.system or not (key.name.startswith("amq.") or key.name in _SYSTEM_EXCHANGES))
        }

    def _groups(self, rows: Iterable[QueueRow]) -> tuple[Families, Families]:
        """The families of ``rows`` that are folded, and those that would be if nobody had opened them."""
        homes = {key: home_of(key.name, sources) for key, sources in self._sources.items()}
        troubled = {key for key, row in self._rows.items() if words.queue_tone(row) in ("warn", "crit")}
        found = families(rows, homes, troubled)
        opened = self._choice.opened & found.keys()
        return {name: found[name] for name in found if name not in opened}, {name: found[name] for name in opened}

    def _keep_problems(self) -> None:
        """Only queues in trouble, and queues whose dead letters are lost."""
        self._rows = {key: row for key, row in self._rows.items() if self._is_problem(row)}
        self._bindings = [binding for binding in self._bindings if self._leads_on(binding)]

    def _is_problem(self, row: QueueRow) -> bool:
        dead_letters = dead_letter_exchange(row.queue)
        lost = bool(dead_letters) and ExchangeKey(row.queue.vhost, dead_letters or "") not in self._exchanges
        return lost or words.queue_tone(row) in ("warn", "crit")

    def _leads_on(self, binding: Binding) -> bool:
        """Whether a binding reaches a queue that is kept, through other exchanges too."""
        into: dict[ExchangeKey, set[ExchangeKey]] = {}
        reaching = {ExchangeKey(key.vhost, source) for key in self._rows for source in self._sources.get(key, ())}
        for other in self._bindings:
            if other.destination_type == "exchange":
                target = ExchangeKey(other.vhost, other.destination)
                into.setdefault(target, set()).add(ExchangeKey(other.vhost, other.source))
        waiting = list(reaching)
        while waiting:
            for source in into.get(waiting.pop(), set()) - reaching:
                reaching.add(source)
                waiting.append(source)
        if binding.destination_type == "queue":
            return QueueKey(binding.vhost, binding.destination) in self._rows
        return ExchangeKey(binding.vhost, binding.destination) in reaching

    # ---- lines --------------------------------------------------------------------------------------------------

    def _binding_edges(self, place_of: Mapping[QueueKey, NodeId]) -> list[GraphEdge]:
        pairs: dict[tuple[NodeId, NodeId], list[Binding]] = {}
        for binding in self._bindings:
            source = NodeId(EXCHANGE, binding.vhost, binding.source)
            if binding.destination_type == "queue":
                target = place_of[QueueKey(binding.vhost, binding.destination)]
            else:
                target = NodeId(EXCHANGE, binding.vhost, binding.destination)
            pairs.setdefault((source, target), []).append(binding)
        return [edge for (source, target), found in pairs.items() for edge in self._between(source, target, found)]

    def _between(self, source: NodeId, target: NodeId, found: Sequence[Binding]) -> list[GraphEdge]:
        exchange = self._exchanges[ExchangeKey(source.vhost, source.name)]
        kind, rate = exchange.type, self._flow(exchange, target)
        if target.kind == FOLD or len(found) > MOST_TWINS:
            label = words.many_label(len(found)) if len(found) > 1 else words.binding_label(found[0], kind)
            return [GraphEdge(EdgeId(BINDING, source, target), label, kind, rate, tuple(found))]
        share = None if rate is None else rate / len(found)
        return [
            GraphEdge(
                EdgeId(BINDING, source, target, _twin_key(binding)),
                words.binding_label(binding, kind),
                kind,
                share,
                (binding,),
            )
            for binding in found
        ]

    def _default_edges(self, place_of: Mapping[QueueKey, NodeId]) -> list[GraphEdge]:
        """The default exchange reaches every queue; it is drawn where nothing else does."""
        found: dict[NodeId, list[QueueRow]] = {}
        for key, row in self._rows.items():
            known = ExchangeKey(key.vhost, "") in self._exchanges
            if known and key not in self._sources and key not in self._direct:
                found.setdefault(place_of[key], []).append(row)
        edges = []
        for target, rows in found.items():
            source = NodeId(EXCHANGE, target.vhost, "")
            label = words.many_label(len(rows)) if target.kind == FOLD else words.binding_label(_named(rows[0]), "")
            rate = sum(row.queue.rates.publish or 0.0 for row in rows)
            edges.append(GraphEdge(EdgeId(DEFAULT, source, target), label, "default", rate))
        return edges

    def _dead_letter_edges(self, place_of: Mapping[QueueKey, NodeId]) -> list[GraphEdge]:
        edges: dict[EdgeId, GraphEdge] = {}
        for row in self._rows.values():
            edge = self._dead_letter_edge(row, place_of)
            if edge is not None:
                edges[edge.id] = edge
        return list(edges.values())

    def _dead_letter_edge(self, row: QueueRow, place_of: Mapping[QueueKey, NodeId]) -> GraphEdge | None:
        name = dead_letter_exchange(row.queue)
        if name is None:
            return None
        source, key = place_of[row.key], _dead_letter_key(row)
        if not name:
            target = place_of.get(QueueKey(row.queue.vhost, key or row.queue.name))
            edge = EdgeId(DEAD_LETTER, source, target) if target is not None and target != source else None
            return None if edge is None else GraphEdge(edge)
        exchange = ExchangeKey(row.queue.vhost, name)
        if exchange not in self._exchanges:
            self._missing[exchange] = None
        return GraphEdge(EdgeId(DEAD_LETTER, source, exchange_id(exchange)), type="dead-letter")

    def _alternate_edges(self) -> list[GraphEdge]:
        edges = []
        for key, exchange in list(self._exchanges.items()):
            name = alternate_exchange(exchange)
            if name and (not self._choice.only_problems or any(b.source == key.name for b in self._bindings)):
                other = ExchangeKey(key.vhost, name)
                if other not in self._exchanges:
                    self._missing[other] = None
                edges.append(GraphEdge(EdgeId(ALTERNATE, exchange_id(key), exchange_id(other)), "if unrouted"))
        return edges

    def _consumers(self) -> tuple[list[GraphNode], list[GraphEdge]]:
        nodes: dict[NodeId, GraphNode] = {}
        edges = []
        for audience in self._audiences:
            node = _audience_node(audience)
            nodes[node.id] = node
            for key in audience.queues:
                rate = self._rows[key].queue.rates.deliver_get
                edges.append(GraphEdge(EdgeId(CONSUME, queue_id(key), node.id), type=CONSUME, rate=rate))
        return list(nodes.values()), edges

    # ---- figures ------------------------------------------------------------------------------------------------

    def _exchange_node(self, key: ExchangeKey) -> GraphNode:
        exchange = self._exchanges.get(key)
        if exchange is None:
            title, detail = words.exchange_title(key.name), "does not exist"
            return GraphNode(exchange_id(key), title, detail, "crit", "missing", missing=True)
        kind = "default" if not key.name else exchange.type
        return GraphNode(
            exchange_id(key), words.exchange_title(key.name), words.exchange_detail(exchange), "plain", kind
        )

    def _flow(self, exchange: Exchange, target: NodeId) -> float | None:
        """At most what the exchange takes in and what the target gets: the broker tells no rate of a binding."""
        if target.kind == EXCHANGE:
            into = self._exchanges[ExchangeKey(target.vhost, target.name)].rate_in
        elif target.kind == QUEUE:
            row = self._rows[QueueKey(target.vhost, target.name)]
            # A queue that never got a message has no statistics.
            into = 0.0 if row.queue.rates.publish is None and row.status == "idle" else row.queue.rates.publish
        else:
            into = exchange.rate_out
        known = [rate for rate in (exchange.rate_in, into) if rate is not None]
        return min(known) if known else None


def _dead_letter_key(row: QueueRow) -> str:
    queue = row.queue
    key = queue.arguments.get("x-dead-letter-routing-key", queue.effective_policy.get("dead-letter-routing-key"))
    return key if isinstance(key, str) else ""


def _direct_dead_letters(rows: Iterable[QueueRow]) -> frozenset[QueueKey]:
    """Queues that get dead letters of another one straight through the default exchange."""
    direct = (row for row in rows if dead_letter_exchange(row.queue) == "")
    keys = ((row.key, QueueKey(row.queue.vhost, _dead_letter_key(row) or row.queue.name)) for row in direct)
    return frozenset(target for source, target in keys if source != target)


def _named(row: QueueRow) -> Binding:
    return Binding(row.queue.vhost, "", row.queue.name, "queue", row.queue.name)


def _twin_key(binding: Binding) -> str:
    return binding.properties_key or binding.routing_key


def _is_shown(exchange: str, choice: Choice) -> bool:
    """The steps between the queues with which Celery delays tasks are never shown: they are one thing."""
    return delay_number(exchange) is None and (choice.system or exchange != DELIVERY)


def _leaving_by_delivery(row: QueueRow) -> QueueRow:
    """A delaying queue as part of the whole: step by step its tasks get to the exchange that delivers them."""
    arguments = {**row.queue.arguments, "x-dead-letter-exchange": DELIVERY}
    return msgspec.structs.replace(row, queue=msgspec.structs.replace(row.queue, arguments=arguments))


def queue_node(row: QueueRow) -> GraphNode:
    """A queue's box with its newest figures."""
    return GraphNode(
        queue_id(row.key),
        visible(row.queue.name),
        words.queue_detail(row),
        words.queue_tone(row),
        row.queue.type,
        words.depth_share(row.queue.ready),
        (row.key,),
    )


def fold_id(family: Family) -> NodeId:
    return NodeId(FOLD, family.vhost, family.name)


def _fold_node(family: Family, rows: Sequence[QueueRow]) -> GraphNode:
    ready = sum(row.queue.ready or 0 for row in rows)
    return GraphNode(
        fold_id(family),
        words.fold_title(family.prefix, len(rows)),
        words.fold_detail(rows),
        "ok",
        FOLD,
        words.depth_share(ready),
        tuple(row.key for row in rows),
    )


def _audience_node(audience: Audience) -> GraphNode:
    keys: Iterable[QueueKey] = audience.queues
    return GraphNode(
        NodeId(CONSUMERS, audience.vhost, audience.name),
        audience.title,
        words.consumers_detail(audience.count),
        type=CONSUMERS,
        members=tuple(keys),
    )
