"""How the window answers a person: what each action does, what opens at the start, what the badges say."""

from __future__ import annotations

import importlib
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QApplication

from broker_client.errors import BrokerError
from broker_client.profile import Profile
from broker_client.rabbit.entities import QueueKey
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Jobs, Ok, Outcome
from dashboard.actions.notices import Notices
from dashboard.actions.orders import Restore
from dashboard.dialogs.put_back import PutBack
from dashboard.dialogs.unfinished_moves import UnfinishedMoves
from dashboard.look.theme import apply_theme, theme
from dashboard.look.turns import Turns
from dashboard.options import Options
from dashboard.page_table import PAGES
from dashboard.pages.page import Page
from dashboard.places import Places
from dashboard.session import SessionKeeper
from dashboard.settings import Settings
from dashboard.store.store import Store
from dashboard.window import Window

if TYPE_CHECKING:
    from dashboard.dialogs.find_task import FindTaskDialog
    from dashboard.dialogs.palette import Palette
    from dashboard.dialogs.palette_match import Entry

BUILD_AHEAD_MS = 150
LIBRARIES = (
    "pika",
    "redis",
    "broker_client.insight.coverage",
    "broker_client.insight.loose_ends",
    "broker_client.insight.redis_outlook",
    "broker_client.lab.programs",
    "broker_client.rabbit.action_code",
    "broker_client.rabbit.argument_checks",
    "broker_client.rabbit.declare",
    "broker_client.rabbit.message_body",
    "broker_client.rabbit.message_file",
    "broker_client.rabbit.peek",
    "broker_client.rabbit.proof",
    "broker_client.rabbit.publisher",
    "broker_client.rabbit.removal",
    "broker_client.rabbit.tap",
    "broker_client.rabbit.tap_order",
    "broker_client.rabbit.transfer",
    "broker_client.redis_keys",
    "broker_client.tasks.collector",
    "broker_client.tasks.control_code",
    "broker_client.tasks.holders",
    "broker_client.tasks.like_this",
    "broker_client.tasks.query_completion",
    "broker_client.tasks.task_code",
    "broker_client.tasks.task_sender",
    "broker_client.tasks.worker_answers",
    "broker_client.tasks.worker_questions",
)
_PAGE_OF_KIND = {"queue": "queues", "exchange": "exchanges", "task": "tasks", "worker": "workers"}


