"""Everything a page is handed, without a window: a real store and session, and the page's wishes written down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TypeVar

from PySide6.QtWidgets import QApplication

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.entities import QueueKey
from broker_client.tasks.records import TaskQuery
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Jobs
from dashboard.actions.notices import Notices
from dashboard.actions.task_log import TaskLog
from dashboard.look.theme import apply_theme
from dashboard.pages.context import PageContext
from dashboard.pages.page import Page
from dashboard.places import Places
from dashboard.session import SessionKeeper
from dashboard.settings import Settings
from dashboard.store.app_state import Arrival, Stamp
from dashboard.store.history import History
from dashboard.store.store import Store
from dashboard.store.view_choice import ViewChoice

AnyPage = TypeVar("AnyPage", bound=Page)
SIZE = (1200, 800)
END_S = 30.0
JUST_NOW = -3_600.0


def stamp(age_s: float = 0.0, source: str = "Management API", interval_s: float = 2.0) -> Stamp:
    """A stamp of ``age_s`` seconds ago; one of :data:`JUST_NOW` is young however slow the machine is."""
    return Stamp(monotonic() - age_s, source, interval_s)


class Stage:
    """``context`` is what a page gets. Without :meth:`connect` only what :meth:`receive` is told arrives."""

    def __init__(self, application: QApplication, folder: Path) -> None:
        apply_theme(application, "dark")
        self.store = Store()
        self.history = History()
        self.view = ViewChoice()
        self.jobs = Jobs()
        self.notices = Notices()
        self.places = Places.under(folder)
        self.settings = Settings(self.places.settings_file)
        self.session = SessionKeeper(self.jobs, self.view, self.places)
        self.session.arrived.connect(self.receive)
        self.desk = ChangeDesk(
            self.jobs, self.notices, self.session.clients, lambda: self.store.state, self.session.poke
        )
        self.task_log = TaskLog(self.jobs, self.notices, self.places.task_logs_folder)
        self.session.opened.connect(lambda profile, _kept: self.task_log.open(profile.name))
        self.went: list[tuple[str, object]] = []
        self.queries: list[TaskQuery] = []
        self.opened_tasks: list[str | None] = []
        self.opened_queues: list[tuple[QueueKey | None, int]] = []
        self.watched: list[tuple[QueueKey, ...]] = []
        self.performed: list[str] = []
        self.pages: list[Page] = []
        self.context = self._made_context()

    def show(self, page_class: type[AnyPage]) -> AnyPage:
        """The page, built, on screen and active."""
        page = page_class(self.context)  # type: ignore[arg-type]
        self.pages.append(page)
        page.resize(*SIZE)
        page.show()
        page.activate()
        return page

    def receive(self, arrival: Arrival) -> None:
        """What a feed would send."""
        self.history.receive(arrival)
        self.store.receive(arrival)

    def connect(self, profile: Profile, secrets: Secrets) -> None:
        """Watch real brokers."""
        self.session.open(profile, secrets)

    def close(self) -> None:
        """Off the screen; every thread has ended."""
        for page in self.pages:
            page.deactivate()
            page.close()
        assert self.session.stop_feeds(END_S), "a feed's thread did not end in time"
        assert self.jobs.drain(END_S), "a job did not end in time"

    def _made_context(self) -> PageContext:
        return PageContext(
            store=self.store,
            history=self.history,
            view=self.view,
            settings=self.settings,
            notices=self.notices,
            jobs=self.jobs,
            desk=self.desk,
            task_log=self.task_log,
            places=self.places,
            go=lambda page, subject: self.went.append((page, subject)),
            show_tasks=self._show_tasks,
            open_task=self._open_task,
            ask_tasks=self.session.ask_tasks,
            open_queue=self._open_queue,
            watch_depths=self._watch,
            watch_topology=self.session.watch_topology,
            watch_redis=self.session.watch_redis,
            tap=self.session.tap,
            guide_tap=self.session.guide_tap,
            try_now=self.session.poke,
            perform=self.performed.append,
        )

    def _show_tasks(self, query: TaskQuery) -> None:
        self.queries.append(query)
        self.session.show_tasks(query)

    def _open_task(self, task_id: str | None) -> None:
        self.opened_tasks.append(task_id)
        self.session.open_task(task_id)

    def _open_queue(self, key: QueueKey | None, history_s: int) -> None:
        self.opened_queues.append((key, history_s))
        self.session.open_queue(key, history_s)

    def _watch(self, keys: Sequence[QueueKey]) -> None:
        self.watched.append(tuple(keys))
        self.session.watch_depths(keys)
