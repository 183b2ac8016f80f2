"""The demo shop's back rooms: one connection and thread per service, each with its own way of working."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from broker_client.lab import shop_topology as topology
from broker_client.lab.shop_desk import ShopDesk, keep_going

WAVE_S = 75.0
"""The search index falls behind for the first part of this time and catches up in the rest."""
BEHIND_S = 45.0


class Room(NamedTuple):
    """One service: what it consumes, how long a message takes it, how many in a hundred it refuses."""

    name: str
    queue: str
    pace: Callable[[float], float]
    """Seconds of work per message at a time of day (seconds since the epoch)."""
    prefetch: int = 10
    refused_percent: float = 0.0
    ack_every: int = 1


def steady(seconds: float) -> Callable[[float], float]:
    return lambda _now: seconds


def in_waves(now: float) -> float:
    """Slower than messages arrive, then far faster: the queue rises and falls once every ``WAVE_S``."""
    return 1 / 14.0 if now % WAVE_S < BEHIND_S else 1 / 90.0


ROOMS = (
    Room("fulfilment-1", topology.FULFIL, steady(0.05), refused_percent=3.0),
    Room("fulfilment-2", topology.FULFIL, steady(0.09)),
    Room("payments-1", topology.CAPTURE, steady(0.07), prefetch=3, refused_percent=2.0),
    Room("search-indexer", topology.SEARCH, in_waves, prefetch=25),
    Room("auditor", topology.AUDIT_LOG, steady(0.0), prefetch=100, ack_every=20),
    Room("push-gateway", topology.PUSH, steady(0.05)),
    Room("transcoder", topology.TRANSCODE, steady(0.6), prefetch=4),
    Room("thumbnailer", topology.THUMBNAILS, steady(0.15), prefetch=5),
    Room("reporter", topology.REPORTS, steady(0.5), prefetch=1),
)


def main() -> None:
    desk = ShopDesk.read()
    threads = [threading.Thread(target=keep_going, args=(Work(desk, room).serve,), daemon=True) for room in ROOMS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Work:
    """One room at work on one connection, used by the thread that calls ``serve``."""

    def __init__(self, desk: ShopDesk, room: Room) -> None:
        self._desk = desk
        self._room = room
        self._unacked = 0

    def serve(self) -> None:
        """Consume until the connection ends."""
        self._unacked = 0
        with self._desk.connect(self._room.name) as connection:
            channel = connection.channel()
            topology.declare(channel)
            channel.basic_qos(prefetch_count=self._room.prefetch)
            channel.basic_consume(self._room.queue, self._handle, consumer_tag=self._room.name)
            channel.start_consuming()

    def _handle(
        self, channel: BlockingChannel, method: Basic.Deliver, _properties: BasicProperties, _body: bytes
    ) -> None:
        self._unacked += 1
        pause = self._room.pace(time.time()) / max(self._desk.rate, 0.1)
        if pause:
            threading.Event().wait(pause * random.uniform(0.7, 1.3))
        if random.uniform(0, 100) < self._room.refused_percent:
            channel.basic_reject(method.delivery_tag, requeue=False)
            self._unacked -= 1
        elif self._unacked >= self._room.ack_every:
            channel.basic_ack(method.delivery_tag, multiple=True)
            self._unacked = 0


if __name__ == "__main__":
    main()
