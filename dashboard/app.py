"""The composition root: builds everything by hand, connects it, and shuts it down in order.

Nothing slow is read before the first paint: brokers' libraries, charts, keyring and sandbox come after it, off the GUI
thread.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from broker_client import __version__
from broker_client.errors import BrokerError
from dashboard.actions.jobs import Jobs
from dashboard.actions.notices import Notice, Notices
from dashboard.conduct import Conduct
from dashboard.display import Display, find_display
from dashboard.interrupts import Interrupts
from dashboard.logbook import Logbook
from dashboard.look.theme import apply_theme
from dashboard.options import Options, parse
from dashboard.page_table import PageEntry
from dashboard.pages.context import PageContext
from dashboard.pages.page import Page
from dashboard.places import Places
from dashboard.report import summary_lines
from dashboard.session import SessionKeeper
from dashboard.settings import Settings
from dashboard.stall_meter import StallMeter
from dashboard.store.app_state import Arrival
from dashboard.store.history import History
from dashboard.store.store import Store
from dashboard.store.view_choice import ViewChoice
from dashboard.trial import Trial
from dashboard.window import Window

OFFSCREEN_SECONDS = 30.0
OFFSCREEN_SHOTS = Path("shots")
SWITCH_INTERVAL_S = 0.001
"""How long a worker thread may hold Python's lock while the window waits for it; the default is five times as much."""


def main() -> int:
    """The ``warren`` command."""
    return run(parse(sys.argv[1:]))


def run(options: Options) -> int:
    """Open the window and stay until it is closed; returns the exit code."""
    display = find_display()
    if options.doctor:
        return _examine(options, display)
    if not display.usable:
        if not options.demo:
            print(f"warren: {display.words}, so no window can be shown. {display.remedy}", file=sys.stderr)
            return 2
        options = _off_screen(options, display)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    application = QApplication.instance() or QApplication(["warren"])
    assert isinstance(application, QApplication)
    application.setApplicationName("warren")
    application.setApplicationDisplayName("Warren")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("warren")
    if options.temp_home:
        with tempfile.TemporaryDirectory(prefix="warren-") as folder:
            return App(application, options, Places.under(Path(folder))).run()
    return App(application, options, Places.of_user()).run()


class App(QObject):
    """Everything there is, connected. ``run`` returns after the orderly end."""

    _surprised = Signal(str)
    """Emitted by whatever thread an exception ended."""

    def __init__(self, application: QApplication, options: Options, places: Places) -> None:
        super().__init__()
        self._application = application
        self._options = options
        self.logbook = Logbook(places.log_file)
        self.settings = Settings(places.settings_file)
        self.notices = Notices(self)
        self._surprised.connect(self._say_surprise, Qt.ConnectionType.QueuedConnection)
        self.logbook.catch_everything(self._surprised.emit)
        apply_theme(application, options.theme or self.settings.text("look.theme"), dress=False)
        self.store = Store(self)
        self.history = History(parent=self)
        self.view = ViewChoice(self.settings.number("view.span_s"), self)
        self.jobs = Jobs(self)
        self.session = SessionKeeper(self.jobs, self.view, places, self)
        self.meter = StallMeter(self)
        self.window = Window(self.store, self.view, self.settings, self._make_page)
        self.trial = Trial(options, self.window, self.store, self.meter, self.logbook, self)
        self._context = self._made_context(places)
        self.conduct = Conduct(self.window, self.session, self.store, self.settings, self.notices, self.jobs, places)
        self._ended = False
        self._connect()

    def run(self) -> int:
        """Show the window, run until it ends, and take everything down again."""
        interrupts = Interrupts(self.window.close, self)
        self.show()
        try:
            self._application.exec()
        finally:
            self.end()
            interrupts.restore()
        report = self.trial.report()
        self.trial.write(report)
        if self._options.seconds is not None:
            self._print_summary()
        return 0

    def show(self) -> None:
        """Show the first page; what opens is decided after the first paint."""
        self.window.show_page(self.conduct.first_page(self._options))
        self.window.show()

    def end(self) -> None:
        """Actions off, feeds, jobs, settings, window; the sandbox last."""
        if self._ended:
            return
        self._ended = True
        self.meter.end()
        self.window.setEnabled(False)
        self.window.hide()
        self.session.stop_feeds()
        self.jobs.drain(deadline_s=3.0)
        self.settings.save()
        self.session.stop_sandbox()
        self.logbook.close()

    # ---- how things are connected -------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.session.arrived.connect(self._receive)
        self.window.painted.connect(self._after_first_paint)
        self.window.closing.connect(self._application.quit)
        self.window.status_bar.retry_requested.connect(self.session.poke)
        self.view.paused_changed.connect(self.store.set_paused)
        self.view.span_changed.connect(lambda span_s: self.settings.put("view.span_s", span_s))
        self.notices.notice_arrived.connect(self._show_notice)
        self.trial.over.connect(self.window.close)
        self.session.failed.connect(self._hear_failure)

    @Slot(object)
    def _receive(self, arrival: Arrival) -> None:
        """History first, so that a page that reads it on a store signal finds the newest figure."""
        self.history.receive(arrival)
        self.store.receive(arrival)
        self.trial.hear(arrival)

    @Slot()
    def _after_first_paint(self) -> None:
        self.trial.hear_paint()
        for problem in self.settings.problems:
            self.notices.say(problem, tone="warn")
        self.conduct.begin(self._options)

    def _made_context(self, places: Places) -> PageContext:
        session = self.session
        return PageContext(
            store=self.store,
            history=self.history,
            view=self.view,
            settings=self.settings,
            notices=self.notices,
            jobs=self.jobs,
            places=places,
            go=self.window.show_page,
            show_tasks=session.show_tasks,
            open_task=session.open_task,
            open_queue=session.open_queue,
            watch_depths=session.watch_depths,
            try_now=session.poke,
            perform=self.window.actions_of_window.perform,
        )

    def _make_page(self, entry: PageEntry) -> Page:
        page = entry.load()(self._context)
        self.conduct.adopt(page)
        return page

    def _show_notice(self, notice: Notice) -> None:
        self.window.toasts.show_notice(notice)

    def _hear_failure(self, error: BrokerError) -> None:
        self.trial.note(str(error))
        if self._options.seconds is not None and self._options.demo:
            QTimer.singleShot(0, self.window.close)

    def _say_surprise(self, words: str) -> None:
        """An exception that nobody caught."""
        self.notices.say("Something went wrong inside Warren", f"{words}. The log has more", "crit")

    def _print_summary(self) -> None:
        print("\n".join(summary_lines(self.trial.report())))
        if self.trial.pictures:
            print(f"pictures   {len(self.trial.pictures)} in {self.trial.pictures[0].parent}")


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
