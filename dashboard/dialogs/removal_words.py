"""What a removal will do, in words: exactly what goes, who is cut off, and whether there is a way back. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from broker_client.rabbit.changes import Bind, DeleteExchange, PurgeQueue
from broker_client.rabbit.entities import ExchangeKey
from broker_client.rabbit.topology import alternate_exchange, dead_letter_exchange
from dashboard.dialogs.known_broker import KnownBroker
from dashboard.look.wording import full_count, visible

if TYPE_CHECKING:
    from broker_client.rabbit.removal import Picture, Removal


def heading(removals: Sequence[Removal]) -> str:
    """``Delete queue orders``, ``Purge 12 queues``."""
    first = removals[0]
    verb = "Purge" if isinstance(first, PurgeQueue) else "Delete"
    if len(removals) > 1:
        return f"{verb} {full_count(len(removals))} queues"
    return f"{verb} {'exchange' if isinstance(first, DeleteExchange) else 'queue'} {visible(first.key.name)}"


def verb_words(removals: Sequence[Removal], pictures: Sequence[Picture] | None) -> str:
    """The button: the verb and the number."""
    first, count = removals[0], len(removals)
    messages = None if not pictures else sum(picture.messages or 0 for picture in pictures)
    if isinstance(first, PurgeQueue):
        return "Purge" if messages is None else f"Purge {_counted(messages, 'message')}"
    if isinstance(first, DeleteExchange):
        return "Delete exchange"
    if count > 1:
        return f"Delete {full_count(count)} queues"
    return "Delete queue" if not messages else f"Delete queue and {_counted(messages, 'message')}"


def consequences(pictures: Sequence[Picture], known: KnownBroker) -> tuple[str, ...]:
    """One sentence for each thing that happens."""
    first = pictures[0].change
    if isinstance(first, DeleteExchange):
        return _of_exchange(pictures[0], first.key, known)
    messages = sum(picture.messages or 0 for picture in pictures)
    consumers = sum(picture.consumers or 0 for picture in pictures)
    if isinstance(first, PurgeQueue):
        return _of_purge(messages, consumers)
    bindings = sum(isinstance(change, Bind) for picture in pictures for change in picture.undo)
    going = "the queue goes" if len(pictures) == 1 else f"{len(pictures)} queues go"
    goes = f"{going} with {_counted(messages, 'ready message')}, those in delivery, and whatever arrives until then"
    return (
        goes,
        f"{_counted(consumers, 'consumer')} {_is(consumers)} cancelled" if consumers else "nobody consumes now",
        f"{_counted(bindings, 'binding')} {'goes' if bindings == 1 else 'go'} too" if bindings else "",
        *_dead_letter_users(pictures, known),
    )


def way_back(pictures: Sequence[Picture], keep: bool) -> str:
    """Whether undo is real, and what it cannot bring back."""
    reason = next((picture.no_undo for picture in pictures if picture.no_undo), "")
    if reason:
        return f"There is no way back: {reason}."
    messages = sum(picture.messages or 0 for picture in pictures)
    if isinstance(pictures[0].change, PurgeQueue):
        if keep:
            return "Undo puts the kept messages back, at the end of the queue."
        return "There is no way back: the messages are gone for good." if messages else "There is nothing to lose."
    if isinstance(pictures[0].change, DeleteExchange):
        return "Undo declares it again with its bindings. Messages published meanwhile are refused or lost."
    kept = "and puts the kept messages back" if keep else "but its messages are gone for good"
    return f"Undo declares it again with its bindings{f', {kept}' if messages else ''}."


def _of_purge(messages: int, consumers: int) -> tuple[str, ...]:
    return (
        f"{_counted(messages, 'ready message')} {_is(messages)} thrown away, and whatever arrives until then",
        "messages in delivery stay with their consumers" if consumers else "nobody consumes now",
        "the queue and its bindings stay",
    )


def _of_exchange(picture: Picture, key: ExchangeKey, known: KnownBroker) -> tuple[str, ...]:
    again = [change.binding for change in picture.undo if isinstance(change, Bind)]
    leaving = sum(binding.source == key.name for binding in again)
    arriving = len(again) - leaving
    exchange = known.exchanges.get(key)
    busy = exchange is not None and bool(exchange.rate_in)
    return (
        f"the exchange goes with {_counted(leaving, 'binding')} from it and {full_count(arriving)} to it",
        "messages are published to it now: their channels are closed with an error" if busy else "",
        *_users_of(key, known),
    )


def _users_of(key: ExchangeKey, known: KnownBroker) -> tuple[str, ...]:
    alternates = [
        e.name for e in known.exchanges.values() if e.vhost == key.vhost and alternate_exchange(e) == key.name
    ]
    letters = [q.name for q in known.queues.values() if q.vhost == key.vhost and dead_letter_exchange(q) == key.name]
    return (
        f"dead letters of {_named(letters)} are lost from then on" if letters else "",
        f"{_named(alternates)} lose their alternate exchange" if alternates else "",
    )


def _dead_letter_users(pictures: Sequence[Picture], known: KnownBroker) -> tuple[str, ...]:
    """Queues that send dead letters to one of these by its name."""
    gone = {picture.change.key.name for picture in pictures}
    here = pictures[0].change.key.vhost
    users = [
        queue.name
        for queue in known.queues.values()
        if queue.vhost == here
        and dead_letter_exchange(queue) == ""
        and queue.arguments.get("x-dead-letter-routing-key") in gone
        and queue.name not in gone
    ]
    return (f"dead letters of {_named(users)} are lost from then on",) if users else ()


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{visible(name)}”" for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _counted(count: int, noun: str) -> str:
    return f"{full_count(count)} {noun}" if count == 1 else f"{full_count(count)} {noun}s"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
