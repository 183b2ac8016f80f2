"""Ctrl-C and SIGTERM end the window in order. Python sees a signal only when it runs: a socket wakes Qt for it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Slot


class Interrupts(QObject):
    """From the making on, SIGINT and SIGTERM call ``end``; :meth:`restore` puts the old handlers back."""

    def __init__(self, end: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._end = end
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._old_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, self._heard) for number in (signal.SIGINT, signal.SIGTERM)}
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._drain)

    def restore(self) -> None:
        self._notifier.setEnabled(False)
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_fd)
        self._reader.close()
        self._writer.close()

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self._end()

    @Slot()
    def _drain(self) -> None:
        try:
            self._reader.recv(64)
        except BlockingIOError:
            return
