"""Work of the GUI thread cut into pieces, each in a turn of the event loop of its own, so that none is felt."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

Step = Callable[[], object]


class Turns(QObject):
    """Runs its steps in order, the first in the next turn. It goes with its parent, and its steps with it."""

    def __init__(self, parent: QObject, pause_ms: int = 0) -> None:
        super().__init__(parent)
        self._steps: deque[Step] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(pause_ms)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._run_next)

    def add(self, *steps: Step) -> None:
        """Put ``steps`` at the end of what is to be done."""
        self._steps.extend(steps)
        if self._steps:
            self._timer.start()

    def clear(self) -> None:
        """Forget what was not done yet."""
        self._steps.clear()
        self._timer.stop()

    @Slot()
    def _run_next(self) -> None:
        step = self._steps.popleft()
        try:
            step()
        finally:
            # Only now: a timer that was due all along would come before whatever else has waited meanwhile.
            if self._steps:
                self._timer.start()
