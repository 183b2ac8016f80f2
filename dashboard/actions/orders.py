"""What a person hands in at the desk, as frozen orders, and the one function that carries an order out.

Qt-free: runs on a job's thread. A receipt says what was done and, where it is real, the order that undoes it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from broker_client.errors import BadInput, BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.changes import (
    Bind,
    Change,
    DeclareExchange,
    DeclareQueue,
    DeleteExchange,
    DeleteQueue,
    PurgeQueue,
    Unbind,
)
from broker_client.rabbit.entities import Depth, QueueKey
from broker_client.rabbit.management import ManagementClient
from broker_client.tasks.forget_results import forget
from broker_client.tasks.task_message import TaskCall
from dashboard.look.wording import full_count, sentences, visible

if TYPE_CHECKING:
    from broker_client.rabbit.drain import Restored
    from broker_client.rabbit.removal import Picture, Removal, Removed
    from broker_client.rabbit.transfer_plan import Progress
    from broker_client.tasks.forget_results import ForgetPlan, Forgotten

READ_ONLY = "This profile is read-only: nothing on its brokers can be changed from here."


@dataclass(frozen=True)
class Clients:
    """What an order is carried out with. ``vaults`` is the folder for messages that are kept before a removal,
    ``journals`` the one for what moves have sent."""

    profile: Profile
    secrets: Secrets
    vaults: Path
    journals: Path


class CarryOut(msgspec.Struct, frozen=True):
    """Declare, bind or unbind."""

    change: Change


class Remove(msgspec.Struct, frozen=True):
    """Delete or purge what was looked at; ``keep``: put its messages into a file first."""

    pictures: tuple[Picture, ...]
    keep: bool = False


class Restore(msgspec.Struct, frozen=True):
    """Declare again what was removed, with bindings and the messages that were kept."""

    removed: tuple[Removed, ...]

    @property
    def kept(self) -> int:
        """How many messages were kept."""
        return sum(removed.kept for removed in self.removed)


class DeleteMessages(msgspec.Struct, frozen=True):
    """Take chosen messages off a queue for good: ``chosen`` are their identities (hex)."""

    key: QueueKey
    chosen: tuple[str, ...]
    keep: bool = True


class ForgetResults(msgspec.Struct, frozen=True):
    """Delete the stored results that a plan names."""

    plan: ForgetPlan


class SendTask(msgspec.Struct, frozen=True):
    """Send one task to a queue of the profile's vhost."""

    call: TaskCall


Order = CarryOut | Remove | Restore | DeleteMessages | ForgetResults | SendTask


class Done(msgspec.Struct, frozen=True):
    """What was done: one clause, the rest, what undoes it (``None`` = nothing can), and what it was done to.

    ``offer`` is the button for ``undo``.
    """

    title: str
    words: str = ""
    undo: Order | None = None
    subject: object = None
    tone: str = "ok"
    offer: str = "Undo"


class Watch(NamedTuple):
    """What whoever waits for an order wants to know and may say, on the thread that carries it out."""

    should_stop: Callable[[], bool] = lambda: False
    progress: Callable[[Progress], None] = lambda _: None


NOBODY = Watch()


def fulfil(order: Order, clients: Clients, watch: Watch = NOBODY) -> Done:
    """Carry ``order`` out; what keeps messages or puts them back can be stopped, and tells how far it is.

    Raises BrokerError; after NoAnswer or ConnectionLost it may have happened or not.
    """
    if clients.profile.read_only:
        raise BadInput("nothing was sent", READ_ONLY, "Open a profile that may write, or edit this one")
    match order:
        case CarryOut(change=change):
            return _carry_out(change, clients)
        case Remove():
            return _remove(order, clients, watch)
        case Restore():
            return _restore(order, clients, watch)
        case DeleteMessages():
            return _delete_messages(order, clients, watch)
        case ForgetResults(plan=plan):
            return _told_forgetting(forget(clients.profile, clients.secrets, plan))
        case SendTask(call=call):
            return _send_task(call, clients)


def look(removals: tuple[Removal, ...], clients: Clients) -> tuple[Picture, ...]:
    """What would be removed, as it is now. Raises BrokerError.

    The management API's counts are seconds old: AMQP itself is asked how many messages wait.
    """
    from broker_client.rabbit.amqp import DepthProbe
    from broker_client.rabbit.removal import picture_of

    with closing(ManagementClient(clients.profile, clients.secrets)) as client:
        pictures = tuple(picture_of(client, removal) for removal in removals)
    keys = [removal.key for removal in removals if not isinstance(removal, DeleteExchange)]
    if not keys:
        return pictures
    with closing(DepthProbe(clients.profile, clients.secrets)) as probe:
        depths = {depth.key: depth for depth in probe.probe(keys)}
    return tuple(_with_depth(picture, depths.get(key)) for picture, key in zip(pictures, keys, strict=True))


