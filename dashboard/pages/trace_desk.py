"""Answers what is typed into the trace bar: keeps the router for the facts as they are, and follows the message."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import ExchangeKey
from dashboard.actions.jobs import Jobs
from dashboard.actions.newest_job import NewestJob
from dashboard.pages.router_keeper import RouterKeeper
from dashboard.pages.trace_bar import TraceBar
from dashboard.store.app_state import TopologyArrived
from dashboard.topology.graph import EXCHANGE
from dashboard.topology.picture import Picture
from dashboard.topology.tracing import WORKING, Traced, starts_of, traced


class TraceDesk(QObject):
    """``traced`` is the newest answer, ``None`` = nothing is traced. ``answered`` when another one has come."""

    answered = Signal()

    def __init__(self, bar: TraceBar, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = bar
        self._picture = Picture()
        self._keeper = RouterKeeper(jobs, self)
        self._keeper.renewed.connect(self._follow_again)
        self._following = NewestJob(jobs, "Follow the message", self)
        self._following.slow.connect(lambda: bar.say(WORKING, "idle"))
        self.traced: Traced | None = None

    def forget(self) -> None:
        self._keeper.forget()
        self._following.drop()
        self.traced = None

    def learn(self, arrived: TopologyArrived, rows: Sequence[QueueRow], version: str) -> None:
        """Prepare the router anew, but only when something that decides about routes is different."""
        self._keeper.learn(arrived.exchanges, arrived.bindings, rows, version)

    def offer(self, picture: Picture, vhost: str | None) -> None:
        """The exchanges of ``picture`` as places to publish to."""
        ids = [node.id for node in picture.graph.nodes if node.id.kind == EXCHANGE and not node.missing]
        keys = [ExchangeKey(node.vhost, node.name) for node in ids]
        self._bar.offer(keys, vhost is None and len({key.vhost for key in keys}) > 1)

    def follow(self, picture: Picture) -> None:
        """Follow what is typed now; the outcome is said in the bar, and ``traced`` is the one before until then."""
        self._picture = picture
        if not self._bar.active:
            self._give_up("", "idle")
            return
        try:
            headers = self._bar.typed_headers()
        except ValueError as problem:
            self._give_up(str(problem), "warn")
            return
        router = self._keeper.router
        if router is None:
            self._give_up(WORKING, "idle")
            return
        start, key = self._bar.start, self._bar.key.text()
        self._following.ask(
            lambda: traced(router, picture, (start,) if start is not None else starts_of(picture), key, headers),
            self._take,
        )

    def _give_up(self, words: str, tone: str) -> None:
        self._following.drop()
        self.traced = None
        self._bar.say(words, tone)

    def _take(self, found: Traced) -> None:
        self.traced = found
        self._bar.say(found.words, found.tone)
        self.answered.emit()

    def _follow_again(self) -> None:
        if self._bar.active:
            self.follow(self._picture)
