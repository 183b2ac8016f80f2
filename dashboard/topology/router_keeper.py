"""Keeps a router for what the broker told, made anew only when something that decides about routes is different."""

from __future__ import annotations

from collections.abc import Sequence

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Binding, Exchange
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import Topology


class RouterKeeper:
    """``router`` is ``None`` until something was learnt."""

    def __init__(self) -> None:
        self.router: Router | None = None
        self._told: tuple[object, ...] = ()
        self._bindings: tuple[Binding, ...] | None = None

    def forget(self) -> None:
        self.router, self._told, self._bindings = None, (), None

    def learn(
        self, exchanges: Sequence[Exchange], bindings: tuple[Binding, ...], rows: Sequence[QueueRow], version: str
    ) -> bool:
        """Whether the router is another one now."""
        settled = tuple((e.key, e.type, e.arguments, e.effective_policy) for e in exchanges)
        told = (settled, frozenset(row.key for row in rows), version)
        if bindings is self._bindings and told == self._told:
            return False
        self._told, self._bindings = told, bindings
        self.router = Router(Topology((row.queue for row in rows), exchanges, bindings), version)
        return True
