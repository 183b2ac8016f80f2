"""Takes messages off a queue for good, into a vault first when there is one; and puts a vault's messages back."""

from __future__ import annotations

import time

import msgspec

from broker_client.errors import BrokerError, NoAnswer
from broker_client.ledger import State
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.frame_channel import FrameChannel, Turns
from broker_client.rabbit.moved_message import identity_of, message_of
from broker_client.rabbit.source_queue import SourceQueue
from broker_client.rabbit.target import Sent, TargetChannel
from broker_client.rabbit.transfer import ALL, WINDOW, Wishes
from broker_client.rabbit.transfer_plan import Progress, Trouble, to_queue
from broker_client.rabbit.vault import Kept, Vault

_IDLE_S = 3.0
_CONFIRM_S = 30.0


class Drained(msgspec.Struct, frozen=True):
    """What became of it. Counts are messages."""

    total: int
    """Ready at the start."""
    taken: int
    skipped: int
    trouble: Trouble | None = None


class Restored(msgspec.Struct, frozen=True):
    """What went back. ``in_doubt``: sent, and no confirm came; a further attempt leaves these out."""

    confirmed: int
    in_doubt: int
    trouble: Trouble | None = None
    left: int = 0
    """Still in the vault, for a further attempt."""


def drain(
    profile: Profile,
    secrets: Secrets,
    source: QueueKey,
    vault: Vault | None = None,
    wishes: Wishes = ALL,
    chosen: frozenset[str] | None = None,
) -> Drained:
    """Take off what was ready at the start, as far as it is wanted or its identity (hex) is chosen; the rest stays.

    ``wishes.progress`` hears of every group that was taken off, after it is on the disk.

    Raises BrokerError when nothing was begun.
    """
    turns = Turns()
    channel: FrameChannel | None = None
    try:
        channel = FrameChannel(turns, profile, secrets, "warren drain")
        queue = SourceQueue(channel, source.name, WINDOW)
        queue.expect(total := channel.ready_count(source.name))
        taken = skipped = 0
        trouble: Trouble | None = None
        began = moved_at = time.monotonic()
        try:
            while queue.expected and not wishes.should_stop():
                queue.keep_coming()
                turns.turn(0.25)
                channel.check()
                if not (arrived := queue.take()):
                    if time.monotonic() - moved_at > _IDLE_S:
                        break
                    continue
                meant = [
                    delivery
                    for delivery in arrived
                    if (chosen is None or identity_of(delivery).hex() in chosen)
                    and (wishes.wanted is None or wishes.wanted(message_of(delivery)))
                ]
                if vault is not None and meant:
                    vault.keep(meant)
                queue.release([delivery.tag for delivery in meant])
                queue.hold(len(arrived) - len(meant))
                queue.acknowledge()
                taken, skipped = taken + len(meant), skipped + len(arrived) - len(meant)
                wishes.progress(Progress(total, taken, taken, skipped, time.monotonic() - began))
                moved_at = time.monotonic()
            if not queue.give_back():
                why = f"{channel.what} is too busy; what was taken may come back"
                raise NoAnswer(f"the queue {source.name} has not said that it let go of {taken} messages", why)
        except BrokerError as problem:
            trouble = Trouble.of(problem)
        return Drained(total, taken, skipped, trouble)
    finally:
        if channel is not None:
            channel.close()
        turns.close()


def restore(profile: Profile, secrets: Secrets, vault: Vault, queue: QueueKey, wishes: Wishes = ALL) -> Restored:
    """Publish the vault's messages into a queue, in their order, unchanged. ``wishes`` may stop it, and hear how far it
    is whenever the broker has taken some; what was stopped can be gone on with.

    Raises BrokerError when nothing was begun.
    """
    turns = Turns()
    target: TargetChannel | None = None
    try:
        target = TargetChannel(turns, profile, secrets, to_queue(QueueKey(queue.vhost, ""), queue.name))
        return _Restoring(turns, target, vault, wishes).carry_out()
    finally:
        if target is not None:
            target.close()
        turns.close()


class _Restoring:
    def __init__(self, turns: Turns, target: TargetChannel, vault: Vault, wishes: Wishes) -> None:
        self._turns, self._target, self._vault, self._wishes = turns, target, vault, wishes
        self._total = vault.waiting()
        self._began = time.monotonic()
        self._numbers: dict[int, int] = {}
        self._next = 1
        self._after = 0
        self._confirmed = 0

    def carry_out(self) -> Restored:
        trouble: Trouble | None = None
        moved_at = self._began
        try:
            while True:
                group: tuple[Kept, ...] = () if self._ends else self._group()
                if not group and not self._target.outstanding:
                    break
                if self._note(group):
                    moved_at = time.monotonic()
                if time.monotonic() - moved_at > _CONFIRM_S:
                    raise NoAnswer("no confirm from the broker", f"for {_CONFIRM_S:.0f} s")
                self._target.publish([(kept.routing_key, Sent(kept.properties, kept.body)) for kept in group])
                self._turns.turn(0.0 if group else 0.25)
                self._target.check()
        except BrokerError as problem:
            trouble = Trouble.of(problem)
        self._note(())
        trouble = trouble or self._target.refusal
        return Restored(self._confirmed, len(self._target.outstanding), trouble, self._vault.waiting())

    @property
    def _ends(self) -> bool:
        return self._target.refusal is not None or self._wishes.should_stop()

    def _group(self) -> tuple[Kept, ...]:
        return self._vault.next_messages(self._after, WINDOW - len(self._target.outstanding))

    def _note(self, group: tuple[Kept, ...]) -> bool:
        """Outcomes so far and the next intents, on the disk together."""
        outcomes: list[tuple[int, int, State]] = []
        for first, last, state in self._target.answers():
            numbers = [self._numbers.pop(number) for number in range(first, last + 1)]
            outcomes += [(number, number, state) for number in numbers]
            self._confirmed += len(numbers) if state is State.CONFIRMED else 0
        for message in group:
            self._numbers[self._next] = self._after = message.number
            self._next += 1
        if group or outcomes:
            self._vault.write([message.number for message in group], outcomes)
        if outcomes:
            took_s = time.monotonic() - self._began
            self._wishes.progress(Progress(self._total, self._next - 1, self._confirmed, 0, took_s))
        return bool(outcomes)
