"""A wish to a feed is known before the thread that carries it out is woken: else it would sleep over it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.entities import QueueKey
from dashboard.feeds.depth_feed import DepthSource
from dashboard.feeds.management_feed import ManagementSource
from dashboard.feeds.queue_detail_feed import QueueDetailSource
from dashboard.feeds.redis_feed import RedisSource
from dashboard.feeds.source import Source
from dashboard.feeds.topology_feed import TopologySource

KEY = QueueKey("/", "orders")
AT = (Profile("p", amqp_url="amqp://localhost:1"), Secrets())


class Alarm(threading.Event):
    """Notes what the source knows when it is woken."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.known: list[dict[str, object]] = []
        self._source = source

    def set(self) -> None:
        self.known.append(dict(vars(self._source)))
        super().set()


def topology(wake: Callable[[Source], None]) -> None:
    source = TopologySource(*AT)
    wake(source)
    source.watch(True)


def redis(wake: Callable[[Source], None]) -> None:
    source = RedisSource(*AT)
    wake(source)
    source.watch(("celery",))


def queue_detail(wake: Callable[[Source], None]) -> None:
    source = QueueDetailSource(*AT)
    wake(source)
    source.open(KEY, 60)


def depths(wake: Callable[[Source], None]) -> None:
    source = DepthSource(*AT)
    wake(source)
    source.watch((KEY,))


def management(wake: Callable[[Source], None]) -> None:
    source = ManagementSource(*AT)
    wake(source)
    source.choose_vhost("here")


@pytest.mark.parametrize("wish", [topology, redis, queue_detail, depths, management])
def test_a_wish_is_known_before_the_feed_is_woken(wish: Callable[[Callable[[Source], None]], None]) -> None:
    sources: list[tuple[Source, Alarm]] = []

    def watched(source: Source) -> None:
        alarm = Alarm(source)
        source.wake = alarm
        sources.append((source, alarm))

    wish(watched)
    ((source, alarm),) = sources
    (known,) = alarm.known
    assert known == vars(source), "nothing of it came after the waking"
