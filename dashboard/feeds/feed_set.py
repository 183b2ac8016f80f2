"""The feeds of one open profile, as one thing: start them, ask them, stop them. Nothing passes once it is retired."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from broker_client.errors import NotReady
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.tap_order import TapOrder
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import TaskQuery
from dashboard.feeds.depth_feed import DepthFeed
from dashboard.feeds.feed import Feed
from dashboard.feeds.management_feed import ManagementFeed
from dashboard.feeds.queue_detail_feed import QueueDetailFeed
from dashboard.feeds.redis_feed import RedisFeed
from dashboard.feeds.tap_feed import TapFeed
from dashboard.feeds.task_feed import TaskFeed
from dashboard.feeds.topology_feed import TopologyFeed
from dashboard.store.app_state import QueuesArrived


class FeedSet(QObject):
    """``arrived`` carries every arrival and every health of the feeds, on the GUI thread."""

    arrived = Signal(object)

    def __init__(self, profile: Profile, secrets: Secrets, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._retired = False
        self._management = ManagementFeed(profile, secrets) if profile.management_url else None
        self._queue_detail = QueueDetailFeed(profile, secrets) if profile.management_url else None
        self._topology = TopologyFeed(profile, secrets) if profile.management_url else None
        self._tap = TapFeed(profile, secrets) if profile.management_url and profile.amqp_url else None
        self._depths = DepthFeed(profile, secrets) if profile.amqp_url else None
        self._redis = RedisFeed(profile, secrets) if profile.redis_url else None
        self._tasks = TaskFeed(profile, secrets) if profile.amqp_url or profile.redis_url else None
        brokers = (self._management, self._depths, self._queue_detail, self._topology, self._tap)
        possible = (*brokers, self._redis, self._tasks)
        self._feeds: tuple[Feed, ...] = tuple(feed for feed in possible if feed is not None)
        for feed in self._feeds:
            feed.arrived.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)
            feed.health.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        for feed in self._feeds:
            feed.start()

    def retire(self) -> None:
        """From now on nothing passes, and the threads are told to end; returns at once."""
        self._retired = True
        for feed in self._feeds:
            feed.ask_stop()

    def join(self, deadline_s: float = 3.0) -> bool:
        """Wait for all threads of a retired set together; ``False`` when one did not end in time."""
        until = time.monotonic() + deadline_s
        ended = [feed.join(max(0.05, until - time.monotonic())) for feed in self._feeds]
        return all(ended)

    def poke(self, service: str | None = None) -> None:
        """Try now: one service's feeds, or all of them. The collector reads through both brokers."""
        for feed in self._feeds:
            if service in (None, feed.service) or feed.service == "celery":
                feed.poke()

    def set_paused(self, paused: bool) -> None:
        for feed in self._feeds:
            feed.set_paused(paused)

    def choose_vhost(self, vhost: str | None) -> None:
        if self._management is not None:
            self._management.choose_vhost(vhost)
        if self._topology is not None:
            self._topology.choose_vhost(vhost)

    def watch_topology(self, wanted: bool) -> None:
        if self._topology is not None:
            self._topology.watch(wanted)

    def watch_depths(self, keys: Sequence[QueueKey]) -> None:
        if self._depths is not None:
            self._depths.watch(keys)

    def open_queue(self, key: QueueKey | None, history_s: int) -> None:
        if self._queue_detail is not None:
            self._queue_detail.open(key, history_s)

    def tap(self, order: TapOrder | None) -> None:
        if self._tap is not None:
            self._tap.tap(order)

    def guide_tap(self, paused: bool, match: str) -> None:
        if self._tap is not None:
            self._tap.guide(paused, match)

    def watch_redis(self, queues: Sequence[str] | None) -> None:
        if self._redis is not None:
            self._redis.watch(queues)

    def show_tasks(self, query: TaskQuery) -> None:
        if self._tasks is not None:
            self._tasks.show(query)

    def open_task(self, task_id: str | None) -> None:
        if self._tasks is not None:
            self._tasks.open_task(task_id)

    def keep_tasks(self, max_tasks: int) -> None:
        if self._tasks is not None:
            self._tasks.keep(max_tasks)

    def ask_tasks(self, question: Callable[[CollectorClient], Any]) -> Any:
        """What ``question`` gets from the task collector. Blocks: for the threads of jobs. Raises BrokerError."""
        if self._tasks is None:
            raise NotReady("Celery cannot be asked", "the profile names no broker and no result backend of Celery")
        return self._tasks.ask(question)

    @Slot(object)
    def _pass_on(self, arrival: object) -> None:
        if self._retired:
            return
        if isinstance(arrival, QueuesArrived) and self._tasks is not None:
            self._tasks.hear_queues(arrival.rows)
        self.arrived.emit(arrival)
