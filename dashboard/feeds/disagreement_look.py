"""Looks now and then for facts that cannot both be true: the collector's strays against queues and workers."""

from __future__ import annotations

import time
from collections.abc import Sequence

from broker_client.insight.disagreements import DisagreementWatch, disagreements
from broker_client.insight.findings import Finding
from broker_client.insight.queue_rows import QueueRow
from broker_client.profile import Profile
from broker_client.rabbit.amqp import vhost_of
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import Snapshot

LOOK_EVERY_S = 5.0


class DisagreementLook:
    """Used by the thread of the feed; only ``rows`` is set from outside."""

    def __init__(self, profile: Profile) -> None:
        self._vhost = vhost_of(profile) if profile.has_rabbitmq else ""
        self._watch = DisagreementWatch()
        self._found: tuple[Finding, ...] = ()
        self._due = 0.0
        self.rows: Sequence[QueueRow] = ()
        """The queues as the management API last told them."""

    def findings(self, client: CollectorClient, snapshot: Snapshot) -> tuple[Finding, ...]:
        """What disagrees and has for a while; asked anew every :data:`LOOK_EVERY_S`. Raises BrokerError."""
        now = time.monotonic()
        if snapshot.synced and now >= self._due:
            self._due = now + LOOK_EVERY_S
            found = disagreements(client.strays(), snapshot.workers, self.rows, self._vhost, snapshot.at)
            self._found = self._watch.lasting(found, now)
        return self._found

    def forget(self) -> None:
        """The collector begins anew: what was found rests on facts that are gone."""
        self._watch, self._found, self._due = DisagreementWatch(), (), 0.0
