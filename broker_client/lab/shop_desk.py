"""What each process of the demo shop is told at its start, and how it keeps going while brokers come and go."""

from __future__ import annotations

import logging
import random
import sys
import threading
import time
from collections.abc import Callable
from typing import Self

import msgspec
import pika
from pika.adapters.blocking_connection import BlockingConnection
from pika.exceptions import AMQPError

_STEADY_AFTER_S = 10.0
_LONGEST_PAUSE_S = 4.0


class ShopDesk(msgspec.Struct, frozen=True):
    """The orders of one process. They hold passwords, so they come over standard input."""

    amqp_url: str
    redis_url: str
    rate: float = 1.0
    hostname: str = ""
    queues: tuple[str, ...] = ()

    @classmethod
    def read(cls) -> Self:
        """Take this process's orders from its standard input."""
        return msgspec.json.decode(sys.stdin.buffer.read(), type=cls)

    def line(self) -> str:
        return msgspec.json.encode(self).decode()

    def connect(self, name: str) -> BlockingConnection:
        """A connection that the broker shows as ``name``; for the calling thread alone."""
        parameters = pika.URLParameters(self.amqp_url)
        parameters.client_properties = {"connection_name": name, "product": "Warren demo shop"}
        parameters.heartbeat = 30
        parameters.socket_timeout = parameters.stack_timeout = 5.0
        return BlockingConnection(parameters)


def keep_going(serve: Callable[[], None], *failures: type[Exception]) -> None:
    """Run ``serve`` for ever; when the broker goes, try again with growing, jittered pauses."""
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    attempt = 0
    while True:
        began = time.monotonic()
        try:
            serve()
        except (AMQPError, OSError, *failures) as problem:
            logging.warning("%s: %s", type(problem).__name__, problem)
        attempt = 0 if time.monotonic() - began > _STEADY_AFTER_S else attempt + 1
        threading.Event().wait(random.uniform(0.3, min(_LONGEST_PAUSE_S, 0.5 * 2.0**attempt)))
