"""What waits in Celery's queues, over RabbitMQ or Redis. Looking changes nothing: no message is taken or peeked at.

RabbitMQ tells depths only. In Redis a queue is a list that can be read where it stands, so a task's place is found.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from broker_client.errors import BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import DepthProbe, vhost_of
from broker_client.rabbit.entities import Depth, QueueKey
from broker_client.tasks.clues import QueueSaid
from broker_client.tasks.redis_transport import TransportReader

Looked = tuple[dict[str, QueueSaid], str]
"""What was said of each queue by name, and why nothing was."""

_MOST_QUEUES = 250
_MOST_READ = 500
"""Messages of a Redis list that are read to find a task's place."""
_PROBE_S = 1.0


class QueueLooks(Protocol):
    """Used by one thread; connects at the first look, and again after :meth:`close`."""

    def look(self, names: Sequence[str], task_id: str) -> Looked:
        """Ask for queues by name. Raises nothing: trouble comes back in words."""
        ...

    def close(self) -> None: ...


class RabbitQueues:
    """Passive declares; mailboxes of workers are queues too."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._profile = profile
        self._secrets = secrets
        self._vhost = vhost_of(profile)
        self._probe: DepthProbe | None = None

    def look(self, names: Sequence[str], task_id: str) -> Looked:
        keys = [QueueKey(self._vhost, name) for name in dict.fromkeys(names)][:_MOST_QUEUES]
        if not keys:
            return {}, ""
        asked_at = time.time()
        try:
            if self._probe is None:
                self._probe = DepthProbe(self._profile, self._secrets)
            depths = self._probe.probe(keys, _PROBE_S)
        except BrokerError as problem:
            return {}, str(problem)
        return {depth.key.name: _depth_said(depth, asked_at) for depth in depths}, ""

    def close(self) -> None:
        if self._probe is not None:
            self._probe.close()
            self._probe = None


class RedisQueues:
    """The lists of kombu, one for each priority, the head of which is read to find the task."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._profile = profile
        self._secrets = secrets
        self._reader: TransportReader | None = None

    def look(self, names: Sequence[str], task_id: str) -> Looked:
        wanted = tuple(dict.fromkeys(names))[:_MOST_QUEUES]
        if not wanted:
            return {}, ""
        asked_at = time.time()
        try:
            if self._reader is None:
                self._reader = TransportReader(self._profile, self._secrets)
            queues = self._reader.read(wanted).queues
            return {queue.name: self._said(queue.name, queue.ready, task_id, asked_at) for queue in queues}, ""
        except BrokerError as problem:
            self._reader = None
            return {}, str(problem)

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _said(self, name: str, ready: int | None, task_id: str, asked_at: float) -> QueueSaid:
        assert self._reader is not None
        if ready is None:
            return QueueSaid(name, asked_at, missing="not a list")
        read = self._reader.waiting(name, _MOST_READ) if ready else ()
        place = next((place for place, task in enumerate(read) if task.id == task_id), None)
        return QueueSaid(name, asked_at, ready, place=place, searched=len(read) >= ready)


def queue_looks(profile: Profile, secrets: Secrets) -> QueueLooks:
    return RabbitQueues(profile, secrets) if profile.has_rabbitmq else RedisQueues(profile, secrets)


def _depth_said(depth: Depth, asked_at: float) -> QueueSaid:
    return QueueSaid(depth.key.name, asked_at, depth.ready, depth.consumers, depth.missing)
