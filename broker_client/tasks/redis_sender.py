"""Send one task where Redis is Celery's broker: a message in kombu's form, pushed to the list that is the queue.

Redis knows no queue that is empty: kombu notes in sets which queues its workers have declared. A queue that is in
none of them and has no list is not there: nobody would take the task.
"""

from __future__ import annotations

import base64
import json
import time
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

from broker_client.errors import BadInput, BrokerError, ConnectionLost, NoAnswer, NotFound
from broker_client.profile import Profile, Secrets, celery_redis
from broker_client.rabbit.amqp_message import Message
from broker_client.redis_server import open_redis, redis_error, redis_label
from broker_client.tasks.redis_listener import redis_failures
from broker_client.tasks.redis_transport import PRIORITY_STEPS
from broker_client.tasks.task_message import TaskCall, task_message

if TYPE_CHECKING:
    from redis import Redis

_BINDINGS = b"_kombu.binding.*"
_MARK = "\x06\x16"


def envelope(message: Message, tag: str) -> bytes:
    """``message`` as kombu's virtual transports write it; ``tag`` is a delivery tag that no other message has."""
    properties = message.properties
    body = {
        "body": base64.b64encode(message.body).decode(),
        "content-encoding": properties.content_encoding,
        "content-type": properties.content_type,
        "headers": properties.headers or {},
        "properties": {
            "correlation_id": properties.correlation_id,
            "delivery_mode": properties.delivery_mode,
            "delivery_info": {"exchange": message.exchange, "routing_key": message.routing_key},
            "priority": properties.priority or 0,
            "body_encoding": "base64",
            "delivery_tag": tag,
        },
    }
    return json.dumps(body).encode()


def list_name(queue: str, priority: int | None) -> str:
    """The list of a queue for a priority: kombu has four, of which 0 has the plain name."""
    step = max((step for step in PRIORITY_STEPS if step <= (priority or 0)), default=0)
    return f"{queue}{_MARK}{step}" if step else queue


def send_over_redis(profile: Profile, secrets: Secrets, call: TaskCall) -> float:
    """Push ``call`` to its queue; epoch seconds of the sending are returned.

    Raises as :func:`broker_client.tasks.task_sender.send_task` does.
    """
    place = celery_redis(profile)
    now = time.time()
    raw = envelope(task_message(call, now), str(uuid4()))
    target = list_name(call.queue, call.priority)
    with closing(open_redis(place, secrets)) as redis:
        try:
            is_there = bool(redis.exists(call.queue))
            is_declared = (is_there and target == call.queue) or _is_declared(redis, call.queue)
        except redis_failures() as problem:
            raise redis_error(problem, redis_label(place)) from None
        if not is_there and not is_declared:
            why = f"no worker has declared a queue {call.queue!r}: nobody would take the task"
            raise NotFound(f"the task {call.name!r} was not sent", why, "Choose a queue that a worker consumes")
        if not is_declared:
            why = f"no worker says how it parts the priorities of {call.queue!r}: it may never look into that list"
            raise BadInput(f"the task {call.name!r} was not sent", why, "Send it without a priority")
        try:
            redis.lpush(target, raw)
        except redis_failures() as problem:
            raise _refused_or_unknown(redis_error(problem, redis_label(place)), call) from None
    return now


def _is_declared(redis: Redis, queue: str) -> bool:
    """Whether any exchange's set of bindings names the queue."""
    wanted = queue.encode()
    for key in redis.scan_iter(match=_BINDINGS, count=1_000):
        for member in redis.smembers(key):
            raw = member if isinstance(member, bytes) else member.encode()
            if raw.rpartition(_MARK.encode())[2] == wanted:
                return True
    return False


def _refused_or_unknown(error: BrokerError, call: TaskCall) -> BrokerError:
    """A connection that ends while we push leaves an unknown."""
    if isinstance(error, NoAnswer | ConnectionLost):
        remedy = f"Look for the id {call.task_id} before you send it again"
        return NoAnswer(f"nobody knows whether the task {call.name!r} was sent", str(error), remedy)
    return error
