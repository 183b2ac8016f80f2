"""What the management API tells: totals, nodes, vhosts and every queue, as often as the broker can bear.

Two questions with a pace each: the overview, and the queues with their statistics. On a broker with many queues the
totals alone, which cost a fifth, are asked in between and laid over the last full answer.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import msgspec

from broker_client.errors import AccessRefused
from broker_client.insight.diagnosis import node_findings, queue_findings
from broker_client.insight.queue_rows import QueueBook
from broker_client.insight.total_rates import TotalRates
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.entities import Counters, Node, Overview, Queue, QueueKey, SampleSeries
from broker_client.rabbit.management import ManagementClient
from dashboard.feeds.dead_letter_watch import DeadLetterWatch
from dashboard.feeds.feed import Feed
from dashboard.feeds.pace import BROKER_SHARE, Pace
from dashboard.feeds.source import Source, stamp
from dashboard.store.app_state import Health, OverviewArrived, QueuesArrived

SOURCE = "Management API"
MANY_QUEUES = 500
ONE_ANSWER = 2_000
"""With more queues than this the totals come in pages, so that decoding one never holds Python's lock for long."""
FIRST_RATES_OVER_S = 30
"""The first answer has no counters of before: the broker is asked for averages instead."""
HISTORY_S = 3600
_VHOSTS_EVERY_S = 30.0
_NODES_EVERY_S = 10.0
_OUTAGE_S = 12.0
_OVERVIEW_LONGEST_S = 5.0
"""The totals are the pulse of the window; they cost little at every size of broker. A broker that is seen
to count less often, every five seconds by default, has nothing new to tell in between."""


