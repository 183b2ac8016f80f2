"""Python's cyclic garbage is collected on the GUI thread only, between two turns of its event loop.

Left to itself the collector runs on whichever thread happens to allocate. Where that is a worker's thread and the
garbage holds a widget, Qt deletes the widget there while the GUI thread may be looking at it, and now and then the
process dies of it.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1_000
SETTLING_ROUNDS = 20
"""For so long the first page and its first data come in: what lives after these rounds stays, and is not looked at
again. Left alone it would be looked at in one round, of 40 ms with 5,000 queues."""


class GarbageRounds(QObject):
    """From its making on, until :meth:`end`, nothing else collects. Belongs to the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._round)
        self._settling = SETTLING_ROUNDS

    def begin(self) -> None:
        """What lives now is part of the program and is not looked at again."""
        gc.freeze()
        self._timer.start()

    def _round(self) -> None:
        collect_what_is_due()
        if self._settling:
            self._settling -= 1
            gc.freeze()

    def end(self) -> None:
        """Leave collecting as it was before."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()


def collect_what_is_due() -> None:
    """Collect the oldest generation that is over its threshold, by the rules Python itself goes by."""
    due = [
        place for place, pair in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)) if pair[0] > pair[1]
    ]
    if due:
        gc.collect(due[-1])
