"""The one state of the window and the pure function that folds an arrival into it.

Every value is frozen. ``at`` is a monotonic time in seconds (``time.monotonic``), so that ages survive clock changes;
times inside broker facts are epoch seconds. A slice keeps its last value when its source fails; :class:`Health` tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from broker_client.insight.findings import joined, told_once

if TYPE_CHECKING:
    from broker_client.errors import BrokerError
    from broker_client.insight.findings import Finding
    from broker_client.insight.queue_rows import QueueRow
    from broker_client.rabbit.entities import (
        Binding,
        Consumer,
        Depth,
        Exchange,
        Node,
        Overview,
        QueueDetail,
        QueueKey,
        SampleSeries,
    )
    from broker_client.rabbit.tap_counts import TapCounts
    from broker_client.rabbit.tap_order import TapOrder
    from broker_client.rabbit.tap_ring import TapRing
    from broker_client.redis_condition import RedisCondition
    from broker_client.redis_server import RedisFacts
    from broker_client.tasks.family import TaskFamily
    from broker_client.tasks.records import Snapshot, TaskDetail
    from broker_client.tasks.redis_transport import Transport


class Stamp(msgspec.Struct, frozen=True):
    """When and from where a slice came. ``interval_s`` is the pause until the next one, ``took_ms`` the round trip."""

    at: float
    source: str
    interval_s: float
    took_ms: float | None = None


_OPEN_ONE = "Open a connection or start a sandbox on the page Connections, at the lower left."


class Health(msgspec.Struct, frozen=True):
    """One service leg: ``management``, ``amqp``, ``redis`` or ``celery``.

    ``state``: ``off`` (not configured or not started), ``connecting``, ``live``, ``down`` (will try again at
    ``next_try``, monotonic) or ``refused`` (will not try again until a person acts).
    """

    service: str
    state: str
    detail: str = ""
    latency_ms: float | None = None
    what: str = ""
    why: str = ""
    remedy: str = ""
    last_ok: float | None = None
    next_try: float | None = None


class Session(msgspec.Struct, frozen=True):
    """What we are connected to. ``environment`` is one of ``broker_client.profile.ENVIRONMENTS``."""

    profile: str = ""
    environment: str = "development"
    read_only: bool = False
    sandbox: bool = False


# ---- arrivals: what a feed may send -------------------------------------------------------------------------------


class SessionChanged(msgspec.Struct, frozen=True):
    """A profile was opened (or closed: an empty profile name). Clears every fact of the one before."""

    session: Session


class OverviewArrived(msgspec.Struct, frozen=True):
    stamp: Stamp
    overview: Overview
    nodes: tuple[Node, ...]
    vhosts: tuple[str, ...]
    history: tuple[SampleSeries, ...] = ()
    """The broker's own samples; sent with the first arrival of a session and after a gap."""
    findings: tuple[Finding, ...] = ()


class QueuesArrived(msgspec.Struct, frozen=True):
    """All queues. ``changed`` holds the keys whose row differs from the arrival before; ``None`` = all of them.

    ``keys``, one per row: the very tuple of the arrival before says that these are the same queues in the same order.
    """

    stamp: Stamp
    rows: tuple[QueueRow, ...]
    changed: frozenset[QueueKey] | None = None
    findings: tuple[Finding, ...] = ()
    keys: tuple[QueueKey, ...] | None = None


class DepthsArrived(msgspec.Struct, frozen=True):
    """Live depths of the queues on the screen."""

    stamp: Stamp
    depths: tuple[Depth, ...]


class QueueDetailArrived(msgspec.Struct, frozen=True):
    stamp: Stamp
    detail: QueueDetail


class TopologyArrived(msgspec.Struct, frozen=True):
    """Every exchange, binding and consumer of the chosen vhost, or of all. Asked only while somebody looks.

    Bindings and consumers that did not change are the very tuple of the arrival before.
    """

    stamp: Stamp
    vhost: str | None
    exchanges: tuple[Exchange, ...]
    bindings: tuple[Binding, ...]
    consumers: tuple[Consumer, ...] = ()