class ManagementSource(Source):
    """Owns one client. ``choose_vhost`` may be called from any thread."""

    service = "management"

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        super().__init__()
        self._profile = profile
        self._secrets = secrets
        self._client: ManagementClient | None = None
        self._book = QueueBook()
        self._vhost: str | None = None
        self._asked_vhost: str | None = None
        self._overview_pace = Pace(longest_s=_OVERVIEW_LONGEST_S)
        self._detail_pace = Pace()
        self._totals_pace = Pace(BROKER_SHARE / 2)
        self._full: tuple[Queue, ...] = ()
        self._dead_letters = DeadLetterWatch()
        self._collectors: frozenset[QueueKey] = frozenset()
        self._vhosts: tuple[str, ...] = ()
        self._vhosts_at = 0.0
        self._nodes: tuple[Node, ...] = ()
        self._nodes_at = 0.0
        self._counted: tuple[Counters, int | None, int | None] | None = None
        self._rates = TotalRates()
        self._last_overview_at: float | None = None
        self._latency_ms: float | None = None
        self._version = ""
        self._limits: tuple[str, ...] = ()

    def choose_vhost(self, vhost: str | None) -> None:
        self._vhost = vhost
        self.wake.set()

    def turn(self) -> float:
        client = self._client or ManagementClient(self._profile, self._secrets)
        self._client = client
        if self._overview_pace.is_due(time.monotonic()):
            self._ask_overview(client)
        vhost = self._vhost
        if vhost != self._asked_vhost:
            self._asked_vhost, self._full, self._book = vhost, (), QueueBook()
            self._detail_pace.hurry()
        if self._detail_pace.is_due(time.monotonic()):
            self._ask_queues(client, vhost)
        elif self._full_is_large and self._totals_pace.is_due(time.monotonic()):
            self._ask_totals(client, vhost)
        return self._pause_s(time.monotonic())

    def health(self) -> Health:
        return Health(
            self.service,
            "live",
            detail=f"RabbitMQ {self._version}".rstrip(),
            latency_ms=self._latency_ms,
            why=" ".join(self._limits),
            last_ok=time.monotonic(),
        )

    def hurry(self) -> None:
        for pace in (self._overview_pace, self._detail_pace, self._totals_pace):
            pace.hurry()

    def abort(self) -> None:
        client = self._client
        if client is not None:
            client.abort()

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        self._nodes = ()
        self.hurry()

    # ---- the questions ------------------------------------------------------------------------------------------

    def _ask_overview(self, client: ManagementClient) -> None:
        began = time.monotonic()
        history_s = HISTORY_S if self._was_away(began) else None
        overview, history = client.overview(history_s)
        overview = self._rates.measured(overview, began)
        self._latency_ms = client.last_ms
        self._refresh_nodes(client, began)
        self._refresh_vhosts(client, began)
        now = time.monotonic()
        counted = (overview.counters, overview.ready, overview.unacked)
        if overview.rates.publish and counted == self._counted:
            self._overview_pace.slow_to(_OVERVIEW_LONGEST_S)
        self._counted = counted
        interval_s = self._overview_pace.spent(now - began, now)
        self._last_overview_at, self._version = now, overview.rabbitmq_version
        self._deliver_overview(overview, history, interval_s)

    def _deliver_overview(self, overview: Overview, history: tuple[SampleSeries, ...], interval_s: float) -> None:
        self.deliver(
            OverviewArrived(
                stamp(SOURCE, interval_s, self._latency_ms),
                overview,
                self._nodes,
                self._vhosts,
                history,
                node_findings(self._nodes),
            )
        )

    def _ask_queues(self, client: ManagementClient, vhost: str | None) -> None:
        began = time.monotonic()
        self._full = client.queues(vhost, detail=True, rates_over_s=None if self._full else FIRST_RATES_OVER_S)
        now = time.monotonic()
        self._detail_pace.spent(now - began, now)
        self._totals_pace.spent((now - began) / 4, now)
        self._collectors = self._dead_letters.collectors(client, self._full, now)
        self._deliver_queues(self._full, (now - began) * 1000)

    def _ask_totals(self, client: ManagementClient, vhost: str | None) -> None:
        began = time.monotonic()
        answer = client.totals(vhost) if len(self._full) <= ONE_ANSWER else client.queues(vhost, detail=False)
        totals = {queue.key: queue for queue in answer}
        now = time.monotonic()
        self._totals_pace.spent(now - began, now)
        self._full = _laid_over(self._full, totals)
        self._deliver_queues(self._full, (now - began) * 1000)

    def _deliver_queues(self, queues: tuple[Queue, ...], took_ms: float) -> None:
        now = time.monotonic()
        rows, changed = self._book.fold(queues, now, breathe=_breathe)
        findings = queue_findings(rows, now, self._collectors)
        told = stamp(SOURCE, self._queues_interval_s, took_ms)
        self.deliver(QueuesArrived(told, rows, changed, findings, self._book.keys))

    def _refresh_nodes(self, client: ManagementClient, now: float) -> None:
        """A user without the monitoring tag may not see nodes: that is a limit, not a failure."""
        if self._limits or (self._nodes and now - self._nodes_at < _NODES_EVERY_S):
            return
        try:
            self._nodes, self._nodes_at = client.nodes(), now
        except AccessRefused as refusal:
            self._limits = (f"Nodes are hidden: {refusal.missing or refusal.why}.",)

    def _refresh_vhosts(self, client: ManagementClient, now: float) -> None:
        if not self._vhosts or now - self._vhosts_at > _VHOSTS_EVERY_S:
            self._vhosts, self._vhosts_at = client.vhosts(), now

    # ---- the pace -----------------------------------------------------------------------------------------------

    @property
    def _full_is_large(self) -> bool:
        return len(self._full) > MANY_QUEUES

    @property
    def _queues_interval_s(self) -> float:
        pace = self._totals_pace if self._full_is_large else self._detail_pace
        return pace.interval_s

    def _pause_s(self, now: float) -> float:
        paces = [self._overview_pace, self._detail_pace]
        if self._full_is_large:
            paces.append(self._totals_pace)
        return max(0.02, min(pace.wait_s(now) for pace in paces))

    def _was_away(self, now: float) -> bool:
        """Whether our own record has a hole that the broker's samples can fill."""
        last = self._last_overview_at
        return last is None or now - last > max(_OUTAGE_S, 3 * self._overview_pace.interval_s)


class ManagementFeed(Feed):
    """Health leg ``management``."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._management = ManagementSource(profile, secrets)
        super().__init__(self._management)

    def choose_vhost(self, vhost: str | None) -> None:
        """Limit the queues to one vhost; ``None`` = all."""
        self._management.choose_vhost(vhost)


def _breathe() -> None:
    """Let the window have Python's lock."""
    time.sleep(0)


def _laid_over(queues: Sequence[Queue], totals: Mapping[QueueKey, Queue]) -> tuple[Queue, ...]:
    """``queues`` with the fresh counts of ``totals``: those gone are dropped, new ones come without statistics."""
    known = []
    for queue in queues:
        fresh = totals.get(queue.key)
        if fresh is None:
            continue
        if (fresh.ready, fresh.unacked) != (queue.ready, queue.unacked):
            queue = msgspec.structs.replace(queue, ready=fresh.ready, unacked=fresh.unacked, total=fresh.total)
        known.append(queue)
    names = {queue.key for queue in queues}
    return (*known, *(queue for key, queue in totals.items() if key not in names))
