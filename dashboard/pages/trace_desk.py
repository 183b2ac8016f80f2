"""Answers what is typed into the trace bar: keeps the router for the facts as they are, and follows the message."""

from __future__ import annotations

from collections.abc import Sequence

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import ExchangeKey
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import Topology
from dashboard.pages.trace_bar import TraceBar
from dashboard.store.app_state import TopologyArrived
from dashboard.topology.graph import EXCHANGE
from dashboard.topology.picture import Picture
from dashboard.topology.tracing import Traced, starts_of, traced


class TraceDesk:
    """``traced`` is the answer of now; ``None`` = nothing is traced."""

    def __init__(self, bar: TraceBar) -> None:
        self._bar = bar
        self._router: Router | None = None
        self._told: tuple[object, ...] = ()
        self.traced: Traced | None = None

    def forget(self) -> None:
        self._router, self._told, self.traced = None, (), None

    def learn(self, arrived: TopologyArrived, rows: Sequence[QueueRow], version: str) -> None:
        """Prepare the router anew, but only when something that decides about routes is different."""
        exchanges = tuple((e.key, e.type, e.arguments, e.effective_policy) for e in arrived.exchanges)
        told = (exchanges, arrived.bindings, frozenset(row.key for row in rows), version)
        if told[1] is not (self._told or (None, None))[1] or told != self._told:
            self._router = Router(Topology((row.queue for row in rows), arrived.exchanges, arrived.bindings), version)
        self._told = told

    def offer(self, picture: Picture, vhost: str | None) -> None:
        """The exchanges of ``picture`` as places to publish to."""
        ids = [node.id for node in picture.graph.nodes if node.id.kind == EXCHANGE and not node.missing]
        keys = [ExchangeKey(node.vhost, node.name) for node in ids]
        self._bar.offer(keys, vhost is None and len({key.vhost for key in keys}) > 1)

    def answer(self, picture: Picture) -> Traced | None:
        """Follow what is typed now, and say the outcome in the bar."""
        self.traced = None
        words, tone = "", "idle"
        if self._bar.active and self._router is not None:
            try:
                headers = self._bar.typed_headers()
            except ValueError as problem:
                words, tone = str(problem), "warn"
            else:
                starts = (self._bar.start,) if self._bar.start is not None else starts_of(picture)
                self.traced = traced(self._router, picture, starts, self._bar.key.text(), headers)
                words, tone = self.traced.words, self.traced.tone
        self._bar.say(words, tone)
        return self.traced
