"""``python -m tests.bench.first_paint bare|warren [main.py's arguments]``: say when the first paints were, and end.

Says ``painted_at`` (monotonic seconds, one clock for all processes) and ``slow_modules``: those of ``SLOW`` that are
imported by then. For Warren says then ``page_at``: when the first page inside the frame was painted.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget

from tests.bench.window_in_sight import PaintWatch, Watcher, call_when, run_bare, run_warren, say

if TYPE_CHECKING:
    from dashboard.app import App

SLOW = ("pyqtgraph", "celery", "requests")


class FirstPaint(Watcher):
    """Ends the program after the first paint of the window, or of its first page when there is an ``app``."""

    def __init__(self, window: QWidget, app: App | None = None) -> None:
        super().__init__(window)
        self._app = app
        self._said = self._page_said = False
        PaintWatch(window, self._painted)

    def _painted(self) -> None:
        if self._said:
            return
        self._said = True
        say(painted_at=time.monotonic(), slow_modules=[name for name in SLOW if name in sys.modules])
        if self._app is None:
            QApplication.quit()
        else:
            call_when(self._first_page, self._watch_page, self)

    def _first_page(self) -> QWidget | None:
        from dashboard.pages.page import Page

        return next((page for page in self.window.findChildren(Page) if page.isVisible()), None)

    def _watch_page(self) -> None:
        page = self._first_page()
        assert page is not None
        PaintWatch(page, self._page_painted)
        page.update()

    def _page_painted(self) -> None:
        if not self._page_said:
            self._page_said = True
            say(page_at=time.monotonic())
            QApplication.quit()


if __name__ == "__main__":
    which, *arguments = sys.argv[1:]
    if which == "bare":
        run_bare(FirstPaint)
    else:
        run_warren(arguments, lambda app: FirstPaint(app.window, app))