def _with_depth(picture: Picture, depth: Depth | None) -> Picture:
    if depth is None or depth.ready is None:
        return picture
    return msgspec.structs.replace(picture, messages=depth.ready, consumers=depth.consumers)


def inverse(change: Change) -> Change | None:
    """What takes a change back that made something new; ``None`` = nothing can. Deletes only what nobody uses yet."""
    match change:
        case DeclareQueue(key=queue):
            return DeleteQueue(queue, if_empty=True, if_unused=True)
        case DeclareExchange(key=exchange):
            return DeleteExchange(exchange, if_unused=True)
        case Bind(binding=binding):
            return Unbind(binding)
        case Unbind(binding=binding):
            return Bind(binding)
        case _:
            return None


def _send_task(call: TaskCall, clients: Clients) -> Done:
    from broker_client.tasks.task_sender import send_task

    send_task(clients.profile, clients.secrets, call)
    title = f"Task “{visible(call.name)}” sent to “{visible(call.queue)}”"
    return Done(title, "The broker has taken it", None, call.task_id)


def _carry_out(change: Change, clients: Clients) -> Done:
    from broker_client.rabbit.declare import Declarer

    carried = Declarer(clients.profile, clients.secrets).carry_out(change)
    if carried.name and isinstance(change, DeclareQueue) and not change.key.name:
        change = msgspec.structs.replace(change, key=change.key._replace(name=carried.name))
    subject = change.binding if isinstance(change, Bind | Unbind) else change.key
    if carried.existed and isinstance(change, DeclareQueue | DeclareExchange):
        return Done(f"{_named(change)} was there already", "Its settings are the same.", None, subject)
    back = inverse(change)
    return Done(_title(change), "", CarryOut(back) if back else None, subject)


def _remove(order: Remove, clients: Clients, watch: Watch) -> Done:
    """What was removed before something stood in the way is told too, with its way back."""
    from broker_client.rabbit.removal import remove
    from broker_client.rabbit.transfer import Wishes

    vaults = clients.vaults if order.keep else None
    removed: list[Removed] = []
    trouble: BrokerError | None = None
    wishes = Wishes(None, *watch)
    for picture in order.pictures:
        if removed and (removed[-1].stopped or watch.should_stop()):
            break
        try:
            removed.append(remove(clients.profile, clients.secrets, picture, vaults, wishes))
        except BrokerError as error:
            if not removed:
                raise
            trouble = error
            break
    return _told_removal(order, tuple(removed), trouble)


def _told_removal(order: Remove, removed: tuple[Removed, ...], trouble: BrokerError | None) -> Done:
    gone, kept = sum(one.gone for one in removed), sum(one.kept for one in removed)
    first, wanted = order.pictures[0].change, len(order.pictures)
    title, stopped = _title(first), removed[-1] if removed[-1].stopped else None
    if wanted > 1:
        title = f"{len(removed) - bool(stopped)} of {wanted} queues {_DONE[type(first)]}"
    elif stopped:
        title = f"Stopped: “{visible(first.key.name)}” was not {_DONE[type(first)]}"
    words = (
        f"{_stayed(stopped.left)} in “{visible(stopped.picture.change.key.name)}”" if stopped else "",
        f"{_messages(gone)} gone" if gone else "",
        f"{_messages(kept)} kept in a file" if kept else "",
        str(trouble) if trouble is not None else "",
    )
    ways = tuple(one for one in removed if _can_be_undone(one))
    undo = Restore(ways) if ways else None
    tone = "warn" if trouble is not None or len(removed) - bool(stopped) < wanted else "ok"
    return Done(title, sentences(*words), undo, first.key, tone)


def _delete_messages(order: DeleteMessages, clients: Clients, watch: Watch) -> Done:
    from broker_client.rabbit.removal import Picture, Removed
    from broker_client.rabbit.removal import delete_messages as delete
    from broker_client.rabbit.transfer import Wishes

    vaults, wishes = clients.vaults if order.keep else None, Wishes(None, *watch)
    drained, vault = delete(clients.profile, clients.secrets, order.key, frozenset(order.chosen), vaults, wishes)
    wanted = len(order.chosen)
    where = f"from “{visible(order.key.name)}”"
    title = f"{full_count(drained.taken)} {'message' if drained.taken == 1 else 'messages'} deleted {where}"
    missed = "stayed: it was stopped" if watch.should_stop() else "were not there"
    words = (
        f"{_messages(drained.taken)} kept in a file" if vault and drained.taken else "",
        f"{full_count(wanted - drained.taken)} of those chosen {missed}" if drained.taken < wanted else "",
        drained.trouble.why if drained.trouble is not None else "",
    )
    back = Restore((Removed(Picture(PurgeQueue(order.key)), 0, drained.taken, vault),)) if vault else None
    tone = "ok" if drained.taken == wanted and drained.trouble is None else "warn"
    return Done(title, sentences(*words), back if drained.taken else None, order.key, tone)


