"""One publish at a time, as the window sees it: started, counted while it runs, stopped, told what became of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Outcome, Pulse
from dashboard.actions.orders import Clients
from dashboard.actions.publishing import Wish, publish_many, publish_one

if TYPE_CHECKING:
    from broker_client.rabbit.publisher import StreamCounts


class PublishRun(QObject):
    """``proved`` carries a :class:`Proof` after one message, ``counted`` :class:`StreamCounts` while many are sent and
    when they are (``finished``), ``failed`` a :class:`BrokerError`: nothing was sent. All on the GUI thread."""

    proved = Signal(object)
    counted = Signal(object)
    failed = Signal(object)
    busy_changed = Signal()
    _told = Signal(int, object)

    def __init__(self, desk: ChangeDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._turn = 0
        self._stop = threading.Event()
        self.wish: Wish | None = None
        """What runs now."""
        self._told.connect(self._hear_counts, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        return self.wish is not None

    def start(self, wish: Wish) -> None:
        """Publish; ignored while something runs."""
        if self.busy:
            return
        self._turn += 1
        turn, stop = self._turn, threading.Event()
        self._stop, self.wish = stop, wish

        def work(clients: Clients, pulse: Pulse) -> object:
            if wish.count == 1:
                return publish_one(wish, clients)
            return publish_many(wish, clients, _Stop(stop, pulse), lambda counts: self._told.emit(turn, counts))

        self.busy_changed.emit()
        self._desk.start("Publish", work, lambda outcome: self._hear_end(turn, wish, outcome))

    def stop(self) -> None:
        """Send nothing more; what was sent is still waited for."""
        self._stop.set()

    def forget(self) -> None:
        """Another broker: stop, and say nothing more of the old one."""
        self.stop()
        self._turn += 1
        if self.busy:
            self.wish = None
            self.busy_changed.emit()

    @Slot(int, object)
    def _hear_counts(self, turn: int, counts: StreamCounts) -> None:
        if turn == self._turn and self.busy:
            self.counted.emit(counts)

    def _hear_end(self, turn: int, wish: Wish, outcome: Outcome) -> None:
        if turn != self._turn:
            return
        self.wish = None
        if isinstance(outcome, Err):
            self.failed.emit(outcome.error)
        elif wish.count == 1:
            self.proved.emit(outcome.value)
        else:
            self.counted.emit(outcome.value)
        self.busy_changed.emit()


class _Stop(threading.Event):
    """Set by the person's button or by the end of the program."""

    def __init__(self, button: threading.Event, pulse: Pulse) -> None:
        super().__init__()
        self._button = button
        self._pulse = pulse

    def is_set(self) -> bool:
        return self._button.is_set() or self._pulse.cancelled
