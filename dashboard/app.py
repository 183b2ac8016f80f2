"""The start: the command line's wishes, the display, and the frame of the window.

The frame is painted before anything slow is read; then a thread reads the rest and :mod:`dashboard.workings` builds and
connects it. This file must import nothing that the frame does not need.
"""

from __future__ import annotations

import dataclasses
import gc
import importlib
import os
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication

from broker_client import __version__
from dashboard.display import Display, find_display
from dashboard.garbage_rounds import GarbageRounds
from dashboard.interrupts import Interrupts
from dashboard.logbook import Logbook
from dashboard.look.theme import apply_theme
from dashboard.look.turns import Turns
from dashboard.options import Options, parse
from dashboard.places import Places
from dashboard.process_age import process_age_ms
from dashboard.settings import Settings
from dashboard.stall_meter import StallMeter
from dashboard.store.view_choice import ViewChoice
from dashboard.window import Window

if TYPE_CHECKING:
    from dashboard.workings import Workings

OFFSCREEN_SECONDS = 30.0
OFFSCREEN_SHOTS = Path("shots")
LIBRARIES = (
    "tomlkit",
    "broker_client.insight.delayed_queues",
    "broker_client.insight.diagnosis",
    "broker_client.insight.queue_rows",
    "broker_client.ledger",
    "broker_client.profile_store",
    "broker_client.rabbit.argument_catalogue",
    "broker_client.rabbit.management",
    "broker_client.rabbit.message_groups",
    "broker_client.rabbit.moved_message",
    "broker_client.rabbit.peek_warning",
    "broker_client.rabbit.routing",
    "broker_client.rabbit.topology",
    "broker_client.tasks.forget_results",
    "broker_client.tasks.query_language",
    "broker_client.tasks.records",
)
"""What the workings and the first page stand on; there is no Qt in it."""
QT_LIBRARIES = ("dashboard.actions.change_desk", "dashboard.conduct", "dashboard.workings")
"""The workings, in pieces that take a turn of the event loop each."""

SWITCH_INTERVAL_S = 0.001
"""How long a worker thread may hold Python's lock while the window waits for it; the default is five times as much."""


def main() -> int:
    """The ``warren`` command."""
    return run(parse(sys.argv[1:]))


def run(options: Options) -> int:
    """Open the window and stay until it is closed; returns the exit code."""
    gc.disable()  # nothing is garbage before the first paint; then see dashboard.garbage_rounds
    display = find_display()
    if options.doctor:
        return _examine(options, display)
    if not display.usable:
        if not options.demo:
            print(f"warren: {display.words}, so no window can be shown. {display.remedy}", file=sys.stderr)
            return 2
        options = _off_screen(options, display)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    application = _application()
    if options.temp_home:
        with tempfile.TemporaryDirectory(prefix="warren-") as folder:
            return App(application, options, Places.under(Path(folder))).run()
    return App(application, options, Places.of_user()).run()


class App(QObject):
    """The frame, and behind it the workings once it is painted. ``run`` returns after the orderly end."""

    _libraries_read = Signal()

    def __init__(self, application: QApplication, options: Options, places: Places) -> None:
        super().__init__()
        self._application = application
        self._options = options
        self._places = places
        self.logbook = Logbook()
        self.logbook.catch_everything(lambda _words: None)
        self.settings = Settings(places.settings_file)
        apply_theme(application, options.theme or self.settings.text("look.theme"), dress=False)
        self.view = ViewChoice(self.settings.number("view.span_s"), self)
        self.window = Window(self.view, self.settings)
        self.workings: Workings | None = None
        self.meter = StallMeter(self)
        self._garbage = GarbageRounds(self)
        self.first_paint_ms: float | None = None
        self._ended = False
        self.window.painted.connect(self._hear_paint)
        self._libraries_read.connect(self._read_workings, Qt.ConnectionType.QueuedConnection)
        self.window.closing.connect(application.quit)

    def run(self) -> int:
        """Show the window, run until it ends, and take everything down again."""
        interrupts = Interrupts(self.window.close, self)
        self.window.show()
        try:
            self._application.exec()
        finally:
            self.end()
            interrupts.restore()
        if self.workings is not None:
            self.workings.trial.conclude()
        return 0

    def end(self) -> None:
        """Feeds, jobs, settings, window; the sandbox last."""
        if self._ended:
            return
        self._ended = True
        self.window.setEnabled(False)
        self.window.hide()
        self.meter.end()
        if self.workings is not None:
            self.workings.end()
        self._garbage.end()
        self.logbook.close()

    @Slot()
    def _hear_paint(self) -> None:
        """The frame is on the screen: read the rest beside the event loop."""
        self.first_paint_ms = process_age_ms()
        self.meter.begin()
        self._garbage.begin()
        threading.Thread(target=self._read_libraries, name="reader", daemon=False).start()

    def _read_libraries(self) -> None:
        """Nothing with Qt in it: see :mod:`dashboard.look.import_slices`."""
        try:
            for name in LIBRARIES:
                importlib.import_module(name)
        finally:
            self._libraries_read.emit()

    @Slot()
    def _read_workings(self) -> None:
        Turns(self).add(*(partial(importlib.import_module, name) for name in QT_LIBRARIES), self._work)

    def _work(self) -> None:
        from dashboard.workings import Workings

        if not self._ended:
            self.workings = Workings(self, self)
            self.workings.begin(self._options)

    @property
    def options(self) -> Options:
        return self._options

    @property
    def places(self) -> Places:
        return self._places


def _application() -> QApplication:
    application = QApplication.instance() or QApplication(["warren"])
    assert isinstance(application, QApplication)
    application.setApplicationName("warren")
    application.setApplicationDisplayName("Warren")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("warren")
    return application


def _off_screen(options: Options, display: Display) -> Options:
    """What a demo without a screen does instead: run unseen, take pictures, tell."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    seconds = options.seconds or OFFSCREEN_SECONDS
    shots = options.shots or OFFSCREEN_SHOTS
    print(f"warren: {display.words}: running off-screen for {seconds:.0f} s, pictures go to {shots}/", flush=True)
    return dataclasses.replace(options, seconds=seconds, shots=shots)


def _examine(options: Options, display: Display) -> int:
    from dashboard.doctor import examine

    return examine(options, display)