def _told_forgetting(forgotten: Forgotten) -> Done:
    title = f"{full_count(forgotten.count)} {'result' if forgotten.count == 1 else 'results'} forgotten"
    words = (
        f"{full_count(forgotten.kept)} were written again meanwhile and are kept" if forgotten.kept else "",
        f"{full_count(forgotten.gone)} were gone already" if forgotten.gone else "",
    )
    return Done(title, sentences(*words), None, "results", "warn" if forgotten.kept else "ok")


def _messages(count: int) -> str:
    return "1 message is" if count == 1 else f"{full_count(count)} messages are"


def _stayed(count: int) -> str:
    return "1 message stayed" if count == 1 else f"{full_count(count)} messages stayed"


def _can_be_undone(removed: Removed) -> bool:
    picture = removed.picture
    if removed.stopped:
        return bool(removed.kept)
    return not picture.no_undo and (bool(picture.undo) or bool(removed.kept))


def _restore(order: Restore, clients: Clients, watch: Watch) -> Done:
    """What is left in its file, because it was stopped or the broker takes no more, can be put back later."""
    from broker_client.rabbit.removal import undo
    from broker_client.rabbit.transfer import Wishes

    put_back: list[Restored] = []
    left = 0
    for number, removed in enumerate(order.removed):
        if number and watch.should_stop():
            left += removed.kept
            continue
        before, after = sum(one.confirmed for one in put_back), order.removed[number + 1 :]
        wishes = Wishes(None, watch.should_stop, _beside(watch, before, sum(one.kept for one in after)))
        undone = undo(clients.profile, clients.secrets, removed, wishes)
        put_back += [undone.restored] if undone.restored is not None else []
    left += sum(one.left for one in put_back)
    return _told_restoring(order, put_back, left, watch.should_stop())


def _beside(watch: Watch, before: int, after: int) -> Callable[[Progress], None]:
    """How far one of several is, as the share of all of them."""

    def tell(progress: Progress) -> None:
        total, confirmed = before + progress.total + after, before + progress.confirmed
        watch.progress(msgspec.structs.replace(progress, total=total, sent=before + progress.sent, confirmed=confirmed))

    return tell


def _told_restoring(order: Restore, put_back: list[Restored], left: int, stopped: bool) -> Done:
    confirmed, doubt = sum(one.confirmed for one in put_back), sum(one.in_doubt for one in put_back)
    meant = confirmed + doubt + left
    words = (
        f"{full_count(confirmed)} of {full_count(meant)} messages went back" if meant else "",
        f"{full_count(left)} are still in their file" if left else "",
        f"{full_count(doubt)} were sent without an answer: nobody knows whether they arrived" if doubt else "",
        *(one.trouble.why for one in put_back if one.trouble is not None),
    )
    first = order.removed[0].picture.change
    tone = "ok" if confirmed == meant else "warn"
    title = f"{_named(first)} is back"
    if isinstance(first, PurgeQueue) or order.removed[0].stopped:
        title = f"Messages of “{visible(first.key.name)}” are back"
    if left:
        title = f"{'Stopped: not' if stopped else 'Not'} all messages of “{visible(first.key.name)}” are back"
    return Done(title, sentences(*words), order if left else None, first.key, tone, "Go on" if left else "Undo")


_DONE = {
    DeclareQueue: "declared",
    DeclareExchange: "declared",
    DeleteQueue: "deleted",
    DeleteExchange: "deleted",
    PurgeQueue: "purged",
}


def _title(change: Change) -> str:
    """``Queue “orders” deleted``, ``“orders” bound to “shop”``."""
    match change:
        case Bind(binding=binding):
            return f"“{visible(binding.destination)}” bound to “{visible(binding.source)}”"
        case Unbind(binding=binding):
            return f"“{visible(binding.destination)}” unbound from “{visible(binding.source)}”"
        case _:
            return f"{_named(change)} {_DONE[type(change)]}"


def _named(change: DeclareQueue | DeleteQueue | PurgeQueue | DeclareExchange | DeleteExchange) -> str:
    noun = "Exchange" if isinstance(change, DeclareExchange | DeleteExchange) else "Queue"
    return f"{noun} “{visible(change.key.name)}”"
