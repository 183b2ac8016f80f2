"""Change workers: one command, what it changes and what is lost by it, and what each worker made of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from broker_client.errors import BadInput
from broker_client.rabbit.entities import Exchange, ExchangeKey
from broker_client.tasks.control_effect import Report
from broker_client.tasks.worker_telling import QUESTIONS, WorkerTelling, read_tellings
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.closer_look import look_closer, stopped_answering
from dashboard.actions.controlling import Controlling, ask_workers
from dashboard.actions.home_exchanges import home_exchanges
from dashboard.actions.jobs import Err, Jobs, Outcome
from dashboard.actions.orders import Clients
from dashboard.dialogs.control_cautions import Ground, caution, consumable, loss, objection
from dashboard.dialogs.control_choices import ControlChoice, ControlField, choices
from dashboard.dialogs.control_run import ControlRunDialog
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.known_broker import known_of
from dashboard.dialogs.long_work import Work
from dashboard.dialogs.name_completer import NameCompleter
from dashboard.look.theme import font
from dashboard.look.wording import full_count, sentences, visible
from dashboard.widgets.plain_label import PlainLabel

_MOST_NAMED = 8


class WorkerControlDialog(ControlRunDialog):
    """``workers`` is a frozen list, named in the dialog; a worker that comes later is not touched."""

    def __init__(
        self, desk: ChangeDesk, jobs: Jobs, workers: Sequence[str], parent: QWidget | None, first: str = "ping"
    ) -> None:
        self._workers = tuple(workers)
        self._choices = {choice.id: choice for choice in choices()}
        self._fields: dict[str, FormField] = {}
        self._tellings: dict[str, WorkerTelling] = {}
        self._exchanges: dict[ExchangeKey, Exchange] = {}
        self._problem = ""
        self._over = False
        self._completers: dict[str, NameCompleter] = {}
        super().__init__(desk, jobs, _heading(self._workers), "Send", parent)
        self.command = QComboBox()
        self.command.setFont(font("body"))
        self.command.setAccessibleName("Command")
        self.command.setMaxVisibleItems(len(self._choices))
        for choice in self._choices.values():
            self.command.addItem(choice.title, choice.id)
        self.meaning = PlainLabel("", "body", "quiet", wrap=True)
        self.loss = PlainLabel("", "body", "warn", wrap=True)
        self.problem = PlainLabel("", "small", "crit", wrap=True)
        self.names = PlainLabel(_named(self._workers), "small", "muted", wrap=True, selectable=True)
        self._holder = QVBoxLayout()
        self._holder.setSpacing(10)
        self._arrange()
        self.choose(first)
        desk.ask("Ask what it tells of itself", self._ask_itself, self._take_telling)
        desk.ask("Ask for exchanges", home_exchanges, self._take_exchanges)

    def _arrange(self) -> None:
        self.names.setHidden(len(self._workers) < 2)
        self.add_to_form((self.names, self.command, self.meaning, self.loss))
        self.form.addLayout(self._holder)
        self.add_to_form((self.problem, self.typed, self.code))
        self.form.addStretch(1)
        self.finished.connect(self._end)
        self.command.currentIndexChanged.connect(lambda _place: self._show_choice())

    def first_field(self) -> QWidget:
        return self.command

    # ---- the form ------------------------------------------------------------------------------------------------

    @property
    def choice(self) -> ControlChoice:
        return self._choices[str(self.command.currentData())]

    def field(self, name: str) -> FormField:
        """The field of the chosen command that is called ``name``."""
        return self._fields[name]

    def choose(self, choice_id: str) -> None:
        """Take another command."""
        place = self.command.findData(choice_id)
        if place != self.command.currentIndex():
            self.command.setCurrentIndex(place)
        else:
            self._show_choice()

    def wish(self) -> Controlling | None:
        self._problem = ""
        try:
            command = self.choice.make({name: field.text for name, field in self._fields.items()})
            command.arguments()
        except BadInput as problem:
            typed = any(field.text.strip() for field in self._fields.values())
            self._problem = sentences(problem.what, problem.why, problem.remedy) if typed else ""
            return None
        self._problem = objection(command, self._ground())
        return None if self._problem else Controlling(command, self._workers)

    def word_to_type(self) -> str:
        if not self._losing:
            return ""
        return self._workers[0] if len(self._workers) == 1 else str(len(self._workers))

    @property
    def _losing(self) -> str:
        """What is lost by what stands in the form; empty = nothing."""
        wish = self.wish()
        return self.choice.loses or (loss(wish.command, self._ground()) if wish is not None else "")

    def begin(self, name: str, work: Work) -> None:
        """Where the effect is not seen, look whether the worker still answers."""
        wish = self.wish()
        assert wish is not None
        super().begin(name, lambda clients, pulse: look_closer(work(clients, pulse), wish, clients))

    def report_result(self, report: Report) -> tuple[str, str]:
        words, tone = super().report_result(report)
        stopped = stopped_answering(report)
        if not stopped:
            return words, tone
        who = (
            "it has"
            if len(report.outcomes) == 1
            else f"{full_count(stopped)} of them {'has' if stopped == 1 else 'have'}"
        )
        return f"{words} {sentences(f'{who} stopped answering since: look into its log whether it has ended')}", "crit"

    def press(self) -> None:
        """What is known may have changed since the form was read."""
        self.refresh()
        super().press()

    def refresh(self) -> None:
        super().refresh()
        wish = self.wish()
        losing = self._losing
        warning = losing or (caution(wish.command, self._ground()) if wish is not None else "")
        self.loss.setText(warning)
        self.loss.setVisible(bool(warning))
        self._paint_button("danger" if losing else "primary")
        self.problem.setText(self._problem)
        self.problem.setVisible(bool(self._problem))

    def _show_choice(self) -> None:
        choice = self.choice
        self.meaning.setText(choice.meaning)
        for field in self._fields.values():
            self._holder.removeWidget(field)
            field.hide()
            field.deleteLater()
        self._completers = {}
        self._fields = {told.name: self._made(told) for told in choice.fields}
        self.go.set_text(choice.verb if len(self._workers) == 1 else f"{choice.verb}: {len(self._workers)} workers")
        self.refresh()

    def _paint_button(self, kind: str) -> None:
        if self.go.property("kind") != kind:
            self.go.setProperty("kind", kind)
            self.go.style().unpolish(self.go)
            self.go.style().polish(self.go)

    def _made(self, told: ControlField) -> FormField:
        field = FormField(told.title, told.placeholder, told.hint)
        field.set_text(told.first)
        field.input.textChanged.connect(lambda _text: self.refresh())
        field.input.returnPressed.connect(self.press)
        self._holder.addWidget(field)
        if told.offers:
            completer = NameCompleter(field.input)
            completer.offer(self._offered(told.offers))
            self._completers[told.offers] = completer
        return field

    def _offered(self, what: str) -> Sequence[str]:
        if what == "tasks":
            return sorted({name for telling in self._tellings.values() for name in telling.tasks})
        if what == "consumable":
            return consumable(self._ground())
        return sorted({key.name for key in known_of(self.desk.state).queues})

    def _ground(self) -> Ground:
        vhost = self.desk.home_vhost if self.desk.has_rabbitmq else None
        known = known_of(self.desk.state)
        exchanges = {**self._exchanges, **known.exchanges}
        return Ground(self._workers, self._tellings, known._replace(exchanges=exchanges), vhost)

    def _end(self, _result: int) -> None:
        """What is answered afterwards is of no use."""
        self._over = True

    # ---- what workers and broker tell ----------------------------------------------------------------------------

    def _ask_itself(self, clients: Clients) -> object:
        return read_tellings(ask_workers(QUESTIONS, self._workers, clients))

    def _take_telling(self, outcome: Outcome) -> None:
        if self._over or isinstance(outcome, Err):
            return
        self._tellings = outcome.value
        self._offer_anew()

    def _take_exchanges(self, outcome: Outcome) -> None:
        if self._over or isinstance(outcome, Err):
            return
        self._exchanges = outcome.value
        self._offer_anew()

    def _offer_anew(self) -> None:
        for what, completer in self._completers.items():
            completer.offer(self._offered(what))
        self.refresh()


def _heading(workers: tuple[str, ...]) -> str:
    return f"Change {visible(workers[0])}" if len(workers) == 1 else f"Change {full_count(len(workers))} workers"


def _named(workers: tuple[str, ...]) -> str:
    names = ", ".join(visible(name) for name in workers[:_MOST_NAMED])
    left = len(workers) - _MOST_NAMED
    return f"{names} and {full_count(left)} more" if left > 0 else names
