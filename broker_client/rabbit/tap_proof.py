"""Which queues a message really goes to, proved without tracing: each queue gets a twin with the same bindings.

The twins are exclusive queues of one connection, made before the message is published and gone after it. They match
exactly what their queues match, so they change neither routing nor what publishers are told.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import msgspec
from pika import spec
from pika.exceptions import ChannelClosed, ConnectionClosed

from broker_client.errors import BadInput
from broker_client.profile import Profile, Secrets, with_vhost
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.amqp_session import AmqpChannel, AmqpSession
from broker_client.rabbit.declare import bind_request
from broker_client.rabbit.declare_refusal import refusal_in_words
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.message_getter import MessageGetter
from broker_client.rabbit.publisher import Outcome
from broker_client.rabbit.tap_plan import TapPlan, plan_queue_tap
from broker_client.rabbit.topology import Topology

MOST_QUEUES = 100
_DEADLINE_S = 15.0
_TWIN_LENGTH = 1_000


def queues_by_taps(
    profile: Profile,
    secrets: Secrets,
    vhost: str,
    topology: Topology,
    message: Message,
    publish: Callable[[], Outcome],
) -> tuple[Outcome, tuple[str, ...] | None]:
    """Call ``publish`` once, with a twin beside every bound queue of the vhost; its outcome, and the queues whose twins
    got the message (``None`` when the twins could not be asked afterwards). Raises BrokerError before it is called."""
    plans = _plans(topology, vhost)
    doing = "prove where a message goes"
    place = with_vhost(profile, vhost)
    deadline = time.monotonic() + _DEADLINE_S
    with AmqpSession(place, secrets, name="warren proof") as session, session.telling(doing):
        channel = session.channel(deadline)
        try:
            twins = {name: _twin(channel, plan, deadline) for name, plan in plans.items()}
        except (ChannelClosed, ConnectionClosed) as refusal:
            raise refusal_in_words(doing, refusal.reply_code, refusal.reply_text) from None
        outcome = publish()
        if outcome.kind not in ("confirmed", "returned"):
            return outcome, None
        try:
            getter = MessageGetter(session, channel)
            found = tuple(name for name, twin in twins.items() if _has(getter, twin, message, deadline))
        except (ChannelClosed, ConnectionClosed, TimeoutError):
            return outcome, None
        return outcome, found


def _plans(topology: Topology, vhost: str) -> dict[str, TapPlan]:
    """How to make a twin of every queue that an exchange with a name can reach."""
    plans: dict[str, TapPlan] = {}
    for key in topology.queues:
        if key.vhost != vhost or not any(binding.source for binding in topology.arriving(key)):
            continue
        plan = plan_queue_tap(topology, QueueKey(vhost, key.name))
        if plan.impossible or len(plan.notes) > 1:
            why = plan.impossible or plan.notes[1]
            raise BadInput(f"queue {key.name!r} cannot be given a twin", why)
        plans[key.name] = plan
        if len(plans) > MOST_QUEUES:
            raise BadInput("there are too many queues to prove it", f"more than {MOST_QUEUES}")
    return plans


def _twin(channel: AmqpChannel, plan: TapPlan, deadline: float) -> str:
    name = f"warren.proof.{os.urandom(6).hex()}"
    arguments = {"x-queue-type": "classic", "x-max-length": _TWIN_LENGTH}
    channel.ask(spec.Queue.Declare(queue=name, exclusive=True, arguments=arguments), spec.Queue.DeclareOk, deadline)
    for binding in plan.bindings:
        request, answer, _ = bind_request(msgspec.structs.replace(binding, destination=name))
        channel.ask(request, answer, deadline)
    return name


def _has(getter: MessageGetter, twin: str, message: Message, deadline: float) -> bool:
    """Whether the twin holds our message; takes out what others published meanwhile."""
    wanted = (message.exchange, message.routing_key, message.properties, message.body)
    while (seen := getter.get(twin, deadline, auto_ack=True)) is not None:
        if (seen.exchange, seen.routing_key, seen.properties, seen.body) == wanted:
            return True
    return False
