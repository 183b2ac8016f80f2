"""``python -m tests.bench.first_paint bare|warren [main.py's arguments]``: say when the first paint was, and end.

Says ``painted_at`` (monotonic seconds, one clock for all processes) and ``slow_modules``: those of ``SLOW`` that are
imported by then.
"""

from __future__ import annotations

import sys
import time

from PySide6.QtWidgets import QApplication, QWidget

from tests.bench.window_in_sight import PaintWatch, Watcher, run_bare, run_warren, say

SLOW = ("pyqtgraph", "celery", "requests")


class FirstPaint(Watcher):
    """Ends the program after the first paint."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._said = False
        PaintWatch(window, self._painted)

    def _painted(self) -> None:
        if self._said:
            return
        self._said = True
        say(painted_at=time.monotonic(), slow_modules=[name for name in SLOW if name in sys.modules])
        QApplication.quit()


if __name__ == "__main__":
    which, *arguments = sys.argv[1:]
    if which == "bare":
        run_bare(FirstPaint)
    else:
        run_warren(arguments, FirstPaint)
