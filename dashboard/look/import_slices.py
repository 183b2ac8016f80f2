"""Imports a large Qt library without keeping the window waiting and without a class made behind the GUI thread's back.

PySide 6.8 and later ask an object for its meta-object without Python's lock. A class that derives from a QObject and is
made on another thread at that moment ends the process. So a thread imports, but only in slices of a few milliseconds,
during which the GUI thread stands still in Python; between two modules it hands back. What has no Qt classes in it is
imported first and freely.
"""

from __future__ import annotations

import builtins
import importlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

SLICE_S = 0.008
PAUSE_MS = 12
LONGEST_S = 0.3
"""The GUI thread does not stand still for longer, whatever happens."""


class ImportSlices(QObject):
    """``read`` runs on the thread and imports ``package``; ``done`` is called on the GUI thread when it has ended.

    The thread pauses only before modules of ``package``, which nobody else may import meanwhile: a thread that pauses
    holds the locks of what it is importing.
    """

    _freed = Signal()

    def __init__(
        self, free: Sequence[str], package: str, read: Callable[[], object], done: Callable[[], object]
    ) -> None:
        super().__init__()
        self._free = tuple(free)
        self._package = package
        self._read = read
        self._done = done
        self._baton = _Baton()
        self._timer = QTimer(self)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._give_a_slice)
        self._freed.connect(self._timer.start, Qt.ConnectionType.QueuedConnection)

    def begin(self) -> None:
        """Return at once."""
        threading.Thread(target=self._run, name="import", daemon=True).start()

    def _run(self) -> None:
        try:
            for name in self._free:
                importlib.import_module(name)
            self._freed.emit()
            self._baton.take()
            with _pauses(self._package, self._baton):
                self._read()
        finally:
            self._baton.end()

    @Slot()
    def _give_a_slice(self) -> None:
        if self._baton.lend(LONGEST_S):
            self._timer.stop()
            self._done()


class _Baton:
    """Who has it may make classes; the other one waits."""

    def __init__(self) -> None:
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._lent = False
        self._ended = False

    def lend(self, longest_s: float) -> bool:
        """On the GUI thread: let the other one work until it gives back; whether it has ended."""
        if not self._lent:
            self._go.release()
        self._lent = not self._back.acquire(timeout=longest_s)
        return self._ended and not self._lent

    def take(self) -> None:
        self._go.acquire()

    def give_back(self) -> None:
        """Pause until it is lent again."""
        self._back.release()
        self._go.acquire()

    def end(self) -> None:
        self._ended = True
        self._back.release()


@contextmanager
def _pauses(package: str, baton: _Baton) -> Iterator[None]:
    """Let this thread pause wherever a module of ``package`` imports something.

    Not in a finder on ``sys.meta_path``: that is asked under the lock of all imports.
    """
    really_import, thread, until = builtins.__import__, threading.get_ident(), time.monotonic() + SLICE_S

    def pause_and_import(name: str, globals: Any = None, *rest: Any, **more: Any) -> ModuleType:
        nonlocal until
        importer = globals.get("__name__", "") if globals else ""
        ours = threading.get_ident() == thread and importer.partition(".")[0] == package
        if ours and time.monotonic() > until:
            baton.give_back()
            until = time.monotonic() + SLICE_S
        return really_import(name, globals, *rest, **more)

    builtins.__import__ = pause_and_import
    try:
        yield
    finally:
        builtins.__import__ = really_import
