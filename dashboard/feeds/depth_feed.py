"""How deep the queues on the screen are: passive declares on a connection of their own, several times a second."""

from __future__ import annotations

import time
from collections.abc import Sequence

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import DepthProbe, vhost_of
from broker_client.rabbit.entities import ExchangeKey, QueueKey
from dashboard.feeds.feed import Feed
from dashboard.feeds.probe_rota import ProbeRota
from dashboard.feeds.source import Source, stamp
from dashboard.store.app_state import DepthsArrived, Health

SOURCE = "AMQP"
FASTEST_S = 1 / 3
_FAST_UP_TO = 60
_IDLE_S = 4.0
"""With nothing to watch the connection is kept alive by asking for an exchange that every vhost has."""


class DepthSource(Source):
    """Owns one probe. ``watch`` may be called from any thread."""

    service = "amqp"

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        super().__init__()
        self._profile = profile
        self._secrets = secrets
        self._probe: DepthProbe | None = None
        self._keys: tuple[QueueKey, ...] = ()
        self._rota = ProbeRota()
        self._always_there = ExchangeKey(vhost_of(profile), "amq.direct")

    def watch(self, keys: Sequence[QueueKey]) -> None:
        keys = tuple(keys)
        fresh = not set(keys) <= set(self._keys)
        self._keys = keys
        if fresh and not self.failing:
            self.wake.set()

    def turn(self) -> float:
        keys = self._keys
        probe = self._probe or DepthProbe(self._profile, self._secrets)
        self._probe = probe
        if not keys:
            probe.has_exchange(self._always_there)
            return _IDLE_S
        due = self._rota.due(keys, time.monotonic())
        if due:
            self._rota.hear(probe.probe(due), time.monotonic())
        pause_s = probe_interval_s(len(keys)) * (3 if self.paused else 1)
        self.deliver(DepthsArrived(stamp(SOURCE, pause_s, probe.last_ms), self._rota.latest(keys)))
        return pause_s

    def health(self) -> Health:
        latency_ms = self._probe.last_ms if self._probe else None
        return Health(self.service, "live", latency_ms=latency_ms, last_ok=time.monotonic())

    def hang_up(self) -> None:
        if self._probe is not None:
            self._probe.close()
            self._probe = None
        self._rota = ProbeRota()


class DepthFeed(Feed):
    """Health leg ``amqp``."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._depths = DepthSource(profile, secrets)
        super().__init__(self._depths)

    def watch(self, keys: Sequence[QueueKey]) -> None:
        """Name the queues on the screen; empty = none."""
        self._depths.watch(keys)


def probe_interval_s(keys: int) -> float:
    """Three times a second for a screen full of queues, slower in proportion for more."""
    return FASTEST_S * max(1.0, keys / _FAST_UP_TO)
