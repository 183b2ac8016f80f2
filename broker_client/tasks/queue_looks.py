"""What waits in the broker's queues, over RabbitMQ or Redis. Looking changes nothing: no message is taken or peeked at.

RabbitMQ tells depths only; which of its queues hold something is told by the management API. In Redis a queue is a
list that can be read where it stands, so a task's place is found.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Sequence
from typing import Protocol

from broker_client.errors import BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import DepthProbe, vhost_of
from broker_client.rabbit.entities import Depth, QueueKey
from broker_client.rabbit.management import ManagementClient
from broker_client.tasks.bound_queues import BoundQueues
from broker_client.tasks.clues import NO_LIST, QueueSaid
from broker_client.tasks.redis_transport import DEFAULT_QUEUE, TransportReader

Looked = tuple[dict[str, QueueSaid], str]
"""What was said of each queue by name, and why nothing was."""

_MOST_QUEUES = 250
_MOST_READ = 500
"""Messages of a Redis list that are read to find a task's place."""
_PROBE_S = _LIST_S = 1.0
_READ_S = _WALK_S = 0.1
"""For how long messages of Redis lists are read, and its keys walked over."""
_UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_NO_TASKS = re.compile(rf"amq\.|warren\.|celeryev(?:\.|$)|(?:.*\.)?celery\.pidbox$|{_UUID}$", re.DOTALL)
"""Queues of the broker's own, of remote control and events, of Warren, and those that results come back to."""


class QueueLooks(Protocol):
    """Used by one thread; connects at the first look, and again after :meth:`close`."""

    def look(self, names: Sequence[str], task_id: str) -> Looked:
        """Ask for queues by name. Raises nothing: trouble comes back in words."""
        ...

    def look_for_more(self, beside: Collection[str], task_id: str) -> Looked:
        """All other queues in which something waits. The words tell why that may not be all. Raises nothing."""
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

    def look_for_more(self, beside: Collection[str], task_id: str) -> Looked:
        try:
            names = [name for name in self._not_empty() if name not in beside]
        except BrokerError as problem:
            return {}, str(problem)
        told, trouble = self.look(names, task_id)
        return {name: said for name, said in told.items() if said.ready}, trouble or _too_many(names)

    def _not_empty(self) -> list[str]:
        """The fullest first. In a stream messages stay that were consumed: it is no queue of tasks."""
        management = ManagementClient(self._profile, self._secrets, connect_s=_LIST_S, deadline_s=_LIST_S)
        try:
            queues = management.totals(self._vhost)
        finally:
            management.close()
        found = [queue for queue in queues if queue.ready != 0 and queue.type != "stream" and may_hold(queue.name)]
        return [queue.name for queue in sorted(found, key=lambda queue: -(queue.ready or 0))]

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
        self._bound: BoundQueues | None = None

    def look(self, names: Sequence[str], task_id: str) -> Looked:
        wanted = tuple(dict.fromkeys(names))[:_MOST_QUEUES]
        if not wanted:
            return {}, ""
        asked_at = time.time()
        try:
            if self._reader is None:
                self._reader = TransportReader(self._profile, self._secrets)
            queues = self._reader.read(wanted).queues
            end = time.monotonic() + _READ_S
            return {queue.name: self._said(queue.name, queue.ready, task_id, asked_at, end) for queue in queues}, ""
        except BrokerError as problem:
            self._reader = None
            return {}, str(problem)

    def look_for_more(self, beside: Collection[str], task_id: str) -> Looked:
        try:
            if self._bound is None:
                self._bound = BoundQueues(self._profile, self._secrets)
            bound, is_all = self._bound.names(_WALK_S)
        except BrokerError as problem:
            self._bound = None
            return {}, str(problem)
        names = [name for name in dict.fromkeys((DEFAULT_QUEUE, *bound)) if name not in beside and may_hold(name)]
        told, trouble = self.look(names, task_id)
        unlisted = _too_many(names) if is_all else "Redis holds too many keys to find them all at once"
        return {name: said for name, said in told.items() if said.ready}, trouble or unlisted

    def close(self) -> None:
        for connection in (self._reader, self._bound):
            if connection is not None:
                connection.close()
        self._reader, self._bound = None, None

    def _said(self, name: str, ready: int | None, task_id: str, asked_at: float, end: float) -> QueueSaid:
        assert self._reader is not None
        if ready is None:
            return QueueSaid(name, asked_at, missing=NO_LIST)
        if ready and time.monotonic() > end:
            return QueueSaid(name, asked_at, ready)
        read = self._reader.waiting(name, _MOST_READ) if ready else ()
        place = next((place for place, task in enumerate(read) if task.id == task_id), None)
        return QueueSaid(name, asked_at, ready, place=place, searched=len(read) >= ready)


def queue_looks(profile: Profile, secrets: Secrets) -> QueueLooks:
    return RabbitQueues(profile, secrets) if profile.has_rabbitmq else RedisQueues(profile, secrets)


def may_hold(name: str) -> bool:
    """Whether a queue of that name may hold tasks."""
    return _NO_TASKS.match(name) is None


def _too_many(names: Sequence[str]) -> str:
    many = len(names) > _MOST_QUEUES
    return f"{len(names):,} hold something, {_MOST_QUEUES:,} were asked" if many else ""


def _depth_said(depth: Depth, asked_at: float) -> QueueSaid:
    return QueueSaid(depth.key.name, asked_at, depth.ready, depth.consumers, depth.missing)
