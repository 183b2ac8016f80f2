"""What a feed's thread runs: a source asks one service, turn by turn, and delivers frozen facts. No Qt here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from dashboard.store.app_state import Arrival, Health, Stamp

Deliver = Callable[[Arrival], None]


class Source:
    """Subclasses implement :meth:`turn` and :meth:`hang_up`; both run on the feed's thread only.

    ``service`` names the health leg. A turn asks what is due, delivers it through ``self.deliver`` and returns how many
    seconds may pass until the next turn; it raises a :class:`BrokerError` when the service fails it.
    """

    service = ""

    def __init__(self) -> None:
        self.wake = threading.Event()
        """Set by anyone who wants the next turn at once."""
        self.paused = False
        self.failing = False
        """Whether the last turn failed; kept by the feed."""
        self._deliver: Deliver | None = None

    def attach(self, deliver: Deliver) -> None:
        self._deliver = deliver

    def deliver(self, arrival: Arrival) -> None:
        if self._deliver is not None:
            self._deliver(arrival)

    def turn(self) -> float:
        """Ask, deliver, say when to come back."""
        raise AssertionError(f"{type(self).__name__} must say what a turn is")

    def health(self) -> Health:
        """How the service is after a turn that went well."""
        return Health(self.service, "live", last_ok=time.monotonic())

    def hurry(self) -> None:
        """A person asked for fresh facts: everything is due. Called on the feed's thread."""

    def hang_up(self) -> None:
        """Close what is open. Never raises a BrokerError."""

    def abort(self) -> None:
        """End a call that waits, if that can be done: the program ends. The only method for another thread."""


def stamp(source: str, interval_s: float, took_ms: float | None = None) -> Stamp:
    """A stamp of this moment."""
    return Stamp(time.monotonic(), source, interval_s, took_ms)
