"""Tells the status bar how the services are: on every change, and twice a second because ages and countdowns move."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Slot

from dashboard.shell.service_lines import refreshed_words, service_lines
from dashboard.shell.status_bar import StatusBar
from dashboard.store.store import Store

TURN_MS = 500


class ServiceTeller(QObject):
    """Lives as long as the status bar."""

    def __init__(self, store: Store, status_bar: StatusBar) -> None:
        super().__init__(status_bar)
        self._store = store
        self._status_bar = status_bar
        self._clock = QTimer(self)
        self._clock.setInterval(TURN_MS)
        self._clock.timeout.connect(self.tell)
        self._clock.start()
        store.health_changed.connect(self.tell)
        store.session_changed.connect(self.tell)
        self.tell()

    @Slot()
    def tell(self) -> None:
        now, state = time.monotonic(), self._store.state
        refreshed = refreshed_words(state, now)
        if refreshed and self._store.paused:
            refreshed = f"Paused · {refreshed}"
        self._status_bar.show_lines(service_lines(state, now), refreshed)
