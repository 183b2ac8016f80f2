"""Moves or copies messages from a queue to a queue or an exchange, and loses none of them.

The order for each group of messages: its intents are on the disk, it is published, the broker confirms it, that is on
the disk, it is acknowledged at its source. Source and target have a connection each, so that an alarm that stops our
publishing does not stop us from giving back what we hold. Whatever ends a transfer, what is not confirmed stays.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from broker_client.errors import BadInput, BrokerError, NoAnswer, NotReady
from broker_client.ledger import Journal, Ledger, State
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import broker_label, check_name
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.earlier_attempt import EarlierAttempt, Recall
from broker_client.rabbit.frame_channel import FrameChannel, Turns
from broker_client.rabbit.frames import Delivery
from broker_client.rabbit.given_back import CUT_OFF_S, Asking, count_again
from broker_client.rabbit.moved_message import Changes, Prepared, message_of, prepare
from broker_client.rabbit.source_queue import SourceQueue
from broker_client.rabbit.target import Sent, TargetChannel, Verdict
from broker_client.rabbit.transfer_plan import Doubt, Progress, Receipt, TransferPlan, Trouble

KIND = "transfer"
WINDOW = 2000
_GROUP = 512
"""How many messages are worth a turn of the disk; fewer go when no more come."""
_GATHER_S = 0.005
_IDLE_S = 3.0
"""A queue that sends nothing for so long is asked why."""
_CONFIRM_S = 30.0
_STOP_S = 5.0
"""How long a transfer that stops waits for the confirms that are still out."""
_PROGRESS_S = 0.1


class Wishes(NamedTuple):
    """What the caller decides while a transfer runs; all are called on the thread that runs it."""

    wanted: Callable[[Message], bool] | None = None
    """Which messages are meant; ``None`` = every one."""
    should_stop: Callable[[], bool] = lambda: False
    progress: Callable[[Progress], None] = lambda _: None


ALL = Wishes()


def transfer(
    profile: Profile, secrets: Secrets, ledger: Ledger, plan: TransferPlan, wishes: Wishes = ALL, window: int = WINDOW
) -> Receipt:
    """Carry out a plan. Raises BrokerError when nothing was begun; what goes wrong later is told by the receipt."""
    check_plan(plan)
    subject = plan.subject(broker_label(profile))
    earlier = EarlierAttempt()
    return _run(profile, secrets, plan, wishes, window, lambda: ledger.begin(KIND, subject), earlier)


def resume(
    profile: Profile, secrets: Secrets, ledger: Ledger, operation: str, wishes: Wishes = ALL, in_doubt: str = "keep"
) -> Receipt:
    """Go on with what was cut short. ``in_doubt``: ``keep`` the messages in doubt at the source, ``send`` them (perhaps
    a second time) or ``drop`` them there. Raises BrokerError when nothing was begun."""
    journal = ledger.open(operation)
    try:
        plan = TransferPlan.of_subject(journal.subject, broker_label(profile))
        earlier = EarlierAttempt.of(journal, in_doubt)
        return _run(profile, secrets, plan, wishes, WINDOW, lambda: journal, earlier)
    finally:
        journal.close()


def check_plan(plan: TransferPlan) -> None:
    """Raises :class:`BadInput`."""
    check_name(plan.source.name, "queue name")
    check_name(plan.exchange, "exchange name")
    check_name(plan.routing_key or "", "routing key")
    if plan.exchange == "" and not plan.routing_key:
        raise BadInput("the transfer has no target", "neither a queue nor an exchange is named")
    if plan.target_queue == plan.source.name:
        raise BadInput("source and target are the same queue", plan.source.name)
    if plan.first is not None and plan.first < 1:
        raise BadInput("the number of messages must be 1 or more", str(plan.first))


def _run(
    profile: Profile,
    secrets: Secrets,
    plan: TransferPlan,
    wishes: Wishes,
    window: int,
    begin: Callable[[], Journal],
    earlier: EarlierAttempt,
) -> Receipt:
    turns = Turns()
    source: FrameChannel | None = None
    target: TargetChannel | None = None
    try:
        source = FrameChannel(turns, profile, secrets, "warren transfer, source")
        ready = source.ready_count(plan.source.name)
        target = TargetChannel(turns, profile, secrets, plan)
        with begin() as journal:
            changes = Changes(profile.username, plan.keep_expiration)
            return _Transfer(plan, wishes, changes, turns, source, target, journal, earlier, ready, window).carry_out()
    finally:
        for channel in (target, source):
            if channel is not None:
                channel.close()
        turns.close()


class _Transfer:
    """One transfer under way."""

    def __init__(
        self,
        plan: TransferPlan,
        wishes: Wishes,
        changes: Changes,
        turns: Turns,
        source: FrameChannel,
        target: TargetChannel,
        journal: Journal,
        earlier: EarlierAttempt,
        ready: int,
        window: int,
    ) -> None:
        self._plan, self._wishes, self._changes = plan, wishes, changes
        self._turns, self._source, self._target = turns, source, target
        self._journal, self._earlier = journal, earlier
        self._chosen = None if plan.chosen is None else {bytes.fromhex(text) for text in plan.chosen}
        self._ready = ready
        self._limit = self._total = 0
        self._queue = SourceQueue(source, plan.source.name, window)
        self._next = target.first_number = journal.last_number() + 1
        self._taken: deque[Delivery] = deque()
        self._tags: dict[int, int] = {}
        self._labels: dict[int, tuple[bytes, str]] = {}
        self._heard: list[Verdict] = []
        self._sent = self._confirmed = self._skipped = self._refused = self._already = 0
        self._trouble: Trouble | None = None
        self._stopped = self._settled = False
        self._began = self._moved_at = self._told_at = time.monotonic()

    def carry_out(self) -> Receipt:
        try:
            self._expect(self._count())
            while not self._is_over():
                self._gather()
                self._pass_on()
                self._tell()
        except BrokerError as problem:
            self._trouble = Trouble.of(problem)
        self._trouble = self._trouble or self._target.refusal
        try:
            self._let_go()
        except BrokerError as problem:
            self._trouble = self._trouble or Trouble.of(problem)
        return self._receipt()

    # ---- the beginning ----------------------------------------------------------------------------------------------

    def _count(self) -> int:
        """How many are ready. After a crash the source must have back what the earlier attempt held."""
        if self._ready and not self._earlier.waiting:
            return self._ready
        name, stops = self._plan.source.name, self._wishes.should_stop
        asking = Asking(name, lambda: self._target.stock(name), self._turns.turn, stops)
        wait_s = CUT_OFF_S - self._journal.untouched_s if self._earlier.waiting else 0.0
        ready = count_again(self._queue, asking, wait_s)
        self._moved_at = time.monotonic()
        return ready

    def _expect(self, ready: int) -> None:
        plan, earlier, chosen = self._plan, self._earlier, self._chosen
        limit = ready if plan.first is None else max(0, plan.first - earlier.sent)
        self._limit = min(limit, len(chosen)) if chosen is not None else limit
        picks = chosen is not None or self._wishes.wanted is not None
        self._total = ready if picks else min(ready, self._limit + earlier.waiting)
        self._queue.expect(self._total)

    # ---- the loop ---------------------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        self._stopped = self._stopped or self._wishes.should_stop()
        if self._stopped or self._target.refusal is not None:
            return True
        nothing_more = not self._queue.expected and not self._taken
        enough = self._sent >= self._limit and not self._earlier.waiting
        return not self._target.outstanding and (nothing_more or enough)

    def _gather(self) -> None:
        """Wait until there is something to do, and a moment longer for enough of it."""
        self._queue.keep_coming()
        self._turns.turn(0.0 if self._taken and self._room() else 0.25)
        self._collect()
        if 0 < len(self._taken) + self._target.heard < _GROUP:
            self._turns.turn(_GATHER_S)
            self._collect()
        self._source.check()
        self._target.check()
        self._watch_the_clock()

    def _collect(self) -> None:
        arrived, heard = self._queue.take(), self._target.answers()
        self._taken.extend(arrived)
        self._heard += heard
        if arrived or heard:
            self._moved_at = time.monotonic()

    def _watch_the_clock(self) -> None:
        quiet_s = time.monotonic() - self._moved_at
        if self._target.outstanding:
            if self._target.blocked is not None:
                why = f"an alarm stops publishing: {self._target.blocked}"
                raise NotReady(f"{self._source.what} takes no messages now", why, "free memory or disk there")
            if quiet_s > _CONFIRM_S:
                raise NoAnswer(f"no confirm from {self._source.what}", f"for {quiet_s:.0f} s")
        elif quiet_s > _IDLE_S and not self._taken and self._queue.expected:
            if self._target.stock(self._plan.source.name).ready:
                why = "another consumer has it for itself, or is served before us"
                raise NotReady(f"the queue {self._plan.source.name} sends us nothing", why)
            self._queue.end()  # other consumers took the rest

    def _room(self) -> int:
        """How many may be published now. The first goes alone: only a publish finds out about an alarm."""
        alone = self._sent > 0 and not self._confirmed
        return 0 if alone else 1 if not self._sent else max(0, self._limit - self._sent)

    def _pass_on(self) -> None:
        """Write down what was confirmed and what will be published; then acknowledge the one, publish the other."""
        room = self._room()
        intents: list[tuple[int, bytes, str]] = []
        messages: list[tuple[bytes, Sent]] = []
        released: list[int] = []
        while self._taken and (len(messages) < room or self._sent >= self._limit):
            delivery = self._taken.popleft()
            prepared = prepare(delivery, self._changes)
            recalled = self._earlier.recall(delivery, prepared)
            if recalled is Recall.DONE:
                self._already += 1
                released.append(delivery.tag)
            elif recalled is Recall.DOUBT or not self._is_meant(delivery, prepared, recalled):
                self._skipped += recalled is None
                self._queue.hold(1)
            else:
                number = self._next + len(messages)
                intents.append((number, prepared.identity, prepared.label))
                self._tags[number] = delivery.tag
                messages.append((delivery.routing_key, Sent(prepared.properties, delivery.body)))
        self._settle(intents, released)
        self._next += len(messages)
        self._sent += len(messages)
        if messages:
            self._target.publish(messages)

    def _is_meant(self, delivery: Delivery, prepared: Prepared, recalled: Recall | None) -> bool:
        if recalled is Recall.SEND:
            return True
        if self._sent >= self._limit:
            return False
        if self._chosen is not None and prepared.identity not in self._chosen:
            return False
        return self._wishes.wanted is None or self._wishes.wanted(message_of(delivery))

    def _settle(self, intents: list[tuple[int, bytes, str]], released: list[int]) -> None:
        heard, self._heard = self._heard, []
        if intents or heard:
            self._journal.write(intents, heard)
        for verdict in heard:
            tags = [self._tags.pop(number) for number in range(verdict.first, verdict.last + 1)]
            if verdict.state is State.CONFIRMED:
                self._confirmed += len(tags)
                released += tags
            else:
                self._refused += len(tags)
                self._queue.hold(len(tags))
        if self._plan.copy:
            self._queue.hold(len(released))
        else:
            self._queue.release(released)
        if self._source.is_open:
            self._queue.acknowledge()

    # ---- the end ----------------------------------------------------------------------------------------------------

    def _let_go(self) -> None:
        """Wait for what is still out, acknowledge what is confirmed, give back the rest."""
        deadline = time.monotonic() + _STOP_S
        while self._target.outstanding and self._target.failure is None and time.monotonic() < deadline:
            self._turns.turn(0.1)
            self._heard += self._target.answers()
        self._heard += self._target.answers()
        self._settle([], [])
        if self._source.is_open:
            self._settled = self._queue.give_back()

    def _receipt(self) -> Receipt:
        items = {item.number: item for item in self._journal.items(State.INTENDED)}
        lost = [items[number] for number in self._target.outstanding if number in items]
        doubts = [Doubt(item.identity.hex(), item.label, "it was published, and no confirm came") for item in lost]
        doubts += self._earlier.doubts
        told = self._source.close() and self._settled
        operation = self._close_journal(told, bool(doubts))
        ended = "failed" if self._trouble is not None else "stopped" if self._stopped else "done"
        return Receipt(
            source=self._plan.source.name,
            target=self._plan.target_words,
            ended=ended,
            total=self._total,
            confirmed=self._confirmed,
            skipped=self._skipped,
            refused=self._refused,
            already=self._already,
            may_come_back=0 if told or self._plan.copy else self._confirmed,
            in_doubt=tuple(doubts),
            trouble=self._trouble,
            operation=operation,
            took_s=time.monotonic() - self._began,
        )

    @property
    def _is_complete(self) -> bool:
        return self._trouble is None and not self._stopped

    def _close_journal(self, told: bool, doubtful: bool) -> str:
        """Keep of the journal what a next attempt must know. ``told``: the source has heard all we had to say."""
        # What was sent earlier and not met now may still be in the source, if we did not come to its end.
        unseen = self._earlier.unseen()
        doubtful = doubtful or bool(unseen and not self._is_complete)
        if not doubtful and (told or not self._journal.last_number()):
            self._journal.finish()
            return ""
        if told:
            doubts = {doubt.identity for doubt in self._earlier.doubts}
            keep = {*self._target.outstanding, *unseen}
            self._journal.forget(
                item.number
                for item in self._journal.items()
                if item.number not in keep and item.identity.hex() not in doubts
            )
        return self._journal.id

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told_at >= _PROGRESS_S:
            self._told_at = now
            took_s = now - self._began
            self._wishes.progress(Progress(self._total, self._sent, self._confirmed, self._skipped, took_s))
