"""Send one task, over RabbitMQ with the broker's confirm or over Redis, and say what became of it."""

from __future__ import annotations

import platform
import time

from broker_client.errors import BadInput, BrokerError, NoAnswer, NotFound, NotReady
from broker_client.profile import Profile, Secrets, celery_redis
from broker_client.rabbit.publisher import Outcome, Publisher
from broker_client.tasks.redis_sender import send_over_redis
from broker_client.tasks.task_message import TaskCall, sent_event, task_message


def send_task(profile: Profile, secrets: Secrets, call: TaskCall) -> float:
    """Send ``call`` to the queue in the profile's vhost; epoch seconds of the sending are returned.

    Raises :class:`BadInput` before anything is sent; :class:`NotFound` when no queue takes it, :class:`NotReady` when
    the queue refuses it, another BrokerError when the broker does; :class:`NoAnswer` when nobody knows what became of
    it: then it may run.
    """
    if not profile.has_rabbitmq:
        if not celery_redis(profile).redis_url:
            raise BadInput("the task was not sent", "the profile names no broker")
        return send_over_redis(profile, secrets, call)
    with Publisher(profile, secrets) as publisher:
        return send_through(publisher, call)


def send_through(publisher: Publisher, call: TaskCall) -> float:
    """The same over a publisher that is there already."""
    now = time.time()
    _raise_unless_taken(publisher.publish(task_message(call, now)), call)
    _announce(publisher, call, now)
    return now


def _raise_unless_taken(outcome: Outcome, call: TaskCall) -> None:
    what = f"the task {call.name!r} was not sent"
    match outcome.kind:
        case "confirmed":
            return
        case "returned":
            why = f"there is no queue {call.queue!r} that takes it: the broker has not kept it"
            raise NotFound(what, why, "Choose a queue that a worker consumes")
        case "nacked":
            raise NotReady(what, outcome.words, "Make room in the queue, or choose another one")
        case "refused":
            raise BrokerError(what, outcome.words)
        case _:
            remedy = f"Look for the id {call.task_id} before you send it again"
            raise NoAnswer(f"nobody knows whether the task {call.name!r} was sent", outcome.words, remedy)


def _announce(publisher: Publisher, call: TaskCall, now: float) -> None:
    """Tell who watches events, as Celery's producers do. The task is sent, whatever becomes of its event."""
    try:
        publisher.publish(sent_event(call, now, f"warren@{platform.node() or 'localhost'}"), mandatory=False)
    except BrokerError:
        return
