"""Moving messages on a job's thread: what would be done, doing it, and what an earlier attempt has left unfinished.

Qt-free. Raises BrokerError when nothing was begun; afterwards the receipt tells what became of every message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from broker_client.errors import BadInput, BrokerError, Unreachable
from broker_client.ledger import Ledger, Unfinished
from broker_client.profile import Profile, with_vhost
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.message_filter import MessageFilter
from broker_client.rabbit.transfer_plan import Progress, Receipt, TransferPlan
from dashboard.actions.jobs import Pulse
from dashboard.actions.looking import Looker
from dashboard.actions.orders import READ_ONLY, Clients
from dashboard.look.wording import full_count, visible

Tell = Callable[[Progress], None]
_KIND = "transfer"
_GO_ON = "go on with that one first, or forget it"


class Dry(msgspec.Struct, frozen=True):
    """What a plan would find: ``ready`` messages; ``harm`` says why those that stay would suffer, empty = they do not.

    ``earlier``: what an earlier attempt from this queue has left.
    """

    ready: int
    harm: str = ""
    earlier: Unfinished | None = None


def dry_run(plan: TransferPlan, looker: Looker, clients: Clients) -> Dry:
    """Ask for source and target; no message is touched."""
    from broker_client.rabbit.transfer import check_plan
    from broker_client.rabbit.transfer_preview import preview

    check_plan(plan)
    MessageFilter(plan.match)
    ready = preview(_here(plan, clients), clients.secrets, plan)
    harm = _harm(plan, looker, clients) if plan.copy or plan.match or plan.chosen is not None else ""
    earlier = [left for left in unfinished(clients) if source_of(left) == plan.source and not left.running]
    return Dry(ready, harm, earlier[0] if earlier else None)


def move(plan: TransferPlan, looker: Looker, clients: Clients, pulse: Pulse, tell: Tell) -> Receipt:
    """Carry the plan out, unless it would harm what stays or an earlier attempt is open."""
    from broker_client.rabbit.transfer import Wishes, transfer

    _may_move(clients)
    dry = dry_run(plan, looker, clients)
    if dry.earlier is not None:
        raise BadInput("an earlier move from this queue was cut short", unfinished_words(dry.earlier), _GO_ON)
    if dry.harm:
        raise BadInput("the messages that stay would be harmed", dry.harm, "move all of them instead")
    wishes = Wishes(MessageFilter(plan.match) if plan.match else None, lambda: pulse.cancelled, tell)
    return transfer(_here(plan, clients), clients.secrets, Ledger(clients.journals), plan, wishes)


def unfinished(clients: Clients) -> tuple[Unfinished, ...]:
    """What was cut short on this broker, oldest first."""
    from broker_client.rabbit.amqp import broker_label

    found = []
    for left in Ledger(clients.journals).unfinished():
        source = source_of(left)
        if left.kind != _KIND or source is None:
            continue
        if left.subject.get("broker") == broker_label(with_vhost(clients.profile, source.vhost)):
            found.append(left)
    return tuple(found)


def go_on(left: Unfinished, in_doubt: str, clients: Clients, pulse: Pulse, tell: Tell) -> Receipt:
    """Take up what was cut short. ``in_doubt``: ``keep``, ``send`` or ``drop`` the messages in doubt."""
    from broker_client.rabbit.transfer import Wishes, resume

    _may_move(clients)
    source, match = source_of(left), str(_plan(left).get("match", ""))
    assert source is not None
    wishes = Wishes(MessageFilter(match) if match else None, lambda: pulse.cancelled, tell)
    here = with_vhost(clients.profile, source.vhost)
    return resume(here, clients.secrets, Ledger(clients.journals), left.id, wishes, in_doubt)


def forget(left: Unfinished, clients: Clients) -> None:
    """Remove the journal: nobody will know any more what was sent."""
    Ledger(clients.journals).open(left.id).finish()


def source_of(left: Unfinished) -> QueueKey | None:
    """The queue it was taken from; ``None`` when the journal does not say."""
    source = _plan(left).get("source")
    return QueueKey(str(source[0]), str(source[1])) if isinstance(source, list | tuple) and len(source) == 2 else None


def target_words_of(left: Unfinished) -> str:
    plan = _plan(left)
    exchange = plan.get("exchange", "")
    return f"exchange “{visible(exchange)}”" if exchange else f"queue “{visible(str(plan.get('routing_key', '')))}”"


def unfinished_words(left: Unfinished) -> str:
    """``412 sent, 3 in doubt``."""
    return f"{full_count(left.confirmed)} sent, {full_count(len(left.in_doubt))} in doubt"


def _plan(left: Unfinished) -> dict[str, Any]:
    plan = left.subject.get("plan", {})
    return plan if isinstance(plan, dict) else {}


def _here(plan: TransferPlan, clients: Clients) -> Profile:
    return with_vhost(clients.profile, plan.source.vhost)


def _may_move(clients: Clients) -> None:
    if clients.profile.read_only:
        raise BadInput("nothing was moved", READ_ONLY)


def _harm(plan: TransferPlan, looker: Looker, clients: Clients) -> str:
    """What is taken and given back counts as delivered: a quorum queue drops what was delivered too often."""
    if not clients.profile.management_url:
        return ""
    try:
        return looker.warning(plan.source, clients).refused
    except Unreachable:
        return ""
    except BrokerError as problem:
        return str(problem)
