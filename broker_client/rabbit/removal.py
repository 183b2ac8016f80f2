"""Purging and deleting with a way back: what is meant is frozen first, messages can be kept, undo declares it again."""

from __future__ import annotations

from pathlib import Path

import msgspec

from broker_client.errors import BadInput, BrokerError, NotFound
from broker_client.profile import Profile, Secrets, with_vhost
from broker_client.rabbit.changes import (
    Bind,
    Change,
    DeclareExchange,
    DeclareQueue,
    DeleteExchange,
    DeleteQueue,
    PurgeQueue,
    change_words,
    vhost_of_change,
)
from broker_client.rabbit.declare import Declarer
from broker_client.rabbit.drain import Drained, Restored, drain, restore
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.transfer import ALL, Wishes
from broker_client.rabbit.vault import Vault

_MOST_PASSES = 5
Removal = DeleteQueue | DeleteExchange | PurgeQueue


class Picture(msgspec.Struct, frozen=True):
    """What is meant, as it was when it was looked at: to be shown before, and the way back after."""

    change: Removal
    undo: tuple[Change, ...] = ()
    """What declares it again, in order."""
    no_undo: str = ""
    """Why there is no way back, in words; empty when there is one."""
    messages: int | None = None
    consumers: int | None = None


class Removed(msgspec.Struct, frozen=True):
    """What was done. ``vault`` is the file that holds its messages; empty when they were not kept."""

    picture: Picture
    gone: int = 0
    """Messages that went with it and are in no vault."""
    kept: int = 0
    vault: str = ""
    stopped: bool = False
    """The caller stopped it while messages were kept: nothing else was removed than those."""
    left: int = 0
    """Messages that stayed in the queue then."""


class Undone(msgspec.Struct, frozen=True):
    """What was declared again, and how many messages went back."""

    declared: int
    restored: Restored | None = None


def picture_of(client: ManagementClient, change: Removal) -> Picture:
    """Look at what a change would remove. Raises :class:`NotFound` when it is not there."""
    match change:
        case DeleteExchange(key=key):
            return _exchange_picture(client, key, change)
        case DeleteQueue(key=key) | PurgeQueue(key=key):
            return _queue_picture(client, key, change)


def remove(
    profile: Profile, secrets: Secrets, picture: Picture, vaults: Path | None = None, wishes: Wishes = ALL
) -> Removed:
    """Do it; with ``vaults`` (a folder) the messages are kept first. Raises BrokerError, after which it is still there.

    Messages that a consumer holds unacknowledged are in no queue's reach: a vault cannot hold them. Stopped by
    ``wishes`` it leaves the queue and the messages that are not in the vault yet.
    """
    change, declarer = picture.change, Declarer(profile, secrets)
    if isinstance(change, DeleteExchange) or vaults is None:
        return Removed(picture, gone=declarer.carry_out(change).messages)
    with Vault.create(vaults, {"vhost": change.key.vhost, "queue": change.key.name}) as vault:
        here = with_vhost(profile, change.key.vhost)
        for _ in range(_MOST_PASSES):
            drained = drain(here, secrets, change.key, vault, wishes)
            if drained.trouble is None and drained.taken < drained.total and wishes.should_stop():
                left = drained.total - drained.taken
                return Removed(picture, 0, vault.count(), str(vault.path), stopped=True, left=left)
            _require_all(drained, change, vault)
            if not drained.total:
                break
        kept, path = vault.count(), str(vault.path)
    if isinstance(change, PurgeQueue):
        return Removed(picture, 0, kept, path)
    return Removed(picture, declarer.carry_out(change).messages, kept, path)


