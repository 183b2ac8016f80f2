"""Where pages and dialogs hand in what is to be changed: it runs as a job, is told as a notice, and can be undone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from PySide6.QtCore import QObject, Signal

from broker_client.errors import BadInput, BrokerError
from broker_client.rabbit.code_place import CodePlace, code_place
from broker_client.tasks.task_place import TaskPlace, redis_place
from dashboard.actions.jobs import Err, Job, Jobs, Ok, Outcome, Pulse
from dashboard.actions.notices import Notices
from dashboard.actions.orders import READ_ONLY, Clients, Done, Order, Restore, Watch, fulfil, look
from dashboard.store.app_state import AppState

if TYPE_CHECKING:
    from broker_client.rabbit.removal import Removal
    from broker_client.rabbit.transfer_plan import Progress

MOST_UNDO = 20
NOTHING_OPEN = "Open a profile first."
_Done = Callable[[Outcome], None]


class ChangeDesk(QObject):
    """``undo_changed`` when there is something to undo or no more. One desk for the whole window."""

    undo_changed = Signal()

    def __init__(
        self,
        jobs: Jobs,
        notices: Notices,
        clients: Callable[[], Clients | None],
        state: Callable[[], AppState],
        ask_again: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        """``clients`` of the open profile; ``ask_again`` wakes every feed after a change."""
        super().__init__(parent)
        self._jobs = jobs
        self._notices = notices
        self._clients = clients
        self._state = state
        self._ask_again = ask_again
        self._undo: list[tuple[str, Done]] = []
        self.show_restoring: Callable[[Restore], None] | None = None
        """Puts messages back where a person can see how far it is; ``None`` = nobody looks."""

    # ---- what may be done ----------------------------------------------------------------------------------------

    @property
    def state(self) -> AppState:
        """What is known of the brokers now."""
        return self._state()

    def why_not(self) -> str:
        """Why nothing can be changed, in one sentence; empty when it can."""
        session = self.state.session
        if not session.profile or self._clients() is None:
            return NOTHING_OPEN
        return READ_ONLY if session.read_only else ""

    @property
    def production(self) -> bool:
        return self.state.session.environment == "production"

    @property
    def has_rabbitmq(self) -> bool:
        """Whether the open profile names a RabbitMQ."""
        clients = self._clients()
        return clients is not None and clients.profile.has_rabbitmq

    @property
    def home_vhost(self) -> str:
        """The vhost that the open profile names; ``/`` when it names none."""
        clients = self._clients()
        path = urlsplit(clients.profile.amqp_url).path if clients is not None else ""
        return unquote(path[1:]) or "/"

    def place(self, vhost: str) -> CodePlace:
        """Where copied code is to work."""
        clients = self._clients()
        if clients is None:
            return CodePlace(vhost=vhost)
        profile = clients.profile
        return code_place(profile.amqp_url, profile.username, profile.management_url, vhost)

    @property
    def task_place(self) -> TaskPlace:
        """Where copied code that sends a task is to work."""
        clients = self._clients()
        if clients is None or clients.profile.has_rabbitmq:
            return self.place(self.home_vhost)
        return redis_place(clients.profile)

    # ---- doing ---------------------------------------------------------------------------------------------------

    def perform(
        self, order: Order, done: _Done | None = None, progress: Callable[[Progress], None] = lambda _: None
    ) -> Job | None:
        """Carry ``order`` out. ``done`` gets the outcome (a :class:`Done`); without it errors become notices.

        Cancelling the job stops what lasts; ``progress`` is called on its thread.
        """
        profile = self.state.session.profile
        return self.start(
            "Change the broker",
            lambda clients, pulse: fulfil(order, clients, Watch(lambda: pulse.cancelled, progress)),
            lambda outcome: self._hear(outcome, profile, done),
        )

    def look_at(self, removals: tuple[Removal, ...], done: _Done) -> None:
        """What would be removed: ``done`` gets pictures."""
        self.ask("Look at what would go", lambda clients: look(removals, clients), done)

    def ask(self, name: str, question: Callable[[Clients], Any], done: _Done) -> None:
        """Run any question or work with the open profile's clients as a job."""
        clients = self._clients()
        if clients is None:
            done(Err(BadInput("nothing is open", NOTHING_OPEN)))
            return
        self._jobs.run(name, lambda _pulse: question(clients), done)

    def start(self, name: str, work: Callable[[Clients, Pulse], Any], done: _Done) -> Job | None:
        """Like :meth:`ask`, for work that lasts: it asks the pulse whether anybody still wants it."""
        clients = self._clients()
        if clients is None:
            done(Err(BadInput("nothing is open", NOTHING_OPEN)))
            return None
        return self._jobs.run(name, lambda pulse: work(clients, pulse), done)

    def say_error(self, error: BrokerError) -> None:
        """Tell of a refusal that nobody else tells of."""
        self._notices.say_error(error)

    def _hear(self, outcome: Outcome, profile: str, done: _Done | None) -> None:
        if isinstance(outcome, Ok):
            receipt: Done = outcome.value
            if receipt.undo is not None:
                self._undo = [*self._undo[1 - MOST_UNDO :], (profile, receipt)]
                self.undo_changed.emit()
            self._tell(receipt)
        elif done is None:
            self._notices.say_error(outcome.error)
        self._ask_again()
        if done is not None:
            done(outcome)

    def _tell(self, receipt: Done) -> None:
        if receipt.undo is None:
            self._notices.say(receipt.title, receipt.words, receipt.tone)
        else:
            take_back = partial(self._take_back, receipt)
            self._notices.say(receipt.title, receipt.words, receipt.tone, receipt.offer, take_back)

    # ---- undoing -------------------------------------------------------------------------------------------------

    @property
    def undoable(self) -> str:
        """What :meth:`undo_last` takes back; empty = nothing."""
        mine = self._mine()
        return mine[-1].title if mine else ""

    def undo_last(self) -> None:
        mine = self._mine()
        if mine:
            self._take_back(mine[-1])

    def _mine(self) -> list[Done]:
        """The changes made through the profile that is open."""
        return [receipt for profile, receipt in self._undo if profile == self.state.session.profile]

    def _take_back(self, receipt: Done) -> None:
        """Each change once, and only on the broker on which it was made."""
        if receipt.undo is None or not any(receipt is mine for mine in self._mine()):
            self._notices.say("It cannot be undone any more", receipt.title, "warn")
            return
        self._undo = [entry for entry in self._undo if entry[1] is not receipt]
        self.undo_changed.emit()
        if isinstance(receipt.undo, Restore) and receipt.undo.kept and self.show_restoring is not None:
            self.show_restoring(receipt.undo)
        else:
            self.perform(receipt.undo)
