"""Run the real window (or a bare one) in this process and hand it over once it is shown.

Nothing of the application is changed: only the start of the event loop is wrapped, to learn when the window is there.
Each line of standard input is an order to the watcher; at its end the window closes, so that a benchmark that dies
leaves no window behind.
"""

from __future__ import annotations

import inspect
import json
import runpy
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

if TYPE_CHECKING:
    from dashboard.app import App

MAIN = Path(__file__).parents[2] / "main.py"


class Watcher(QObject):
    """Looks at the window, which is shown and not painted yet. ``take`` gets the orders, on the GUI thread."""

    ordered = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self.window = window
        self.ordered.connect(self._obey, Qt.ConnectionType.QueuedConnection)

    def take(self, order: str) -> None:
        """An order of whoever started this process."""

    @Slot(str)
    def _obey(self, order: str) -> None:
        if order:
            self.take(order)
        else:
            self.window.close()
            QApplication.quit()

    def start_listening(self) -> None:
        """Read orders on a thread of its own."""
        threading.Thread(target=self._listen, name="bench orders", daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            self.ordered.emit(line.strip())
        self.ordered.emit("")


def say(**facts: object) -> None:
    """One JSON line to whoever started this process."""
    sys.stdout.write(json.dumps({"seen": facts}) + "\n")
    sys.stdout.flush()


def run_warren(arguments: Sequence[str], watch: Callable[[App], Watcher]) -> None:
    """Run ``main.py`` with ``arguments`` as ``__main__``; ``watch`` gets the application when its window is shown."""
    _wrap_event_loop(watch)
    sys.argv = [str(MAIN), *arguments]
    sys.path[0] = str(MAIN.parent)
    runpy.run_path(str(MAIN), run_name="__main__")


def run_bare(watch: Callable[[QWidget], Watcher]) -> None:
    """The least a PySide6 program can show: one empty main window of Warren's size."""
    application = QApplication([])
    window = QMainWindow()
    window.resize(1440, 900)
    window.show()
    watcher = watch(window)
    watcher.start_listening()
    application.exec()


def _wrap_event_loop(watch: Callable[[App], Watcher]) -> None:
    """``App.run`` starts the loop: the caller's ``self`` is the application, composed and shown."""
    turn = QApplication.exec
    kept = []

    def watch_and_turn(*_: object) -> int:
        frame = inspect.currentframe()
        assert frame is not None and frame.f_back is not None
        watcher = watch(frame.f_back.f_locals["self"])
        watcher.start_listening()
        kept.append(watcher)
        return turn()

    QApplication.exec = watch_and_turn  # type: ignore[method-assign]


def call_when(condition: Callable[[], object], then: Callable[[], None], parent: QObject) -> None:
    """Call ``then`` once, in the first turn of the event loop in which ``condition`` is true (looked at every 5 ms)."""
    timer = QTimer(parent)

    def look() -> None:
        if condition():
            timer.stop()
            then()

    timer.timeout.connect(look)
    timer.start(5)


class PaintWatch(QObject):
    """Calls ``painted`` in the event loop's next turn after each paint of one widget and its children."""

    def __init__(self, widget: QWidget, painted: Callable[[], None]) -> None:
        super().__init__(widget)
        self._painted = painted
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._painted)
        return False
