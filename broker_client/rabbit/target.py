"""Where messages are sent: published in a stream, each watched until the broker has taken or refused it."""

from __future__ import annotations

from typing import NamedTuple

from broker_client.errors import BrokerError
from broker_client.ledger import State
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.frame_channel import FrameChannel, Stock, Turns
from broker_client.rabbit.frames import Confirm, Returned, name_bytes
from broker_client.rabbit.transfer_plan import TransferPlan, Trouble


class Sent(NamedTuple):
    """A message on its way."""

    properties: bytes
    body: bytes


class Verdict(NamedTuple):
    """What the broker said of the messages from ``first`` to ``last``."""

    first: int
    last: int
    state: State


class TargetChannel:
    """Numbers the messages it sends. ``outstanding``: those without an answer, by number, oldest first."""

    def __init__(self, turns: Turns, profile: Profile, secrets: Secrets, plan: TransferPlan) -> None:
        """Raises :class:`NotFound` when the target does not exist, or what else stands in the way."""
        self._plan = plan
        self._channel = FrameChannel(turns, profile, secrets, "warren transfer, target")
        try:
            if plan.target_queue is not None:
                self._channel.ready_count(plan.target_queue)
            else:
                self._channel.require_exchange(plan.exchange)
            self._channel.confirm_mode()
        except BrokerError:
            self._channel.close()
            raise
        self._publishing = self._channel.publishing()
        self._exchange = name_bytes(plan.exchange, "exchange name")
        self._methods: dict[bytes, bytes] = {}
        self._fixed = None if plan.routing_key is None else self._method(name_bytes(plan.routing_key, "routing key"))
        self._published = 0
        self.first_number = 1
        """What the first message's number is; to be set before it is sent."""
        self._returned: set[int] = set()
        self.outstanding: dict[int, Sent] = {}
        self.refusal: Trouble | None = None

    @property
    def failure(self) -> BrokerError | None:
        return self._channel.failure

    @property
    def blocked(self) -> str | None:
        return self._channel.blocked

    @property
    def heard(self) -> int:
        """How many answers wait to be read; one may stand for many messages."""
        return len(self._channel.confirms)

    def check(self) -> None:
        """Raises what has ended the channel; nothing while it is open."""
        self._channel.check()

    def stock(self, queue: str) -> Stock:
        return self._channel.stock(queue)

    def publish(self, messages: list[tuple[bytes, Sent]]) -> None:
        """Send messages, each with the routing key it had; their numbers follow each other. Raises BrokerError."""
        frames: list[bytes] = []
        for key, message in messages:
            self.outstanding[self.first_number + self._published] = message
            self._published += 1
            frames.append(self._fixed if self._fixed is not None else self._method(key))
            frames.append(self._publishing.content(message.properties, message.body))
        self._channel.send(frames)

    def answers(self) -> list[Verdict]:
        """What the broker has said since the last time. A message comes back before it is confirmed."""
        while self._channel.returns:
            self._came_back(self._channel.returns.popleft())
        found: list[Verdict] = []
        while self._channel.confirms:
            found += self._confirmed(self._channel.confirms.popleft())
        return found

    def close(self) -> None:
        self._channel.close()

    def _method(self, key: bytes) -> bytes:
        method = self._methods.get(key)
        if method is None:
            if len(self._methods) > 10_000:
                self._methods.clear()
            method = self._methods[key] = self._publishing.method(self._exchange, key)
        return method

    def _came_back(self, returned: Returned) -> None:
        """Find it by its content: the broker tells no number. Equal messages go the same way, whichever it was."""
        self._refuse("the target does not take the message", f"{returned.words}: no queue is bound for it")
        content = Sent(returned.properties, returned.body)
        for number, sent in self.outstanding.items():
            if sent == content and number not in self._returned:
                self._returned.add(number)
                return

    def _confirmed(self, confirm: Confirm) -> list[Verdict]:
        last = self.first_number - 1 + confirm.number
        if confirm.multiple:
            numbers = []
            for number in self.outstanding:
                if number > last:
                    break
                numbers.append(number)
        else:
            numbers = [last] if last in self.outstanding else []
        for number in numbers:
            del self.outstanding[number]
        if not confirm.taken:
            self._refuse("the target refused the message", "it is full, or cannot take it now")
        return self._verdicts(numbers, State.CONFIRMED if confirm.taken else State.KEPT)

    def _verdicts(self, numbers: list[int], state: State) -> list[Verdict]:
        if not numbers:
            return []
        if not self._returned.intersection(numbers):
            return [Verdict(numbers[0], numbers[-1], state)]
        found = [Verdict(number, number, State.KEPT if number in self._returned else state) for number in numbers]
        self._returned.difference_update(numbers)
        return found

    def _refuse(self, what: str, why: str) -> None:
        if self.refusal is None:
            target = self._plan.target_words
            self.refusal = Trouble(what, f"{target}: {why}", "it was kept at its source; look at the target first")
