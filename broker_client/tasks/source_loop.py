"""Keeps one source of the collector going: its health as it changes, and the pause before the next attempt.

A source is a function that connects, reports :meth:`SourceStatus.live` and runs until it fails. The loop turns its
BrokerError into health, waits with growing, jittered pauses and calls it again.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import msgspec

from broker_client.errors import BadAnswer, BrokerError, ConnectionLost
from broker_client.tasks.records import StreamHealth

_FIRST_PAUSE_S = 0.25
_EAGER_CAP_S = 4.0
_EAGER_FOR_S = 600.0
_CAP_S = 30.0


class SourceStatus:
    """The health of one source, shared between its thread and the board's."""

    def __init__(self, source: str) -> None:
        self._lock = threading.Lock()
        self._health = StreamHealth(source, "connecting", since=time.time())
        self.revision = 0
        self.was_live = False

    @property
    def health(self) -> StreamHealth:
        return self._health

    def live(self) -> None:
        """The source delivers now. Anything after the first time means that something may have been missed."""
        gaps = self._health.gaps + (1 if self.was_live else 0)
        self.was_live = True
        self._replace(state="live", what="", why="", remedy="", next_try=None, gaps=gaps)

    def gap(self) -> None:
        self._replace(gaps=self._health.gaps + 1)

    def off(self, why: str) -> None:
        self._replace(state="off", why=why, next_try=None)

    def trying(self) -> None:
        self._replace(state="connecting", next_try=None)

    def failed(self, error: BrokerError, next_try: float | None) -> None:
        state = "refused" if next_try is None else "down"
        self._replace(state=state, what=error.what, why=error.why, remedy=error.remedy, next_try=next_try)

    def _replace(self, **changes: object) -> None:
        with self._lock:
            old = self._health
            if changes.get("state", old.state) != old.state:
                changes["since"] = time.time()
            self._health = msgspec.structs.replace(old, **changes)
            self.revision += 1


class Backoff:
    """Pauses that double up to a cap, shortened at random by up to a half. The cap is small while a loss is fresh."""

    def __init__(self) -> None:
        self._tries = 0
        self._since = 0.0

    def pause_s(self, now: float) -> float:
        if self._tries == 0:
            self._since = now
        cap = _EAGER_CAP_S if now - self._since < _EAGER_FOR_S else _CAP_S
        pause = min(cap, _FIRST_PAUSE_S * float(1 << min(self._tries, 10)))
        self._tries += 1
        return pause * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        self._tries = 0


class SourceLoop(threading.Thread):
    """Runs ``session`` again and again in a thread of its own, until the process ends."""

    def __init__(self, session: Callable[[], None], status: SourceStatus) -> None:
        super().__init__(name=f"source {status.health.source}", daemon=True)
        self._session = session
        self._status = status
        self._wake = threading.Event()

    def wake(self) -> None:
        """Try now, also what was refused."""
        self._wake.set()

    def run(self) -> None:
        backoff = Backoff()
        while True:
            self._status.trying()
            began = time.monotonic()
            error = self._attempt()
            if time.monotonic() - began > 2 * _EAGER_CAP_S:
                backoff.reset()
            if not error.retryable and not self._status.was_live:
                self._wake.clear()
                self._status.failed(error, None)
                self._wake.wait()
                backoff.reset()
                continue
            pause_s = backoff.pause_s(time.monotonic())
            self._status.failed(error, time.time() + pause_s)
            if self._wake.wait(pause_s):
                backoff.reset()
            self._wake.clear()

    def _attempt(self) -> BrokerError:
        try:
            self._session()
        except BrokerError as error:
            return error
        except Exception as fault:
            return BadAnswer(f"the {self._status.health.source} have stopped", f"{type(fault).__name__}: {fault}")
        return ConnectionLost(f"the {self._status.health.source} have ended")
