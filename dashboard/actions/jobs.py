"""Work off the GUI thread: a callable runs on a thread of its own and its outcome comes back as ``Ok`` or ``Err``."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from broker_client.errors import BrokerError

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ok(Generic[T]):
    value: T


@dataclass(frozen=True)
class Err:
    error: BrokerError


Outcome = Ok[Any] | Err


class Pulse:
    """What the work is handed: it says how far it is, and asks whether anyone still wants it. Any thread."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def say(self, words: str) -> None:
        self._tell(words)

    def cancel(self) -> None:
        self._cancelled.set()


class Job(QObject):
    """One running piece of work. ``progressed`` carries words, ``settled`` the job itself; both on the GUI thread."""

    progressed = Signal(str)
    settled = Signal(object)
    _said = Signal(str)
    _finished = Signal()

    def __init__(
        self,
        name: str,
        work: Callable[[Pulse], object],
        done: Callable[[Outcome], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.name = name
        self.done = done
        self.outcome: Outcome | None = None
        """Set by the thread when the work is done, before ``settled`` is heard."""
        self._pulse = Pulse(self._said.emit)
        self._said.connect(self.progressed, Qt.ConnectionType.QueuedConnection)
        self._finished.connect(self._hear_end, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, args=(work,), name=f"job {name}", daemon=False)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to stop; it ends when it looks."""
        self._pulse.cancel()

    def join(self, deadline_s: float) -> bool:
        self._thread.join(deadline_s)
        return not self._thread.is_alive()

    def _run(self, work: Callable[[Pulse], object]) -> None:
        try:
            self.outcome = Ok(work(self._pulse))
        except BrokerError as error:
            self.outcome = Err(error)
        except Exception as error:
            _log.exception("the job %r met an error that it does not know", self.name)
            self.outcome = Err(BrokerError(f"{self.name} failed", f"{type(error).__name__}: {error}"))
        self._finished.emit()

    @Slot()
    def _hear_end(self) -> None:
        # The thread may still be inside its last signal, whose sender must not be deleted under it.
        self._thread.join()
        self.settled.emit(self)


class Jobs(QObject):
    """Starts jobs, keeps them alive until they ended, and drains them at the end of the program."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Job] = []
        self._closed = False

    def run(
        self,
        name: str,
        work: Callable[[Pulse], object],
        done: Callable[[Outcome], None],
        progress: Callable[[str], None] | None = None,
    ) -> Job:
        """Run ``work`` on a thread; ``done`` gets its outcome on the GUI thread. Drained jobs start nothing more."""
        job = Job(name, work, done, self)
        if self._closed:
            return job
        if progress is not None:
            job.progressed.connect(progress)
        job.settled.connect(self._settle)
        self._running.append(job)
        job.start()
        return job

    def drain(self, deadline_s: float) -> bool:
        """Cancel everything and wait; outcomes are no longer told. ``False`` when a job did not end in time."""
        self._closed = True
        for job in self._running:
            job.cancel()
        until = time.monotonic() + deadline_s
        ended = [job.join(max(0.05, until - time.monotonic())) for job in self._running]
        return all(ended)

    @Slot(object)
    def _settle(self, job: Job) -> None:
        if job in self._running:
            self._running.remove(job)
        job.deleteLater()
        if not self._closed and job.outcome is not None:
            job.done(job.outcome)
