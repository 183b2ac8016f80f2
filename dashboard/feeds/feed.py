"""A feed runs one source on a thread of its own and carries its facts and its health to the GUI thread.

The loop turns every error into health: a service that may come back is tried again with backoff, one that refused us
waits until a person acts (:meth:`Feed.poke`). The thread touches no QObject but this feed's two signals.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, Signal

from broker_client.errors import AccessRefused, BadInput, BrokerError, LoginRefused, MissingProgram
from dashboard.feeds.backoff import Backoff
from dashboard.feeds.source import Deliver, Source
from dashboard.store.app_state import Health

REFUSALS_TO_BELIEVE = 3
"""A broker that stops or starts may refuse a good login: after it worked once, this many in a row are believed."""

_FIGURES_EVERY_S = 1.0
_log = logging.getLogger(__name__)


class Feed(QObject):
    """``arrived`` carries an Arrival, ``health`` a :class:`Health`. Connect both with ``QueuedConnection``."""

    arrived = Signal(object)
    health = Signal(object)

    def __init__(self, source: Source, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._loop = _Loop(source, self.arrived.emit, self.health.emit)
        self._thread: threading.Thread | None = None

    @property
    def service(self) -> str:
        return self._source.service

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop.run, name=f"feed {self.service}", daemon=False)
        self._thread.start()

    def ask_stop(self) -> None:
        """Tell the thread to end; returns at once."""
        self._loop.stop()

    def join(self, deadline_s: float = 3.0) -> bool:
        """Wait for the thread's end; ``False`` when it did not end in time."""
        if self._thread is None:
            return True
        self._thread.join(deadline_s)
        ended = not self._thread.is_alive()
        if not ended:
            _log.error("the %s feed did not end within %.1f s", self.service, deadline_s)
        return ended

    def stop(self, deadline_s: float = 3.0) -> bool:
        """End the thread and wait for it."""
        self.ask_stop()
        return self.join(deadline_s)

    def poke(self) -> None:
        """Try now: ends a wait, also one after a refusal."""
        self._loop.poke()

    def set_paused(self, paused: bool) -> None:
        """A paused view still records: a source may slow down, never stop."""
        self._source.paused = paused


class _Loop:
    """What the thread runs. Holds the emitters, not the feed."""

    def __init__(self, source: Source, deliver: Deliver, tell: Callable[[Health], None]) -> None:
        self._source = source
        self._emit_health = tell
        self._told: Health | None = None
        self._told_at = 0.0
        self._backoff = Backoff()
        self._stopping = False
        self._poked = False
        self._refusals = 0
        self._last_ok: float | None = None
        source.attach(deliver)

    def run(self) -> None:
        self._tell(Health(self._source.service, "connecting"))
        while not self._stopping:
            self._rest(self._turn())
        self._source.hang_up()

    def stop(self) -> None:
        self._stopping = True
        self._source.abort()
        self._source.wake.set()

    def poke(self) -> None:
        self._poked = True
        self._source.wake.set()

    def _turn(self) -> float | None:
        """One turn; returns the pause after it (``None`` = until somebody acts)."""
        try:
            pause_s = self._source.turn()
        except BrokerError as error:
            return self._fail(error)
        except Exception as error:
            _log.exception("the %s feed met an error that it does not know", self._source.service)
            return self._fail(_unknown(error))
        self._source.failing = False
        self._backoff.succeed()
        self._refusals = 0
        health = self._source.health()
        self._last_ok = health.last_ok
        self._tell(health)
        return pause_s

    def _fail(self, error: BrokerError) -> float | None:
        self._source.failing = True
        self._source.hang_up()
        if self._stopping:
            return None
        now = time.monotonic()
        health = Health(
            self._source.service,
            "down",
            what=error.what,
            why=error.why,
            remedy=error.remedy,
            last_ok=self._last_ok,
        )
        if self._is_final(error):
            self._tell(msgspec.structs.replace(health, state="refused"))
            return None
        pause_s = self._backoff.fail(now)
        self._tell(msgspec.structs.replace(health, next_try=now + pause_s))
        return pause_s

    def _rest(self, pause_s: float | None) -> None:
        wake = self._source.wake
        while not self._stopping:
            woken = wake.wait(pause_s)
            wake.clear()
            if self._poked:
                self._poked = False
                self._source.hurry()
                return
            if pause_s is not None or not woken:
                return

    def _tell(self, health: Health) -> None:
        """Say how things are; figures alone that moved are said once a second."""
        same = self._told is not None and _without_figures(health) == _without_figures(self._told)
        now = time.monotonic()
        if not same or now - self._told_at > _FIGURES_EVERY_S:
            self._told, self._told_at = health, now
            self._emit_health(health)

    def _is_final(self, error: BrokerError) -> bool:
        """Whether only a person can change it. A wrong service or a missing vhost may be a restart: try again."""
        if not isinstance(error, LoginRefused | AccessRefused | BadInput | MissingProgram):
            self._refusals = 0
            return False
        self._refusals += 1
        return self._last_ok is None or self._refusals >= REFUSALS_TO_BELIEVE


def _without_figures(health: Health) -> Health:
    return msgspec.structs.replace(health, latency_ms=None, last_ok=None)


def _unknown(error: Exception) -> BrokerError:
    return BrokerError("an unexpected error", f"{type(error).__name__}: {error}", "The log has the details")
