"""Everything of the one queue whose panel is open."""

from __future__ import annotations

import time

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.management import ManagementClient
from dashboard.feeds.feed import Feed
from dashboard.feeds.pace import Pace
from dashboard.feeds.source import Source, stamp
from dashboard.store.app_state import Health, QueueDetailArrived

SOURCE = "Management API"


class QueueDetailSource(Source):
    """Owns one client. ``open`` may be called from any thread."""

    service = "queue_detail"

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        super().__init__()
        self._profile = profile
        self._secrets = secrets
        self._client: ManagementClient | None = None
        self._wanted: tuple[QueueKey, int] | None = None
        self._pace = Pace()

    def open(self, key: QueueKey | None, history_s: int) -> None:
        self._wanted = None if key is None else (key, history_s)
        self.wake.set()

    def turn(self) -> float:
        wanted = self._wanted
        if wanted is None:
            return 3600.0
        client = self._client or ManagementClient(self._profile, self._secrets)
        self._client = client
        began = time.monotonic()
        detail = client.queue_detail(*wanted)
        now = time.monotonic()
        pause_s = self._pace.spent(now - began, now)
        if wanted == self._wanted:
            self.deliver(QueueDetailArrived(stamp(SOURCE, pause_s, (now - began) * 1000), detail))
        return pause_s

    def health(self) -> Health:
        return Health(self.service, "live" if self._wanted else "off", last_ok=time.monotonic())

    def abort(self) -> None:
        client = self._client
        if client is not None:
            client.abort()

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


class QueueDetailFeed(Feed):
    """Health leg ``queue_detail``: the panel's own; the status bar leaves it out."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._detail = QueueDetailSource(profile, secrets)
        super().__init__(self._detail)

    def open(self, key: QueueKey | None, history_s: int = 3600) -> None:
        """Ask for one queue and its history of ``history_s`` seconds; ``None`` = no longer needed."""
        self._detail.open(key, history_s)
