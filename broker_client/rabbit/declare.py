"""Carry out one change of the topology over AMQP: on a connection of its own, within one deadline.

A refusal may close the channel or the whole connection (unknown exchange type), so nothing else shares it. Every
refusal comes back as a BrokerError in words; a 406 as :class:`DeclareConflict` with asked and existing side by side.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import msgspec
from pika import spec
from pika.exceptions import ChannelClosed, ConnectionClosed

from broker_client.errors import BadInput, BrokerError
from broker_client.profile import Profile, Secrets, with_vhost
from broker_client.rabbit.amqp import check_name
from broker_client.rabbit.amqp_session import AmqpSession
from broker_client.rabbit.amqp_table import check_headers
from broker_client.rabbit.changes import (
    Bind,
    Change,
    DeclareExchange,
    DeclareQueue,
    DeleteExchange,
    DeleteQueue,
    PurgeQueue,
    Unbind,
    change_words,
    vhost_of_change,
)
from broker_client.rabbit.declare_conflict import Difference, conflict, differences
from broker_client.rabbit.declare_refusal import refusal_in_words
from broker_client.rabbit.entities import Binding
from broker_client.rabbit.management import ManagementClient

DEADLINE_S = 6.0
_LOOK_S = 3.0
INTERNAL_ERROR = 541


class Carried(msgspec.Struct, frozen=True):
    """What the broker answered. ``existed``: what was declared was there before, with equal settings. ``name``: the
    broker's answer (it names a queue declared with the empty name). ``messages``: ready in a declared queue, or gone
    with a deleted or purged one."""

    change: Change
    name: str = ""
    existed: bool = False
    messages: int = 0


class Declarer:
    """Each call opens a connection, does one thing and closes it. Raises BrokerError; :class:`NoAnswer` and
    :class:`ConnectionLost` after the request was sent mean *unknown*. Deleting or unbinding what is not there is no
    error to the broker."""

    def __init__(self, profile: Profile, secrets: Secrets, *, deadline_s: float = DEADLINE_S) -> None:
        self._profile = profile
        self._secrets = secrets
        self._deadline_s = deadline_s

    def carry_out(self, change: Change) -> Carried:
        """Do it."""
        try:
            return self._carry_out(change, look_first=True)
        except _LookEndedConnection:
            return self._carry_out(change, look_first=False)

    def _carry_out(self, change: Change, look_first: bool) -> Carried:
        request, answer, passive = _requests(change)
        doing = change_words(change)
        deadline = time.monotonic() + self._deadline_s
        profile = with_vhost(self._profile, vhost_of_change(change))
        with AmqpSession(profile, self._secrets, name="warren admin") as session, session.telling(doing):
            try:
                existed = look_first and passive is not None and _exists(session, passive, answer, deadline)
                told = session.channel(deadline).ask(request, answer, deadline)
            except (ChannelClosed, ConnectionClosed) as refusal:
                code, text = refusal.reply_code, refusal.reply_text
                if code == 406 and "inequivalent" in text:
                    raise conflict(doing.removeprefix("declare "), text, self._look(change)) from None
                raise refusal_in_words(doing, code, text) from None
        name = str(getattr(told, "queue", "") or getattr(passive, "exchange", "") or "")
        return Carried(change, name, existed, int(getattr(told, "message_count", 0) or 0))

    def _look(self, change: Change) -> tuple[Difference, ...]:
        """What the management API says about it beside what was asked; nothing when it cannot be asked."""
        if not self._profile.management_url or not isinstance(change, DeclareQueue | DeclareExchange):
            return ()
        found: Any = None
        try:
            with closing(ManagementClient(self._profile, self._secrets, deadline_s=_LOOK_S)) as client:
                if isinstance(change, DeclareQueue):
                    found = client.queue_detail(change.key, 60).queue
                else:
                    found = {exchange.key: exchange for exchange in client.exchanges(change.key.vhost)}.get(change.key)
        except BrokerError:
            return ()
        return () if found is None else differences(_settings(change), _settings(found))


def _settings(subject: Any) -> dict[str, Any]:
    names = ["durable", "auto_delete"]
    if hasattr(subject, "internal"):
        names += ["type", "internal"]
    arguments = getattr(subject, "all_arguments", subject.arguments)
    return {**{name: getattr(subject, name) for name in names}, **arguments}


class _LookEndedConnection(Exception):
    """RabbitMQ 4.0 cannot say that a long name with letters beyond ASCII is not there: it cuts its answer within a
    letter and ends the connection with 541."""


def _exists(session: AmqpSession, passive: Any, answer: type, deadline: float) -> bool:
    """Whether a passive declare finds it, on a channel of its own (a refusal closes the channel)."""
    channel = session.channel(deadline)
    try:
        channel.ask(passive, answer, deadline)
    except ChannelClosed:
        return False
    except ConnectionClosed as refusal:
        if refusal.reply_code == INTERNAL_ERROR:
            raise _LookEndedConnection from None
        raise
    return True


def _requests(change: Change) -> tuple[Any, type, Any]:
    """The method to send, the class of its answer, and the passive question whether it exists (or ``None``)."""
    match change:
        case DeclareQueue():
            return _declare_queue(change)
        case DeclareExchange():
            return _declare_exchange(change)
        case DeleteQueue(key=key):
            name = check_name(key.name, "queue name")
            request = spec.Queue.Delete(queue=name, if_empty=change.if_empty, if_unused=change.if_unused)
            return request, spec.Queue.DeleteOk, None
        case PurgeQueue(key=key):
            return spec.Queue.Purge(queue=check_name(key.name, "queue name")), spec.Queue.PurgeOk, None
        case DeleteExchange(key=exchange):
            name = check_name(exchange.name, "exchange name")
            return spec.Exchange.Delete(exchange=name, if_unused=change.if_unused), spec.Exchange.DeleteOk, None
        case Bind(binding=binding):
            return bind_request(binding)
        case Unbind(binding=binding):
            return unbind_request(binding)


def _declare_queue(change: DeclareQueue) -> tuple[Any, type, Any]:
    name = check_name(change.key.name, "queue name")
    if change.exclusive:
        why = "an exclusive queue is gone with the connection that declared it, which ends at once here"
        raise BadInput(f"the queue {name!r} cannot be declared exclusive", why, "declare it in the program itself")
    check_headers(change.all_arguments)
    request = spec.Queue.Declare(
        queue=name, durable=change.durable, auto_delete=change.auto_delete, arguments=change.all_arguments
    )
    passive = spec.Queue.Declare(queue=name, passive=True) if name else None
    return request, spec.Queue.DeclareOk, passive


def _declare_exchange(change: DeclareExchange) -> tuple[Any, type, Any]:
    name = check_name(change.key.name, "exchange name")
    check_headers(change.arguments)
    request = spec.Exchange.Declare(
        exchange=name,
        type=check_name(change.type, "exchange type"),
        durable=change.durable,
        auto_delete=change.auto_delete,
        internal=change.internal,
        arguments=change.arguments,
    )
    passive = spec.Exchange.Declare(exchange=name, passive=True)
    return request, spec.Exchange.DeclareOk, passive


def bind_request(binding: Binding) -> tuple[Any, type, None]:
    """The method that makes a binding, and the class of its answer. Raises BadInput for what cannot be sent."""
    destination, source, key = _checked(binding)
    if binding.destination_type == "queue":
        request: Any = spec.Queue.Bind(queue=destination, exchange=source, routing_key=key, arguments=binding.arguments)
        return request, spec.Queue.BindOk, None
    request = spec.Exchange.Bind(destination=destination, source=source, routing_key=key, arguments=binding.arguments)
    return request, spec.Exchange.BindOk, None


def unbind_request(binding: Binding) -> tuple[Any, type, None]:
    """The method that takes a binding away, and the class of its answer."""
    destination, source, key = _checked(binding)
    if binding.destination_type == "queue":
        request: Any = spec.Queue.Unbind(
            queue=destination, exchange=source, routing_key=key, arguments=binding.arguments
        )
        return request, spec.Queue.UnbindOk, None
    request = spec.Exchange.Unbind(destination=destination, source=source, routing_key=key, arguments=binding.arguments)
    return request, spec.Exchange.UnbindOk, None


def _checked(binding: Binding) -> tuple[str, str, str]:
    check_headers(binding.arguments)
    return (
        check_name(binding.destination, f"{binding.destination_type} name"),
        check_name(binding.source, "exchange name"),
        check_name(binding.routing_key, "routing key"),
    )