class Conduct(QObject):
    """Binds the window's actions to the session, the settings and the dialogs."""

    def __init__(
        self,
        window: Window,
        session: SessionKeeper,
        store: Store,
        settings: Settings,
        notices: Notices,
        jobs: Jobs,
        places: Places,
        desk: ChangeDesk,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._store = store
        self._settings = settings
        self._notices = notices
        self._jobs = jobs
        self._places = places
        self._desk = desk
        self.unfinished = UnfinishedMoves(desk, jobs, notices, window)
        desk.show_restoring = self._put_back
        self._ahead = Turns(self, BUILD_AHEAD_MS)
        self._bind()
        self._listen()

    # ---- the start ----------------------------------------------------------------------------------------------

    def begin(self, options: Options) -> None:
        """After the first paint: open what was asked for, else what was open last."""
        if options.demo:
            self._session.start_sandbox()
        elif options.names_brokers:
            self._notices.say(
                "These addresses and passwords are not stored", "Save them under Connections to keep them"
            )
            self._session.open_addresses(options.amqp, options.management, options.redis)
        elif name := options.profile or self._settings.text("session.profile"):
            self._session.open_saved(name)
        self._jobs.run("Read the libraries", lambda _pulse: _read_libraries(), lambda _outcome: self._build_ahead())
        self._list_profiles()

    def _build_ahead(self) -> None:
        """Build and style the pages that nobody asked for yet, so that a first visit finds them ready."""
        for entry in PAGES:
            self._ahead.add(
                entry.load, partial(self._window.page, entry.id), partial(self._window.dress_soon, entry.id)
            )

    def adopt(self, page: Page) -> None:
        """Connect the wishes that only some pages have."""
        if page.page_id == "connect":
            page.open_requested.connect(self._session.open)  # type: ignore[attr-defined]
            page.sandbox_requested.connect(self._session.start_sandbox)  # type: ignore[attr-defined]

    # ---- actions ------------------------------------------------------------------------------------------------

    def _put_back(self, order: Restore) -> None:
        PutBack(self._desk, self._jobs, order, self._window)

    def _bind(self) -> None:
        actions = self._window.actions_of_window
        actions.bind("palette", self.open_palette)
        actions.bind("shortcuts", self._open_shortcuts)
        actions.bind("theme", self._switch_theme)
        actions.bind("refresh", self._session.poke)
        actions.bind("connect", lambda: self._window.show_page("connect"))
        actions.bind("sandbox", self._session.start_sandbox)
        actions.bind("disconnect", self._disconnect)
        actions.bind("copy_address", self._copy_address)
        actions.bind("declare_queue", lambda: self._on_page("queues").declare())
        actions.bind("declare_exchange", lambda: self._on_page("exchanges").declare())
        actions.bind("bind", lambda: self._on_page("exchanges").add_binding())
        actions.bind("purge_queue", lambda: self._on_page("queues").purge_chosen())
        actions.bind("delete_queue", lambda: self._on_page("queues").delete_chosen())
        actions.bind("send_task", lambda: self._on_page("tasks").send_task())
        actions.bind("undo", self._desk.undo_last)
        actions.bind("whereis", self.find_task)
        self._show_undo()

    def _on_page(self, page_id: str) -> Any:
        """The page, on screen: what it offers besides a page's own protocol is its own affair."""
        self._window.show_page(page_id)
        return self._window.page(page_id)

    @Slot()
    def _show_undo(self) -> None:
        self._window.actions_of_window.set_need("undo", bool(self._desk.undoable))

    def find_task(self) -> FindTaskDialog:
        """Where is a task? Any id can be pasted."""
        from dashboard.dialogs.find_task import FindTaskDialog

        dialog = FindTaskDialog(self._jobs, self._session.ask_tasks, self._go, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def _go(self, page: str, subject: object) -> None:
        if page == "queues" and isinstance(subject, str):
            subject = QueueKey(self._desk.home_vhost, subject)
        self._window.show_page(page, subject)

    def open_palette(self) -> Palette:
        """Ctrl+K."""
        from dashboard.dialogs.palette import Palette
        from dashboard.dialogs.palette_entries import palette_entries

        palette = Palette(
            lambda typed: palette_entries(typed, self._store.state, self._window.actions_of_window), self._window
        )
        palette.chosen.connect(self._follow)
        palette.open_over(self._window)
        return palette

    @Slot(object)
    def _follow(self, entry: Entry) -> None:
        if entry.kind == "action":
            self._window.actions_of_window.perform(str(entry.subject))
        elif entry.kind == "page":
            self._window.show_page(str(entry.subject))
        else:
            self._window.show_page(_PAGE_OF_KIND[entry.kind], entry.subject)

    def _open_shortcuts(self) -> None:
        from dashboard.dialogs.shortcuts import Shortcuts

        Shortcuts(self._window).show()

    def _switch_theme(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        name = "light" if theme().dark else "dark"
        apply_theme(application, name, dress=False)
        self._settings.put("look.theme", name)

    def _disconnect(self) -> None:
        self._settings.put("session.profile", "")
        self._session.close()
        self._window.show_page("connect")

    def _copy_address(self) -> None:
        profile = self._session.profile
        if profile is not None:
            QApplication.clipboard().setText(profile.amqp_url or profile.redis_url)
            self._notices.say("Address copied", "It holds no password", "ok")

    # ---- what happens -------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        self._session.opened.connect(self._hear_opened)
        self._session.password_wanted.connect(self._ask_password)
        self._session.failed.connect(self._hear_failure)
        self._session.starting.connect(self._show_starting)
        self._window.start_strip.give_up_requested.connect(self._session.give_up_sandbox)
        self._window.top_bar.profile_requested.connect(self._session.open_saved)
        self._window.page_shown.connect(self._remember_page)
        self._store.findings_changed.connect(self._show_findings_badge)
        self._store.tasks_changed.connect(self._show_tasks_badge)
        self._store.session_changed.connect(self._show_tasks_badge)
        self._store.overview_changed.connect(self._show_vhosts)
        self._store.session_changed.connect(self._show_undo)
        self._desk.undo_changed.connect(self._show_undo)

    @Slot(object, bool)
    def _hear_opened(self, profile: Profile, kept: bool) -> None:
        self._settings.put("session.profile", profile.name if kept else "")
        if self._window.current_page == "connect":
            self._window.show_page("overview")
        self._list_profiles()
        self.unfinished.ask()

    @Slot(object)
    def _ask_password(self, profile: Profile) -> None:
        self._notices.say(f"The password of “{profile.name}” is not kept on this machine", "Enter it to connect")
        self._window.show_page("connect", profile.name)

    @Slot(object)
    def _hear_failure(self, error: BrokerError) -> None:
        self._notices.say_error(error)
        if self._session.profile is None:
            self._window.show_page("connect")

    @Slot(str)
    def _show_starting(self, words: str) -> None:
        strip = self._window.start_strip
        if not words:
            strip.end()
        elif strip.isVisible():
            strip.say(words)
        else:
            strip.begin(words)

    @Slot(str)
    def _remember_page(self, page_id: str) -> None:
        self._settings.put("view.page", page_id)

    @Slot()
    def _show_findings_badge(self) -> None:
        findings = self._store.state.findings
        tone = "crit" if any(finding.severity == "crit" for finding in findings) else "warn"
        text = str(len(findings)) if findings else ""
        self._window.rail.show_badge("overview", text, tone, f"{len(findings)} need attention")

    @Slot()
    def _show_tasks_badge(self) -> None:
        tasks = self._store.state.tasks
        failed = tasks.snapshot.summary.failed_last_hour if tasks else 0
        self._window.rail.show_badge(
            "tasks", f"{failed:,}" if failed else "", "plain", f"{failed} failed in the last hour"
        )

    @Slot()
    def _show_vhosts(self) -> None:
        overview = self._store.state.overview
        if overview is not None:
            self._window.top_bar.show_vhosts(overview.vhosts)

    def _list_profiles(self) -> None:
        self._jobs.run("List the profiles", lambda _pulse: _profile_names(self._places), self._hear_profiles)

    def _hear_profiles(self, outcome: Outcome) -> None:
        self._window.top_bar.show_profiles(outcome.value if isinstance(outcome, Ok) else ())


# ---- on a job's thread ----------------------------------------------------------------------------------------------


def _profile_names(places: Places) -> tuple[str, ...]:
    from broker_client.profile_store import ProfileStore

    return tuple(profile.name for profile in ProfileStore(places.profiles_file).load())


def _read_libraries() -> None:
    """What pages stand on, so that no change of page waits for the disk. Nothing with Qt in it may be read here."""
    for name in LIBRARIES:
        importlib.import_module(name)
