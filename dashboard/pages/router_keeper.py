"""Keeps a router for what the broker told: made and prepared on a job's thread, and only when routes may differ."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Binding, Exchange
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import Topology
from dashboard.actions.jobs import Jobs
from dashboard.actions.newest_job import NewestJob


class RouterKeeper(QObject):
    """``renewed``: another router is ready. Until then ``router`` is the one before; ``None`` = nothing was learnt."""

    renewed = Signal()

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self.router: Router | None = None
        self._told: tuple[object, ...] = ()
        self._bindings: tuple[Binding, ...] | None = None
        self._making = NewestJob(jobs, "Prepare the routes", self)

    @property
    def busy(self) -> bool:
        """Whether a newer router is being prepared."""
        return self._making.busy

    def forget(self) -> None:
        self.router, self._told, self._bindings = None, (), None
        self._making.drop()

    def learn(
        self, exchanges: Sequence[Exchange], bindings: tuple[Binding, ...], rows: Sequence[QueueRow], version: str
    ) -> None:
        """What the broker told last."""
        settled = tuple((e.key, e.type, e.arguments, e.effective_policy) for e in exchanges)
        told = (settled, frozenset(row.key for row in rows), version)
        if bindings is self._bindings and told == self._told:
            return
        self._told, self._bindings = told, bindings
        self._making.ask(lambda: _prepared(exchanges, bindings, rows, version), self._take)

    def _take(self, router: Router) -> None:
        self.router = router
        self.renewed.emit()


def _prepared(
    exchanges: Sequence[Exchange], bindings: Sequence[Binding], rows: Sequence[QueueRow], version: str
) -> Router:
    router = Router(Topology((row.queue for row in rows), exchanges, bindings), version)
    router.prepare()
    return router
