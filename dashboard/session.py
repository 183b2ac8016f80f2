"""What is open: one profile at a time with its feeds, and the sandbox when there is one. Nothing here waits.

Slow libraries, files and the sandbox's start run as jobs; wishes of pages that come before the feeds exist are kept.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from broker_client.errors import BrokerError, NotFound, NotReady
from broker_client.profile import Profile, Secrets, from_urls
from dashboard.actions.jobs import Err, Job, Jobs, Ok, Outcome, Pulse
from dashboard.actions.orders import Clients
from dashboard.places import Places
from dashboard.store.app_state import Session, SessionChanged
from dashboard.store.view_choice import ViewChoice

if TYPE_CHECKING:
    from broker_client.lab.sandbox import Sandbox
    from broker_client.rabbit.entities import QueueKey
    from broker_client.rabbit.tap_order import TapOrder
    from broker_client.tasks.collector import CollectorClient
    from broker_client.tasks.records import TaskQuery
    from dashboard.feeds.feed_set import FeedSet

SANDBOX_STOP_S = 20.0
LIBRARIES = (
    "broker_client.rabbit.amqp",
    "broker_client.rabbit.management",
    "broker_client.redis_server",
    "broker_client.tasks.collector",
)
_log = logging.getLogger(__name__)


class SessionKeeper(QObject):
    """``arrived`` carries every arrival for the store. ``starting(words)`` while a sandbox starts, empty after.

    ``opened(profile, kept)`` says whether the profile is a saved one. ``failed(error)`` tells why a profile or a
    sandbox could not be opened, ``password_wanted(profile)`` that nothing but the person knows the password.
    """

    arrived = Signal(object)
    opened = Signal(object, bool)
    password_wanted = Signal(object)
    closed = Signal()
    starting = Signal(str)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, view: ViewChoice, places: Places, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._view = view
        self._places = places
        self._feeds: FeedSet | None = None
        self._retired: list[FeedSet] = []
        self._profile: Profile | None = None
        self._secrets = Secrets()
        self._told: dict[str, Secrets] = {}
        """Passwords that were entered while the program runs, by profile name."""
        self._turn = 0
        self._sandbox: Sandbox | None = None
        self._sandbox_job: Job | None = None
        self._depth_keys: tuple[QueueKey, ...] = ()
        self._queue: tuple[QueueKey | None, int] = (None, 3600)
        self.topology_watchers: frozenset[str] = frozenset()
        """Who wants exchanges and bindings now."""
        self._redis_queues: tuple[str, ...] | None = None
        self._query: TaskQuery | None = None
        self._max_tasks: int | None = None
        self._task: str | None = None
        self._tap: TapOrder | None = None
        self._guidance = (False, "")
        view.vhost_changed.connect(self._choose_vhost)
        view.paused_changed.connect(self._set_paused)

    @property
    def profile(self) -> Profile | None:
        """What is open; ``None`` = nothing."""
        return self._profile

    def clients(self) -> Clients | None:
        """What a command is carried out with; ``None`` = nothing is open."""
        if self._profile is None:
            return None
        return Clients(self._profile, self._secrets, self._places.vaults_folder, self._places.journals_folder)

    # ---- open and close -----------------------------------------------------------------------------------------

    @Slot(object, object)
    def open(self, profile: Profile, secrets: Secrets, sandbox: bool = False, kept: bool = True) -> None:
        """Close what is open and watch ``profile``; ``kept`` = it lies among the saved ones."""
        self._retire_feeds()
        self._turn += 1
        turn = self._turn
        self._profile, self._secrets = profile, secrets
        if kept:
            self._told[profile.name] = secrets
        self._depth_keys, self._queue, self._task, self._tap = (), (None, 3600), None, None
        self._view.choose_vhost(None)
        session = Session(profile.name, profile.environment, profile.read_only, sandbox)
        self.arrived.emit(SessionChanged(session))
        self.opened.emit(profile, kept)
        self._jobs.run(
            "Load the libraries", lambda _pulse: _read_libraries(), lambda outcome: self._start(turn, outcome, secrets)
        )

    def close(self) -> None:
        """Stop watching."""
        self._retire_feeds()
        self._turn += 1
        self._profile, self._secrets = None, Secrets()
        self.arrived.emit(SessionChanged(Session()))
        self.closed.emit()

    def open_saved(self, name: str) -> None:
        """Open a profile of the profiles file, with its passwords from the keyring."""
        self._jobs.run("Open the profile", lambda _pulse: _saved(self._places, name), self._hear_saved)

    def open_addresses(self, amqp: str, management: str, redis: str) -> None:
        """Open addresses of the command line; they are not stored."""
        self._jobs.run("Read the addresses", lambda _pulse: _addressed(amqp, management, redis), self._hear_addresses)

    def start_sandbox(self) -> None:
        """Start a private RabbitMQ and Redis with demo traffic and watch them. One at a time."""
        if self._sandbox_job is not None:
            return
        if self._sandbox is not None:
            self.open(self._sandbox.profile, self._sandbox.secrets, sandbox=True, kept=False)
            return
        self.starting.emit("Starting a private RabbitMQ and Redis")
        folder = self._places.sandbox_folder
        self._sandbox_job = self._jobs.run(
            "Start the sandbox", lambda pulse: _sandbox(folder, pulse), self._hear_sandbox, self.starting.emit
        )

    def give_up_sandbox(self) -> None:
        """No longer wait for the sandbox that starts: it is stopped when it is there."""
        if self._sandbox_job is not None:
            self._sandbox_job.cancel()
            self.starting.emit("")

    def _hear_saved(self, outcome: Outcome) -> None:
        if isinstance(outcome, Err):
            self.failed.emit(outcome.error)
            return
        profile, kept_secrets = outcome.value
        secrets = kept_secrets or self._told.get(profile.name)
        if secrets is None and profile.amqp_url:
            self.password_wanted.emit(profile)
        else:
            self.open(profile, secrets or Secrets())

    def _hear_addresses(self, outcome: Outcome) -> None:
        if isinstance(outcome, Err):
            self.failed.emit(outcome.error)
        else:
            profile, secrets = outcome.value
            self.open(profile, secrets, kept=False)

    def _hear_sandbox(self, outcome: Outcome) -> None:
        self._sandbox_job = None
        self.starting.emit("")
        if isinstance(outcome, Err):
            self.failed.emit(outcome.error)
        elif outcome.value is not None:
            self._sandbox = outcome.value
            self.open(outcome.value.profile, outcome.value.secrets, sandbox=True, kept=False)

    def _start(self, turn: int, outcome: Outcome, secrets: Secrets) -> None:
        if turn != self._turn or self._profile is None:
            return
        if isinstance(outcome, Err):
            self.failed.emit(outcome.error)
            return
        from dashboard.feeds.feed_set import FeedSet

        feeds = FeedSet(self._profile, secrets, self)
        feeds.arrived.connect(self.arrived)
        feeds.choose_vhost(self._view.vhost)
        feeds.set_paused(self._view.paused)
        feeds.watch_depths(self._depth_keys)
        feeds.open_queue(*self._queue)
        feeds.watch_topology(bool(self.topology_watchers))
        feeds.watch_redis(self._redis_queues)
        if self._query is not None:
            feeds.show_tasks(self._query)
        feeds.open_task(self._task)
        feeds.guide_tap(*self._guidance)
        feeds.tap(self._tap)
        if self._max_tasks is not None:
            feeds.keep_tasks(self._max_tasks)
        self._feeds = feeds
        feeds.start()

    # ---- wishes -------------------------------------------------------------------------------------------------

    def poke(self, service: str | None = None) -> None:
        """Ask now: one service, or all."""
        if self._feeds is not None:
            self._feeds.poke(service)

    def watch_depths(self, keys: Sequence[QueueKey]) -> None:
        self._depth_keys = tuple(keys)
        if self._feeds is not None:
            self._feeds.watch_depths(self._depth_keys)

    def open_queue(self, key: QueueKey | None, history_s: int) -> None:
        self._queue = (key, history_s)
        if self._feeds is not None:
            self._feeds.open_queue(key, history_s)

    def watch_topology(self, who: str, wanted: bool) -> None:
        """Ask for exchanges and bindings while anybody wants them; ``who`` is a page's id."""
        watchers = self.topology_watchers | {who} if wanted else self.topology_watchers - {who}
        self.topology_watchers = watchers
        if self._feeds is not None:
            self._feeds.watch_topology(bool(watchers))

    def watch_redis(self, queues: Sequence[str] | None) -> None:
        """Ask for the details of Redis, and what waits in these queues of Celery's; ``None`` = nobody looks."""
        self._redis_queues = None if queues is None else tuple(queues)
        if self._feeds is not None:
            self._feeds.watch_redis(self._redis_queues)

    def tap(self, order: TapOrder | None) -> None:
        """Copy messages from now on; ``None`` = stop that."""
        self._tap = order
        if self._feeds is not None:
            self._feeds.tap(order)

    def guide_tap(self, paused: bool, match: str) -> None:
        """Let the tap pass by what comes, or keep only what matches."""
        self._guidance = (paused, match)
        if self._feeds is not None:
            self._feeds.guide_tap(paused, match)

    def show_tasks(self, query: TaskQuery) -> None:
        self._query = query
        if self._feeds is not None:
            self._feeds.show_tasks(query)

    def open_task(self, task_id: str | None) -> None:
        self._task = task_id
        if self._feeds is not None:
            self._feeds.open_task(task_id)

    def keep_tasks(self, max_tasks: int) -> None:
        """How many tasks are remembered."""
        self._max_tasks = max_tasks
        if self._feeds is not None:
            self._feeds.keep_tasks(max_tasks)

    def ask_tasks(self, question: Callable[[CollectorClient], Any]) -> Any:
        """What ``question`` gets from the task collector. Blocks: for the threads of jobs. Raises BrokerError."""
        feeds = self._feeds
        if feeds is None:
            raise NotReady("Celery cannot be asked", "no profile is open")
        return feeds.ask_tasks(question)

    def _choose_vhost(self, vhost: str | None) -> None:
        if self._feeds is not None:
            self._feeds.choose_vhost(vhost)

    def _set_paused(self, paused: bool) -> None:
        if self._feeds is not None:
            self._feeds.set_paused(paused)

    # ---- the end ------------------------------------------------------------------------------------------------

    def stop_feeds(self, deadline_s: float = 3.0) -> bool:
        """End every feed's thread and wait for it; only when the program ends."""
        self._retire_feeds(wait=False)
        ended = [feeds.join(deadline_s) for feeds in self._retired]
        return all(ended)

    def stop_sandbox(self) -> None:
        """Stop what we started, also a sandbox that is just starting. Blocks; the window is gone by now."""
        job, self._sandbox_job = self._sandbox_job, None
        if job is not None:
            job.cancel()
            job.join(SANDBOX_STOP_S)
            if isinstance(job.outcome, Ok):
                self._sandbox = job.outcome.value
        sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            try:
                sandbox.stop()
            except BrokerError:
                _log.exception("the sandbox did not stop cleanly; its guard ends it")

    def _retire_feeds(self, wait: bool = True) -> None:
        """Nothing of the old profile passes any more. Its threads end in the background."""
        feeds, self._feeds = self._feeds, None
        if feeds is None:
            return
        feeds.retire()
        self._retired.append(feeds)
        if wait:
            self._jobs.run("Close the connections", lambda _pulse: feeds.join(15.0), lambda _: self._bury(feeds))

    def _bury(self, feeds: FeedSet) -> None:
        if feeds in self._retired:
            self._retired.remove(feeds)
            feeds.deleteLater()


# ---- on a job's thread; what is slow to import is imported here -----------------------------------------------------


def _read_libraries() -> None:
    """What feeds stand on; nothing with Qt in it may be read here."""
    for name in LIBRARIES:
        importlib.import_module(name)


def _sandbox(folder: Path, pulse: Pulse) -> Sandbox | None:
    """A running sandbox, or ``None`` when nobody wants it any more."""
    from broker_client.lab.sandbox import Sandbox

    sandbox = Sandbox.start(demo=True, state_dir=folder, report_progress=lambda words: pulse.say(words.rstrip("…")))
    if pulse.cancelled:
        sandbox.stop()
        return None
    return sandbox


def _saved(places: Places, name: str) -> tuple[Profile, Secrets | None]:
    """The profile, and its passwords when the keyring has them."""
    from broker_client.profile_store import PasswordStore, ProfileStore

    for profile in ProfileStore(places.profiles_file).load():
        if profile.name == name:
            passwords = PasswordStore()
            return profile, passwords.get(profile) if passwords.available() else None
    raise NotFound(f"open the profile “{name}”", "there is no profile of that name", "Choose one under Connections")


def _addressed(amqp: str, management: str, redis: str) -> tuple[Profile, Secrets]:
    return from_urls(amqp, management, redis)
