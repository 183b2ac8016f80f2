"""Decides when a table's rows must not move: under the mouse, under an open menu, just after a key was used."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

KEYS_STILL_MS = 2_000
POINTER_STILL_MS = 15_000
"""A mouse that rests on the table so long is parked, not aiming."""


class RowHold(QObject):
    """``changed`` says whether rows are held now."""

    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reasons: set[str] = set()
        self._pointer = self._timer("pointer", POINTER_STILL_MS)
        self._keys = self._timer("keys", KEYS_STILL_MS)

    @property
    def held(self) -> bool:
        return bool(self._reasons)

    def pointer_moved(self) -> None:
        """The mouse moved, clicked or scrolled over the rows."""
        self._pointer.start()
        self._set("pointer", True)

    def pointer_left(self) -> None:
        self._pointer.stop()
        self._set("pointer", False)

    def keys_moved(self) -> None:
        """A key moved the selection."""
        self._keys.start()
        self._set("keys", True)

    def menu_open(self, opened: bool) -> None:
        self._set("menu", opened)

    def _timer(self, reason: str, interval_ms: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(lambda: self._set(reason, False))
        return timer

    def _set(self, reason: str, present: bool) -> None:
        before = self.held
        (self._reasons.add if present else self._reasons.discard)(reason)
        if self.held != before:
            self.changed.emit(self.held)
