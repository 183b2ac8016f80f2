"""Where the threads of the collector leave what they received, for the one thread that owns the board.

Bounded: a source that is faster than the board waits, so that its broker keeps what is not read yet.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class Inbox(Generic[_Item]):
    """Facts, at most ``limit`` of them by weight, and urgent items that go before them and are never held back."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._facts: deque[tuple[_Item, int]] = deque()
        self._urgent: deque[_Item] = deque()
        self._weight = 0
        self._changed = threading.Condition()

    def offer(self, item: _Item, weight: int, timeout_s: float) -> bool:
        """Leave a fact; False when there was no room for it within ``timeout_s``."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._weight < self._limit, timeout_s):
                return False
            self._facts.append((item, weight))
            self._weight += weight
            self._changed.notify_all()
            return True

    def put(self, item: _Item, weight: int) -> None:
        """Leave a fact, waiting for room as long as it takes."""
        while not self.offer(item, weight, 60.0):
            pass

    def put_urgent(self, item: _Item) -> None:
        with self._changed:
            self._urgent.append(item)
            self._changed.notify_all()

    def take(self, timeout_s: float) -> _Item | None:
        """The next item, an urgent one first; ``None`` when nothing came within ``timeout_s``."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._urgent or self._facts, timeout_s):
                return None
            if self._urgent:
                return self._urgent.popleft()
            item, weight = self._facts.popleft()
            was_full = self._weight >= self._limit
            self._weight -= weight
            if was_full:
                self._changed.notify_all()
            return item