def delete_messages(
    profile: Profile,
    secrets: Secrets,
    key: QueueKey,
    chosen: frozenset[str],
    vaults: Path | None = None,
    watch: Wishes = ALL,
) -> tuple[Drained, str]:
    """Take the messages of these identities (hex) off a queue, into a new vault when a folder is given; its path.

    The others are taken out and put back, as far as they stand before the last one that is chosen. ``watch`` may stop
    it and hears how far it is.
    """
    here, met = with_vhost(profile, key.vhost), 0

    def meet(_message: object) -> bool:
        nonlocal met
        met += 1
        return met <= len(chosen)

    wishes = Wishes(meet, lambda: met >= len(chosen) or watch.should_stop(), watch.progress)
    if vaults is None:
        return drain(here, secrets, key, None, wishes, chosen), ""
    with Vault.create(vaults, {"vhost": key.vhost, "queue": key.name}) as vault:
        return drain(here, secrets, key, vault, wishes, chosen), str(vault.path)


def undo(profile: Profile, secrets: Secrets, removed: Removed, wishes: Wishes = ALL) -> Undone:
    """Declare again what was removed, with its bindings, and put back the messages that were kept. ``wishes`` may stop
    the latter and hears how far it is.

    Raises :class:`BadInput` when there is no way back, or the BrokerError that stood in it. What is there already with
    the same settings stays; a second attempt sends no message twice.
    """
    picture = removed.picture
    if picture.no_undo:
        raise BadInput(f"{change_words(picture.change)} cannot be undone", picture.no_undo)
    declarer = Declarer(profile, secrets)
    for change in picture.undo:
        declarer.carry_out(change)
    if not removed.vault or isinstance(picture.change, DeleteExchange):
        return Undone(len(picture.undo))
    with Vault.open(Path(removed.vault)) as vault:
        here = with_vhost(profile, vhost_of_change(picture.change))
        return Undone(len(picture.undo), restore(here, secrets, vault, picture.change.key, wishes))


def _require_all(drained: Drained, change: Change, vault: Vault) -> None:
    if drained.trouble is not None:
        kept = f"; {vault.count()} are kept in {vault.path}" if drained.taken else ""
        raise BrokerError(f"{change_words(change)}: its messages could not be kept", f"{drained.trouble.why}{kept}")
    if drained.skipped or drained.taken < drained.total:
        held = f"{drained.taken} of {drained.total} are in the vault {vault.path}"
        why = f"{held}; another consumer may have taken the rest"
        raise BrokerError(f"{change_words(change)}: not all its messages were kept", why, "try it again")


def _queue_picture(client: ManagementClient, key: QueueKey, change: DeleteQueue | PurgeQueue) -> Picture:
    detail = client.queue_detail(key, 60)
    queue = detail.queue
    if isinstance(change, PurgeQueue):
        return Picture(change, (), "", queue.ready, queue.consumers)
    arguments = {name: value for name, value in queue.arguments.items() if name != "x-queue-type"}
    again = DeclareQueue(key, queue.type, queue.durable is not False, False, bool(queue.auto_delete), arguments)
    undo: tuple[Change, ...] = (again, *(Bind(binding) for binding in detail.bindings if binding.source))
    no_undo = "it is exclusive to the connection that declared it" if queue.exclusive else _reserved(key.name)
    return Picture(change, undo, no_undo, queue.ready, queue.consumers)


def _exchange_picture(client: ManagementClient, key: ExchangeKey, change: DeleteExchange) -> Picture:
    exchange = {found.key: found for found in client.exchanges(key.vhost)}.get(key)
    if exchange is None:
        raise NotFound(f"there is no exchange {key.name!r} in {key.vhost}")
    again = DeclareExchange(
        key,
        exchange.type,
        exchange.durable is not False,
        bool(exchange.auto_delete),
        bool(exchange.internal),
        exchange.arguments,
    )
    bindings = (Bind(binding) for binding in client.bindings(key.vhost) if _touches(binding, key))
    return Picture(change, (again, *bindings), _reserved(key.name))


def _touches(binding: Binding, key: ExchangeKey) -> bool:
    arrives = binding.destination_type == "exchange" and binding.destination == key.name
    return arrives or binding.source == key.name


def _reserved(name: str) -> str:
    return "its name is reserved to the broker" if not name or name.startswith("amq.") else ""
