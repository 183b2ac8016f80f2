"""A question that is asked again and again: answered on a job's thread, one at a time, always the newest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from dashboard.actions.jobs import Jobs, Ok, Outcome

T = TypeVar("T")
SLOW_MS = 120


class NewestJob(QObject):
    """What was asked before the newest question is not answered any more. Use it on the GUI thread.

    ``slow``: there has been no answer for :data:`SLOW_MS` milliseconds, so that one may want to say so.
    """

    slow = Signal()

    def __init__(self, jobs: Jobs, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._name = name
        self._next: tuple[Callable[[], Any], Callable[[Any], None]] | None = None
        self._running = False
        self._turn = 0
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(SLOW_MS)
        self._patience.timeout.connect(self.slow)
        self.busy = False
        """Whether the newest question still waits for its answer."""

    def ask(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Run ``work`` on a thread, and ``done`` with its value here; it must not fail."""
        self._turn += 1
        self._next = (work, done)
        if not self.busy:
            self.busy = True
            self._patience.start()
        if not self._running:
            self._begin()

    def drop(self) -> None:
        """Nobody wants an answer any more."""
        self._turn += 1
        self._next = None
        self._settle()

    def _begin(self) -> None:
        if self._next is None:
            return
        (work, done), turn = self._next, self._turn
        self._next, self._running = None, True
        self._jobs.run(self._name, lambda _pulse: work(), lambda outcome: self._hear(turn, done, outcome))

    def _hear(self, turn: int, done: Callable[[Any], None], outcome: Outcome) -> None:
        self._running = False
        if turn == self._turn:
            self._settle()
            if isinstance(outcome, Ok):
                done(outcome.value)
        if not self._running:
            self._begin()

    def _settle(self) -> None:
        self.busy = False
        self._patience.stop()
