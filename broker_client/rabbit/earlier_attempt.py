"""What an attempt that was cut short knows of the messages that are still, or again, in the source."""

from __future__ import annotations

import enum
from collections import deque

from broker_client.errors import BadInput
from broker_client.ledger import Item, Journal, State
from broker_client.rabbit.frames import Delivery
from broker_client.rabbit.moved_message import Prepared
from broker_client.rabbit.transfer_plan import Doubt

CHOICES = ("keep", "send", "drop")
"""What can be done with a message in doubt."""


class Recall(enum.Enum):
    """What to do with a message that has been seen before."""

    DONE = enum.auto()
    """It is at the target: acknowledge it."""
    SEND = enum.auto()
    DOUBT = enum.auto()
    """Leave it at the source and name it."""


class EarlierAttempt:
    """The items of a journal by their identity. ``waiting``: how many of them have not been seen in the source."""

    def __init__(self, items: tuple[Item, ...] = (), sent: int = 0, in_doubt: str = "keep") -> None:
        if in_doubt not in CHOICES:
            raise BadInput("a message in doubt can be kept, sent or dropped", in_doubt)
        self._choice = in_doubt
        self._items: dict[bytes, deque[Item]] = {}
        for item in items:
            if item.state is not State.KEPT:
                self._items.setdefault(item.identity, deque()).append(item)
        self.sent = sent
        self.waiting = sum(map(len, self._items.values()))
        self.doubts: list[Doubt] = []

    @classmethod
    def of(cls, journal: Journal, in_doubt: str) -> EarlierAttempt:
        return cls(journal.items(), journal.confirmed_count(), in_doubt)

    def recall(self, delivery: Delivery, prepared: Prepared) -> Recall | None:
        """``None``: it was never sent.

        A message without an id of its own may have a twin of the same content. If it was delivered before, nobody can
        tell which of the two it is, so it is kept.
        """
        items = self._items.get(prepared.identity)
        if not items or (not prepared.label and not delivery.redelivered):
            return None
        item = items.popleft()
        self.waiting -= 1
        if item.state is State.CONFIRMED and prepared.label:
            return Recall.DONE
        if self._choice == "keep":
            self.doubts.append(Doubt(item.identity.hex(), item.label, _why(item)))
            return Recall.DOUBT
        return Recall.SEND if self._choice == "send" else Recall.DONE

    def unseen(self) -> list[int]:
        """Numbers of the items that were not met in the source."""
        return [item.number for items in self._items.values() for item in items]


def _why(item: Item) -> str:
    if item.state is State.CONFIRMED:
        return "a message of the same content was sent; this is that one, come back, or its twin"
    return "it was published, and no confirm was seen"
