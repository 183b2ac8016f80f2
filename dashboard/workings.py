"""The composition root behind the frame: builds everything by hand, connects it, and takes it down in order.

Read after the first paint. Only this file and the session connect feeds to the store and the store to pages. Brokers'
libraries, charts, keyring and sandbox are read later still, off the GUI thread.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from broker_client.errors import BrokerError
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Jobs
from dashboard.actions.notices import Notices
from dashboard.actions.task_log import TaskLog
from dashboard.conduct import Conduct
from dashboard.logbook import Logbook
from dashboard.look.turns import Turns
from dashboard.options import Options
from dashboard.page_table import PageEntry, first_page, page_entry
from dashboard.pages.context import PageContext
from dashboard.pages.page import Page
from dashboard.places import Places
from dashboard.session import SessionKeeper
from dashboard.settings import Settings
from dashboard.shell.service_teller import ServiceTeller
from dashboard.stall_meter import StallMeter
from dashboard.store.app_state import Arrival
from dashboard.store.history import History
from dashboard.store.store import Store
from dashboard.store.view_choice import ViewChoice
from dashboard.trial import Trial
from dashboard.window import Window

JOBS_END_S = 3.0


class Frame(Protocol):
    """What is there at the first paint (see ``dashboard.app``)."""

    window: Window
    view: ViewChoice
    settings: Settings
    meter: StallMeter
    logbook: Logbook
    first_paint_ms: float | None

    @property
    def places(self) -> Places: ...

    @property
    def options(self) -> Options: ...


class Workings(QObject):
    """Everything that is not the frame. ``begin`` opens the first page and what it looks at."""

    _surprised = Signal(str)
    """Emitted by whatever thread an exception ended."""

    def __init__(self, app: Frame, parent: QObject) -> None:
        super().__init__(parent)
        self._app = app
        self.window = app.window
        self.notices = Notices(self)
        self.store = Store(self)
        self.history = History(parent=self)
        self.jobs = Jobs(self)
        self.session = SessionKeeper(self.jobs, app.view, app.places, self)
        self.desk = ChangeDesk(
            self.jobs, self.notices, self.session.clients, lambda: self.store.state, self.session.poke, self
        )
        self.task_log = TaskLog(self.jobs, self.notices, app.places.task_logs_folder, self)
        self.trial = Trial(app.options, self.window, self.store, app.meter, app.logbook, self)
        self._context = self._made_context()
        self.conduct = Conduct(
            self.window, self.session, self.store, app.settings, self.notices, self.jobs, app.places, self.desk
        )
        self._connect()

    def begin(self, options: Options) -> None:
        """Whatever was asked for, then the first page: built, styled and shown in turns of their own."""
        self.window.watch(self.store, self._make_page)
        ServiceTeller(self.store, self.window.status_bar)
        self.trial.hear_paint(self._app.first_paint_ms)
        self._app.logbook.write_to(self._app.places.log_file)
        for problem in self._app.settings.problems:
            self.notices.say(problem, tone="warn")
        first = first_page(options, self._app.settings)
        Turns(self).add(
            lambda: self.conduct.begin(options),
            page_entry(first).load,
            lambda: self.window.page(first),
            lambda: self.window.dress_soon(first),
            lambda: self.window.show_first(first),
        )

    def end(self) -> None:
        """Feeds stop and join, jobs drain, settings are written, the sandbox goes last."""
        self.session.stop_feeds()
        self.jobs.drain(JOBS_END_S)
        self._app.settings.save()
        self.session.stop_sandbox()

    # ---- how things are connected -------------------------------------------------------------------------------

    def _connect(self) -> None:
        view = self._app.view
        self._surprised.connect(self._say_surprise, Qt.ConnectionType.QueuedConnection)
        self._app.logbook.catch_everything(self._surprised.emit)
        self.session.arrived.connect(self._receive)
        self.session.opened.connect(lambda profile, _kept: self.task_log.open(profile.name))
        self.session.closed.connect(lambda: self.task_log.open(""))
        self.session.failed.connect(self._hear_failure)
        self.window.status_bar.retry_requested.connect(self.session.poke)
        view.paused_changed.connect(self.store.set_paused)
        view.span_changed.connect(lambda span_s: self._app.settings.put("view.span_s", span_s))
        self._app.settings.changed.connect(self._keep_tasks)
        self._keep_tasks("tasks.most")
        self.notices.notice_arrived.connect(self.window.toasts.show_notice)
        self.trial.over.connect(self.window.close)

    @Slot(object)
    def _receive(self, arrival: Arrival) -> None:
        """History first, so that a page that reads it on a store signal finds the newest figure."""
        self.history.receive(arrival)
        self.store.receive(arrival)
        self.trial.hear(arrival)

    def _made_context(self) -> PageContext:
        session = self.session
        return PageContext(
            store=self.store,
            history=self.history,
            view=self._app.view,
            settings=self._app.settings,
            notices=self.notices,
            jobs=self.jobs,
            desk=self.desk,
            task_log=self.task_log,
            places=self._app.places,
            go=self.window.show_page,
            show_tasks=session.show_tasks,
            open_task=session.open_task,
            ask_tasks=session.ask_tasks,
            open_queue=session.open_queue,
            watch_depths=session.watch_depths,
            watch_topology=session.watch_topology,
            watch_redis=session.watch_redis,
            tap=session.tap,
            guide_tap=session.guide_tap,
            try_now=session.poke,
            perform=self.window.actions_of_window.perform,
        )

    def _keep_tasks(self, key: str) -> None:
        if key == "tasks.most":
            self.session.keep_tasks(self._app.settings.number(key))

    def _make_page(self, entry: PageEntry) -> Page:
        page = entry.load()(self._context)
        self.conduct.adopt(page)
        return page

    @Slot(object)
    def _hear_failure(self, error: BrokerError) -> None:
        self.trial.note(str(error))
        if self._app.options.seconds is not None and self._app.options.demo:
            QTimer.singleShot(0, self.window.close)

    @Slot(str)
    def _say_surprise(self, words: str) -> None:
        """An exception that nobody caught."""
        self.notices.say("Something went wrong inside Warren", f"{words}. The log has more", "crit")
