"""A brake for signals: the first ask passes at once, those that follow within the interval collapse into one."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal


class Throttle(QObject):
    """``due`` fires at most once per ``interval_ms``, and always once more after the last ask."""

    due = Signal()

    def __init__(self, interval_ms: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(interval_ms)
        self._rest.timeout.connect(self._after_rest)

    def ask(self) -> None:
        if self._rest.isActive():
            self._waiting = True
            return
        self._rest.start()
        self.due.emit()

    def _after_rest(self) -> None:
        if self._waiting:
            self._waiting = False
            self.ask()
