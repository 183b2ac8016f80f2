"""Answers what is typed into the trace bar: keeps the router for the facts as they are, and follows the message."""

from __future__ import annotations

from collections.abc import Sequence

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import ExchangeKey
from dashboard.pages.trace_bar import TraceBar
from dashboard.store.app_state import TopologyArrived
from dashboard.topology.graph import EXCHANGE
from dashboard.topology.picture import Picture
from dashboard.topology.router_keeper import RouterKeeper
from dashboard.topology.tracing import Traced, starts_of, traced


class TraceDesk:
    """``traced`` is the answer of now; ``None`` = nothing is traced."""

    def __init__(self, bar: TraceBar) -> None:
        self._bar = bar
        self._keeper = RouterKeeper()
        self.traced: Traced | None = None

    def forget(self) -> None:
        self._keeper.forget()
        self.traced = None

    def learn(self, arrived: TopologyArrived, rows: Sequence[QueueRow], version: str) -> None:
        """Prepare the router anew, but only when something that decides about routes is different."""
        self._keeper.learn(arrived.exchanges, arrived.bindings, rows, version)

    def offer(self, picture: Picture, vhost: str | None) -> None:
        """The exchanges of ``picture`` as places to publish to."""
        ids = [node.id for node in picture.graph.nodes if node.id.kind == EXCHANGE and not node.missing]
        keys = [ExchangeKey(node.vhost, node.name) for node in ids]
        self._bar.offer(keys, vhost is None and len({key.vhost for key in keys}) > 1)

    def answer(self, picture: Picture) -> Traced | None:
        """Follow what is typed now, and say the outcome in the bar."""
        self.traced = None
        words, tone = "", "idle"
        if self._bar.active and self._keeper.router is not None:
            try:
                headers = self._bar.typed_headers()
            except ValueError as problem:
                words, tone = str(problem), "warn"
            else:
                starts = (self._bar.start,) if self._bar.start is not None else starts_of(picture)
                self.traced = traced(self._keeper.router, picture, starts, self._bar.key.text(), headers)
                words, tone = self.traced.words, self.traced.tone
        self._bar.say(words, tone)
        return self.traced