class TapArrived(msgspec.Struct, frozen=True):
    """How the tap is. ``state``: ``opening``, ``running`` or ``ended`` (``trouble`` = why; else it was stopped).

    ``ring`` holds the messages: it is filled while the tap runs and kept when it has ended. ``until`` (monotonic): when
    the firehose is turned off.
    """

    stamp: Stamp
    order: TapOrder
    state: str
    ring: TapRing
    counts: TapCounts | None = None
    notes: tuple[str, ...] = ()
    until: float | None = None
    trouble: BrokerError | None = None


class RedisArrived(msgspec.Struct, frozen=True):
    stamp: Stamp
    facts: RedisFacts
    findings: tuple[Finding, ...] = ()


class RedisDetailArrived(msgspec.Struct, frozen=True):
    """What the page of Redis shows. ``transport`` is ``None`` when no queue of Celery's is known to be there."""

    stamp: Stamp
    condition: RedisCondition
    transport: Transport | None = None


class TasksArrived(msgspec.Struct, frozen=True):
    stamp: Stamp
    snapshot: Snapshot
    findings: tuple[Finding, ...] = ()


class TaskDetailArrived(msgspec.Struct, frozen=True):
    """``detail`` is ``None`` when the collector no longer knows the task; ``family`` when it was not asked yet."""

    stamp: Stamp
    task_id: str
    detail: TaskDetail | None
    family: TaskFamily | None = None


Arrival = (
    SessionChanged
    | OverviewArrived
    | QueuesArrived
    | DepthsArrived
    | QueueDetailArrived
    | TopologyArrived
    | TapArrived
    | RedisArrived
    | RedisDetailArrived
    | TasksArrived
    | TaskDetailArrived
    | Health
)


# ---- the state ----------------------------------------------------------------------------------------------------


class AppState(msgspec.Struct, frozen=True):
    """One field per slice; ``None`` = nothing has arrived yet."""

    session: Session = Session()
    health: tuple[Health, ...] = ()
    overview: OverviewArrived | None = None
    queues: QueuesArrived | None = None
    depths: DepthsArrived | None = None
    queue_detail: QueueDetailArrived | None = None
    topology: TopologyArrived | None = None
    tap: TapArrived | None = None
    redis: RedisArrived | None = None
    redis_detail: RedisDetailArrived | None = None
    tasks: TasksArrived | None = None
    task_detail: TaskDetailArrived | None = None
    findings: tuple[Finding, ...] = ()
    """All findings of all sources, the worst first."""

    def health_of(self, service: str) -> Health:
        """The leg's health; ``off`` when nothing was heard of it."""
        for health in self.health:
            if health.service == service:
                return health
        return Health(service, "off", remedy="" if self.session.profile else _OPEN_ONE)


_Finder = OverviewArrived | QueuesArrived | RedisArrived | TasksArrived
_SLICE_OF: dict[type, str] = {
    OverviewArrived: "overview",
    QueuesArrived: "queues",
    DepthsArrived: "depths",
    QueueDetailArrived: "queue_detail",
    TopologyArrived: "topology",
    TapArrived: "tap",
    RedisArrived: "redis",
    RedisDetailArrived: "redis_detail",
    TasksArrived: "tasks",
    TaskDetailArrived: "task_detail",
}


def reduce(state: AppState, arrival: Arrival) -> tuple[AppState, frozenset[str]]:
    """Fold ``arrival`` into ``state``: the new state and the names of the slices that changed."""
    if isinstance(arrival, SessionChanged):
        fresh = AppState(session=arrival.session)
        return fresh, frozenset(("session", "health", "findings", *_SLICE_OF.values()))
    if isinstance(arrival, Health):
        if state.health_of(arrival.service) == arrival:
            return state, frozenset()
        others = tuple(h for h in state.health if h.service != arrival.service)
        health = tuple(sorted((*others, arrival), key=lambda h: h.service))
        return msgspec.structs.replace(state, health=health), frozenset({"health"})
    name = _SLICE_OF[type(arrival)]
    new = msgspec.structs.replace(state, **{name: arrival})
    if not isinstance(arrival, _Finder) or arrival.findings == _findings_of(getattr(state, name)):
        return new, frozenset({name})
    found = told_once(joined(*(_findings_of(part) for part in (new.overview, new.queues, new.redis, new.tasks))))
    return msgspec.structs.replace(new, findings=found), frozenset({name, "findings"})


def _findings_of(arrival: _Finder | None) -> tuple[Finding, ...]:
    return arrival.findings if arrival is not None else ()
